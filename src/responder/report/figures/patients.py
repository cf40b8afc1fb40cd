"""Every patient as a dot: the out-of-fold prediction with its interval and the outcome; how far predictions move."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter

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
    GREY,
    INK,
    MUTED,
    OUTCOME_COLOURS,
    OUTCOME_MARKERS,
    house_style,
    new_figure,
)
from responder.words import Voice

__all__ = ["draw_predictions", "draw_stability"]

MOST_NAMED_PATIENTS = 60
MOST_EDGED = 300
"""Patients up to whom a white edge keeps neighbours apart; of more it would be all that is seen."""
MOST_IN_FIFTHS = 300
"""Patients up to whom a logarithmic axis has room for 1, 2 and 5 of each power of ten."""
BAND = "#c9d3dc"


@house_style
def draw_predictions(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw every patient's out-of-fold probability, its interval and the outcome, in rising order."""
    result = source.model(model)
    table = source.table("predictions", result["id"]).sort_values("probability_loo", kind="stable")
    table = table.reset_index(drop=True)
    n, named = len(table), len(table) <= MOST_NAMED_PATIENTS
    right = int(((table["probability_loo"] >= 0.5) == (table["outcome"] == 1)).sum())
    has_interval = "interval_lower" in table and bool(table["interval_lower"].notna().any())
    key = [*outcome_handles(words), line_handle(words("figure.prevalence"), INK, dashed=True)]
    if has_interval:
        level = f"{result['patient_intervals']['coverage']['level']:.0%}"
        key.append(line_handle(words("figure.predictions.interval", level=level), BAND, width=6))
    figure, (axes,) = new_figure(
        words("figure.predictions.title", model=source.model_title(result, words)),
        subtitle=words(
            "figure.predictions.seen", right=right, n=n, always=max(source.responders, n - source.responders)
        ),
        warning=caution(source, result, words),
        height_inches=0.7 + n * (0.235 if n <= 20 else 0.15 if named else 4.2 / n),
        footnotes=footnotes(source, words, words("figure.predictions.interval_note") if has_interval else ""),
        key=key,
    )
    rows = np.arange(n)
    if has_interval:
        width = max(1.0, min(7.0, 260 / n))
        axes.hlines(rows, table["interval_lower"], table["interval_upper"], color=BAND, linewidth=width, zorder=1)
    for outcome in (1, 0):
        of = table[table["outcome"] == outcome]
        axes.plot(
            of["probability_loo"], of.index, linestyle="", marker=OUTCOME_MARKERS[outcome], zorder=3,
            color=OUTCOME_COLOURS[outcome], markersize=7 if named else 4, markeredgecolor="white",
            markeredgewidth=0.6 if n <= MOST_EDGED else 0,
        )  # fmt: skip
    axes.axvline(source.responders / source.n, color=INK, linewidth=1, linestyle=DASHED, zorder=2)
    axes.set_yticks(rows if named else [], table["patient_id"] if named else [])
    axes.set_ylim(-0.8, n - 0.2)
    axes.set_ylabel("" if named else words("figure.predictions.patients", n=n))
    probability_axis(axes, words("figure.probability_oof"))
    quiet_grid(axes, "x")
    return figure


@house_style
def draw_stability(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw how far bootstrap refits move each patient's probability, and what it rests on in patients."""
    result = source.model(model)
    summary = result["stability"]
    table = source.table("stability", result["id"])
    outcome = source.table("predictions", result["id"]).set_index("patient_id")["outcome"]
    table["outcome"] = table["patient_id"].map(outcome)
    worth, above = table["effective_sample_size"], int(table["effective_sample_size"].isna().sum())
    figure, (left, right) = new_figure(
        words("figure.stability.title", model=source.model_title(result, words)),
        subtitle=words(
            "figure.stability.seen_shrunk" if 2 * above >= source.n else "figure.stability.seen",
            error=f"{summary['mean_absolute_prediction_error']:.2f}",
            changed=f"{summary['classification_instability']:.0%}",
            worth=_patients(worth.fillna(np.inf).median()),
            n=source.n,
            refits=summary["n_refits"],
        ),
        height_inches=3.0,
        key=outcome_handles(words),
        footnotes=footnotes(
            source, words, words("figure.stability.note", level=f"{summary['level']:.0%}", count=above)
        ),
        columns=2,
        width_ratios=(1.15, 1),
    )
    left.vlines(table["original"], table["lower"], table["upper"], color=BAND, linewidth=3, zorder=1)
    left.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=DASHED, zorder=2)
    left.axhline(summary["threshold"], color=GREY, linewidth=0.8, zorder=1)
    size = 6 if source.n <= 60 else 4
    for code in (1, 0):
        of = table[table["outcome"] == code]
        style: dict[str, Any] = {
            "linestyle": "",
            "marker": OUTCOME_MARKERS[code],
            "color": OUTCOME_COLOURS[code],
            "markersize": size,
        }
        left.plot(of["original"], of["original"], markeredgecolor="white", markeredgewidth=0.5, zorder=3, **style)
        right.plot(
            of["effective_sample_size"], of["classification_instability"], markeredgecolor="white",
            markeredgewidth=0.5, zorder=3, **style,
        )  # fmt: skip
    probability_axis(left, words("figure.stability.original"))
    probability_axis(left, words("figure.stability.refits"), vertical=True)
    right.set_xscale("log")
    right.set_xlim(min(1.0, float(worth.min()) / 1.2) if worth.notna().any() else 1.0, source.n * 1.3)
    right.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if source.n <= MOST_IN_FIFTHS else (1,)))
    right.xaxis.set_major_formatter(ScalarFormatter())
    right.xaxis.set_minor_locator(NullLocator())
    right.axvline(source.n, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    right.text(source.n, 0.99, f" n = {source.n}", transform=right.get_xaxis_transform(), va="top", size=8, color=MUTED)
    right.set_ylim(-0.03, max(0.55, float(table["classification_instability"].max()) + 0.05))
    right.set_xlabel(words("figure.stability.worth"))
    right.set_ylabel(words("figure.stability.flips"))
    quiet_grid(left)
    quiet_grid(right)
    return figure


def _patients(number: float) -> str:
    """Return a number of patients that was estimated: to a tenth where they are few."""
    return f"{number:.1f}" if number < 100 else f"{number:,.0f}"
