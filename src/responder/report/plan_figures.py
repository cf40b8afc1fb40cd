"""The figure of a plan: power and interval width by the number of patients, a line for every assumed AUC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from responder.plan.simulated import CHANCE
from responder.report.figures._common import DASHED, quiet_grid
from responder.report.fonts import figure_language
from responder.report.style import GREY, INK, house_style, new_figure, sequential
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.plan import Needed, SimulatedPower, StudyPlan

__all__ = ["SUBJECT", "draw_plan"]

SUBJECT = "plan_page"
MARKERS = "osD^vPX*"
WITHIN = 1.96


def draw_plan(plan: StudyPlan, language: Language = "en") -> dict[str, Figure]:
    """Draw what was simulated; nothing where nothing was.

    Parameters
    ----------
    plan : StudyPlan
        From `responder.plan.plan_study`.
    language : str
        ``en`` or ``zh``; English where no installed font has Chinese characters.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        By name. The text alternative of each is its ``get_label()``.
    """
    if plan.simulated is None:
        return {}
    words = Voice(figure_language(language), SUBJECT)
    return {"plan": _draw(plan, plan.simulated, words)}


@house_style
def _draw(plan: StudyPlan, simulated: SimulatedPower, words: Voice) -> Figure:
    setting = plan.setting
    styles = _styles(setting.aucs)
    needed = simulated.needed(plan.typical_auc, setting.power)
    at_hand = setting.at_hand
    kinds = [say(f"provenance.{kind}", words.language) for kind in at_hand.rests_on] if at_hand is not None else []
    figure, (left, right) = new_figure(
        words("figure.title"),
        subtitle=words(
            "figure.seen",
            auc=f"{plan.typical_auc:.2f}",
            model=simulated.model,
            power=f"{setting.power:.0%}",
            needed=_needed(needed, words),
        ),
        height_inches=3.4,
        columns=2,
        width_inches=9.6,
        key=_key(setting.aucs, styles, words),
        footnotes=[
            words("figure.simulated", cohorts=simulated.cohorts),
            words("figure.assumption"),
            words("figure.illustration", kinds=words.listed(kinds)) if kinds else "",
        ],
    )
    for auc, style in styles.items():
        points = simulated.at(auc)
        n = np.array([point.n for point in points])
        power, error = np.array([(point.power, point.power_se) for point in points]).T
        low, high = np.clip([power - WITHIN * error, power + WITHIN * error], 0.0, 1.0)
        left.fill_between(n, low, high, color=style["color"], alpha=0.15, linewidth=0)
        left.plot(n, power, **style)
        right.plot(n, [point.interval_width for point in points], **style)
    left.axhline(setting.power, color=INK, linewidth=1.0, linestyle=DASHED)
    left.text(1.0, setting.power + 0.015, words("figure.wanted", power=f"{setting.power:.0%}"), ha="right", size=8,
              transform=left.get_yaxis_transform())  # fmt: skip
    left.set_ylabel(words("figure.power", alpha=f"{simulated.alpha:g}"))
    left.set_ylim(-0.02, 1.04)
    left.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    right.set_ylabel(words("figure.width"))
    right.set_ylim(0.0, 1.0)
    for axes in (left, right):
        _patients(axes, plan, words)
    return figure


def _styles(aucs: tuple[float, ...]) -> dict[float, dict[str, Any]]:
    """Return the look of each line: the stronger the traits the darker, by colour and by marker."""
    shades = np.linspace(0.35, 1.0, len(aucs)) if len(aucs) > 1 else [0.7]
    shared = {"linewidth": 1.5, "markersize": 4.5, "markeredgecolor": "white", "markeredgewidth": 0.5}
    found = {CHANCE: {**shared, "color": GREY, "marker": "", "linestyle": DASHED}}
    for place, (auc, shade) in enumerate(zip(aucs, shades, strict=True)):
        found[auc] = {**shared, "color": to_hex(sequential(shade)), "marker": MARKERS[place % len(MARKERS)]}
    return found


def _key(aucs: tuple[float, ...], styles: dict[float, dict[str, Any]], words: Voice) -> list[Artist]:
    labels = {CHANCE: words("figure.chance"), **{auc: words("figure.assumed", auc=f"{auc:.2f}") for auc in aucs}}
    return [Line2D([], [], label=label, **styles[auc]) for auc, label in labels.items()]


def _needed(needed: Needed, words: Voice) -> str:
    if needed.upto is None:
        return words("figure.above", above=needed.above)
    if needed.above is None:
        return words("figure.upto", upto=needed.upto)
    return words("figure.between", about=needed.about, first=needed.above + 1, upto=needed.upto)


def _patients(axes: Axes, plan: StudyPlan, words: Voice) -> None:
    sizes = plan.simulated.sizes if plan.simulated is not None else ()
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.minorticks_off()
    axes.set_xlabel(words("figure.patients"))
    if plan.setting.at_hand is not None:
        n = plan.setting.at_hand.n
        axes.axvline(n, color=INK, linewidth=0.8, linestyle=":")
        axes.text(n, 1.0, f" {words('figure.at_hand')}", transform=axes.get_xaxis_transform(), size=8, va="bottom")
    quiet_grid(axes, "y")
