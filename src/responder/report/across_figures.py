"""The forest plot of a hypothesis in several cohorts: each by itself, and all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from responder.report.figures._common import DASHED, quiet_grid
from responder.report.fonts import figure_language
from responder.report.style import BLUE, INK, house_style, new_figure, wrap
from responder.words import Language, Voice

if TYPE_CHECKING:
    from responder.explain import Across, AcrossVerdict

__all__ = ["draw_across"]

SMALLEST_MARKER, LARGEST_MARKER = 3.5, 9.0
TITLE_CELLS = 32


def draw_across(result: Across, language: Language = "en") -> dict[str, Figure]:
    """Draw every hypothesis that was tested.

    Parameters
    ----------
    result : Across
        From `responder.explain.hypotheses_across`.
    language : str
        ``en`` or ``zh``; English where no installed font has Chinese characters.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        By name; the text alternative of each is its ``get_label()``.
    """
    words = Voice(figure_language(language), "across")
    return {
        f"across_{verdict.id}": _draw(verdict, result, words)
        for verdict in result.verdicts
        if verdict.heterogeneity is not None
    }


@house_style
def _draw(verdict: AcrossVerdict, result: Across, words: Voice) -> Figure:
    shown = [each for each in verdict.cohorts if not np.isnan(each.auc)]
    figure, (axes,) = new_figure(
        words("head", id=verdict.id, statement=verdict.hypothesis),
        subtitle=words.of(verdict.statement),
        height_inches=1.1 + 0.55 * (len(shown) + 1),
        footnotes=[
            words.of(verdict.differences[0]),
            words("limits"),
            words.of(result.illustration) if result.illustration else "",
        ],
    )
    for row, each in enumerate(shown):
        axes.hlines(row, each.lower, each.upper, color=INK, linewidth=1.3)
        size = SMALLEST_MARKER + (LARGEST_MARKER - SMALLEST_MARKER) * each.weight**0.5
        axes.plot(each.auc, row, "s", color=BLUE, markersize=size)
    end = len(shown)
    diamond = [(verdict.lower, end), (verdict.auc, end - 0.22), (verdict.upper, end), (verdict.auc, end + 0.22)]
    axes.fill(*zip(*diamond, strict=True), color=INK)
    axes.axvline(0.5, color=INK, linewidth=0.9, linestyle=DASHED)
    names = [
        "\n".join(
            [*wrap(words.of(each.title), TITLE_CELLS), words("figure.cohort", n=each.n, responders=each.responders)]
        )
        for each in shown
    ]
    axes.set_yticks(range(end + 1), [*names, words("together")])
    axes.set_ylim(end + 0.6, -0.6)
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel(words("figure.auc"))
    quiet_grid(axes, "x")
    return figure
