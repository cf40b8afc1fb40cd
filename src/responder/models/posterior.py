"""What patients leave open about the next one: the linear predictor under weak neutral priors. NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.models.base import NamedModel, TrainingSets
from responder.models.bayes import BayesModel
from responder.models.decision import LaplaceDecision
from responder.models.logistic import SingleMarkerModel, only_columns
from responder.models.low_rank import LowRank, is_low_rank
from responder.models.solver import Family, Problem, Status, solve

__all__ = [
    "INTERCEPT_SD",
    "PREDICTOR_SD",
    "NeutralModel",
    "NeutralPosterior",
    "columns_looked_at",
    "neutral_posteriors",
]

PREDICTOR_SD = 3.0
INTERCEPT_SD = 5.0
LAPLACE = Family(with_information=True)


@dataclass(frozen=True)
class NeutralPosterior:
    """Gaussian posterior of a logistic model's coefficients under weak neutral priors.

    The prior of the linear predictor of a patient like those trained on has SD `PREDICTOR_SD`, however many features
    share it: each of K coefficients per SD is Gaussian around 0 with SD ``PREDICTOR_SD / sqrt(K)``, the intercept with
    SD `INTERCEPT_SD`. Laplace's approximation (MacKay 1992, doi 10.1162/neco.1992.4.5.720, equation 2.4).

    Attributes
    ----------
    columns : tuple of int
        Standardised features that it looks at: those that the model looks at.
    mean : ndarray, shape (K + 1,)
        Of the coefficients, the intercept first.
    spread : ndarray, shape (K + 1, K + 1), or LowRank
        Lower triangular, spread spread' is the covariance; of many more features than patients the covariance itself,
        by as few rows as there are patients.

    Examples
    --------
    >>> x = np.array([[-1.5], [-0.5], [0.5], [1.5]])
    >>> posterior = NeutralPosterior.fit(x, np.array([0, 1, 0, 1]), (0,))
    >>> posterior.interval(np.array([[0.0], [3.0]]), reach=1.96).round(2).tolist()
    [[-2.1, 2.1], [-3.75, 8.59]]
    """

    columns: tuple[int, ...]
    mean: FloatArray
    spread: FloatArray | LowRank

    @classmethod
    def fit(cls, features: FloatArray, labels: NDArray[Any], columns: Sequence[int]) -> NeutralPosterior:
        """Fit on standardised features, shape (n, k), and 0/1 outcomes of both kinds, shape (n,)."""
        looked_at = features[:, list(columns)]
        if is_low_rank(*looked_at.shape):
            wide = NeutralModel("neutral", columns=tuple(range(len(columns)))).decide(looked_at, labels)
            assert isinstance(wide, LaplaceDecision)
            return cls(tuple(columns), wide.coefficients, wide.covariance)
        mean, root = neutral_posteriors(TrainingSets.of_one(features, labels), columns)
        return cls(tuple(columns), mean[0], root[0])

    def interval(self, features: FloatArray, reach: float) -> FloatArray:
        """Return the linear predictor's mean less and plus `reach` SD, shape (m, 2).

        Every row is added up in the same order, alone or among others, so that its limits are the same to the last bit.

        Parameters
        ----------
        features : ndarray, shape (m, k)
            Standardised features.
        reach : float
            How many posterior SD the interval reaches to either side.
        """
        if isinstance(self.spread, LowRank):
            each = np.column_stack([np.ones(len(features)), features[:, list(self.columns)]])
            middle = np.array([self.mean @ row for row in each])
            far = reach * np.sqrt(self.spread.measure(each))
            return np.stack([middle - far, middle + far], axis=1)
        rows = [np.ones(len(features)), *(features[:, column] for column in self.columns)]
        centre, variance = np.zeros(len(features)), np.zeros(len(features))
        for j, coefficient in enumerate(self.mean.tolist()):
            centre += coefficient * rows[j]
            part = np.zeros(len(features))
            for i in range(j, len(rows)):
                part += self.spread[i, j] * rows[i]
            variance += part * part
        half = reach * np.sqrt(variance)
        return np.stack([centre - half, centre + half], axis=1)

    def to_json(self) -> dict[str, Any]:
        """Return the posterior as JSON types."""
        own = self.spread
        spread = {"covariance": own.to_json()} if isinstance(own, LowRank) else {"root": own.tolist()}
        return {"columns": list(self.columns), "mean": self.mean.tolist(), **spread}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> NeutralPosterior:
        """Rebuild from `to_json`."""
        columns, mean = tuple(content["columns"]), np.asarray(content["mean"], dtype=float)
        if "covariance" in content:
            return cls(columns, mean, LowRank.from_json(content["covariance"]))
        size = len(columns) + 1
        return cls(columns, mean, np.asarray(content["root"], dtype=float).reshape(size, size))


@dataclass(frozen=True)
class NeutralModel(BayesModel):
    """The model whose posterior is `NeutralPosterior`, as the engine of left-out fits takes it.

    Attributes
    ----------
    columns : tuple of int
        Features that are looked at.
    """

    columns: tuple[int, ...] = ()
    intercept_sd: float = INTERCEPT_SD

    def precision(self, features: int) -> FloatArray:
        """Return the prior precision of the coefficients: that of as many features as are looked at."""
        return np.full(features, len(self.columns) / PREDICTOR_SD**2)

    def chosen(self, features: FloatArray) -> FloatArray:
        """Return the features with those that are not looked at set to 0."""
        return only_columns(features, self.columns)


def neutral_posteriors(
    sets: TrainingSets, columns: Sequence[int], sharing: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return mean, shape (M, K + 1), and root of the covariance, (M, K + 1, K + 1), of `NeutralPosterior` on many sets.

    Both are ``nan`` for a training set of one outcome class.

    Parameters
    ----------
    sets : TrainingSets
        M standardised training sets of one labeling each.
    columns : sequence of int
        Features that are looked at.
    sharing : int, optional
        Features that share the prior of the linear predictor: as many, unless these columns stand for others.
    """
    looked_at = sets.features[:, :, list(columns)]
    designs, n, k = looked_at.shape
    precision = np.full(k + 1, (k if sharing is None else sharing) / PREDICTOR_SD**2)
    precision[0] = INTERCEPT_SD**-2
    design = np.concatenate([np.ones((designs, n, 1)), looked_at], axis=2)
    solution = solve(Problem(design, sets.weight, sets.labels, precision, np.zeros(k + 1)), LAPLACE)
    assert solution.information is not None
    one_class = solution.status[:, 0] == Status.ONE_CLASS
    mean = np.where(one_class[:, None], np.nan, solution.coefficients[:, :, 0])
    root = np.linalg.cholesky(np.linalg.inv(solution.information[:, 0]))
    return mean, np.where(one_class[:, None, None], np.nan, root)


def columns_looked_at(model: NamedModel, features: int) -> tuple[int, ...]:
    """Return the features, of so many, that a model looks at: those of its marker, none of a baseline's, else all.

    Examples
    --------
    >>> columns_looked_at(SingleMarkerModel("single:organs", columns=(2,)), 4)
    (2,)
    """
    if isinstance(model, SingleMarkerModel):
        return model.columns
    return () if model.is_baseline else tuple(range(features))
