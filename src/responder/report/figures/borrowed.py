"""The tipping point: each patient's probability and the verdict against the weight of what other people showed."""

from __future__ import annotations

from matplotlib.figure import Figure

from responder.report.figures._common import (
    DASHED,
    footnotes,
    line_handle,
    outcome_handles,
    probability_axis,
    quiet_grid,
)
from responder.report.source import ReportInput
from responder.report.style import (
    BLUE,
    GREY,
    INK,
    MUTED,
    OUTCOME_COLOURS,
    OUTCOME_MARKERS,
    SMALL_POINTS,
    house_style,
    new_figure,
)
from responder.words import Phrase, Voice

__all__ = ["draw_borrowed"]


@house_style
def draw_borrowed(source: ReportInput, words: Voice) -> Figure:
    """Draw every patient's out-of-fold probability, and the permutation p, at each weight; the declared one marked."""
    found = source.borrowing
    assert found is not None
    at, declared = found["at"], found["prior"]["weight"]
    seen = words("figure.borrowed.seen_same", verdict=Phrase(f"verdict.{at[0]['verdict']['kind']}"))
    if found["turns"]:
        low, high = found["turns"]
        kinds = {one["weight"]: one["verdict"]["kind"] for one in at}
        before, after = (Phrase(f"verdict.{kinds[weight]}") for weight in (low, high))
        seen = words("figure.borrowed.seen_turns", low=low, high=high, before=before, after=after)
    figure, (left, right) = new_figure(
        words("figure.borrowed.title"),
        subtitle=seen,
        height_inches=3.0,
        footnotes=footnotes(source, words, words("figure.borrowed.note")),
        columns=2,
        width_ratios=(1.5, 1),
        key=[*outcome_handles(words), line_handle(words("figure.borrowed.declared"), INK, dashed=True)],
    )
    table = source.tables["borrowing"]
    outcome = source.table("predictions").drop_duplicates("patient_id").set_index("patient_id")["outcome"]
    for patient, own in table.groupby("patient_id", sort=False):
        kind = int(outcome[patient])
        left.plot(
            own["weight"], own["probability"], color=OUTCOME_COLOURS[kind], marker=OUTCOME_MARKERS[kind],
            markersize=4, linewidth=1.1, markeredgecolor="white", markeredgewidth=0.4,
        )  # fmt: skip
    weights = [one["weight"] for one in at]
    right.plot(weights, [one["permutation_p"] for one in at], color=GREY, linewidth=1.2, zorder=1)
    for one in at:
        colour = BLUE if one["verdict"]["kind"] == "beats_chance" else GREY
        right.plot(one["weight"], one["permutation_p"], "o", color=colour, markersize=6, zorder=2)
    alpha = source.setting("permutation.alpha")
    right.axhline(alpha, color=MUTED, linewidth=0.9)
    right.annotate(
        words("figure.borrowed.level", alpha=alpha), (1.0, alpha), xytext=(0, 3), textcoords="offset points",
        ha="right", va="bottom", size=SMALL_POINTS, color=MUTED,
    )  # fmt: skip
    probability_axis(left, words("figure.borrowed.probability"), vertical=True)
    right.set_ylim(0.0, max(0.2, *(1.15 * (one["permutation_p"] or 0.0) for one in at)))
    right.set_ylabel(words("figure.borrowed.p"))
    for axes in (left, right):
        axes.axvline(declared, color=INK, linewidth=1, linestyle=DASHED, zorder=0)
        axes.set_xlim(-0.04, 1.04)
        axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
        axes.set_xlabel(words("figure.borrowed.weight"))
        quiet_grid(axes)
    return figure
