"""Models side by side: discrimination with its interval, and accuracy against the prevalence."""

from __future__ import annotations

from matplotlib.figure import Figure

from responder.report.figures._common import DASHED, footnotes, quiet_grid
from responder.report.source import ReportInput
from responder.report.style import BLUE, GREY, INK, MUTED, house_style, new_figure
from responder.words import Phrase, Voice

__all__ = ["draw_comparison"]


@house_style
def draw_comparison(source: ReportInput, words: Voice) -> Figure:
    """Draw the leave-pair-out AUC of every model with its interval, beside its Brier skill."""
    models = [m for m in source.models if not m["is_baseline"]]
    best = [words("model_name", id=m["id"]) for m in models if source.beats_chance(m)]
    if len(models) == 1:
        seen = words("figure.comparison.one", verdict=Phrase(f"verdict.{models[0]['verdict']['kind']}"))
    elif best:
        seen = words("figure.comparison.some", names=words.listed(best), count=len(models))
    else:
        seen = words("figure.comparison.none", count=len(models))
    figure, (left, right) = new_figure(
        words("figure.comparison.title"),
        subtitle=seen,
        height_inches=0.85 + 0.3 * len(models),
        footnotes=footnotes(source, words, words("figure.comparison.note")),
        columns=2,
        width_ratios=(2.1, 1),
    )
    for row, model in enumerate(models):
        colour = BLUE if source.beats_chance(model) else GREY
        metrics = model["metrics"]
        interval, auc = source.interval(model), source.auc(model)
        if interval is not None:
            left.plot([interval["lower"], interval["upper"]], [row, row], color=colour, linewidth=2.2, zorder=2)
        if auc is not None:
            left.plot(auc, row, "o", color=colour, markersize=6.5, zorder=3)
        else:
            left.text(0.5, row, words("not_estimable"), ha="center", va="center", size=8, color=MUTED)
        if "brier_skill_loo" in metrics:
            skill = metrics["brier_skill_loo"]
            right.plot([0, skill], [row, row], color=colour, linewidth=1.2, zorder=2)
            right.plot(skill, row, "s", color=colour, markersize=5.5, zorder=3)
    for axes in (left, right):
        axes.set_ylim(len(models) - 0.4, -0.6)
        quiet_grid(axes, "x")
    names = [source.model_title(m, words) for m in models]
    left.set_yticks(range(len(models)), names)
    for tick, model in zip(left.get_yticklabels(), models, strict=True):
        tick.set_fontweight("bold" if model["id"] == source.primary else "normal")
    right.set_yticks(range(len(models)), [])
    left.axvline(0.5, color=INK, linewidth=1, linestyle=DASHED)
    right.axvline(0.0, color=INK, linewidth=1, linestyle=DASHED)
    left.set_xlim(-0.02, 1.02)
    left.set_xlabel(words("figure.comparison.auc"))
    right.set_xlabel(words("figure.comparison.skill"))
    return figure
