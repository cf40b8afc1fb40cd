"""Logistic regression that borrows what other people showed, as far as the patients at hand do not contradict it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.models.base import Predictions, TrainingSets
from responder.models.borrowed_decision import BorrowedDecision, averaged_logit
from responder.models.decision import LaplaceDecision, moderate
from responder.models.marginal import log_marginal_likelihood
from responder.models.prior import BorrowedPrior
from responder.models.solver import Family, Problem, Solution, Status, predictive_variance, solve
from responder.models.title import TitledById

__all__ = ["BorrowModel"]

LAPLACE = Family(with_information=True)


@dataclass(frozen=True)
class _Component:
    """One of the two Gaussian components: standardised coefficients are `basis` z, and z ~ N(mean, 1)."""

    basis: FloatArray  # (M, k, k)
    mean: FloatArray  # (k,)


@dataclass(frozen=True)
class BorrowModel(TitledById):
    """Bayesian logistic regression with a robust prior from other people (`BorrowedPrior`).

    Both components are fitted by Laplace's approximation, and their weights follow from their marginal likelihoods
    (MacKay 1992, doi 10.1162/neco.1992.4.3.415; for the robust mixture Schmidli et al. 2014, doi 10.1111/biom.12242),
    anew for every training set and every labeling. A prediction is the average of the two components' probabilities.
    What was borrowed is per unit of a feature, so that each training set rescales it by its own SD.

    Attributes
    ----------
    names : tuple of str
        The features, in the order of the columns.
    prior : BorrowedPrior
        What is borrowed; of features that are not among `names` nothing is used.
    intercept_sd : float
        SD of the intercept's prior, around 0; the frequency of response is never borrowed.

    Examples
    --------
    >>> x, y = np.array([[-1.0], [0.0], [1.0], [2.0]]), np.array([0, 1, 0, 1])
    >>> prior = BorrowedPrior(("treg",), np.array([2.0]), np.array([[0.1]]), weight=0.5, vague_sd=1.0)
    >>> fits = [BorrowModel("borrow", ("treg",), prior.at_weight(w)).decide(x, y) for w in (0.0, 0.5, 1.0)]
    >>> [round(float(fit.logit(np.array([[2.0]]))[0]), 2) for fit in fits]
    [0.51, 1.36, 2.21]
    >>> fits[1].weights.round(2).tolist()
    [0.62, 0.38]
    """

    id: str
    names: tuple[str, ...]
    prior: BorrowedPrior
    intercept_sd: float = 5.0
    batched: ClassVar[bool] = True
    is_baseline: ClassVar[bool] = False

    def at_weight(self, weight: float) -> BorrowModel:
        """Return the same model with another weight of what is borrowed; 0 borrows nothing."""
        return replace(self, prior=self.prior.at_weight(weight))

    @property
    def borrowed(self) -> tuple[tuple[int, ...], FloatArray, FloatArray]:
        """Columns that something is borrowed for, and the mean and covariance of their log odds per unit."""
        kept = [i for i, name in enumerate(self.prior.features) if name in self.names]
        columns = tuple(self.names.index(self.prior.features[i]) for i in kept)
        return columns, self.prior.mean[kept], self.prior.covariance[np.ix_(kept, kept)]

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`."""
        logits, evidence, status = [], [], np.zeros(sets.shape, dtype=np.uint8)
        for component in self._components(sets):
            problem = self._problem(component, sets)
            solution = solve(problem, LAPLACE)
            assert solution.information is not None
            rows = np.take_along_axis(problem.design, ask[:, :, None], axis=1)
            variance = predictive_variance(solution.information, rows)
            logits.append(moderate(np.matmul(rows, solution.coefficients), variance))
            evidence.append(log_marginal_likelihood(problem, solution))
            status = np.maximum(status, solution.status)
        logit = averaged_logit(np.stack(logits), self._weights(evidence)[:, :, None, :])
        return Predictions(np.where((status == Status.ONE_CLASS)[:, None, :], np.nan, logit), status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> BorrowedDecision:
        """See `Model.decide`; the features are in the units of what is borrowed."""
        return self.decisions(TrainingSets.of_one(features, labels, weight))[0][0]

    def decisions(self, sets: TrainingSets) -> tuple[list[BorrowedDecision], NDArray[np.uint8]]:
        """Fit M training sets of one labeling each, and return their decisions and status, shape (M,)."""
        components = self._components(sets)
        problems = [self._problem(component, sets) for component in components]
        solutions = [solve(problem, LAPLACE) for problem in problems]
        evidence = [log_marginal_likelihood(*pair) for pair in zip(problems, solutions, strict=True)]
        weights = self._weights(evidence)[:, :, 0]
        precision = self.borrowed_precision(sets)
        neutral = np.full(sets.features.shape[2] + 1, self.prior.vague_sd**-2)
        neutral[0] = self.intercept_sd**-2
        decisions = [
            BorrowedDecision(
                tuple(_part(pair[0].basis[m], pair[1], m) for pair in zip(components, solutions, strict=True)),
                weights[:, m],
                precision[m],
                neutral,
            )
            for m in range(len(sets.weight))
        ]
        return decisions, np.maximum(solutions[0].status, solutions[1].status)[:, 0]

    def borrowed_precision(self, sets: TrainingSets) -> FloatArray:
        """Return the precision that is borrowed on standardised coefficients, shape (M, k + 1, k + 1)."""
        columns, _, covariance = self.borrowed
        scale = _scale(sets)[:, list(columns)]
        size = sets.features.shape[2] + 1
        precision = np.zeros((len(scale), size, size))
        at = np.asarray(columns, dtype=int) + 1
        precision[:, at[:, None], at] = np.linalg.inv(covariance) / scale[:, :, None] / scale[:, None, :]
        return precision

    def _components(self, sets: TrainingSets) -> tuple[_Component, _Component]:
        """Return the informative component and the vague one."""
        columns, mean, covariance = self.borrowed
        designs, _, size = sets.features.shape
        vague = np.broadcast_to(self.prior.vague_sd * np.eye(size), (designs, size, size))
        informative, centre = vague.copy(), np.zeros(size)
        if columns:
            at = np.asarray(columns)
            root = np.linalg.cholesky(covariance)
            informative[:, at[:, None], at] = _scale(sets)[:, at, None] * root
            centre[at] = np.linalg.solve(root, mean)
        return _Component(informative, centre), _Component(vague, np.zeros(size))

    def _problem(self, component: _Component, sets: TrainingSets) -> Problem:
        """Return the solver's problem in the coordinates z, where the prior is the same for every training set."""
        designs, rows, size = sets.features.shape
        design = np.empty((designs, rows, size + 1))
        design[:, :, 0] = 1.0
        np.matmul(sets.features, component.basis, out=design[:, :, 1:])
        precision = np.ones(size + 1)
        precision[0] = self.intercept_sd**-2
        return Problem(design, sets.weight, sets.labels, precision, np.concatenate([[0.0], component.mean]))

    def _weights(self, evidence: Sequence[FloatArray]) -> FloatArray:
        """Return the components' posterior weights, shape (2, M, L)."""
        with np.errstate(divide="ignore"):  # a weight of 0 or 1 is meant so
            prior = np.log([self.prior.weight, 1.0 - self.prior.weight])
        joint = np.stack(evidence) + prior[:, None, None]
        return np.asarray(np.exp(joint - np.logaddexp.reduce(joint, axis=0)))


def _scale(sets: TrainingSets) -> FloatArray:
    """Return by what each training set divided its features, shape (M, k)."""
    return np.ones((len(sets.features), sets.features.shape[2])) if sets.scale is None else sets.scale


def _part(basis: FloatArray, solution: Solution, index: int) -> LaplaceDecision:
    """Return one component of one fit in standardised coefficients."""
    assert solution.information is not None
    back = np.eye(len(basis) + 1)
    back[1:, 1:] = basis
    covariance = back @ np.linalg.inv(solution.information[index, 0]) @ back.T
    return LaplaceDecision(back @ solution.coefficients[index, :, 0], (covariance + covariance.T) / 2.0)
