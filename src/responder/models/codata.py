"""Ridge whose groups of features have penalties of their own, learned inside every training set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.models.base import Predictions, TrainingSets
from responder.models.decision import Decision, LinearDecision
from responder.models.logistic import RidgeModel
from responder.models.title import TitledById

__all__ = ["MOST_GROUPS", "CodataRidgeModel"]

MOST_GROUPS = 6
RATIOS = (4.0, 16.0, 64.0)
"""How many times the prior variance of some groups may be that of the others."""
PREDICTOR_VARIANCES = (0.1, 0.3, 1.0, 3.0)
"""Of the linear predictor of a patient like those trained on, in squared logits, each as likely beforehand."""
EQUAL_BEFOREHAND = 0.5
"""Prior probability that the groups are alike."""
NUMBERS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class CodataRidgeModel(TitledById):
    """Ridge logistic regression in which groups of features share out the prior variance by what each of them tells.

    A coefficient of group g has prior variance ``c v_g`` per SD. The multipliers v add up to what ridge has, so that
    the linear predictor is shrunk as a whole as that of ``ridge:c``; only how it is shared out is learned, in every
    training set anew. Candidates are equal multipliers and those in which some groups have 4, 16 or 64 times the
    variance of the others; v is their mean by posterior probability, half of which is on equal ones beforehand.

    Attributes
    ----------
    c : float
        Inverse penalty of plain ridge.
    groups : tuple of tuple of int
        Features of each group; each feature is in one.

    Notes
    -----
    The evidence of a candidate is that of a Gaussian working response at the prevalence: z = (y - p) / (p (1 - p)) has
    covariance I / (p (1 - p)) + s sum_g v_g X_g X_g' / k, an n x n matrix whatever the number k of features. The
    variance s of the linear predictor is averaged over: that of plain ridge with thousands of features is so large that
    candidates would be judged by their size instead of by whom they bring together. One penalty a
    group, scaled so that the mean prior variance stays, is the group-regularised ridge of van de Wiel et al. 2016, doi
    10.1002/sim.6732; a sum of one kernel a group is that of van de Wiel et al. 2021, doi 10.1080/10618600.2021.1904962.
    Both estimate the penalties, by moments or at the maximum; a mean over candidates holds at twenty patients, where a
    maximum is mostly noise.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((40, 60))
    >>> model = CodataRidgeModel("codata", groups=(tuple(range(5)), tuple(range(5, 60))))
    >>> sets = TrainingSets(x[None], np.ones((1, 40)), (x[:, :5].sum(axis=1) > 0).astype(float)[None, :, None])
    >>> first, second = model.multipliers(sets)[0, 0]
    >>> bool(first > 3 * second)
    True
    """

    id: str
    c: float = 0.1
    groups: tuple[tuple[int, ...], ...] = ()
    batched: ClassVar[bool] = True
    is_baseline: ClassVar[bool] = False

    @property
    def ridge(self) -> RidgeModel:
        """The model once the multipliers are known."""
        return RidgeModel("ridge", c=self.c)

    def nominal_seconds(self, n: int) -> float:
        """Return the nominal cost of one refit, from the products of its groups to the eigenvectors of candidates."""
        features, candidates = sum(map(len, self.groups)), len(_candidates([len(group) for group in self.groups])[0])
        return 1e-4 + 2e-9 * n**2 * features + 2e-8 * n**3 + candidates * (2e-5 + 1e-8 * n**3)

    def multipliers(self, sets: TrainingSets) -> FloatArray:
        """Return the multiplier of the prior variance of each group, shape (M, L, G); ones for one outcome class."""
        return self._learned(sets, _grams(sets.features, self.groups))

    def _learned(self, sets: TrainingSets, grams: FloatArray) -> FloatArray:
        candidates, log_prior = _candidates([len(group) for group in self.groups])
        features = sets.features.shape[2]
        weight, labels = sets.weight, sets.labels
        root = np.sqrt(weight)
        positive = np.matmul(weight[:, None, :], labels)[:, 0] / weight.sum(axis=1)[:, None]
        p = np.where(sets.one_class, 0.5, positive)
        noise = 1.0 / (p * (1.0 - p))
        response = root[:, :, None] * (labels - p[:, None]) * noise[:, None]
        weighted = grams * (root[:, None, :, None] * root[:, None, None, :])
        evidence = np.empty((len(candidates), len(PREDICTOR_VARIANCES), *sets.shape))
        for one, multiplier in enumerate(candidates):
            size, direction = np.linalg.eigh(np.einsum("g,mgij->mij", multiplier / features, weighted))
            along = np.square(np.matmul(direction.transpose(0, 2, 1), response))
            for other, variance in enumerate(PREDICTOR_VARIANCES):
                spread = variance * np.maximum(size, 0.0)[:, :, None] + noise[:, None, :]
                evidence[one, other] = log_prior[one] - 0.5 * (np.log(spread) + along / spread).sum(axis=1)
        posterior = np.exp(evidence - evidence.max(axis=(0, 1)))
        found = np.tensordot(posterior.sum(axis=1) / posterior.sum(axis=(0, 1)), candidates, axes=(0, 0))
        return np.where(sets.one_class[:, :, None], 1.0, found)

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`: as plain ridge on coordinates of the patients, one design a labeling."""
        designs, labelings = sets.shape
        n = sets.features.shape[1]
        logit = np.empty((designs, ask.shape[1], labelings))
        status = np.empty((designs, labelings), dtype=np.uint8)
        grams = _grams(sets.features, self.groups)
        at_once = max(1, NUMBERS_AT_ONCE // (labelings * n * n))
        for start in range(0, designs, at_once):
            here = slice(start, start + at_once)
            part = TrainingSets(sets.features[here], sets.weight[here], sets.labels[here])
            kernel = np.einsum("mlg,mgij->mlij", self._learned(part, grams[here]), grams[here]).reshape(-1, n, n)
            size, direction = np.linalg.eigh(kernel)
            rows = direction * np.sqrt(np.maximum(size, 0.0))[:, None, :]
            each = TrainingSets(
                rows,
                np.repeat(part.weight, labelings, axis=0),
                part.labels.transpose(0, 2, 1).reshape(-1, n)[:, :, None],
            )
            found = self.ridge.predict(each, np.repeat(ask[here], labelings, axis=0))
            logit[here] = found.logit[:, :, 0].reshape(-1, labelings, ask.shape[1]).transpose(0, 2, 1)
            status[here] = found.status.reshape(-1, labelings)
        return Predictions(logit, status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> Decision:
        """See `Model.decide`."""
        given = np.ones(len(labels)) if weight is None else weight
        sets = TrainingSets(features[None], given[None], np.asarray(labels, dtype=float)[None, :, None])
        return self.decisions(sets)[0][0]

    def decisions(self, sets: TrainingSets) -> tuple[Sequence[Decision], NDArray[np.uint8]]:
        """See `DecidesMany.decisions`: a feature in units of its prior SD has the penalty of plain ridge."""
        learned = self.multipliers(sets)[:, 0]
        unit = np.ones((len(learned), sets.features.shape[2]))
        for group, columns in enumerate(self.groups):
            unit[:, list(columns)] = np.sqrt(learned[:, group])[:, None]
        found, status = self.ridge.decisions(replace(sets, features=sets.features * unit[:, None, :]))
        own = [
            LinearDecision(one.intercept, one.coefficients * by) if isinstance(one, LinearDecision) else one
            for one, by in zip(found, unit, strict=True)
        ]
        return own, status


def _grams(features: FloatArray, groups: Sequence[Sequence[int]]) -> FloatArray:
    """Return the products of all patients by each group's features, shape (M, G, n, n)."""
    parts = [features[:, :, list(group)] for group in groups]
    return np.stack([np.matmul(part, part.transpose(0, 2, 1)) for part in parts], axis=1)


def _candidates(sizes: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Return multipliers of groups of such sizes, shape (J, G), and the logarithm of each one's prior probability."""
    count, size = len(sizes), np.asarray(sizes, dtype=float)
    found = [np.ones(count)]
    for some in (subset for few in range(1, count) for subset in combinations(range(count), few)):
        for ratio in RATIOS:
            raised = np.ones(count)
            raised[list(some)] = ratio
            found.append(raised * size.sum() / (size @ raised))
    others = len(found) - 1
    prior = np.array([EQUAL_BEFOREHAND, *[(1.0 - EQUAL_BEFOREHAND) / others] * others]) if others else np.ones(1)
    return np.array(found), np.log(prior)
