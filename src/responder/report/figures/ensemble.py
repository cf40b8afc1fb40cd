"""Every cohort that fits published facts: the AUC of each against its p."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from responder.report.figures._common import DASHED, footnotes, line_handle, patch_handle, quiet_grid
from responder.report.source import ReportInput
from responder.report.style import BLUE, GREY, INK, MUTED, VERMILLION, house_style, new_figure
from responder.words import Voice

__all__ = ["draw_ensemble"]

AREA_OF_ONE, LARGEST_AREA = 26.0, 420.0
LOWEST_P = 1e-4


@house_style
def draw_ensemble(source: ReportInput, words: Voice) -> Figure:
    """Draw the leave-pair-out AUC of every member against its permutation p, with level and smallest p in reach."""
    ensemble, members = source.ensemble, source.tables["ensemble"]
    assert ensemble is not None
    known = members[members["permutation_p"].notna() & members["lpo_auc"].notna()]
    beats = known["verdict"] == "beats_chance"
    auc = next(found for found in ensemble["ranges"] if found["name"] == "lpo_auc")
    alpha = f"{ensemble['alpha']:g}"
    spread = {key: f"{auc[key]:.2f}" for key in ("lowest", "median", "highest")} if auc["lowest"] is not None else {}
    seen = words(
        "figure.ensemble.seen" if len(known) else "figure.ensemble.seen_none",
        members=len(members), beats=int(beats.sum()), alpha=alpha, **spread,
    )  # fmt: skip
    without = len(members) - len(known)
    given = source.model()["metrics"]
    figure, (axes,) = new_figure(
        words("figure.ensemble.title", model=source.model_title(source.model(), words)),
        subtitle=seen,
        height_inches=3.3,
        key=[
            _dot(words("figure.ensemble.beats", count=int(beats.sum())), BLUE),
            _dot(words("figure.ensemble.not_shown", count=int((~beats).sum())), GREY),
            *([_diamond(words("figure.ensemble.given"))] if "permutation_p" in given else []),
            line_handle(words("figure.ensemble.level", alpha=alpha), INK, dashed=True),
            patch_handle(words("figure.ensemble.floor"), VERMILLION, 0.2),
        ],
        footnotes=footnotes(
            source, words, words("figure.ensemble.note"),
            *([words("figure.ensemble.undefined", count=without)] if without else []),
        ),
    )  # fmt: skip
    for chosen, colour in ((known[~beats], GREY), (known[beats], BLUE)):
        spots, counts = np.unique(chosen[["lpo_auc", "permutation_p"]].round(6), axis=0, return_counts=True)
        if len(spots):
            area = np.minimum(AREA_OF_ONE * counts, LARGEST_AREA)
            axes.scatter(
                spots[:, 0], spots[:, 1], s=area, color=colour, alpha=0.75, edgecolor="white", linewidth=0.6, zorder=3
            )
    if "permutation_p" in given:
        axes.plot(given["lpo_auc"], given["permutation_p"], "D", color=VERMILLION, markersize=6.5, zorder=4,
                  markeredgecolor="white", markeredgewidth=0.8)  # fmt: skip
    floor = known["smallest_attainable_p"].dropna()
    bottom = min([*known["permutation_p"], *floor, ensemble["alpha"]], default=ensemble["alpha"])
    lowest = max(bottom / 1.6, LOWEST_P)
    if len(floor):
        axes.axhspan(floor.min(), max(floor.max(), floor.min() * 1.02), color=VERMILLION, alpha=0.2, linewidth=0)
    axes.axhline(ensemble["alpha"], color=INK, linewidth=1, linestyle=DASHED)
    axes.axvline(0.5, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_yscale("log")
    ticks = [p for p in (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001) if p >= lowest]
    axes.set_yticks(ticks, [f"{p:g}" for p in ticks])
    axes.minorticks_off()
    axes.set_ylim(1.25, lowest)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel(words("figure.ensemble.x"))
    axes.set_ylabel(words("figure.ensemble.y"))
    quiet_grid(axes)
    return figure


def _dot(label: str, colour: str) -> Line2D:
    return Line2D([], [], linestyle="", marker="o", markersize=6, color=colour, label=label)


def _diamond(label: str) -> Line2D:
    return Line2D([], [], linestyle="", marker="D", markersize=6, color=VERMILLION, label=label)
