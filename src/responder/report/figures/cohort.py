"""The cohort before any model: what is missing, and which features say the same."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from responder.explain.correlation import CLUSTER_ABOVE, Correlations
from responder.report.figures._common import footnotes, patch_handle
from responder.report.source import ReportInput
from responder.report.style import INK, MUTED, VERMILLION, diverging, house_style, new_figure
from responder.report.traits import feature_correlations, high_correlations, missing_pattern
from responder.words import Voice, said_all

__all__ = ["draw_correlation", "draw_missingness"]

MOST_NUMBERED = 14
MOST_DRAWN = 30


def _most_correlated(found: Correlations) -> list[int]:
    """Return the positions of all features, or of thousands those in the strongest pairs, in their own order."""
    if len(found.names) <= MOST_DRAWN:
        return list(range(len(found.names)))
    size = np.triu(np.nan_to_num(np.abs(found.pearson)), 1)
    strongest = np.argsort(-size, axis=None, kind="stable")[:MOST_DRAWN]
    parts = dict.fromkeys(int(at) for pair in zip(*np.unravel_index(strongest, size.shape), strict=True) for at in pair)
    return sorted(list(parts)[:MOST_DRAWN])


@house_style
def draw_correlation(source: ReportInput, words: Voice) -> Figure:
    """Draw the correlation of every pair of features: what is entangled cannot be ranked apart."""
    found, pairs = feature_correlations(source), high_correlations(source)
    shown, of = _most_correlated(found), len(found.names) * (len(found.names) - 1) // 2
    k, values = len(shown), found.pearson[np.ix_(shown, shown)]
    labels = [source.feature_label(found.names[at], words) for at in shown]
    if pairs:
        one, other, r = pairs[0]
        seen = words(
            "figure.correlation.seen", count=len(pairs), of=of, r=f"{r:.2f}".replace("-", "−"),
            one=source.feature_label(one, words), other=source.feature_label(other, words),
        )  # fmt: skip
    else:
        seen = words("figure.correlation.seen_none", of=of)
    note = [words("figure.correlation.note", n=source.n)]
    if k < len(found.names):
        note.append(words("figure.correlation.strongest", shown=k, count=len(found.names)))
    size = max(0.26, min(0.42, 4.4 / k))
    figure, (axes,) = new_figure(
        words("figure.correlation.title"),
        subtitle=seen,
        height_inches=0.4 + size * k,
        footnotes=footnotes(source, words, said_all(note, words.language)),
    )
    image = axes.imshow(values, cmap=diverging, vmin=-1, vmax=1, aspect="auto")
    if k <= MOST_NUMBERED:
        for i in range(k):
            for j in range(k):
                if i != j and not np.isnan(values[i, j]):
                    strong = abs(values[i, j]) > CLUSTER_ABOVE
                    axes.text(
                        j, i, f"{values[i, j]:z.1f}".replace("-", "−"), ha="center", va="center", size=7.5,
                        color="white" if abs(values[i, j]) > 0.75 else INK, weight="bold" if strong else "normal",
                    )  # fmt: skip
    axes.set_yticks(range(k), [f"{label}\u2003{number}" for number, label in enumerate(labels, 1)])
    axes.set_xticks(range(k), [str(number) for number in range(1, k + 1)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=20, pad=0.02)
    bar.outline.set_visible(False)
    bar.set_ticks([-1, -0.5, 0, 0.5, 1])
    return figure


def _filled_how(source: ReportInput, words: Voice) -> str:
    return words("imputed.figure_note", draws=source.imputed) if source.imputed else words("figure.missing.note")


@house_style
def draw_missingness(source: ReportInput, words: Voice) -> Figure:
    """Draw which patient lacks which trait."""
    pattern = missing_pattern(source)
    n, k = pattern.shape
    outcome = source.table("predictions").set_index("patient_id")["outcome"]
    gaps = pattern.sum(axis=1)
    order = sorted(pattern.index, key=lambda id_: (-outcome[id_], gaps[id_]))
    pattern = pattern.loc[order]
    grid = pattern.to_numpy(bool).T
    figure, (axes,) = new_figure(
        words("figure.missing.title"),
        subtitle=words(
            "figure.missing.seen", patients=int(grid.any(axis=0).sum()), n=n, traits=k, of=len(source.cohort["traits"])
        ),
        height_inches=0.75 + 0.3 * k,
        footnotes=footnotes(source, words, _filled_how(source, words)),
        key=[
            patch_handle(words("figure.missing.known"), "#d3dae1"),
            patch_handle(words("figure.missing.missing"), VERMILLION),
        ],
    )
    for row in range(k):
        for column in range(n):
            colour = VERMILLION if grid[row, column] else "#d3dae1"
            axes.bar(column, 0.8, bottom=row - 0.4, width=0.86, color=colour)
        share = int(grid[row].sum())
        axes.text(n - 0.3, row, f"{share}/{n}", va="center", size=8, color=MUTED)
    responders = int(sum(int(outcome[id_]) for id_ in order))
    axes.axvline(responders - 0.5, color=INK, linewidth=1.2)
    axes.set_yticks(range(k), [source.trait_label(str(name), words) for name in pattern])
    axes.set_xticks(
        [(responders - 1) / 2, responders + (n - responders - 1) / 2],
        [words("figure.missing.responders", count=responders), words("figure.missing.others", count=n - responders)],
    )
    axes.set_xlim(-0.6, n + 1.5)
    axes.set_ylim(k - 0.4, -0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
