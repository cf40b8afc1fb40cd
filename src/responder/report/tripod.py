"""TRIPOD+AI, sub-item by sub-item: answered by the run, by the study team, or MISSING; never guessed, and counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from responder.report import tripod_declared as declared
from responder.report.answers import CardAnswers, Item, tripod_items
from responder.report.comparison_table import comparison_notes
from responder.report.limits import FEW_PATIENTS_A_FEATURE, describe_limits
from responder.report.methods import describe_methods
from responder.report.source import ReportInput
from responder.report.subgroup_tables import subgroup_sentences
from responder.report.tables import cell, p_value
from responder.words import Voice, said_all
from responder.words.units import unit_words

__all__ = ["Reported", "TripodCounts", "count_tripod", "fill_tripod"]

Status = Literal["run", "run in part", "team", "run and team", "not applicable", "missing"]


@dataclass(frozen=True)
class Reported:
    """One sub-item with its answer.

    Attributes
    ----------
    item : Item
        What is asked.
    status : str
        Who answered: ``run``, ``team``, ``run and team``; ``run in part``, where the study team is asked for the rest;
        ``not applicable`` to this run, ``missing``.
    text : str
        The answer; empty where missing.
    """

    item: Item
    status: Status
    text: str


@dataclass(frozen=True)
class TripodCounts:
    """How many sub-items are answered, and by whom; all but `asked` add up to `total`.

    Attributes
    ----------
    total : int
        Sub-items.
    run : int
        Answered by the run alone, in full.
    in_part : int
        Answered by the run in part; the study team has not added the rest.
    team : int
        Answered by the study team, alone or beside the run.
    not_applicable : int
        Not applicable to this run.
    missing : int
        Answered by nobody.
    asked : int
        Open questions to the study team: what is missing, and the rest of what is answered in part.
    """

    total: int
    run: int
    in_part: int
    team: int
    not_applicable: int
    missing: int

    @property
    def asked(self) -> int:
        """Open questions to the study team."""
        return self.in_part + self.missing

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON types."""
        return {**vars(self), "asked": self.asked}


def count_tripod(reported: tuple[Reported, ...]) -> TripodCounts:
    """Return how many sub-items are answered, and by whom."""

    def count(*statuses: Status) -> int:
        return sum(each.status in statuses for each in reported)

    return TripodCounts(
        len(reported),
        run=count("run"),
        in_part=count("run in part"),
        team=count("team", "run and team"),
        not_applicable=count("not applicable"),
        missing=count("missing"),
    )


def fill_tripod(source: ReportInput, answers: CardAnswers, words: Voice) -> tuple[Reported, ...]:
    """Return all 52 sub-items with what the run and the study team say of each."""
    return tuple(_report(item, source, answers, words) for item in tripod_items())


def _report(item: Item, source: ReportInput, answers: CardAnswers, words: Voice) -> Reported:
    said = answers.tripod.get(item.number, "")
    if item.number in NOT_APPLICABLE and not said:
        return Reported(item, "not applicable", words(f"tripod.{NOT_APPLICABLE[item.number]}"))
    if item.number == "23b" and not said and not declared.strata_performance(source, words):
        return Reported(item, "not applicable", words("declared.no_performance_by_stratum"))
    own = FILL[item.number](source, words) if item.number in FILL else ""
    if own and said:
        return Reported(item, "run and team", f"{own} {words('tripod.team', text=said)}")
    if said:
        return Reported(item, "team", said)
    if not own:
        return Reported(item, "missing", "")
    return Reported(item, "run" if item.answered_by == "run" else "run in part", own)


# one run develops a model and validates it internally: what speaks of another data set does not apply to it
NOT_APPLICABLE = {"12f": "no_update", "16": "no_other_data", "20c": "no_other_data", "24": "no_update"}


def _preparation(source: ReportInput, words: Voice) -> str:
    states = [check["status"] for check in source.content["checks"]]
    return words(
        "tripod.preparation", checks=len(states), passed=states.count("passed"), failed=states.count("failed"),
        cautions=sum(f["severity"] == "caution" for f in source.content["findings"]),
    )  # fmt: skip


def _predictors(source: ReportInput, words: Voice) -> str:
    traits = []
    for name in source.cohort["traits"]:
        trait = source.study.trait(name)
        unit = f", {unit_words(trait.unit, words.language)}" if trait.unit else ""
        traits.append(f"{words.of(trait.label)} ({words(f'kind.{trait.kind}')}{unit})")
    at_landmark = source.study.known_at_week
    if at_landmark:
        return words("tripod.predictors_at_week", traits=words.listed(traits), week=at_landmark)
    return words("tripod.predictors", traits=words.listed(traits))


def _sample_size(source: ReportInput, words: Voice) -> str:
    features = len(source.content["features"])
    ratio = source.smaller_class / features
    said = words(
        "tripod.sample_size", n=source.n, smaller=source.smaller_class, features=features, ratio=f"{ratio:.1f}"
    )
    few = [words("tripod.sample_few")] if ratio < FEW_PATIENTS_A_FEATURE else []
    needed = [words.of(line.statement) for line in source.answer.needed]
    return said_all([said, *few, *needed], words.language)


def _missing(source: ReportInput, words: Voice) -> str:
    gaps: dict[str, int] = {}
    for column, count in source.cohort["missing"].items():
        name = column.split("=")[0]
        gaps[name] = max(count, gaps.get(name, 0))
    lacking = [f"{source.trait_label(name, words)} {count}/{source.n}" for name, count in gaps.items() if count]
    seen = words("tripod.missing_some", traits=words.listed(lacking)) if lacking else words("cohort.complete")
    how = words("imputed.tripod", draws=source.imputed) if source.imputed else words("tripod.missing_how")
    return f"{seen} {how}"


def _handling(source: ReportInput, words: Voice) -> str:
    steps = [
        f"{source.feature_label(step.name, words)} ({words(f'transform.{step.transform}')})"
        for step in source.spec.steps
    ]
    return words("tripod.handling", features=words.listed(steps))


def _methods(which: slice) -> Callable[[ReportInput, Voice], str]:
    def fill(source: ReportInput, words: Voice) -> str:
        paragraphs = describe_methods(source, words, cite="").paragraphs
        # without the numbers of the citations, which have no list here
        said = said_all(paragraphs[which], words.language)
        return re.sub(r" +(?=[ .,;:，。；：）])", "", said)

    return fill


def _measures(source: ReportInput, words: Voice) -> str:
    return said_all([_methods(slice(2, -1))(source, words), *comparison_notes(source, words)], words.language)


def _imbalance(source: ReportInput, words: Voice) -> str:
    return words("tripod.imbalance", responders=source.responders, n=source.n)


def _output(source: ReportInput, words: Voice) -> str:
    thresholds = ", ".join(f"{t:g}" for t in source.setting("decision.thresholds"))
    return words("tripod.output", thresholds=thresholds)


def _code(source: ReportInput, words: Voice) -> str:
    provenance = source.content["provenance"]
    return words("tripod.code", version=provenance["code_version"], lock=provenance["lock_digest"][:12])


def _flow(source: ReportInput, words: Voice) -> str:
    where = words.listed([f"{k} = {v}" for k, v in source.where.items()])
    said = words("tripod.flow", n=source.n, responders=source.responders, others=source.n - source.responders)
    if source.landmark_flow:
        said = f"{words.of(source.landmark_flow)} {said}"
    return f"{said} {words('cohort.where', where=where)}" if where else said


def _characteristics(source: ReportInput, words: Voice) -> str:
    return words("tripod.characteristics") + (f" {source.illustration(words)}" if source.illustration(words) else "")


def _numbers(source: ReportInput, words: Voice) -> str:
    model = source.model()
    test, stability = model["permutation"], model["stability"]
    return words(
        "tripod.numbers", n=source.n, responders=source.responders, pairs=f"{model['leave_pair_out']['pairs']:,}",
        labelings=f"{test['labelings']:,}" if test else "0", refits=stability["n_refits"] if stability else 0,
    )  # fmt: skip


def _specification(source: ReportInput, words: Voice) -> str:
    if source.no_bundle:
        return words.of(source.no_bundle)
    return words(
        "imputed.specification" if source.imputed else "tripod.specification",
        bundle=source.bundle,
        model=source.model_title(source.model(), words),
    )


def _calculation(source: ReportInput, words: Voice) -> str:
    if source.no_bundle:
        return words.of(source.no_bundle)
    return words("tripod.calculation", bundle=source.bundle)


def _performance(source: ReportInput, words: Voice) -> str:
    model = source.model()
    metrics = model["metrics"]
    said = source.sentences(model, words)
    interval = source.interval(model)
    if interval is not None:
        bounds = {"lower": cell(interval["lower"], words), "upper": cell(interval["upper"], words)}
        said.append(words("tripod.auc", level=f"{interval['level']:.0%}", **bounds))
    if "brier_skill_loo" in metrics:
        said.append(words("tripod.brier", brier=cell(metrics["brier_loo"], words, 3),
                          skill=cell(metrics["brier_skill_loo"], words)))  # fmt: skip
    if model["scores"]:
        share, majority = model["scores"]["accuracy"], model["scores"]["majority_accuracy"]
        shown = {
            key: f"{share[name]:.0%}"
            for key, name in (("accuracy", "estimate"), ("lower", "lower"), ("upper", "upper"))
        }
        said.append(words("tripod.accuracy", **shown, majority=f"{majority:.0%}"))
    if "permutation_p_maxt" in metrics and not source.setting("primary"):
        said.append(words("tripod.adjusted", p=p_value(metrics["permutation_p_maxt"], words)))
    said += subgroup_sentences(source, words)
    return " ".join(said)


def _fairness(source: ReportInput, words: Voice) -> str:
    return words("fairness.looked_at" if source.content.get("subgroups") else "fairness.none")


def _limitations(source: ReportInput, words: Voice) -> str:
    return words("tripod.limits", count=len(describe_limits(source, words)))


FILL: dict[str, Callable[[ReportInput, Voice], str]] = {
    "4": declared.objective,
    "5a": declared.data_source,
    "6b": declared.eligibility,
    "6c": declared.treatment,
    "7": _preparation,
    "8a": declared.outcome,
    "9a": declared.choice_of_predictors,
    "9b": _predictors,
    "10": _sample_size,
    "11": _missing,
    "12a": lambda source, words: words("tripod.data_use", n=source.n),
    "12b": _handling,
    "12c": _methods(slice(0, 2)),
    "12d": declared.clusters,
    "12e": _measures,
    "12g": _calculation,
    "13": _imbalance,
    "14": _fairness,
    "15": _output,
    "18f": _code,
    "20a": _flow,
    "20b": _characteristics,
    "21": _numbers,
    "22": _specification,
    "23a": _performance,
    "23b": declared.strata_performance,
    "26": _limitations,
    "27a": declared.poor_input,
}
