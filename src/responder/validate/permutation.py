"""Permutation test of the whole pipeline on leave-pair-out AUC, exact by enumeration where that is affordable.

Every labeling asks for refits without each pair of opposite classes. A fit is shared by all labelings that agree on
the training rows, and all labelings of one left-out pair share the design, so that an exact test at n = 9 needs 756
fits instead of 1,512, in a few matrix products.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.validate.pairs import TIE_TOLERANCE, win
from responder.validate.refit import Refits, Refitter
from responder.validate.splits import all_pairs, leave_out
from responder.workers import IN_PROCESS, KeptChunks, Workers, in_chunks

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Labelings",
    "PermutationTest",
    "count_labelings",
    "draw_labelings",
    "permutation_test",
]

STATISTIC_TOLERANCE = 1e-9
FITS_AT_ONCE = 20_000
MOST_KEY_BITS = 62

Side = Literal["greater", "two-sided"]


@dataclass(frozen=True)
class Labelings:
    """The outcomes that could have been, under exchangeability within strata.

    Attributes
    ----------
    labels : ndarray of int8, shape (T, n)
        One labeling a row; the observed one is row `observed`.
    observed : int
        Row of the observed labeling.
    exact : bool
        Whether these are all labelings; else they are the observed one and T - 1 random draws.
    possible : int
        How many labelings there are in all.
    rows : ndarray of int, shape (T,)
        Positions in the full list that these were taken from; models with a smaller budget look at fewer.
    """

    labels: NDArray[np.int8]
    observed: int
    exact: bool
    possible: int
    rows: IntArray

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    def thinned(self, count: int, rng: np.random.Generator) -> Labelings:
        """Return the observed labeling and `count` - 1 others drawn without replacement.

        Draws from generators in the same state are nested: the smaller is part of the larger.
        """
        if count >= len(self):
            return self
        others = np.delete(np.arange(len(self)), self.observed)
        kept = np.concatenate([[self.observed], rng.permutation(others)[: count - 1]])
        return Labelings(self.labels[kept], 0, False, self.possible, self.rows[kept])


def count_labelings(outcome: NDArray[Any], strata: Sequence[str] = ()) -> int:
    """Return the number of ways to place the responders, within strata.

    Examples
    --------
    >>> count_labelings(np.array([1, 1, 1, 1, 1, 1, 0, 0, 0]))
    84
    """
    groups = _strata(outcome, strata)
    return math.prod(math.comb(len(g), int(outcome[g].sum())) for g in groups)


def draw_labelings(
    outcome: NDArray[Any],
    *,
    most_exact: int,
    draws: int,
    rng: np.random.Generator,
    strata: Sequence[str] = (),
) -> Labelings:
    """Enumerate all labelings when there are at most `most_exact`, else draw `draws` at random.

    Parameters
    ----------
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    most_exact : int
        Largest number of labelings that is enumerated.
    draws : int
        Number of random labelings otherwise (the observed one comes on top).
    rng : numpy.random.Generator
        Source of the draws.
    strata : sequence of str, optional
        Stratum of each patient; labels are exchanged within strata only.

    Returns
    -------
    Labelings
        In a fixed order; the observed labeling is among them.
    """
    outcome = np.asarray(outcome, dtype=np.int8)
    groups = _strata(outcome, strata)
    possible = count_labelings(outcome, strata)
    if possible <= most_exact:
        labels = np.zeros((possible, len(outcome)), dtype=np.int8)
        choices = [itertools.combinations(g.tolist(), int(outcome[g].sum())) for g in groups]
        for row, chosen in enumerate(itertools.product(*choices)):
            labels[row, [i for part in chosen for i in part]] = 1
        observed = int(np.flatnonzero((labels == outcome).all(axis=1))[0])
        return Labelings(labels, observed, True, possible, np.arange(possible))
    labels = np.tile(outcome, (draws + 1, 1))
    for group in groups:
        keys = rng.random((draws, len(group)))
        labels[1:, group] = outcome[group][np.argsort(keys, axis=1)]
    return Labelings(labels, 0, False, possible, np.arange(draws + 1))


def _strata(outcome: NDArray[Any], strata: Sequence[str]) -> list[IntArray]:
    if not strata:
        return [np.arange(len(outcome))]
    names = np.asarray(strata)
    return [np.flatnonzero(names == name) for name in dict.fromkeys(strata)]


@dataclass(frozen=True)
class PermutationTest:
    """Result of the test.

    Attributes
    ----------
    auc : ndarray, shape (T,)
        Leave-pair-out AUC of every labeling, the observed one at `observed`.
    margin : ndarray, shape (T,)
        Mean logit difference within pairs: breaks ties of the AUC, as specified beforehand.
    observed : int
        Position of the observed labeling.
    exact : bool
        Whether all labelings were enumerated.
    side : str
        ``greater`` or ``two-sided``.
    fits : int
        Refits that were done, after sharing.
    pairs : int
        Unordered pairs that the statistic looks at; all n (n - 1) / 2, or a fixed sample.
    all_pairs : bool
        Whether it looks at all pairs.
    rows : ndarray of int, shape (T,)
        Position of each labeling in the list that all models share.
    failed : int
        Refits that raised an error, in which everybody got the prevalence; see `responder.models.foreign`.
    """

    auc: FloatArray
    margin: FloatArray
    observed: int
    exact: bool
    side: Side
    fits: int
    pairs: int
    all_pairs: bool
    rows: IntArray
    failed: int = 0

    @property
    def labelings(self) -> int:
        """Number of labelings: all of them, or the random draws without the observed one."""
        return len(self.auc) if self.exact else len(self.auc) - 1

    @property
    def statistic(self) -> float:
        """The observed AUC on the pairs that the test looks at."""
        return float(self.auc[self.observed])

    @property
    def is_estimable(self) -> bool:
        """Whether every labeling could be scored and the pipeline tells anybody apart."""
        return not bool(np.isnan(self.auc).any()) and float(np.ptp(self.auc)) > TIE_TOLERANCE

    @property
    def p(self) -> float:
        """Share of labelings at least as good as the observed one, itself included.

        Exact enumeration: #{T* >= T} / C. Random draws: (b + 1) / (B + 1) (Phipson and Smyth 2010,
        doi 10.2202/1544-6115.1585), which is the same count with the observed labeling among the draws.
        """
        return self._share(self.key(self.auc))

    @property
    def p_tie_broken(self) -> float:
        """The same with ties of the AUC broken by the mean logit difference."""
        return self._share(self.key(self.auc, self.margin))

    @property
    def smallest_attainable_p(self) -> float:
        """Smallest p that any labeling of this data set could have had, ties of the AUC included."""
        if not self.is_estimable:
            return 1.0
        key = self.key(self.auc)
        return float((key >= key.max() - STATISTIC_TOLERANCE).mean())

    @property
    def null_median(self) -> float:
        """Median AUC over all labelings."""
        return float(np.median(self.auc))

    @property
    def null_mean(self) -> float:
        """Mean AUC over all labelings: exactly 0.5 for a deterministic pipeline, all pairs and all labelings."""
        return float(np.mean(self.auc))

    def key(self, auc: FloatArray, margin: FloatArray | None = None) -> FloatArray:
        """Return what is compared: the AUC or its distance from 0.5; ranks where the margin breaks ties."""
        centred = np.abs(auc - 0.5) if self.side == "two-sided" else auc
        if margin is None:
            return centred
        finer = np.abs(margin) if self.side == "two-sided" else margin
        order = np.lexsort((finer, np.round(centred, 9)))
        rank = np.empty(len(order))
        rank[order] = np.arange(len(order))
        # equal in both keys: equal rank
        sorted_pairs = np.column_stack([np.round(centred, 9)[order], finer[order]])
        same = np.concatenate([[False], (np.abs(np.diff(sorted_pairs, axis=0)) <= STATISTIC_TOLERANCE).all(axis=1)])
        first = np.where(same, 0, np.arange(len(order)))
        rank[order] = np.maximum.accumulate(first)
        return rank

    def _share(self, key: FloatArray) -> float:
        if not self.is_estimable:
            return 1.0
        return float((key >= key[self.observed] - STATISTIC_TOLERANCE).mean())

    def frame(self) -> pd.DataFrame:
        """Return one row a labeling: AUC, mean logit difference, whether it is the observed one."""
        import pandas as pd

        is_observed = np.arange(len(self.auc)) == self.observed
        return pd.DataFrame({"lpo_auc": self.auc, "mean_logit_difference": self.margin, "observed": is_observed})

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON types."""
        return {
            "p": self.p,
            "p_tie_broken": self.p_tie_broken,
            "side": self.side,
            "exact": self.exact,
            "labelings": self.labelings,
            "statistic": self.statistic,
            "smallest_attainable_p": self.smallest_attainable_p,
            "null_median": self.null_median,
            "null_mean": self.null_mean,
            "fits": self.fits,
            "pairs": self.pairs,
            "all_pairs": self.all_pairs,
        }


def permutation_test(
    pipeline: Refitter,
    labelings: Labelings,
    *,
    side: Side = "greater",
    pairs: IntArray | None = None,
    workers: Workers = IN_PROCESS,
    kept: KeptChunks[FloatArray] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PermutationTest:
    """Compute the leave-pair-out AUC of every labeling, the whole pipeline refitted for each.

    Parameters
    ----------
    pipeline : Refitter
        What is refitted; it sees no outcome but the labels given.
    labelings : Labelings
        Outcomes to try.
    side : str
        ``greater``: better than chance; ``two-sided``: further from chance either way.
    pairs : ndarray of int, shape (P, 2), optional
        A fixed set of unordered pairs that the statistic looks at (all, by default). The set does not depend on the
        labels, so the test stays valid.
    workers : Workers
        Whom pairs are shared out to; results do not depend on it.
    kept : KeptChunks, optional
        What an interrupted test has found already.
    progress : callable, optional
        Told (done, in all): pairs, or labelings where patients are many.

    Returns
    -------
    PermutationTest
        AUC of every labeling, p, and what p could have been.

    Notes
    -----
    Ojala and Garriga 2010 (JMLR 11:1833), test 1. The test rejects "features are independent of the outcome".
    """
    n = labelings.labels.shape[1]
    looked_at = all_pairs(n) if pairs is None else pairs
    shared = _Asked(pipeline, labelings.labels, looked_at)
    seconds = shared.seconds()
    parts = in_chunks(seconds)
    tally, done = np.zeros((5, len(labelings))), 0
    for part, found in zip(parts, workers.map(_tally, shared, parts, kept=kept), strict=True):
        tally += found
        done += len(part)
        if progress is not None:
            progress(done, len(seconds))
    won, scored, margin, fits, failed = tally
    known = np.maximum(scored, 1.0)
    auc = np.where(scored > 0, won / known, np.nan)
    return PermutationTest(
        auc, np.where(scored > 0, margin / known, np.nan), labelings.observed, labelings.exact, side, int(fits.sum()),
        len(looked_at), len(looked_at) == n * (n - 1) // 2, labelings.rows, int(failed.sum()),
    )  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What every chunk of pairs needs."""

    pipeline: Refitter
    labels: NDArray[np.int8]
    pairs: IntArray

    @property
    def by_labeling(self) -> bool:
        """Whether a piece is a labeling, and not a pair.

        Random labelings of so many patients hardly ever agree on the training rows, so that they share no fit of one
        pair; the fits of one labeling start from that of everybody.
        """
        return int(self.labels.shape[1]) > MOST_KEY_BITS

    def apart(self, labelings: slice = slice(None)) -> BoolArray:
        """Return which pairs some labelings put in opposite classes, shape (labelings, pairs)."""
        some = self.labels[labelings]
        return np.asarray(some[:, self.pairs[:, 0]] != some[:, self.pairs[:, 1]])

    def seconds(self) -> list[float]:
        """Return the nominal computing time of each piece: a fit for every labeling and pair set apart, at most."""
        apart = self.apart().sum(axis=1 if self.by_labeling else 0)
        cost: list[float] = (apart * self.pipeline.seconds_per_fit()).tolist()
        return cost


def _tally(asked: _Asked, chunk: range) -> FloatArray:
    """Return wins, pairs scored and summed logit differences of each labeling over a chunk, and fits, shape (5, T).

    The fits, and how many of them failed, stand in the first column; a labeling has none of its own: it shares them.
    """
    return _tally_labelings(asked, chunk) if asked.by_labeling else _tally_pairs(asked, chunk)


def _tally_labelings(asked: _Asked, chunk: range) -> FloatArray:
    """Return the tally of labelings, each asked of the engine on its own."""
    n = asked.labels.shape[1]
    tally = np.zeros((5, len(asked.labels)))
    won, scored, margin, fits, failed = tally
    for labeling in chunk:
        labels = asked.labels[labeling].astype(float)
        pairs = asked.pairs[asked.apart(slice(labeling, labeling + 1))[0]]
        if not len(pairs):
            continue  # none of a few sampled pairs has both outcomes under it
        found = asked.pipeline.predict(Refits.of_outcome(leave_out(n, pairs), labels, pairs))
        sign = labels[pairs[:, 0]] * 2.0 - 1.0
        signed = sign * (found.logit[:, 0, 0] - found.logit[:, 1, 0])
        won[labeling], scored[labeling], margin[labeling] = win(signed).sum(), len(pairs), signed.sum()
        fits[0] += len(pairs)
        failed[0] += found.failed
    return tally


def _tally_pairs(asked: _Asked, chunk: range) -> FloatArray:
    """Return the tally of pairs, whose labelings share fits."""
    labels, keys = asked.labels, _keys(asked.labels)
    tally = np.zeros((5, len(labels)))
    won, scored, margin, fits, failed = tally
    order = np.argsort(keys, kind="stable")
    problems = [_problems(labels, keys, order, asked.pairs[i]) for i in chunk]
    for batch, pairs in _batches(problems, asked.pairs[chunk.start : chunk.stop]):
        difference, failures = _difference(asked.pipeline, labels.shape[1], batch, pairs)
        for problem, found in zip(batch, difference, strict=True):
            signed = problem.sign * found[problem.pattern_of]
            won[problem.rows] += win(signed)
            scored[problem.rows] += 1.0
            margin[problem.rows] += signed
        fits[0] += difference.size
        failed[0] += failures
    return tally


@dataclass(frozen=True)
class _PairProblems:
    """The distinct fits that one left-out pair needs.

    `rows` are the labelings that put the pair in opposite classes, `sign` is +1 where its first patient is the
    responder, `patterns` (U, n) labelings that differ on the training rows, `pattern_of` the one of each labeling.
    """

    rows: IntArray
    sign: FloatArray
    patterns: NDArray[np.int8]
    pattern_of: IntArray


def _problems(labels: NDArray[np.int8], keys: IntArray, order: IntArray, pair: IntArray) -> _PairProblems:
    """Find which labelings share a fit; `order` sorts their keys."""
    first, second = labels[:, pair[0]], labels[:, pair[1]]
    rows = order[(first != second)[order]]
    sign = first[rows].astype(float) * 2.0 - 1.0
    own = keys[rows] & ~((1 << int(pair[0])) | (1 << int(pair[1])))
    one, other = own[sign > 0], own[sign < 0]
    if len(one) == len(other) and (one == other).all() and (np.diff(one) > 0).all():
        # of all labelings each has a partner that differs in the pair alone, and both kinds stand in the same order
        pattern_of = np.empty(len(rows), dtype=np.int64)
        pattern_of[sign > 0] = pattern_of[sign < 0] = np.arange(len(one))
        return _PairProblems(rows, sign, labels[rows[sign > 0]], pattern_of)
    _, where, pattern_of = np.unique(own, return_index=True, return_inverse=True)
    return _PairProblems(rows, sign, labels[rows[where]], pattern_of)


def _keys(labels: NDArray[np.int8]) -> IntArray:
    """Return each labeling as the bits of one integer."""
    return labels.astype(np.int64) @ (np.int64(1) << np.arange(labels.shape[1], dtype=np.int64))


_Batch = tuple[list[_PairProblems], IntArray]


def _batches(problems: list[_PairProblems], pairs: IntArray) -> Iterator[_Batch]:
    """Yield pairs that need the same number of fits together, so that they go to the engine at once."""
    sizes = np.array([p.patterns.shape[0] for p in problems])
    for size in np.unique(sizes[sizes > 0]):
        at = np.flatnonzero(sizes == size)
        chunk = max(1, FITS_AT_ONCE // int(size))
        for start in range(0, len(at), chunk):
            here = at[start : start + chunk]
            yield [problems[i] for i in here], pairs[here]


def _difference(pipeline: Refitter, n: int, problems: list[_PairProblems], pairs: IntArray) -> tuple[FloatArray, int]:
    labels = np.stack([p.patterns.T for p in problems]).astype(float)
    found = pipeline.predict(Refits(leave_out(n, pairs), labels, pairs))
    return np.asarray(found.logit[:, 0, :] - found.logit[:, 1, :]), found.failed
