"""Endpoints as the study declares them, with exact intervals, under both rules for those who left early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Provenance
from responder.cohort.endpoint import evaluate_endpoint
from responder.study.model import Endpoint
from responder.study.text import Text
from responder.trial.summary import Row
from responder.trial.visits import Population, Visits
from responder.validate.proportions import clopper_pearson

__all__ = ["EndpointOutcome", "endpoint_outcomes", "responses"]

LEVEL = 0.95
_POPULATION_OF = {"completers": "completers", "non_responder": "enrolled"}


@dataclass(frozen=True)
class EndpointOutcome(Row):
    """How many met an endpoint.

    Attributes
    ----------
    population : str
        ``completers``; or ``enrolled``, those who left early counted as non-responders.
    declared : bool
        Whether that is the rule that the study declares for this endpoint.
    responders, n : int
        Those who met it, of those to whom it applies.
    not_applicable : int
        Members of the population to whom it does not apply: no dose to reduce, no level to resolve, or the
        target met before treatment already.
    unknown : int
        Members whose outcome cannot be told though they were seen, or who have no baseline; in neither number.
    estimate, lower, upper : float
        Proportion with its exact (Clopper-Pearson) interval; ``nan`` where it applies to nobody.
    level : float
        Confidence level of the interval.
    """

    endpoint: str
    label: Text
    week: float
    population: Population
    declared: bool
    responders: int
    n: int
    not_applicable: int
    unknown: int
    estimate: float
    lower: float
    upper: float
    level: float
    rests_on: tuple[Provenance, ...]


def endpoint_outcomes(visits: Visits) -> tuple[EndpointOutcome, ...]:
    """Return every endpoint that the table can tell, each under both rules for early withdrawal."""
    return tuple(
        outcome
        for endpoint in visits.study.endpoints
        for rule in _POPULATION_OF
        if (outcome := _outcome(visits, endpoint, rule)) is not None
    )


def responses(visits: Visits, endpoint: Endpoint) -> FloatArray:
    """Return 1, 0 or ``nan`` for each patient, by the endpoint's declared rule, shape (n,).

    Raises
    ------
    KeyError
        If the table has not what the endpoint compares.
    """
    compared = visits.compared(endpoint)
    if compared is None:
        raise KeyError(endpoint.name)
    return evaluate_endpoint(endpoint, *compared)


def _outcome(visits: Visits, endpoint: Endpoint, rule: str) -> EndpointOutcome | None:
    compared = visits.compared(endpoint)
    if compared is None:
        return None
    population: Population = "enrolled" if rule == "non_responder" else "completers"
    members = visits.members(population)
    outcome, baseline = compared[0][members], None if compared[1] is None else compared[1][members]
    counted = endpoint.model_copy(update={"withdrawal": rule})
    imputed = endpoint.model_copy(update={"withdrawal": "non_responder"})
    response = evaluate_endpoint(counted, outcome, baseline)
    if rule == "non_responder":
        # who came to the visit without being measured did not leave
        assert endpoint.week is not None
        here = ~np.isnan(visits.weeks[members, visits.design.weeks.index(endpoint.week)]) & np.isnan(outcome)
        response = np.where(here, np.nan, response)
    applies = ~np.isnan(evaluate_endpoint(imputed, np.full(len(outcome), np.nan), baseline))
    needed = baseline if endpoint.baseline else None
    without_baseline = np.zeros(len(outcome), dtype=bool) if needed is None else np.isnan(needed)
    known = ~np.isnan(response)
    n, responders = int(known.sum()), int(np.nansum(response))
    interval = clopper_pearson(responders, n, LEVEL) if n else None
    nothing = float("nan")
    return EndpointOutcome(
        endpoint=endpoint.name,
        label=endpoint.label,
        week=float(endpoint.week or 0),
        population=population,
        declared=endpoint.withdrawal == rule,
        responders=responders,
        n=n,
        not_applicable=int((~applies & ~without_baseline).sum()),
        unknown=int(((applies | without_baseline) & ~known).sum()),
        estimate=interval.estimate if interval else nothing,
        lower=interval.lower if interval else nothing,
        upper=interval.upper if interval else nothing,
        level=LEVEL,
        rests_on=visits.kinds(visits.compared_traits(endpoint)),
    )
