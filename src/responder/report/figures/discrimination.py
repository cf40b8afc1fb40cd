"""Is the ranking better than chance? The permutation null, and the ROC curve."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from responder.arrays import FloatArray
from responder.report.figures._common import DASHED, caution, footnotes, line_handle, patch_handle, quiet_grid
from responder.report.source import ReportInput
from responder.report.style import BLUE, GREY, INK, MUTED, SKY, VERMILLION, house_style, new_figure
from responder.validate.proportions import clopper_pearson
from responder.words import Voice

__all__ = ["draw_permutation", "draw_roc"]

MOST_BARS = 45
BELOW = "#c3c8ce"


@house_style
def draw_permutation(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw the leave-pair-out AUC under every labeling, with the observed one and the smallest p in reach."""
    result = source.model(model)
    test = result["permutation"]
    table = source.table("permutation", result["id"])
    null, observed = table["lpo_auc"].to_numpy(float), float(test["statistic"])
    as_good = null >= observed - 1e-9
    if test["side"] == "two-sided":
        as_good = np.abs(null - 0.5) >= abs(observed - 0.5) - 1e-9
    exact = "exact" if test["exact"] else "random"
    seen = words(
        f"figure.permutation.seen_{exact}",
        auc=f"{observed:.2f}", p=_p(test["p"]), labelings=f"{test['labelings']:,}", median=f"{test['null_median']:.2f}",
        smallest=_p(test["smallest_attainable_p"]),
    )  # fmt: skip
    figure, (axes,) = new_figure(
        words("figure.permutation.title", model=source.model_title(result, words)),
        subtitle=seen,
        warning=caution(source, result, words),
        height_inches=2.7,
        key=[
            patch_handle(words("figure.permutation.below"), BELOW),
            patch_handle(words("figure.permutation.as_good", count=f"{int(as_good.sum()):,}"), VERMILLION),
            Line2D(
                [],
                [],
                linestyle="",
                marker="v",
                color=INK,
                label=words("figure.permutation.best", p=_p(test["smallest_attainable_p"])),
            ),
        ],
        footnotes=footnotes(source, words, *([] if test["all_pairs"] else [_pairs_note(test, words)])),
    )
    edges = _bars(null)
    for members, colour in ((~as_good, BELOW), (as_good, VERMILLION)):
        axes.hist(null[members], bins=edges, color=colour, edgecolor="white", linewidth=0.4)
    height = axes.get_ylim()[1]
    axes.axvline(observed, color=INK, linewidth=1.6)
    side = -1 if observed > 0.5 else 1
    axes.text(
        observed + 0.012 * side, height * 1.02, words("figure.permutation.observed", auc=f"{observed:.2f}"),
        ha="right" if side < 0 else "left", va="bottom", size=8.5, weight="bold",
    )  # fmt: skip
    axes.axvline(float(test["null_median"]), color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    best = np.histogram(null, edges)[0][np.searchsorted(edges, null.max() - 1e-9) - 1]
    axes.plot(null.max(), best + height * 0.045, marker="v", color=INK, markersize=6, linestyle="")
    axes.set_ylim(0, height * 1.12)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel(words("figure.permutation.x"))
    axes.set_ylabel(words("figure.permutation.y"))
    quiet_grid(axes, "y")
    return figure


def _pairs_note(test: dict[str, int], words: Voice) -> str:
    return words("figure.permutation.pairs", pairs=f"{test['pairs']:,}")


def _bars(null: FloatArray) -> list[float]:
    """Return bin edges: one bar a value where there are few values, else bars of equal width."""
    values = np.unique(null.round(9))
    if 1 < len(values) <= MOST_BARS:
        half = float(np.diff(values).min()) / 2
        return [float(x) for x in np.arange(-half, 1 + 2 * half, 2 * half)]
    return [float(x) for x in np.linspace(0, 1, MOST_BARS + 1)]


@house_style
def draw_roc(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw the tournament leave-pair-out ROC curve with a pointwise band of its sensitivities."""
    result = source.model(model)
    curve = result["tournament"]
    fpr, tpr = (np.asarray(curve[key], dtype=float) for key in ("false_positive_rate", "true_positive_rate"))
    responders = source.responders
    limits = [clopper_pearson(round(rate * responders), responders) for rate in tpr]
    colour, band = (BLUE, SKY) if source.beats_chance(result) else (MUTED, GREY)
    figure, (axes,) = new_figure(
        words("figure.roc.title", model=source.model_title(result, words)),
        subtitle=words(
            "figure.roc.seen",
            auc=f"{result['metrics']['lpo_auc']:.2f}", responders=responders, others=source.n - responders,
        ),
        warning=caution(source, result, words),
        height_inches=4.2,
        width_inches=5.4,
        key=[
            line_handle(words("figure.roc.curve"), colour, width=2),
            line_handle(words("figure.roc.chance"), INK, dashed=True),
            patch_handle(words("figure.roc.band"), band, 0.3),
        ],
        footnotes=footnotes(source, words, words("figure.roc.note")),
    )  # fmt: skip
    lower, upper = [x.lower for x in limits], [x.upper for x in limits]
    axes.fill_between(fpr, lower, upper, step="post", color=band, alpha=0.22, linewidth=0)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=DASHED)
    axes.step(fpr, tpr, where="post", color=colour, linewidth=2)
    axes.plot(fpr, tpr, "o", color=colour, markersize=3.5)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set_xlabel(words("figure.roc.x"))
    axes.set_ylabel(words("figure.roc.y"))
    quiet_grid(axes)
    return figure


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else f"{value:.1g}"
