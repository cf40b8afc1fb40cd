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
from responder.models.wide import gram_directions

__all__ = ["MOST_GROUPS", "GroupRidgeModel", "variance_profiles"]

RATIOS = (1.0, 6.0, 36.0)
"""How many times as much of the outcome a marker of one group may explain as one of the least group."""
MOST_GROUPS = 4
Fit = tuple[FloatArray, FloatArray, NDArray[np.uint8]]
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
    def variances(self) -> FloatArray:
        """Prior variances of each group's coefficients, over C, shape (P, G)."""
        return variance_profiles(np.bincount(np.array(self.groups, dtype=int)))

    @cached_property
    def members(self) -> tuple[IntArray, ...]:
        """Features of each group."""
        group = np.array(self.groups, dtype=int)
        return tuple(np.flatnonzero(group == g) for g in range(self.variances.shape[1]))

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`."""
        terms, coefficients, status = self._fits(sets)
        rows = np.take_along_axis(terms, ask[:, :, None], axis=1)
        logit = coefficients[:, :1] + np.matmul(rows, coefficients[:, 1:])
        return Predictions(np.where((status == Status.ONE_CLASS)[:, None, :], np.nan, logit), status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> LinearDecision:
        """See `Model.decide`."""
        return self.decisions(TrainingSets.of_one(features, labels, weight))[0][0]

    def decisions(self, sets: TrainingSets) -> tuple[list[LinearDecision], NDArray[np.uint8]]:
        """Fit M training sets of one labeling each, and return their decisions and status, shape (M,)."""
        terms, coefficients, status = self._fits(sets)
        slopes = coefficients[:, 1:, 0]
        if terms is not sets.features:
            # a marker's coefficient is the sum of its patients by the weights of its group
            weights = slopes.reshape(len(slopes), len(self.members), -1)
            slopes = np.empty((len(slopes), len(self.groups)))
            for group, members in enumerate(self.members):
                slopes[:, members] = np.einsum("mnk,mn->mk", sets.features[:, :, members], weights[:, group])
        found = [LinearDecision(float(fit[0, 0]), slope) for fit, slope in zip(coefficients, slopes, strict=True)]
        return found, status[:, 0]

    def _fits(self, sets: TrainingSets) -> tuple[FloatArray, FloatArray, NDArray[np.uint8]]:
        """Return what linear predictors are sums of, their averaged coefficients, and what became of the fits.

        Of shape (M, n, q), (M, 1 + q, L) and (M, L): features, or in a table wider than long the Gram matrix of each
        group of markers side by side, which all profiles share.
        """
        wide = sets.features.shape[2] > sets.features.shape[1]
        terms = np.concatenate(self._grams(sets.features), axis=2) if wide else sets.features
        best = np.full(sets.shape, -np.inf)
        total, weight = np.zeros((len(terms), terms.shape[2] + 1, sets.shape[1])), np.zeros(sets.shape)
        status = np.zeros(sets.shape, dtype=np.uint8)
        for variances in self.variances:
            fit = self._fit_of_rows if wide else self._fit_of_features
            coefficients, evidence, own = fit(replace(sets, features=terms), variances)
            before, best = best, np.maximum(best, evidence)
            kept, added = np.exp(before - best), np.exp(evidence - best)
            total *= kept[:, None, :]
            total += added[:, None, :] * coefficients
            weight = weight * kept + added
            status = np.maximum(status, own)
        return terms, total / weight[:, None, :], status

    def _grams(self, features: FloatArray) -> list[FloatArray]:
        """Return the Gram matrix of the rows, shape (M, n, n), by each group of markers."""
        parts = (features[:, :, members] for members in self.members)
        return [np.matmul(part, part.transpose(0, 2, 1)) for part in parts]

    def _fit_of_features(self, sets: TrainingSets, variances: FloatArray) -> Fit:
        """Return coefficients (M, 1 + k, L), log marginal likelihoods and status of one profile's ridge fits."""
        root = np.sqrt(variances)[np.array(self.groups, dtype=int)]
        coefficients, evidence, status = self._fit(replace(sets, features=sets.features * root))
        coefficients[:, 1:] *= root[:, None]
        return coefficients, evidence, status

    def _fit_of_rows(self, sets: TrainingSets, variances: FloatArray) -> Fit:
        """Return the same of rows whose features are the Gram matrices of the groups."""
        grams = sets.features.reshape(*sets.features.shape[:2], len(variances), -1)
        turned, root = gram_directions(np.einsum("g,mngj->mnj", variances, grams))
        coefficients, evidence, status = self._fit(replace(sets, features=turned * root))
        weights = np.matmul(turned / root, coefficients[:, 1:])
        return np.concatenate([coefficients[:, :1], *(v * weights for v in variances)], axis=1), evidence, status

    def _fit(self, sets: TrainingSets) -> Fit:
        problem = RidgeModel(self.id, c=self.c).problem(sets)
        solution = solve(problem, WITH_INFORMATION)
        return solution.coefficients, log_marginal_likelihood(problem, solution), solution.status
