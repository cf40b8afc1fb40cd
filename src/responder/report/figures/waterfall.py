"""One patient's prediction, from the mean of the others to the patient's own logit, trait by trait."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.special import expit

from responder.report.figures._common import caution, footnotes, quiet_grid
from responder.report.source import ReportInput
from responder.report.style import BLUE, GREY, INK, MUTED, VERMILLION, house_style, new_figure
from responder.words import Voice

__all__ = ["draw_waterfall", "patients_to_explain"]

MOST_BARS = 10
SMALLEST_BAR = 1e-9


def patients_to_explain(source: ReportInput, most: int, model: str = "") -> list[str]:
    """Return the patients worth a waterfall: all of them, or the surest, the least sure and the worst predicted."""
    table = source.table("predictions", model or source.primary)
    table = table[table["probability_loo"].notna()]
    if len(table) <= most:
        return [str(id_) for id_ in table["patient_id"]]
    probability, outcome = table["probability_loo"].to_numpy(float), table["outcome"].to_numpy(float)
    wrong = np.argsort(-np.abs(outcome - probability), kind="stable")
    orders = [
        np.argsort(-probability, kind="stable"),
        np.argsort(probability, kind="stable"),
        wrong,
        np.argsort(np.abs(probability - 0.5), kind="stable"),
    ]
    chosen: list[int] = []
    for rank in range(len(table)):
        for order in orders:
            if int(order[rank]) not in chosen and len(chosen) < most:
                chosen.append(int(order[rank]))
    return [str(table["patient_id"].iloc[i]) for i in sorted(chosen)]


@house_style
def draw_waterfall(source: ReportInput, words: Voice, patient: str, model: str = "") -> Figure:
    """Draw how the features move one patient's out-of-fold logit away from the mean of the other patients."""
    result = source.model(model)
    table = source.table("shap", result["id"])
    table = table[table["patient_id"] == patient]
    base, logit = float(table["base"].iloc[0]), float(table["logit"].iloc[0])
    order = table["shap"].abs().sort_values(ascending=False, kind="stable").index
    bars = [
        (_label(source, str(feature), float(value), words), float(move))
        for feature, value, move in table.loc[order, ["feature", "value", "shap"]].itertuples(index=False)
    ]
    bars = [bar for bar in bars if abs(bar[1]) > SMALLEST_BAR]
    if len(bars) > MOST_BARS:
        rest = bars[MOST_BARS - 1 :]
        bars = [*bars[: MOST_BARS - 1], (words("figure.waterfall.rest", count=len(rest)), sum(b[1] for b in rest))]
    predictions = source.table("predictions", result["id"]).set_index("patient_id")
    outcome = int(predictions.loc[patient, "outcome"])  # type: ignore[arg-type]
    beats = source.beats_chance(result)
    figure, (axes,) = new_figure(
        words("figure.waterfall.title", patient=patient, model=source.model_title(result, words)),
        subtitle=words(
            "figure.waterfall.seen",
            probability=f"{float(_probability_of(logit)):.2f}",
            base=f"{float(_probability_of(base)):.2f}",
            outcome=words("outcome.responder" if outcome else "outcome.non_responder"),
        ),
        warning=caution(source, result, words, whole=True),
        height_inches=1.05 + 0.29 * len(bars),
        footnotes=footnotes(source, words),
    )
    at = base
    for row, (_, move) in enumerate(bars):
        colour = (BLUE if move > 0 else VERMILLION) if beats else GREY if move > 0 else "#c9ced4"
        axes.barh(row, move, left=at, height=0.62, color=colour, zorder=2)
        axes.plot([at + move] * 2, [row - 0.31, row + 1.31], color=MUTED, linewidth=0.7, zorder=1)
        end = max(at, at + move)
        axes.text(end, row, f" {move:+.2f}".replace("-", "−"), va="center", size=8, color=INK)
        at += move
    axes.axvline(base, color=INK, linewidth=1, linestyle=(0, (1, 2)), zorder=1)
    axes.plot(logit, len(bars), marker="D", color=INK, markersize=6, zorder=3)
    axes.set_yticks(range(len(bars) + 1), [*(label for label, _ in bars), words("figure.waterfall.prediction")])
    axes.set_ylim(len(bars) + 0.55, -0.6)
    path = base + np.cumsum([0.0, *(move for _, move in bars)])
    reach = max(float(np.ptp(path)), 0.1)
    axes.set_xlim(float(path.min()) - 0.08 * reach, float(path.max()) + 0.16 * reach)
    axes.set_xlabel(words("figure.waterfall.x"))
    upper = axes.secondary_xaxis("top", functions=(_probability_of, _logit_of))
    upper.set_xticks(_round_probabilities(*axes.get_xlim()))
    upper.set_xlabel(words("figure.waterfall.top"), size=8)
    upper.tick_params(labelsize=8)
    quiet_grid(axes, "x")
    return figure


def _round_probabilities(lowest: float, highest: float) -> list[float]:
    """Return round probabilities between two logits, the coarsest set that has at least three."""
    low, high = map(float, _probability_of([lowest, highest]))
    inside: list[float] = []
    for step in (0.1, 0.05, 0.02, 0.01):
        inside = [round(k * step, 2) for k in range(1, round(1 / step)) if low < k * step < high]
        if len(inside) >= 3:
            break
    return inside


def _probability_of(logit: Any) -> Any:
    return expit(np.asarray(logit, dtype=float))


def _logit_of(probability: Any) -> Any:
    inside = np.clip(np.asarray(probability, dtype=float), 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside / (1 - inside)))


def _label(source: ReportInput, feature: str, value: float, words: Voice) -> str:
    """Return name and value of a feature, both without the logarithm."""
    step = next((s for s in source.spec.steps if s.name == feature), None)
    if step is None:
        return f"{source.feature_label(feature, words)}: {words('yes' if value else 'no')}"
    return f"{source.plain_label(step, words)}: {source.shown_value(step, value, words)}"
