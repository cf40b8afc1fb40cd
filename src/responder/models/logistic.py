"""The logistic family: thin faces on one solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.models.base import Predictions, TrainingSets
from responder.models.decision import Decision, LinearDecision
from responder.models.left_out import Prior
from responder.models.solver import Family, Problem, Solution, Status, predictive_variance, solve
from responder.models.title import TitledById

__all__ = [
    "FirthModel",
    "FlacModel",
    "LogFModel",
    "Logistic",
    "MaximumLikelihoodModel",
    "RidgeModel",
    "SingleMarkerModel",
    "only_columns",
    "ridge_path",
]


@dataclass(frozen=True)
class Logistic(TitledById):
    """Base of the family: a logistic model with a Gaussian prior a coefficient.

    Attributes
    ----------
    family : Family
        Which likelihood is maximised.
    """

    id: str
    batched: ClassVar[bool] = True
    is_baseline: ClassVar[bool] = False
    family: ClassVar[Family] = Family()

    def precision(self, features: int) -> FloatArray:
        """Return the prior precision of the coefficients, shape (features,)."""
        return np.zeros(features)

    def prior_mean(self, features: int) -> FloatArray:
        """Return the prior mean of the coefficients, shape (features,)."""
        return np.zeros(features)

    def prior(self, features: int) -> Prior:
        """Return what draws the coefficients, the intercept first."""
        precision, mean = self.precision(features), self.prior_mean(features)
        return Prior(np.concatenate([[0.0], precision]), np.concatenate([[0.0], mean]))

    def chosen(self, features: FloatArray) -> FloatArray:
        """Return the features that the model looks at; the others as zeros."""
        return features

    def problem(self, sets: TrainingSets) -> Problem:
        """Return the solver's problem, the intercept as first column."""
        looked_at = self.chosen(sets.features)
        designs, rows, size = looked_at.shape
        design = np.empty((designs, rows, size + 1))
        design[:, :, 0] = 1.0
        design[:, :, 1:] = looked_at
        prior = self.prior(size)
        return Problem(design, sets.weight, sets.labels, prior.precision, prior.mean)

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`."""
        problem = self.problem(sets)
        solution = solve(problem, self.family)
        rows = np.take_along_axis(problem.design[:, : sets.features.shape[1]], ask[:, :, None], axis=1)
        information = solution.information
        variance = None if information is None else predictive_variance(information, rows)
        logit = self.logits(solution.coefficients, variance, rows)
        return Predictions(_without_one_class(logit, solution), solution.status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> Decision:
        """See `Model.decide`."""
        return self.decisions(TrainingSets.of_one(features, labels, weight))[0][0]

    def decisions(self, sets: TrainingSets) -> tuple[list[Decision], NDArray[np.uint8]]:
        """Fit M training sets of one labeling each, and return their decisions and status, shape (M,)."""
        solution = solve(self.problem(sets), self.family)
        return [self._decision(solution, m) for m in range(len(solution.status))], solution.status[:, 0]

    def logits(self, coefficients: FloatArray, _variance: FloatArray | None, rows: FloatArray) -> FloatArray:
        """Return the logits, shape (M, a, L), of asked rows (M, a, K) by fitted coefficients (M, K, L).

        The variance of their linear predictors, shape (M, a, L), is for models that average over it.
        """
        return np.asarray(np.matmul(rows, coefficients))

    def _decision(self, solution: Solution, index: int) -> Decision:
        coefficients = solution.coefficients[index, :, 0]
        return LinearDecision(float(coefficients[0]), coefficients[1:].copy())


def _without_one_class(logit: FloatArray, solution: Solution) -> FloatArray:
    return np.where((solution.status == Status.ONE_CLASS)[:, None, :], np.nan, logit)


def only_columns(features: FloatArray, columns: Sequence[int]) -> FloatArray:
    """Return features, shape (..., k), with all columns but some set to 0."""
    kept = np.zeros(features.shape[-1])
    kept[list(columns)] = 1.0
    return features * kept


@dataclass(frozen=True)
class RidgeModel(Logistic):
    """Ridge-penalised logistic regression on standardised features, intercept unpenalised.

    `c` is the inverse penalty, as scikit-learn's ``C``.
    """

    c: float = 0.1

    def precision(self, features: int) -> FloatArray:
        """Return 1 / C for every coefficient."""
        return np.full(features, 1.0 / self.c)


def ridge_path(sets: TrainingSets, ask: IntArray, cs: FloatArray) -> FloatArray:
    """Return the logits of ridge fits at several `c`, shape (len(cs), M, a, L); ``nan`` for one outcome class.

    The fits share their designs, so that a whole path costs little more than one fit.
    """
    plain = RidgeModel("ridge").problem(sets)
    labelings = sets.labels.shape[2]
    precision = np.zeros((plain.design.shape[2], len(cs) * labelings))
    precision[1:] = np.repeat(1.0 / cs, labelings)
    labels = np.tile(plain.labels, (1, 1, len(cs)))
    solution = solve(Problem(plain.design, plain.weight, labels, precision, plain.prior_mean), RidgeModel.family)
    rows = np.take_along_axis(plain.design, ask[:, :, None], axis=1)
    logit = _without_one_class(np.matmul(rows, solution.coefficients), solution)
    return np.asarray(logit.reshape(*logit.shape[:2], len(cs), labelings).transpose(2, 0, 1, 3))


@dataclass(frozen=True)
class SingleMarkerModel(RidgeModel):
    """Ridge on the features of one trait that was named beforehand."""

    columns: tuple[int, ...] = ()

    def chosen(self, features: FloatArray) -> FloatArray:
        """Return the features with all but the marker's set to 0."""
        return only_columns(features, self.columns)


@dataclass(frozen=True)
class MaximumLikelihoodModel(Logistic):
    """Plain maximum likelihood, in the row space of the features; kept for comparison, not for use."""

    family: ClassVar[Family] = Family(penalised=False)


@dataclass(frozen=True)
class FirthModel(Logistic):
    """Firth's penalised likelihood with the intercept re-estimated (FLIC).

    Finite under separation (Firth 1993; Heinze and Schemper 2002, doi 10.1002/sim.1047); the re-estimated intercept
    makes the mean prediction the observed prevalence (Puhr et al. 2017, doi 10.1002/sim.7273).
    """

    family: ClassVar[Family] = Family(penalised=False, firth=True, flic=True, tolerance=1e-9)


@dataclass(frozen=True)
class FlacModel(Logistic):
    """Firth's penalised likelihood with an added covariate that tells its pseudo-patients from the patients (FLAC).

    Finite under separation as Firth's; the mean prediction is the observed prevalence, and unlike FLIC's coefficients
    all are maximum likelihood estimates of one data set (Puhr et al. 2017, doi 10.1002/sim.7273).
    """

    family: ClassVar[Family] = Family(penalised=False, firth=True, flac=True, tolerance=1e-9)


@dataclass(frozen=True)
class LogFModel(Logistic):
    """log-F(m, m) priors per SD, by data augmentation (Greenland and Mansournia 2015, doi 10.1002/sim.6537).

    Each coefficient gets m/2 pseudo-successes and m/2 pseudo-failures at one SD; the intercept gets none.
    """

    m: float = 2.0

    def prior(self, features: int) -> Prior:
        """Return what draws the coefficients: pseudo-patients, as the rows of `problem` say it too."""
        return replace(super().prior(features), pseudo=self.m)

    def problem(self, sets: TrainingSets) -> Problem:
        """Return the solver's problem with the pseudo-patients as further rows."""
        plain = super().problem(sets)
        designs, _, size = plain.design.shape
        fits = sets.labels.shape[2]
        pseudo = np.zeros((designs, size - 1, size))
        at = np.arange(size - 1)
        pseudo[:, at, at + 1] = 1.0
        # beside pseudo-patients of both outcomes the solver cannot see that a class is missing, and would not settle
        labels = np.where(sets.one_class[:, None, :], 0.5, plain.labels)
        return Problem(
            np.concatenate([plain.design, pseudo], axis=1),
            np.concatenate([plain.weight, np.full((designs, size - 1), self.m)], axis=1),
            np.concatenate([labels, np.full((designs, size - 1, fits), 0.5)], axis=1),
            plain.precision,
            plain.prior_mean,
        )

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`; pseudo-patients do not make up for a missing outcome class."""
        found = super().predict(sets, ask)
        one_class = sets.one_class
        status = np.where(one_class, Status.ONE_CLASS, found.status).astype(np.uint8)
        return Predictions(np.where(one_class[:, None, :], np.nan, found.logit), status)
