"""What calibration figures really cover, from a simulation shipped as data.

``data/calibration_coverage.json`` is written by ``benchmarks/calibration_coverage.py`` (seeded; it resumes): cohorts of
normal features with true effects from none to strong, models fitted by the project's own pipelines. A cell is a model,
a cohort size and a split. Nothing is interpolated: results name the cell that they were read from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf, log, sqrt
from statistics import NormalDist
from typing import Any

from responder.validate.resampling import RESAMPLING_ABOVE_N
from responder.validate.result import Result
from responder.validate.simulated import shipped_table

__all__ = [
    "SimulatedProbabilities",
    "SimulatedSlope",
    "simulated_probabilities",
    "simulated_slope",
]

Row = dict[str, Any]
LEAST_ABOVE_ZERO = 0.5
"""Share of cohorts with a true AUC of 0.9 whose interval must lie above 0: below it the interval says nothing."""
MONTE_CARLO_ERRORS = 3.0
"""Standard errors by which the least of some scenarios' coverages may fall short of its level."""
MOST_SHORT = 0.075
"""By how much it may fall short at most: a cell of few cohorts is not believed sooner for that."""


@dataclass(frozen=True, slots=True)
class SimulatedSlope(Result):
    """How the slope within left-out pairs did in simulated cohorts that are no larger than this one.

    Attributes
    ----------
    level : float
        Nominal level.
    z : float or None
        How far the likelihood may drop; None where the slope cannot be estimated.
    lowest, highest : float or None
        Share of intervals that held the slope of the fitted model: least and greatest over the scenarios.
    monte_carlo_error : float or None
        Standard error of a coverage at the nominal level.
    model : str
        Whose cells were read: the model asked for, or the least favourable of all.
    is_own_model : bool
        Whether the model asked for was simulated.
    n_features : int
        Number of features simulated that is nearest to that of the model.
    n, smaller : int or None
        Size and smaller class of the cell.
    smallest_n : int or None
        Patients from which on the slope can be estimated at this split; None where no simulated size is enough.
    """

    level: float
    z: float | None
    lowest: float | None
    highest: float | None
    monte_carlo_error: float | None
    model: str
    is_own_model: bool
    n_features: int
    n: int | None
    smaller: int | None
    smallest_n: int | None

    @property
    def is_estimable(self) -> bool:
        """Whether a slope may be printed."""
        return self.z is not None


@dataclass(frozen=True, slots=True)
class SimulatedProbabilities(Result):
    """What was covered in the nearest simulated cell: the least and greatest share over the true effects.

    Attributes
    ----------
    level : float
        Nominal level of the interval in the large and of the band.
    in_the_large : tuple of float
        Cohorts whose interval held the calibration-in-the-large of new patients.
    venn_abers : tuple of float
        New patients whose true probability lay within their Venn-Abers interval, for which no level is claimed.
    band : tuple of float
        New patients whose true probability lay within the band of bootstrap refits.
    auc_632plus_within, brier_632plus_within : float or None
        How far the .632+ estimate lay from the truth in at most one cohort of twenty; None at sizes where it is not
        computed.
    cohorts : int
        Simulated at each true effect.
    models : tuple of str
        Whose cells were read: the model asked for, or all.
    is_own_model : bool
        Whether the model asked for was simulated.
    n, smaller : int
        Size and smaller class of the nearest cell.
    """

    level: float
    in_the_large: tuple[float, float]
    venn_abers: tuple[float, float]
    band: tuple[float, float]
    auc_632plus_within: float | None
    brier_632plus_within: float | None
    cohorts: int
    models: tuple[str, ...]
    is_own_model: bool
    n: int
    smaller: int


def simulated_slope(model: str, n_responders: int, n_non_responders: int, n_features: int) -> SimulatedSlope:
    """Return the simulation that speaks for the slope of a model in a cohort of this size and split.

    Of the simulated cohorts that have no more patients than this one, and no more in the smaller class, the one that
    holds most information is read. A model that was not simulated is judged as the least favourable of those that were.

    Parameters
    ----------
    model : str
        As experiments name it, e.g. ``ridge:0.1``.
    n_responders, n_non_responders : int
        Class sizes; the table is symmetric in them.
    n_features : int
        Features that the model is given.

    Raises
    ------
    ValueError
        If a class is empty.

    Examples
    --------
    >>> simulated_slope("ridge:0.1", 6, 3, n_features=6).is_estimable
    False
    >>> enough = simulated_slope("ridge:0.1", 40, 30, n_features=6)
    >>> enough.is_estimable, enough.n, enough.smaller
    (True, 60, 30)
    """
    smaller, n = _sizes(n_responders, n_non_responders)
    rows = shipped_table("calibration_coverage.json")["slope"]
    own = sorted({row["model"] for row in rows} & {_cells_of(model)})
    of_each = [_of_model(name, n, smaller, n_features) for name in own or sorted({row["model"] for row in rows})]
    # the least favourable: one that asks for most patients, or that has the widest interval
    found = max(of_each, key=lambda one: (not one.is_estimable, one.z or one.smallest_n or inf))
    return found if own else replace(found, is_own_model=False)


def _of_model(model: str, n: int, smaller: int, n_features: int) -> SimulatedSlope:
    table = shipped_table("calibration_coverage.json")
    level = table["level"]
    rows = [row for row in table["slope"] if row["model"] == model]
    scenarios = [(count, auc) for count, auc in rows[0]["scenarios"]]  # the same at every size
    features = min({count for count, _ in scenarios}, key=lambda count: abs(log(count / max(1, n_features))))
    here = [at for at, (count, _) in enumerate(scenarios) if count == features]
    strong = max(here, key=lambda at: scenarios[at][1])
    usable = []
    for row in rows:
        error = sqrt(level * (1 - level) / row["cohorts"])
        holds = min(row["coverage"][at] for at in here) >= level - min(MONTE_CARLO_ERRORS * error, MOST_SHORT)
        if holds and row["above_zero"][strong] >= LEAST_ABOVE_ZERO:
            usable.append(row)
    smallest = min((max(row["n"], ceil(row["smaller"] * n / smaller)) for row in usable), default=None)
    contained = [row for row in usable if row["n"] <= n and row["smaller"] <= smaller]
    if not contained:
        return SimulatedSlope(level, None, None, None, None, model, True, features, None, None, smallest)
    best = max(contained, key=lambda row: row["smaller"] * (1 - row["smaller"] / row["n"]))
    covered = [best["coverage"][at] for at in here]
    return SimulatedSlope(
        level=level,
        # never narrower than its level says: below that, a simulation was lucky
        z=max(best["z"][str(features)], NormalDist().inv_cdf((1 + level) / 2)),
        lowest=min(covered),
        highest=max(covered),
        monte_carlo_error=sqrt(level * (1 - level) / best["cohorts"]),
        model=model,
        is_own_model=True,
        n_features=features,
        n=best["n"],
        smaller=best["smaller"],
        smallest_n=smallest,
    )


def simulated_probabilities(model: str, n_responders: int, n_non_responders: int) -> SimulatedProbabilities:
    """Return what intervals for probabilities cover in the nearest simulated size and split.

    Parameters
    ----------
    model : str
        As experiments name it; of one that was not simulated the range over all models is returned.
    n_responders, n_non_responders : int
        Class sizes; the table is symmetric in them.

    Raises
    ------
    ValueError
        If a class is empty.

    Examples
    --------
    >>> covered = simulated_probabilities("ridge:0.1", 8, 7)
    >>> covered.n, covered.smaller, covered.is_own_model
    (15, 7, True)
    >>> covered.band[1] < 0.95
    True
    """
    smaller, n = _sizes(n_responders, n_non_responders)
    table = shipped_table("calibration_coverage.json")
    own = [row for row in table["probabilities"] if row["model"] == _cells_of(model)]

    def distance(row: Row) -> float:
        return float(abs(log(row["n"] / n)) + abs(row["smaller"] / row["n"] - smaller / n))

    every = own or table["probabilities"]
    # where .632+ is computed, a cell that knows what it is worth is read
    among = [row for row in every if ("auc_632plus" in row) == (n > RESAMPLING_ABOVE_N)] or every
    nearest = min(among, key=distance)
    rows = [row for row in among if (row["n"], row["smaller"]) == (nearest["n"], nearest["smaller"])]

    def covered(key: str) -> tuple[float, float]:
        shares = [share for row in rows for share in row[key]]
        return min(shares), max(shares)

    def within(key: str) -> float | None:
        found = [one["within"] for row in rows for one in row.get(key, [])]
        return max(found) if found else None

    return SimulatedProbabilities(
        level=table["level"],
        in_the_large=covered("in_the_large"),
        venn_abers=covered("venn_abers"),
        band=covered("band"),
        auc_632plus_within=within("auc_632plus"),
        brier_632plus_within=within("brier_632plus"),
        cohorts=min(row["cohorts"] for row in rows),
        models=tuple(sorted({row["model"] for row in rows})),
        is_own_model=bool(own),
        n=nearest["n"],
        smaller=nearest["smaller"],
    )


def _cells_of(model: str) -> str:
    """Return the name that a model's cells have: one for every single marker."""
    return "single" if model.startswith("single:") else model


def _sizes(n_responders: int, n_non_responders: int) -> tuple[int, int]:
    smaller = min(n_responders, n_non_responders)
    if smaller < 1:
        raise ValueError("both classes must hold at least one patient")
    return smaller, n_responders + n_non_responders
