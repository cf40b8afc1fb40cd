"""Ridge regression whose groups of markers have penalties of their own, learned from the patients trained on."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.models.base import Predictions, TrainingSets
from responder.models.decision import LinearDecision
from responder.models.logistic import RidgeModel
from responder.models.marginal import log_marginal_likelihood
from responder.models.solver import Family, Status, solve
from responder.models.title import TitledById
from responder.models.wide import has_row_coordinates, row_coordinates

__all__ = ["MOST_GROUPS", "GroupRidgeModel", "variance_profiles"]

RATIOS = (1.0, 6.0, 36.0)
"""How many times as much of the outcome a marker of one group may explain as one of the least group."""
MOST_GROUPS = 4
WITH_INFORMATION = Family(with_information=True)


def variance_profiles(sizes: IntArray) -> FloatArray:
    """Return prior variances of the groups' coefficients, shape (P, G), whose mean over all markers is 1.

    The first profile is the same for all groups. In the others the groups stand in ratios of 1, 6 or 36.

    Parameters
    ----------
    sizes : ndarray of int, shape (G,)
        Markers of each group.

    Examples
    --------
    >>> variance_profiles(np.array([2, 2])).round(2).tolist()
    [[1.0, 1.0], [0.29, 1.71], [0.05, 1.95], [1.71, 0.29], [1.95, 0.05]]
    >>> len(variance_profiles(np.array([5])))
    1
    """
    ratios = np.array([r for r in itertools.product(RATIOS, repeat=len(sizes)) if min(r) == RATIOS[0]])
    return np.asarray(ratios * sizes.sum() / (ratios @ sizes)[:, None])


@dataclass(frozen=True)
class GroupRidgeModel(TitledById):
    """Ridge-penalised logistic regression whose groups of markers may be shrunken differently.

    Every profile of prior variances (`variance_profiles`) is fitted, and the coefficients are averaged by the
    profiles' marginal likelihoods, anew in every training set and for every labeling: whatever is learned of the groups
    is learned of patients trained on. It is the group-regularised ridge of van de Wiel et al. 2016 (doi
    10.1002/sim.6732) with their moment estimates, which a handful of patients cannot carry, replaced by an average over
    a few penalties; the marginal likelihood of such penalties is that of van de Wiel et al. 2021 (doi
    10.1080/10618600.2021.1904962). With one group it is ridge.

    Attributes
    ----------
    groups : tuple of int
        Group of each feature, from 0.
    c : float
        Inverse penalty of a marker on average, as ridge's.

    Examples
    --------
    >>> x, y = np.array([[-1.0, 1.0], [0.0, -1.0], [1.0, 1.0], [2.0, -1.0]]), np.array([0, 0, 1, 1])
    >>> one, two = (GroupRidgeModel("groupridge", groups, c=1.0).decide(x, y) for groups in ((0, 0), (0, 1)))
    >>> one.coefficients.round(2).tolist(), two.coefficients.round(2).tolist()
    ([0.99, 0.22], [1.07, 0.1])
    """

    id: str
    groups: tuple[int, ...]
    c: float = 0.1
    batched: ClassVar[bool] = True
    is_baseline: ClassVar[bool] = False

    @cached_property
    def roots(self) -> FloatArray:
        """Square roots of the prior variances of each feature, shape (P, k)."""
        group = np.array(self.groups, dtype=int)
        return np.asarray(np.sqrt(variance_profiles(np.bincount(group)))[:, group])

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`."""
        coefficients, status = self._fits(sets)
        rows = np.take_along_axis(sets.features, ask[:, :, None], axis=1)
        logit = coefficients[:, :1] + np.matmul(rows, coefficients[:, 1:])
        return Predictions(np.where((status == Status.ONE_CLASS)[:, None, :], np.nan, logit), status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> LinearDecision:
        """See `Model.decide`."""
        return self.decisions(TrainingSets.of_one(features, labels, weight))[0][0]

    def decisions(self, sets: TrainingSets) -> tuple[list[LinearDecision], NDArray[np.uint8]]:
        """Fit M training sets of one labeling each, and return their decisions and status, shape (M,)."""
        coefficients, status = self._fits(sets)
        found = [LinearDecision(float(fit[0, 0]), fit[1:, 0].copy()) for fit in coefficients]
        return found, status[:, 0]

    def _fits(self, sets: TrainingSets) -> tuple[FloatArray, NDArray[np.uint8]]:
        """Return the averaged coefficients, shape (M, k + 1, L), and what became of the fits, shape (M, L)."""
        best = np.full(sets.shape, -np.inf)
        total, weight = np.zeros((len(sets.weight), sets.features.shape[2] + 1, sets.shape[1])), np.zeros(sets.shape)
        status = np.zeros(sets.shape, dtype=np.uint8)
        for root in self.roots:
            coefficients, evidence, own = self._fit(replace(sets, features=sets.features * root))
            coefficients[:, 1:] *= root[:, None]
            # a running average, so that a wide table is held once
            before, best = best, np.maximum(best, evidence)
            kept, added = np.exp(before - best), np.exp(evidence - best)
            total *= kept[:, None, :]
            total += added[:, None, :] * coefficients
            weight = weight * kept + added
            status = np.maximum(status, own)
        return total / weight[:, None, :], status

    def _fit(self, sets: TrainingSets) -> tuple[FloatArray, FloatArray, NDArray[np.uint8]]:
        """Return coefficients (M, k + 1, L), log marginal likelihoods and status of one profile's ridge fits."""
        problem, back = RidgeModel(self.id, c=self.c).problem(sets), None
        if has_row_coordinates(problem.design, problem.precision):
            design, precision, back = row_coordinates(problem.design, problem.precision)
            problem = replace(problem, design=design, precision=precision, prior_mean=np.zeros(design.shape[2]))
        solution = solve(problem, WITH_INFORMATION)
        coefficients = solution.coefficients if back is None else np.matmul(back, solution.coefficients)
        return coefficients, log_marginal_likelihood(problem, solution), solution.status
