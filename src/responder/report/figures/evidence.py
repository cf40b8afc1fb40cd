"""The forest plot of what others measured: the studies of each marker, their sum, and what a further one would find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from responder.report.evidence_tables import Z
from responder.report.figures._common import line_handle, quiet_grid
from responder.report.fonts import figure_language
from responder.report.style import (
    BLUE,
    GREY,
    INK,
    MUTED,
    SMALL_POINTS,
    house_style,
    new_figure,
)
from responder.report.tables import cell
from responder.words import Language, Voice, from_json, say

__all__ = ["draw_evidence"]

ROW_INCHES = 0.3
HALF_DIAMOND = 0.28


def draw_evidence(evidence: Mapping[str, Any], language: Language = "en") -> dict[str, Figure]:
    """Draw every marker that some study published a number or a direction of.

    Parameters
    ----------
    evidence : Mapping
        `responder.evidence.MapPrior.to_json`.
    language : str
        ``en`` or ``zh``; English where no installed font has Chinese characters.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``evidence``; empty where no marker was measured by others.
    """
    if not evidence["markers"]:
        return {}
    return {"evidence": _draw(evidence, Voice(figure_language(language), "evidence"))}


@house_style
def _draw(evidence: Mapping[str, Any], words: Voice) -> Figure:
    markers = evidence["markers"]
    lines = sum(1 + len(m["studies"]) + 2 * (m["posterior"] is not None) for m in markers)
    pooled = sum(m["posterior"] is not None for m in markers)
    figure, (axes,) = new_figure(
        words("figure.title"),
        subtitle=words("figure.seen", n=len(markers), pooled=pooled),
        height_inches=0.75 + ROW_INCHES * lines,
        footnotes=[words("figure.note"), words("figure.no_size")],
        key=[
            line_handle(words("figure.as_published"), INK, width=2.0),
            line_handle(words("figure.as_counted"), GREY, width=1.0),
            line_handle(words("figure.next"), BLUE, width=3.0),
        ],
    )
    axes.axvline(0.0, color=MUTED, linewidth=0.9, zorder=0)
    names: list[str] = []
    for marker in markers:
        names.append(words.of(from_json(marker["label"])))
        axes.axhline(len(names) - 1.5, color=GREY, linewidth=0.5, zorder=0)
        for study in marker["studies"]:
            _study(axes, len(names), study, words)
            kind = "figure.study_other" if study["treatment"] else "figure.study"
            names.append(words(kind, disease=from_json(study["disease"])))
        if marker["posterior"] is not None:
            _come_to(axes, len(names), marker, words)
            names += [words("figure.pooled"), words("figure.a_further_study", patients=marker["patients"])]
    axes.set_yticks(range(len(names)), names, size=SMALL_POINTS)
    starts = [0]
    for marker in markers[:-1]:
        starts.append(starts[-1] + 1 + len(marker["studies"]) + 2 * (marker["posterior"] is not None))
    for at in starts:
        axes.get_yticklabels()[at].set_fontweight("bold")
    axes.set_ylim(len(names) - 0.4, -0.7)
    low, high = axes.get_xlim()
    reach = max(1.0, -low, high)
    axes.set_xlim(-reach, reach)
    axes.set_xlabel(words("figure.x"))
    quiet_grid(axes, "x")
    axes.tick_params(axis="y", length=0)
    return figure


def _study(axes: Axes, row: int, study: Mapping[str, Any], words: Voice) -> None:
    value = study["log_odds"]
    if value is None:
        text = words("figure.unsized", direction=say(f"direction.{study['direction']}", words.language))
        axes.annotate(
            text, (0.0, row), xytext=(4, 0), textcoords="offset points", va="center", size=SMALL_POINTS, color=MUTED
        )
        return
    for error, colour, width in ((study["standard_error"], GREY, 1.0), (study["reported_error"], INK, 2.0)):
        axes.hlines(row, value - Z * error, value + Z * error, color=colour, linewidth=width)
    axes.plot(value, row, "s", color=INK, markersize=5)


def _come_to(axes: Axes, row: int, marker: Mapping[str, Any], words: Voice) -> None:
    """Draw the pooled effect as a diamond, and below it what a further study would find."""
    found = marker["posterior"]
    mean, sd = found["mu"]["mean"], found["mu"]["sd"]
    ends = mean - Z * sd, mean + Z * sd
    axes.fill([ends[0], mean, ends[1], mean], [row, row - HALF_DIAMOND, row, row + HALF_DIAMOND], color=INK)
    lower, upper = found["next_lower"], found["next_upper"]
    axes.hlines(row + 1, lower, upper, color=BLUE, linewidth=3.0)
    axes.plot(found["next"]["mean"], row + 1, "o", color=BLUE, markersize=5)
    numbers = {
        name: cell(n, words) for name, n in (("mean", found["next"]["mean"]), ("lower", lower), ("upper", upper))
    }
    axes.annotate(
        words("figure.limits", **numbers), (upper, row + 1), xytext=(5, 0),
        textcoords="offset points", va="center", size=SMALL_POINTS, color=BLUE, annotation_clip=False,
    )  # fmt: skip
