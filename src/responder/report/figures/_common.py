"""What the figures share: footnotes, the sentence of the verdict, axes of probability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from responder.report.source import ReportInput
from responder.report.style import INK, MUTED, OUTCOME_COLOURS, OUTCOME_MARKERS, RULE
from responder.words import Phrase, Voice

__all__ = [
    "DASHED",
    "caution",
    "footnotes",
    "line_handle",
    "marker_handles",
    "outcome_handles",
    "patch_handle",
    "probability_axis",
    "quiet_grid",
]

DASHED = (0, (4, 3))


def footnotes(source: ReportInput, words: Voice, *more: str) -> list[str]:
    """Return the lines below a figure: its own, of a landmark when its values are known, and what they rest on."""
    week = source.study.known_at_week
    return [*more, *([words("figure.known_only", week=week)] if week else []), source.illustration(words)]


def caution(source: ReportInput, model: Mapping[str, Any], words: Voice, *, whole: bool = False) -> str:
    """Return the verdict on a model that was not shown to beat chance, to stand on its figure; else nothing.

    Its `whole` sentence stands where traits are ranked, which tempts most; elsewhere its first words.
    """
    if source.beats_chance(model):
        return ""
    if model["verdict"]["kind"] == "beats_chance":
        return words("ensemble.one_table")
    if whole:
        return source.verdict(model, words)
    return words("figure.caution", verdict=Phrase(f"verdict.{model['verdict']['kind']}"))


def outcome_handles(words: Voice) -> list[Artist]:
    """Return legend entries for responders and non-responders."""
    return [
        Line2D(
            [], [], linestyle="", marker=OUTCOME_MARKERS[outcome], markersize=6, color=OUTCOME_COLOURS[outcome],
            label=words(f"outcome.{name}"),
        )
        for outcome, name in ((1, "responder"), (0, "non_responder"))
    ]  # fmt: skip


def marker_handles(words: Voice) -> list[Artist]:
    """Return legend entries for the outcome where colour tells something else."""
    return [
        Line2D(
            [], [], linestyle="", marker=OUTCOME_MARKERS[outcome], markersize=6, markeredgecolor=MUTED,
            markerfacecolor="white", label=words(f"outcome.{name}"),
        )
        for outcome, name in ((1, "responder"), (0, "non_responder"))
    ]  # fmt: skip


def line_handle(label: str, colour: str, *, dashed: bool = False, width: float = 1.0) -> Artist:
    """Return the legend entry of a line."""
    return Line2D([], [], color=colour, linewidth=width, linestyle=DASHED if dashed else "-", label=label)


def patch_handle(label: str, colour: str, alpha: float = 1.0) -> Artist:
    """Return the legend entry of an area or bar."""
    return Patch(facecolor=colour, alpha=alpha, label=label)


def probability_axis(axes: Axes, label: str, *, vertical: bool = False) -> None:
    """Give an axis the whole range of a probability."""
    if vertical:
        axes.set_ylim(-0.03, 1.03)
        axes.set_ylabel(label)
    else:
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel(label)


def quiet_grid(axes: Axes, axis: str = "both") -> None:
    """Draw a grid that stays behind the data."""
    axes.grid(visible=True, axis=axis, color=RULE, linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.tick_params(length=3, color=MUTED, labelcolor=INK)
