"""What an MLflow run says of itself, in Markdown: the verdict first, then the numbers it rests on."""

from __future__ import annotations

from responder.evidence.reconstruction.result import SPREAD
from responder.experiment.ensemble_result import EnsembleResult
from responder.experiment.result import ExperimentResult, ModelResult
from responder.explain.out_of_fold import MOST_INFLUENTIAL
from responder.validate.checks import RESTS_ON_ONE
from responder.validate.verdict import percent
from responder.words import say

__all__ = ["model_description", "run_description"]


def _shown(value: float | None, decimals: int = 2) -> str:
    return "n/a" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"


def _interval(model: ModelResult) -> str:
    if not model.intervals:
        return "n/a"
    return f"{model.intervals[0].lower:.2f}-{model.intervals[0].upper:.2f}"


def run_description(result: ExperimentResult) -> str:
    """Return the description of the parent run.

    Parameters
    ----------
    result : ExperimentResult
        What was found.
    """
    cohort, primary = result.cohort, result.primary_model
    lines = [f"**{result.verdict.sentence}**", ""]
    if result.ensemble is not None:
        lines += [*_ranges(result.ensemble), f"The given table alone: {primary.verdict.sentence}", ""]
    if cohort.illustration:
        lines += [f"*{cohort.illustration.capitalize()}.*", ""]
    what = f"{result.experiment.experiment.title or result.name}: {cohort.n} patients, {cohort.responders} responders"
    lines += [
        f"{what} ({cohort.endpoint.label.en}). Primary model, named beforehand: {primary.title}.",
        "",
        "| model | LPO AUC | interval | p | p (adjusted) | Brier skill | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for model in result.models:
        numbers = model.metrics
        name = f"**{model.id}**" if model.id == result.primary else model.id
        name += " +" if model.part_of_endpoint else ""
        lines.append(
            f"| {name} | {_shown(numbers.get('lpo_auc'))} | {_interval(model)} | "
            f"{_shown(numbers.get('permutation_p'), 3)} | {_shown(numbers.get('permutation_p_maxt'), 3)} | "
            f"{_shown(numbers.get('brier_skill_loo'))} | {model.verdict.kind.value.replace('_', ' ')} |"
        )
    if (found := primary.winners) is not None:
        lines += ["", say("result.winners", true=f"{found.true_auc:.2f}", won=f"{found.winners_auc:.2f}")]
    lines += _rests_on_one(result)
    if any(model.part_of_endpoint for model in result.models):
        lines += ["", say("result.part_of_endpoint")]
    if sum(not model.is_baseline for model in result.models) > 1:
        wanted = result.experiment.experiment
        key = "result.rule_named" if wanted.primary else "result.rule_open"
        lines += ["", say(key, alpha=percent(wanted.permutation.alpha))]
    if any(model.intervals for model in result.models):
        lines += ["", say("result.interval_of")]
    lines += ["", "Read `report.html` under Artifacts. Prognosis under treatment, for research; no treatment advice."]
    return "\n".join(lines)


def _rests_on_one(result: ExperimentResult) -> list[str]:
    """Return which features rest on one patient in a fold, as a list; nothing where none does."""
    return ["", *found] if (found := [f"- {f.message}" for f in result.findings if f.code == RESTS_ON_ONE]) else []


def _ranges(ensemble: EnsembleResult) -> list[str]:
    """Return the range of every headline as a table, and how it is to be read."""
    rows = [
        f"| {found.name} | " + " | ".join(_shown(None if v != v else v, 3) for v in found.spread) + " |"
        for found in ensemble.ranges
    ]
    head = f"| {ensemble.model} over {ensemble.members} members | " + " | ".join(SPREAD).replace("_", " ") + " |"
    return [head, "|---|" + "---|" * len(SPREAD), *rows, "", ensemble.meaning, ""]


def model_description(result: ExperimentResult, model: ModelResult) -> str:
    """Return the description of one model's run."""
    lines = [f"**{model.title}.** {model.verdict.sentence}"]
    if result.ensemble is not None:
        lines.append("**Of the given table alone, at most one of the cohorts that fit the published facts.**")
    if result.cohort.illustration:
        lines.append(f"*{result.cohort.illustration.capitalize()}.*")
    if model.attributions is not None and not model.is_baseline:
        top = model.attributions.ranking().head(5)
        lines.append("Largest out-of-fold attributions: " + ", ".join(str(name) for name in top.iloc[:, 0]) + ".")
        lines += [
            f"Without {one.patient} the first traits would be {', '.join(one.order_without)}: "
            f"{one.share:.0%} of what {one.part} carries is {one.patient} alone."
            for one in model.attributions.by_trait().influential()[:MOST_INFLUENTIAL]
        ]
    return "\n\n".join(lines)
