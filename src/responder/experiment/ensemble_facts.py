"""The facts that an ensemble must fit: read, and refused where they do not go with the cohort."""

from __future__ import annotations

from responder.cohort.cohort import Cohort
from responder.errors import ConfigError, did_you_mean
from responder.evidence import load_facts
from responder.evidence.reconstruction.statements import Condition, ReportedFacts
from responder.experiment.config import ResolvedExperiment

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
    facts = load_facts(resolved.path.parent / asked.facts)
    _refuse_mismatch(resolved, facts, cohort)
    return facts


def _refuse_mismatch(resolved: ResolvedExperiment, facts: ReportedFacts, cohort: Cohort) -> None:
    """Refuse columns that the cohort, or the facts, do not have, and facts about another number of people."""
    asked, place = resolved.experiment.ensemble, f"{resolved.path}, ensemble.columns"
    assert asked is not None
    if facts.n != cohort.n:
        raise ConfigError(
            f"the facts speak of {facts.n} people, the cohort has {cohort.n} with an outcome",
            where=f"{resolved.path}, ensemble.facts",
            hint="take facts about the same people",
        )
    spelled = [f"{name}.{item}" for name, variable in facts.variables.items() for item in variable.items]
    names = [*facts.variables, *spelled]
    columns = [*cohort.columns, *(c for c in endpoint_columns(cohort) if c not in cohort.columns)]
    for column, content in asked.columns.items():
        if column not in columns:
            hint = did_you_mean(column, columns) or f"one of: {', '.join(columns)}"
            raise ConfigError(f"the cohort has no column '{column}' in use", where=place, hint=hint)
        for name in _names(content, place):
            if name not in names:
                hint = did_you_mean(name, names) or f"one of: {', '.join(names)}"
                raise ConfigError(f"the facts have no variable '{name}'", where=place, hint=hint)
    needed = endpoint_columns(cohort)
    absent = [column for column in needed if column not in asked.columns]
    if absent and len(absent) < len(needed):
        raise ConfigError(
            f"the endpoint compares {' with '.join(needed)}: replace both or none",
            where=place,
            hint=f"add '{absent[0]}'",
        )


def _names(content: str, place: str) -> tuple[str, ...]:
    """Return the variables and items that a column is made of."""
    if not is_condition(content):
        return (content,)
    try:
        return Condition.read(content).names
    except ValueError as error:
        raise ConfigError(str(error), where=place, hint="name a variable, an item or a condition") from error


def is_condition(content: str) -> bool:
    """Return whether a column is a condition on variables, and not one of them."""
    return any(sign in content for sign in "<>=!")


def endpoint_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the column that the endpoint looks at, and the baseline column that it starts from, if any."""
    endpoint = cohort.endpoint
    level = f"={endpoint.level}" if endpoint.level else ""
    return tuple(f"{name}{level}" for name in (endpoint.column, endpoint.baseline) if name)
