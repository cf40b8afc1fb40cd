"""The facts that an ensemble must fit: read, and refused where they do not go with the cohort."""

from __future__ import annotations

from responder.cohort.cohort import Cohort
from responder.errors import ConfigError, did_you_mean
from responder.evidence import load_facts
from responder.evidence.reconstruction.statements import Condition, ReportedFacts
from responder.experiment.resolve import ResolvedExperiment
from responder.words import Phrase

__all__ = ["endpoint_columns", "ensemble_facts", "is_condition"]


def ensemble_facts(resolved: ResolvedExperiment, cohort: Cohort) -> ReportedFacts | None:
    """Return the facts of an experiment's ensemble; None where it names none.

    Raises
    ------
    ConfigError
        If they cannot be read, or do not go with the cohort.
    """
    asked = resolved.experiment.ensemble
    if asked is None:
        return None
    if cohort.endpoint.also:
        raise ConfigError("ensemble_endpoint_also", where=_place(resolved, "ensemble"), endpoint=cohort.endpoint.name)
    facts = load_facts(resolved.path.parent / asked.facts)
    _refuse_mismatch(resolved, facts, cohort)
    return facts


def _refuse_mismatch(resolved: ResolvedExperiment, facts: ReportedFacts, cohort: Cohort) -> None:
    """Refuse columns that the cohort, or the facts, do not have, and facts about another number of people."""
    asked, place = resolved.experiment.ensemble, _place(resolved, "ensemble.columns")
    assert asked is not None
    if facts.n != cohort.n:
        where = _place(resolved, "ensemble.facts")
        raise ConfigError("facts_of_others", where=where, facts=facts.n, cohort=cohort.n)
    spelled = [f"{name}.{item}" for name, variable in facts.variables.items() for item in variable.items]
    names = [*facts.variables, *spelled]
    columns = [*cohort.columns, *(c for c in endpoint_columns(cohort) if c not in cohort.columns)]
    for column, content in asked.columns.items():
        if column not in columns:
            hint = did_you_mean(column, columns) or Phrase("hint.one_of", {"names": tuple(columns)})
            raise ConfigError("ensemble_no_column", where=place, hint=hint, name=column)
        for name in _names(content, place):
            if name not in names:
                hint = did_you_mean(name, names) or Phrase("hint.one_of", {"names": tuple(names)})
                raise ConfigError("facts_no_variable", where=place, hint=hint, name=name)
    needed = endpoint_columns(cohort)
    absent = [column for column in needed if column not in asked.columns]
    if absent and len(absent) < len(needed):
        first, second = needed
        raise ConfigError("ensemble_half_endpoint", where=place, first=first, second=second, absent=absent[0])


def _place(resolved: ResolvedExperiment, key: str) -> Phrase:
    return Phrase("place.key_of_file", {"file": str(resolved.path), "key": key})


def _names(content: str, place: Phrase) -> tuple[str, ...]:
    """Return the variables and items that a column is made of."""
    if not is_condition(content):
        return (content,)
    try:
        return Condition.read(content).names
    except ValueError as error:
        message = getattr(error, "message", str(error))
        raise ConfigError("ensemble_condition", where=place, why=message) from error


def is_condition(content: str) -> bool:
    """Return whether a column is a condition on variables, and not one of them."""
    return any(sign in content for sign in "<>=!")


def endpoint_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the column that the endpoint looks at, and the baseline column that it starts from, if any."""
    endpoint = cohort.endpoint
    level = f"={endpoint.level}" if endpoint.level else ""
    return tuple(f"{name}{level}" for name in (endpoint.column, endpoint.baseline) if name)
