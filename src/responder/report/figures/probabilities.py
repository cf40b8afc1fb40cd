"""Are the probabilities true, and would acting on them do good? Calibration and decision curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from responder.report.figures._common import (
    DASHED,
    caution,
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
    SKY,
    VERMILLION,
    house_style,
    new_figure,
)
from responder.validate.proportions import clopper_pearson
from responder.words import Phrase, Voice

__all__ = ["draw_calibration", "draw_decision_curve"]

STACKED_WITHIN = 0.025
HIGHEST_STACK = 0.45
"""So that those of responders and of the others do not meet."""


@house_style
def draw_calibration(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw outcome against out-of-fold probability: each patient, and the mean."""
    result = source.model(model)
    found = result["calibration"]
    table = source.table("predictions", result["id"])
    key = [
        *outcome_handles(words),
        line_handle(words("figure.calibration.ideal"), INK, dashed=True),
        Line2D([], [], linestyle="", marker="D", color=INK, markersize=6, label=words("figure.calibration.mean")),
    ]
    figure, (axes,) = new_figure(
        words("figure.calibration.title", model=source.model_title(result, words)),
        subtitle=words(
            "figure.calibration.seen",
            predicted=f"{found['mean_predicted']:.2f}",
            observed=f"{found['observed']:.2f}",
            slope=_slope(found, words),
        ),
        warning=caution(source, result, words),
        height_inches=3.4,
        width_inches=5.8,
        key=key,
        footnotes=footnotes(source, words, *([] if found["curve_is_drawable"] else [words("figure.calibration.note")])),
    )
    # dots of equal probability would hide one another: they are stacked towards the middle
    stacks = {}
    for outcome in (1, 0):
        values = np.sort(table.loc[table["outcome"] == outcome, "probability_loo"].to_numpy(float))
        bins = np.round(values / STACKED_WITHIN)
        stacks[outcome] = values, np.arange(len(bins)) - np.searchsorted(bins, bins)
    highest = max(int(places.max(initial=1)) for _, places in stacks.values())
    step = min(0.03 if source.n <= 60 else 0.012, HIGHEST_STACK / highest)
    for outcome, (values, places) in stacks.items():
        heights = step * places
        axes.plot(
            values, 1 - heights if outcome else heights, linestyle="", marker=OUTCOME_MARKERS[outcome],
            color=OUTCOME_COLOURS[outcome], markersize=6 if source.n <= 60 else 4, markeredgecolor="white",
            markeredgewidth=0.5, clip_on=False, zorder=3,
        )  # fmt: skip
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=DASHED)
    share = clopper_pearson(found["events"], found["n"])
    axes.errorbar(
        found["mean_predicted"], share.estimate, yerr=[[share.estimate - share.lower], [share.upper - share.estimate]],
        fmt="D", color=INK, markersize=6, capsize=4, linewidth=1.4, zorder=4,
    )  # fmt: skip
    probability_axis(axes, words("figure.probability_oof"))
    probability_axis(axes, words("figure.calibration.y"), vertical=True)
    quiet_grid(axes)
    return figure


def _slope(found: dict[str, Any], words: Voice) -> str:
    estimate = found["slope"]
    if estimate["value"] is None:
        if estimate["reason"] == "too_few_patients":
            return words("figure.calibration.too_few", n=(found["slope_coverage"] or {}).get("smallest_n"))
        return words("figure.calibration.no_slope", reason=Phrase(f"calibration_reason.{estimate['reason']}"))
    return words(
        "estimate", value=_number(estimate["value"]), lower=_number(estimate["lower"]), upper=_number(estimate["upper"])
    )


def _number(value: float | str | None) -> str:
    return "" if value is None else f"{float(value):.2f}".replace("-", "−")


@house_style
def draw_decision_curve(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw net benefit over the declared thresholds, with its band, beside treating all and treating none."""
    result = source.model(model)
    curve = {key: np.asarray(value, dtype=float) for key, value in result["decision_curve"].items()}
    at = curve["thresholds"]
    best = np.maximum(curve["treat_all"], 0.0)
    above = at[curve["net_benefit"] > best + 1e-12]
    sure = at[curve["lower"] > best + 1e-12]
    colour, band = (BLUE, SKY) if source.beats_chance(result) else (MUTED, GREY)
    seen = words(
        "figure.decision.seen_some" if len(above) else "figure.decision.seen_none",
        count=len(above), of=len(at), sure=len(sure), one=f"{float(curve['one_patient']):.3f}",
    )  # fmt: skip
    figure, (axes,) = new_figure(
        words("figure.decision.title", model=source.model_title(result, words)),
        subtitle=seen,
        warning=caution(source, result, words),
        height_inches=2.9,
        key=[
            line_handle(words("figure.decision.model"), colour, width=2),
            Line2D([], [], color=VERMILLION, linewidth=1.5, linestyle=(0, (5, 2)), label=words("figure.decision.all")),
            Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (1, 1.5)), label=words("figure.decision.none")),
        ],
        footnotes=footnotes(source, words, words("figure.decision.note", level=f"{float(curve['level']):.0%}")),
    )
    axes.fill_between(at, curve["lower"], curve["upper"], color=band, alpha=0.22, linewidth=0)
    axes.plot(at, curve["net_benefit"], "-o", color=colour, linewidth=2, markersize=4.5)
    axes.plot(at, curve["treat_all"], color=VERMILLION, linewidth=1.5, linestyle=(0, (5, 2)))
    axes.axhline(0, color=INK, linewidth=1.2, linestyle=(0, (1, 1.5)))
    low = min(-0.1, float(curve["net_benefit"].min()) - 0.05)
    high = max(float(curve["upper"].max()), float(curve["treat_all"].max())) + 0.05
    axes.set_ylim(max(low, -0.6), high)
    axes.set_xlim(0, 1)
    one = float(curve["one_patient"])
    axes.plot([0.985, 0.985], [high - 0.04 - one, high - 0.04], color=INK, linewidth=3, solid_capstyle="butt")
    axes.text(
        0.97, high - 0.04 - one / 2, words("figure.decision.one", one=f"{one:.3f}"), ha="right", va="center", size=8
    )
    axes.set_xlabel(words("figure.decision.x"))
    axes.set_ylabel(words("figure.decision.y"))
    quiet_grid(axes)
    return figure
