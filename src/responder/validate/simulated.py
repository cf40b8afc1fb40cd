"""Find in a simulation that ships as data what is nearest to a model, a cohort's size and its split.

A table holds rows of a model, its number of features, a size n and the patients of the smaller class. Sizes and splits
between those simulated are interpolated: linearly in the share of the smaller class, then in the logarithm of n. Beyond
them the nearest is used, and `Nearest` says so; so it does of a kind of model that was not simulated.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log
from typing import TYPE_CHECKING, Any

from responder.validate.result import Result

if TYPE_CHECKING:
    from responder.validate.refit import Pipeline

__all__ = ["Learner", "Nearest", "Row", "learner_of", "nearest_rows", "shipped_table"]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Learner(Result):
    """A model and how many features it looks at.

    Attributes
    ----------
    model : str
        As experiments name it.
    features : int
        Columns, missing indicators included.
    """

    model: str = "ridge:0.1"
    features: int = 6


RIDGE = Learner()


def learner_of(pipeline: Pipeline) -> Learner:
    """Return a pipeline's model, and how many features it looks at: of a single marker, those of its trait.

    An estimator that is one of our models under another name counts as that.
    """
    columns = getattr(pipeline.model, "columns", ())
    return Learner(
        getattr(pipeline.model, "like", pipeline.id), len(columns) or len(pipeline.table.feature_table.names)
    )


@dataclass(frozen=True, slots=True)
class Nearest:
    """Rows to interpolate.

    Attributes
    ----------
    rows : tuple of (dict, float)
        Up to four rows, with weights that sum to 1.
    outside : bool
        Whether the size or split lies outside those simulated.
    simulated : Learner
        Whose rows they are: of the same kind of model, the nearest number of features.
    own_model : bool
        False where no model of that kind was simulated, and a ridge model stands for it.
    """

    rows: tuple[tuple[Row, float], ...]
    outside: bool
    simulated: Learner
    own_model: bool

    def mean(self, number: Any) -> float:
        """Return the weighted mean of a number of each row, a function of the row."""
        return float(sum(weight * number(row) for row, weight in self.rows))


@cache
def shipped_table(name: str) -> dict[str, Any]:
    """Return a shipped simulation as it was written, with its seed and source.

    Examples
    --------
    >>> shipped_table("auc_coverage.json")["source"]
    'benchmarks/coverage.py'
    """
    text = files("responder.validate").joinpath(f"data/{name}").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@cache
def nearest_rows(tables: tuple[str, ...], learner: Learner, n_responders: int, n_non_responders: int) -> Nearest:
    """Return the rows of a simulation that are nearest to a cohort and a model.

    Parameters
    ----------
    tables : tuple of str
        Files of the simulation; of two rows for one cell that of the first file counts.
    learner : Learner
        The model, and how many features it looks at.
    n_responders, n_non_responders : int
        Class sizes; tables are symmetric in them.

    Raises
    ------
    ValueError
        If a class is empty.

    Examples
    --------
    >>> nearest_rows(("auc_coverage.json",), Learner("ridge:0.1", 9), 3, 6).simulated
    Learner(model='ridge:0.1', features=6)
    """
    n, smaller = n_responders + n_non_responders, min(n_responders, n_non_responders)
    if smaller < 1:
        raise ValueError("both classes must hold at least one patient")
    rows, simulated, own = _rows(tables, learner)
    sizes = sorted({row["n"] for row in rows})
    weighted = []
    outside = not sizes[0] <= n <= sizes[-1]
    for size, size_weight in _bracket(log(n), [log(size) for size in sizes]):
        column = sorted((row for row in rows if log(row["n"]) == size), key=lambda row: row["smaller"])
        shares = [row["smaller"] / row["n"] for row in column]
        outside = outside or smaller / n < shares[0]
        for share, share_weight in _bracket(smaller / n, shares):
            weighted.append((column[shares.index(share)], size_weight * share_weight))
    return Nearest(tuple(weighted), outside, simulated, own)


@cache
def _simulated(tables: tuple[str, ...]) -> dict[Learner, list[Row]]:
    found: dict[Learner, dict[tuple[int, int], Row]] = {}
    for name in tables:
        for row in shipped_table(name)["rows"]:
            learner = Learner(row.get("model", RIDGE.model), row.get("features", RIDGE.features))
            found.setdefault(learner, {}).setdefault((row["n"], row["smaller"]), row)
    return {learner: list(rows.values()) for learner, rows in found.items()}


def _rows(tables: tuple[str, ...], learner: Learner) -> tuple[list[Row], Learner, bool]:
    known = _simulated(tables)
    kind, _, argument = learner.model.partition(":")
    tuned = argument == "tuned"  # shrinkage that the patients choose is another model
    same = [] if tuned else [one for one in known if one.model.partition(":")[0] == kind]
    others = same or [one for one in known if one.model == RIDGE.model]

    def distance(one: Learner) -> tuple[float, float]:
        return _apart(argument, one.model.partition(":")[2]), abs(log(max(learner.features, 1) / one.features))

    nearest = min(others, key=distance)
    return known[nearest], nearest, bool(same)


def _apart(argument: str, other: str) -> float:
    """Return how far two models' numbers are apart; nothing for arguments that are none."""
    try:
        return abs(log(float(argument) / float(other)))
    except ValueError:
        return 0.0


def _bracket(at: float, grid: list[float]) -> list[tuple[float, float]]:
    """Return the one or two points of a sorted grid next to ``at``, with weights that sum to 1."""
    after = bisect_left(grid, at)
    if after == len(grid) or grid[after] == at or after == 0:
        return [(grid[min(after, len(grid) - 1)], 1.0)]
    low, high = grid[after - 1], grid[after]
    share = (at - low) / (high - low)
    return [(low, 1 - share), (high, share)]
