"""What an MLflow run says of itself, in Markdown: the answer first, then the numbers it rests on."""

from __future__ import annotations

from responder.experiment.comparing import comparison_of, said_of_comparisons
from responder.experiment.ensemble_result import EnsembleResult
from responder.experiment.result import ExperimentResult, ModelResult
from responder.explain.out_of_fold import MOST_INFLUENTIAL
from responder.features import label_of_traits
from responder.project import WORKBENCH_FOLDER
from responder.validate.checks import RESTS_ON_ONE
from responder.validate.verdict import percent
from responder.words import Phrase, Spoken, Voice

__all__ = ["model_description", "run_description"]

SPREAD = ("ensemble.lowest", "mlflow.lower_quartile", "ensemble.median", "mlflow.upper_quartile", "ensemble.highest")


def run_description(result: ExperimentResult, language: str = "en") -> str:
    """Return the description of the parent run.

    Parameters
    ----------
    result : ExperimentResult
        What was found.
    language : str
        In which it is said.
    """
    say, cohort, primary = Voice(language), result.cohort, result.primary_model
    lines = [result.answer.markdown(language), ""]
    if result.ensemble is not None:
        lines += [*_ranges(result.ensemble, say), say("mlflow.alone", verdict=primary.verdict.statement), ""]
    else:
        lines += [say.of(primary.verdict.statement), ""]
    lines += [
        say(
            "mlflow.head",
            title=result.experiment.experiment.title.given if str(result.experiment.experiment.title) else result.name,
            patients=Phrase("check.patients", {"n": cohort.n}),
            responders=Phrase("check.responders", {"n": cohort.responders}),
            endpoint=cohort.endpoint.label,
            model=primary.title,
        ),
        "",
        say("mlflow.columns"),
        "|---|---|---|---|---|---|---|",
        *(_row(result, model, say) for model in result.models),
    ]
    lines += ["", *(f"- {say.of(one)}" for one in compared)] if (compared := said_of_comparisons(result)) else []
    if (found := primary.winners) is not None:
        lines += ["", say("result.winners", true=f"{found.true_auc:.2f}", won=f"{found.winners_auc:.2f}")]
    rests_on_one = [f"- {say.of(f.message)}" for f in result.findings if f.code == RESTS_ON_ONE]
    lines += ["", *rests_on_one] if rests_on_one else []
    if any(model.part_of_endpoint for model in result.models):
        lines += ["", say("result.part_of_endpoint")]
    if sum(not model.is_baseline for model in result.models) > 1:
        wanted = result.experiment.experiment
        key = "result.rule_named" if wanted.primary else "result.rule_open"
        lines += ["", say(key, alpha=percent(wanted.permutation.alpha))]
    if any(model.intervals for model in result.models):
        lines += ["", say("result.interval_of")]
    return "\n".join([*lines, "", say("mlflow.closing"), "", _way_back(result, say)])


def _way_back(result: ExperimentResult, say: Voice) -> str:
    """Return the command that opens the run again where it was asked for: in the workbench, or as a report."""
    is_of_workbench = result.experiment.path.parts[-3:-1] == (WORKBENCH_FOLDER, result.name)
    return say("mlflow.back_to_workbench" if is_of_workbench else "mlflow.back_to_report", name=result.name)


def model_description(result: ExperimentResult, model: ModelResult, language: str = "en") -> str:
    """Return the description of one model's run, in a language."""
    say = Voice(language)
    lines = [say("mlflow.model", title=model.title, verdict=model.verdict.statement)]
    if result.ensemble is not None:
        lines.append(f"**{say('mlflow.only_table')}**")
    if result.cohort.study.known_only is not None:
        lines.append(f"**{say.of(result.cohort.study.known_only)}**")
    lines += [say.of(comparison_of(one)) for one in result.comparisons if one.other == model.id and one.p is not None]
    if result.cohort.illustration:
        lines.append(_illustration(result, say))
    if model.attributions is not None and not model.is_baseline:
        labels = {step.name: step.label or step.name for step in result.table.spec.steps}
        names = [labels.get(name, name) for name in model.attributions.ranking().head(5)["name"]]

        def traits_label(name: str) -> Spoken:
            return label_of_traits(result.cohort.study, result.table.spec, name)

        lines.append(say("mlflow.largest", names=names))
        lines += [
            say(
                "result.influence",
                patient=one.patient,
                order=say("list.separator").join(say.of(traits_label(name)) for name in one.order_without),
                share=f"{one.share:.0%}",
                trait=traits_label(one.part),
            )
            for one in model.attributions.by_trait().influential()[:MOST_INFLUENTIAL]
        ]
    return "\n\n".join(lines)


def _row(result: ExperimentResult, model: ModelResult, say: Voice) -> str:
    """Return the row of a model in the table of all."""
    name = f"**{model.id}**" if model.id == result.primary else model.id
    interval = f"{model.intervals[0].lower:.2f}-{model.intervals[0].upper:.2f}" if model.intervals else None
    shown = {"lpo_auc": 2, "permutation_p": 3, "permutation_p_maxt": 3, "brier_skill_loo": 2}
    auc, *others = (_shown(model.metrics.get(metric), say, places) for metric, places in shown.items())
    cells = [name + (" +" if model.part_of_endpoint else ""), auc, interval or say("mlflow.unknown"), *others]
    return f"| {' | '.join([*cells, say(f'verdict.{model.verdict.kind.value}')])} |"


def _shown(value: float | None, say: Voice, decimals: int = 2) -> str:
    if value is None or value != value:
        return say("mlflow.unknown")
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _illustration(result: ExperimentResult, say: Voice) -> str:
    text = say.of(result.cohort.illustration or "")
    return f"*{say('mlflow.illustration', illustration=text[:1].upper() + text[1:])}*"


def _ranges(ensemble: EnsembleResult, say: Voice) -> list[str]:
    """Return the range of every headline as a table, and how it is to be read."""
    head = [say("mlflow.members", model=ensemble.model, members=ensemble.members), *map(say, SPREAD)]
    rows = [[found.name, *(_shown(value, say, 3) for value in found.spread)] for found in ensemble.ranges]
    table = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return [table[0], "|---|" + "---|" * len(SPREAD), *table[1:], "", say.of(ensemble.meaning), ""]
