"""What an estimator is worth in a small cohort: its leave-pair-out AUC with an interval, and the exact test of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from responder.validate.intervals import AucInterval, calibrated_interval
from responder.validate.pairs import leave_pair_out
from responder.validate.permutation import PermutationTest, Side, draw_labelings
from responder.validate.permutation import permutation_test as test_refitter
from responder.validation.refitted import refitter_of
from responder.validation.splitter import two_classes
from responder.workers import open_workers

__all__ = ["leave_pair_out_score", "permutation_test"]

MOST_PAIRS = 20_000


def leave_pair_out_score(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    level: float = 0.95,
    most_pairs: int = MOST_PAIRS,
    seed: int = 2025,
    workers: int | str = 1,
) -> AucInterval:
    """Return the leave-pair-out AUC of an estimator with its calibrated interval.

    The whole estimator, a pipeline with all its steps, is refitted without each pair of one row of either outcome, and
    the pair is won where the row of the second outcome has the higher logit. `responder.validate.calibrated_interval`
    says what the interval holds; its ``coverage`` is by simulation for these class sizes.

    Parameters
    ----------
    estimator : estimator
        Any classifier of scikit-learn's interface with ``predict_proba`` or ``decision_function``. It is given the
        outcome as 0 and 1.
    X : array_like or DataFrame, shape (n, ...)
        What it is fitted on.
    y : array_like, shape (n,)
        Two kinds of outcome; the one that sorts last is the second.
    level : float
        Confidence level: 0.8, 0.9 or 0.95.
    most_pairs : int
        Above this many pairs, a sample drawn with `seed` stands for all.
    seed : int
        Of that sample.
    workers : int or str
        Processes, or the address of a cluster's scheduler, that fit an estimator which is not of this package
        (`responder.workers.open_workers`); results do not depend on it.

    Returns
    -------
    AucInterval
        ``estimate``, ``lower``, ``upper``, and what the interval is worth.

    Raises
    ------
    ValueError
        If there are not two kinds of outcome.

    References
    ----------
    Airola et al. 2011, Comput Stat Data Anal 55:1828, doi 10.1016/j.csda.2010.11.018.

    Examples
    --------
    >>> from responder.estimators import RidgeLogistic
    >>> x = np.array([[1.0], [2.0], [4.0], [3.0], [5.0], [7.0]])
    >>> found = leave_pair_out_score(RidgeLogistic(), x, [0, 0, 0, 1, 1, 1])
    >>> f"{found.estimate:.2f} in {found.lower:.2f} to {found.upper:.2f}"
    '0.89 in 0.35 to 1.00'
    """
    _, outcome = two_classes(y)
    with open_workers(workers) as opened:
        refitter, learner = refitter_of(estimator, X, outcome, opened)
        found = leave_pair_out(refitter, outcome, most_pairs=most_pairs, rng=np.random.default_rng(seed))
    return calibrated_interval(found.wins, level, learner)


def permutation_test(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    most_exact: int = 20_000,
    draws: int = 999,
    side: Side = "greater",
    strata: Sequence[str] = (),
    seed: int = 2025,
    workers: int | str = 1,
) -> PermutationTest:
    """Return the permutation test of an estimator on its leave-pair-out AUC, the whole estimator refitted each time.

    Parameters
    ----------
    estimator, X, y
        See `leave_pair_out_score`.
    most_exact : int
        Largest number of labelings that is enumerated: the test is then exact.
    draws : int
        Random labelings otherwise.
    side : str
        ``greater``: better than chance; ``two-sided``: further from chance either way.
    strata : sequence of str, optional
        Centre or batch of each row; outcomes are exchanged within them only.
    seed : int
        Of the draws.
    workers : int or str
        Processes, or the address of a cluster's scheduler, that fit an estimator which is not of this package
        (`responder.workers.open_workers`); results do not depend on it.

    Returns
    -------
    PermutationTest
        ``p``, ``smallest_attainable_p``, and the AUC of every labeling.

    Raises
    ------
    ValueError
        If there are not two kinds of outcome.

    Notes
    -----
    Ojala and Garriga 2010 (JMLR 11:1833), test 1. An estimator that is fitted one at a time takes n (n - 1) / 2 fits
    for each left-out labeling: look at ``draws`` first.

    Examples
    --------
    >>> from responder.estimators import RidgeLogistic
    >>> x = np.array([[1.0], [2.0], [4.0], [3.0], [5.0], [7.0]])
    >>> test = permutation_test(RidgeLogistic(), x, [0, 0, 0, 1, 1, 1])
    >>> test.p, test.labelings
    (0.2, 20)
    """
    _, outcome = two_classes(y)
    rng = np.random.default_rng(seed)
    labelings = draw_labelings(outcome, most_exact=most_exact, draws=draws, rng=rng, strata=strata)
    refitter, _ = refitter_of(estimator, X, outcome)
    with open_workers(workers) as opened:
        return test_refitter(refitter, labelings, side=side, workers=opened)
