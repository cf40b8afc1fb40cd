"""What carries the predictions: out-of-fold Shapley values of every patient, by feature and by value."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from responder.arrays import FloatArray
from responder.report.figures._common import caution, footnotes, marker_handles, quiet_grid
from responder.report.source import ReportInput
from responder.report.style import (
    GREY,
    INK,
    MUTED,
    OUTCOME_COLOURS,
    OUTCOME_MARKERS,
    greys,
    house_style,
    new_figure,
    values_map,
)
from responder.report.traits import ranked_features, rests_on_one_patient
from responder.words import Voice

__all__ = ["draw_dependence", "draw_strip"]

MOST_FEATURES = 14
DEPENDENCE_COLUMNS, DEPENDENCE_ROWS = 3, 2
LABEL_WIDTH = 30


@house_style
def draw_strip(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw every patient's Shapley value for every feature; greyed where the model is not shown to beat chance."""
    result = source.model(model)
    table = _with_outcome(source, result["id"])
    names = ranked_features(result)
    shown = names[:MOST_FEATURES]
    sizes = {row["name"]: row["mean_absolute"] for row in result["importance"]}
    notes = [words("figure.strip.note")]
    fragile = rests_on_one_patient(source, result["id"])
    if fragile is not None:
        patient, instead = fragile
        notes.append(words("figure.strip.one_patient", patient=patient, feature=source.feature_label(instead, words)))
    if len(names) > len(shown):
        rest = sum(sizes[name] for name in names[len(shown) :])
        notes.append(words("figure.strip.rest", count=len(names) - len(shown), sum=f"{rest:.2f}"))
    beats = source.beats_chance(result)
    colours = values_map if beats else greys
    figure, (axes,) = new_figure(
        words("figure.strip.title", model=source.model_title(result, words)),
        subtitle=_seen(source, result, names, words),
        warning=caution(source, result, words, whole=True),
        height_inches=0.75 + 0.33 * len(shown),
        footnotes=footnotes(source, words, *notes),
        key=marker_handles(words),
    )
    dots = 6.5 if source.n <= 30 else 4.5 if source.n <= 80 else 3.0
    for row, name in enumerate(shown):
        of = table[table["feature"] == name]
        shade = colours(_within(of["value"].to_numpy(float)))
        shade[of["value"].isna()] = (1, 1, 1, 1)
        height = row + _swarm(of["shap"].to_numpy(float), float(table["shap"].abs().max()))
        for outcome in (1, 0):
            at = of["outcome"].to_numpy() == outcome
            axes.scatter(
                of["shap"].to_numpy()[at], height[at], c=shade[at], marker=OUTCOME_MARKERS[outcome], s=dots**2,
                edgecolors=INK if beats else MUTED, linewidths=0.5, zorder=3,
            )  # fmt: skip
        axes.text(
            1.01, row, f"{sizes[name]:.2f}", transform=axes.get_yaxis_transform(), va="center", size=8, color=MUTED
        )
    axes.text(1.01, -0.85, words("figure.strip.mean"), transform=axes.get_yaxis_transform(), size=8, color=MUTED)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(range(len(shown)), [source.feature_label(name, words) for name in shown])
    axes.set_ylim(len(shown) - 0.4, -0.7)
    axes.set_xlabel(words("figure.strip.x"))
    quiet_grid(axes, "x")
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), colours), ax=axes, shrink=0.6, aspect=22, pad=0.09)
    bar.set_ticks([0, 1], labels=[words("figure.low"), words("figure.high")])
    bar.outline.set_visible(False)
    return figure


@house_style
def draw_dependence(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw the effect on the logit against the value, for the features that carry most."""
    result = source.model(model)
    table = _with_outcome(source, result["id"])
    shown = ranked_features(result)[: DEPENDENCE_COLUMNS * DEPENDENCE_ROWS]
    rows = -(-len(shown) // DEPENDENCE_COLUMNS)
    figure, panels = new_figure(
        words("figure.dependence.title", model=source.model_title(result, words)),
        subtitle=words("figure.dependence.seen", count=len(shown)),
        warning=caution(source, result, words, whole=True),
        height_inches=0.3 + 1.85 * rows,
        footnotes=footnotes(source, words),
        key=marker_handles(words),
        columns=DEPENDENCE_COLUMNS,
        rows=rows,
    )
    reach = float(table.loc[table["feature"].isin(shown), "shap"].abs().max()) * 1.12
    beats = source.beats_chance(result)
    for index, (axes, name) in enumerate(zip(panels, shown, strict=False)):
        of = table[table["feature"] == name]
        for outcome in (1, 0):
            part = of[of["outcome"] == outcome]
            axes.plot(
                part["value"], part["shap"], linestyle="", marker=OUTCOME_MARKERS[outcome], markersize=5, zorder=3,
                color=OUTCOME_COLOURS[outcome] if beats else GREY, markeredgecolor="white" if beats else MUTED,
                markeredgewidth=0.5,
            )  # fmt: skip
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_ylim(-reach, reach)
        axes.margins(x=0.12)
        axes.set_xlabel(textwrap.fill(source.axis_label(name, words), LABEL_WIDTH), size=8)
        if names := source.names_of_values(name, words):
            axes.set_xticks([0, 1], labels=names)
            axes.set_xlim(-0.5, 1.5)
        if index % DEPENDENCE_COLUMNS == 0:
            axes.set_ylabel(words("figure.dependence.y"), size=8)
        quiet_grid(axes)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    return figure


def _seen(source: ReportInput, model: Mapping[str, Any], names: list[str], words: Voice) -> str:
    """Return which feature carries most, in which direction."""
    if not names:
        return words("figure.strip.nothing")
    first = model["importance"][0]
    return words(
        "figure.strip.seen",
        feature=source.feature_label(names[0], words),
        size=f"{first['mean_absolute']:.2f}",
        direction=words(f"direction.{first['direction']}"),
    )


def _with_outcome(source: ReportInput, model: str) -> pd.DataFrame:
    outcome = source.table("predictions", model).set_index("patient_id")["outcome"]
    table = source.table("shap", model)
    return table.assign(outcome=table["patient_id"].map(outcome))


def _within(values: FloatArray) -> FloatArray:
    """Return values scaled to 0..1 of their own range; 0.5 for all where they do not vary."""
    known = values[~np.isnan(values)]
    if not known.size or np.ptp(known) == 0:
        return np.full(len(values), 0.5)
    return np.asarray(np.nan_to_num((values - known.min()) / np.ptp(known), nan=0.5))


def _swarm(values: FloatArray, reach: float) -> FloatArray:
    """Return offsets that keep dots of nearly the same value beside one another, within a row of height one."""
    offsets = np.zeros(len(values))
    bins = np.round(np.nan_to_num(values) / (max(reach, 1e-12) * 0.035)).astype(int)
    for number in np.unique(bins):
        members = np.flatnonzero(bins == number)
        step = min(0.16, 0.72 / max(1, len(members)))
        offsets[members] = step * (np.arange(len(members)) - (len(members) - 1) / 2)
    return offsets
