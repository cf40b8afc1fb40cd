"""How sure is the ranking of the features? Rank probabilities over bootstrap refits."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from responder.report.figures._common import caution, footnotes
from responder.report.source import ReportInput
from responder.report.style import INK, MUTED, greys_from_white, house_style, new_figure, sequential
from responder.words import Voice

__all__ = ["draw_ranks"]

MOST_FEATURES = 14
SMALLEST_SHOWN = 0.005


@house_style
def draw_ranks(source: ReportInput, words: Voice, model: str = "") -> Figure:
    """Draw the probability of each rank of each feature, and the 5-95% band of its mean absolute effect."""
    result = source.model(model)
    ranks = result["ranks"]
    table = ranks["features"]
    share = np.asarray(table["probability"], dtype=float)
    middle, low, high = (np.asarray(table[key], dtype=float) for key in ("median", "lower", "upper"))
    order = np.lexsort((-middle, -share[:, 0]))[:MOST_FEATURES]
    names, share, k = [table["names"][i] for i in order], share[order][:, :MOST_FEATURES], len(order)
    beats = source.beats_chance(result)
    figure, (left, right) = new_figure(
        words("figure.ranks.title", model=source.model_title(result, words)),
        subtitle=words(
            "figure.ranks.seen",
            feature=source.feature_label(names[0], words),
            first=f"{share[0, 0]:.0%}",
            refits=ranks["refits"],
        ),
        warning=caution(source, result, words, whole=True),
        height_inches=0.75 + 0.31 * k,
        footnotes=footnotes(source, words, words("figure.ranks.note")),
        columns=2,
        width_ratios=(2.2, 1),
    )
    left.imshow(share, cmap=sequential if beats else greys_from_white, vmin=0, vmax=1, aspect="auto")
    for i in range(k):
        for j in range(share.shape[1]):
            if share[i, j] >= SMALLEST_SHOWN:
                colour = "white" if share[i, j] > 0.55 else INK
                left.text(j, i, f"{share[i, j]:.0%}", ha="center", va="center", size=7.5, color=colour)
    left.set_yticks(range(k), [source.feature_label(name, words) for name in names])
    left.set_xticks(range(share.shape[1]), [str(rank) for rank in range(1, share.shape[1] + 1)])
    left.set_xlabel(words("figure.ranks.x"))
    left.tick_params(length=0)
    left.spines[:].set_visible(False)
    rows = np.arange(k)
    right.hlines(rows, low[order], high[order], color="#c3c8ce", linewidth=5)
    right.plot(middle[order], rows, "o", color=INK if beats else MUTED, markersize=5)
    right.set_ylim(k - 0.5, -0.5)
    right.set_yticks(rows, [])
    right.set_xlim(left=0)
    right.set_xlabel(words("figure.ranks.size"))
    return figure
