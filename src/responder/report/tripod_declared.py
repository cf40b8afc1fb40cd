"""What of TRIPOD+AI follows from what study and experiment declare: objective, patients, outcome, clusters, input."""

from __future__ import annotations

from responder.report.source import ReportInput
from responder.report.subgroup_tables import subgroup_sentences
from responder.words import Voice, said_all, say

__all__ = [
    "choice_of_predictors",
    "clusters",
    "data_source",
    "eligibility",
    "objective",
    "outcome",
    "poor_input",
    "strata_performance",
    "treatment",
]


def objective(source: ReportInput, words: Voice) -> str:
    """Return what the run set out to do (sub-item 4)."""
    said = [words("declared.objective", endpoint=words.of(source.endpoint.label))]
    tested = [
        words("declared.hypothesis", id=each.id, statement=words.of(each.statement)) for each in source.study.hypotheses
    ]
    if tested:
        said.append(words("declared.hypotheses", hypotheses=_apart(tested, words)))
    return said_all(said, words.language)


def data_source(source: ReportInput, words: Voice) -> str:
    """Return what the values are (part of sub-item 5a)."""
    said = [words("declared.data", file=source.file_name), source.illustration(words)]
    return said_all([each for each in said if each], words.language)


def eligibility(source: ReportInput, words: Voice) -> str:
    """Return which patients the study is of, with its entry criteria (part of sub-item 6b)."""
    population, design = words.of(source.study.population), source.study.eligibility
    said = [words("declared.population", population=population)] if population else []
    for criteria in design.criteria if design else ():
        if criteria.use == "entry":  # the others are classifications that an entry criterion refers to
            rules = _apart([words.of(rule.label) for rule in criteria.rules], words)
            said.append(words("declared.entry", name=words.of(criteria.label), rules=rules))
    return said_all([*said, words("declared.entry_unchecked")] if said else [], words.language)


def treatment(source: ReportInput, words: Voice) -> str:
    """Return the treatment that the study is of (part of sub-item 6c)."""
    intervention = words.of(source.study.intervention)
    return words("declared.treatment", treatment=intervention) if intervention else ""


def outcome(source: ReportInput, words: Voice) -> str:
    """Return the definition of response, when it counts and what a missing one means (part of sub-item 8a)."""
    endpoint = source.endpoint
    said = [words("declared.outcome", endpoint=words.of(endpoint.label))]
    if endpoint.week is not None:
        said.append(words("declared.outcome_when", week=endpoint.week, window=endpoint.window_weeks))
    said.append(words(f"declared.{endpoint.withdrawal}"))
    defined_in = words.of(endpoint.source)
    if defined_in:
        said.append(words("declared.outcome_source", source=defined_in))
    return said_all(said, words.language)


def choice_of_predictors(source: ReportInput, words: Voice) -> str:
    """Return how the predictors came into the run (part of sub-item 9a)."""
    which = "named" if source.setting("traits") else "all"
    return words(f"declared.predictors_{which}", n=len(source.cohort["traits"]))


def clusters(source: ReportInput, words: Voice) -> str:
    """Return whether clusters such as centres were told apart (sub-item 12d)."""
    strata = source.setting("cohort.strata")
    return words("declared.strata", column=strata) if strata else words("declared.no_strata")


def strata_performance(source: ReportInput, words: Voice) -> str:
    """Return performance by stratum (sub-item 23b); empty where no stratum sets patients apart."""
    strata = source.setting("cohort.strata")
    if not strata or all(one["trait"] != strata for one in source.content.get("subgroups", [])):
        return ""
    return said_all(subgroup_sentences(source, words, strata), words.language)


def poor_input(source: ReportInput, words: Voice) -> str:
    """Return what scoring does with poor or missing input (sub-item 27a)."""
    if source.no_bundle:
        return words.of(source.no_bundle)
    return words("declared.poor_input")


def _apart(items: list[str], words: Voice) -> str:
    return say("list.wide_separator", words.language).join(items)
