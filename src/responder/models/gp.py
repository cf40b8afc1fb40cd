"""A Gaussian process classifier with a fixed radial kernel, solved by the same core as the logistic family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.models.base import Predictions, TrainingSets
from responder.models.decision import KernelDecision, moderate
from responder.models.labelings import MOST_ROWS_FACTORED, distinct_labelings
from responder.models.latent import latent_mode
from responder.models.solver import Family, Problem, Status, predictive_variance, solve
from responder.models.title import TitledById

__all__ = ["GaussianProcessModel"]

SMALLEST_RELATIVE_EIGENVALUE = 1e-10
FEWEST_FITS_A_START = 3


@dataclass(frozen=True)
class GaussianProcessModel(TitledById):
    """Gaussian process classification, Laplace's approximation (Rasmussen and Williams 2006, chapter 3).

    The kernel is fixed: signal_variance exp(-|x - z|^2 / (2 length^2)) + offset_variance on standardised features; its
    length is 3 SD. With the kernel of the training rows factored as U S U', the latent mode is a ridge fit on the
    features U S^(1/2), so that the shared solver fits it.
    """

    id: str = "gp"
    signal_variance: float = 2.0
    length: float = 3.0
    offset_variance: float = 4.0
    batched: ClassVar[bool] = True
    is_baseline: ClassVar[bool] = False
    family: ClassVar[Family] = Family(with_information=True)

    def _kernel(self, rows: FloatArray, others: FloatArray) -> FloatArray:
        """Return the kernel between (M, a, k) and (M, n, k), shape (M, a, n)."""
        square = (rows**2).sum(axis=2)[:, :, None] + (others**2).sum(axis=2)[:, None, :]
        distance = np.maximum(square - 2.0 * np.matmul(rows, others.transpose(0, 2, 1)), 0.0)
        kernel: FloatArray = self.signal_variance * np.exp(distance / (-2.0 * self.length**2)) + self.offset_variance
        return kernel

    def _basis(self, sets: TrainingSets) -> FloatArray:
        """Return U S^(-1/2) of each training set's kernel, shape (M, n, r); zero rows for left-out patients."""
        present = (sets.weight > 0).astype(float)
        kernel = self._kernel(sets.features, sets.features) * present[:, :, None] * present[:, None, :]
        values, vectors = np.linalg.eigh(kernel)
        kept = values > SMALLEST_RELATIVE_EIGENVALUE * values[:, -1:]
        most = int(kept.sum(axis=1).max())
        scale = np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
        return np.ascontiguousarray((vectors * scale[:, None, :])[:, :, -most:])

    def _problem(self, sets: TrainingSets, basis: FloatArray) -> Problem:
        design = np.matmul(self._kernel(sets.features, sets.features), basis)
        rank = basis.shape[2]
        return Problem(design, sets.weight, sets.labels, np.ones(rank), np.zeros(rank))

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`."""
        if sets.features.shape[1] > MOST_ROWS_FACTORED:
            return self._predict_rows(sets, ask)
        problem = self._problem(sets, self._basis(sets))
        solution = solve(problem, self.family)
        assert solution.information is not None
        rows = np.take_along_axis(problem.design, ask[:, :, None], axis=1)
        outside = self.signal_variance + self.offset_variance - (rows**2).sum(axis=2)
        variance = predictive_variance(solution.information, rows) + outside[:, :, None]
        logit = moderate(np.matmul(rows, solution.coefficients), variance)
        return Predictions(np.where((solution.status == Status.ONE_CLASS)[:, None, :], np.nan, logit), solution.status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> KernelDecision:
        """See `Model.decide`."""
        given = np.ones(len(labels)) if weight is None else weight
        kept = given > 0
        if len(labels) > MOST_ROWS_FACTORED:
            rows = features[kept]
            kernel = self._kernel(rows[None], rows[None])[0]
            mode = latent_mode(kernel, given[kept], np.asarray(labels, dtype=float)[kept], np.zeros(len(rows)))
            return self._decision(rows, mode.dual, mode.reduction())
        sets = TrainingSets(
            features[kept][None], given[kept][None], np.asarray(labels, dtype=float)[kept][None, :, None]
        )
        basis = self._basis(sets)
        solution = solve(self._problem(sets, basis), self.family)
        assert solution.information is not None
        shrunk = np.eye(basis.shape[2]) - np.linalg.inv(solution.information[0, 0])
        return self._decision(features[kept], basis[0] @ solution.coefficients[0, :, 0], basis[0] @ shrunk @ basis[0].T)

    def _decision(self, rows: FloatArray, dual: FloatArray, reduction: FloatArray) -> KernelDecision:
        return KernelDecision(rows.copy(), dual, reduction, self.signal_variance, self.length, self.offset_variance)

    def _predict_rows(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """Fit one after another, each from the fit of everybody with the same labels where these come again."""
        designs, fits = sets.shape
        own = self.signal_variance + self.offset_variance
        one_class = sets.one_class
        status = np.where(one_class, Status.ONE_CLASS, Status.OK).astype(np.uint8)
        logit = np.full((designs, ask.shape[1], fits), np.nan)
        labelings, which = distinct_labelings(sets.labels)
        starts = np.zeros((len(labelings), sets.features.shape[1]))
        if FEWEST_FITS_A_START * len(labelings) <= designs * fits:
            kernel = self._kernel(sets.features[:1], sets.features[:1])[0]
            for start, labels in zip(starts, labelings, strict=True):
                if 0.0 < labels.mean() < 1.0:
                    start[:] = latent_mode(kernel, np.ones(len(labels)), labels, start).dual
        for m in range(designs):
            weight = sets.weight[m]
            kernel = self._kernel(sets.features[m : m + 1], sets.features[m : m + 1])[0]
            asked = kernel[ask[m]] * (weight > 0)
            for f in np.flatnonzero(~one_class[m]):
                mode = latent_mode(kernel, weight, sets.labels[m, :, f], starts[which[m, f]] * (weight > 0))
                logit[m, :, f] = moderate(asked @ mode.dual, own - mode.explained(asked))
                if not mode.settled:
                    status[m, f] = Status.NOT_CONVERGED
        return Predictions(logit, status)
