"""One p a model, adjusted so that a whole experiment claims too much in at most a share alpha of cohorts.

The model named beforehand is tested first, by its own p. Only where it rejects are the others looked at, together, by
the smallest p of them all. Where none was named, all are looked at together. Each adjusted p is compared with alpha.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.validate.permutation import STATISTIC_TOLERANCE, PermutationTest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Familywise", "familywise"]


@dataclass(frozen=True)
class Familywise:
    """Permutation p of every model, adjusted for everything that was tried.

    Attributes
    ----------
    p : dict of str to float
        Model to adjusted p; models without a test of their own are absent.
    first : str
        The model that was named beforehand and tested first; empty where none was.
    labelings : int
        Labelings over which the smallest p was taken.
    exact : bool
        Whether these are all labelings.
    null_smallest : ndarray, shape (T,)
        Smallest p over the models that are tested together, for each labeling.
    """

    p: dict[str, float]
    first: str
    labelings: int
    exact: bool
    null_smallest: FloatArray

    def frame(self) -> pd.DataFrame:
        """Return one row a model: adjusted p."""
        import pandas as pd

        return pd.DataFrame({"model": list(self.p), "permutation_p_maxt": list(self.p.values())})

    def to_json(self) -> dict[str, Any]:
        """Return the adjusted p values as JSON types."""
        return {"p": self.p, "first": self.first, "labelings": self.labelings, "exact": self.exact}


def familywise(tests: Mapping[str, PermutationTest], first: str = "") -> Familywise:
    """Adjust for having tried several models on the same labelings.

    Parameters
    ----------
    tests : Mapping of str to PermutationTest
        Model to test. Tests that looked at fewer labelings shorten the comparison to the labelings that all share;
        constant models are left out.
    first : str
        The model named beforehand. Its adjusted p is its own; no other's is below it, so that where it fails, none
        passes. A model of that name without a test that can be estimated counts as failed.

    Returns
    -------
    Familywise
        Adjusted p of each estimable model.

    Notes
    -----
    Among the models tested together this is the single-step min-P procedure: how often is the *smallest* p of them as
    small as this one? Each model is compared with its own null distribution first, so that none counts for more because
    its AUC spreads more. The largest AUC (max-T) does not do that: leave-pair-out AUC ends at 1, so at small n the raw
    maximum favours models that reach 1, and AUCs divided by their standard deviation favour those that spread little.

    With the model named beforehand in front, the procedure is closed: a set of hypotheses that holds it is tested by
    its p alone, every other by min-P. Where traits and outcome are independent, the share of cohorts in which any model
    passes is at most that in which the first one does. No randomness enters.

    References
    ----------
    Westfall and Young 1993, Resampling-Based Multiple Testing, section 2.3 (min-P); Marcus, Peritz and Gabriel 1976,
    Biometrika 63:655 (closed testing); Westfall and Krishen 2001, J Stat Plan Inference 99:25 (fixed sequences and
    gatekeepers).

    Examples
    --------
    >>> from responder.validate.permutation import PermutationTest
    >>> def test_of(*auc):
    ...     auc, rows = np.array(auc), np.arange(4)
    ...     return PermutationTest(auc, 0 * auc, 0, True, "greater", 0, 0, True, rows)
    >>> tests = {"a": test_of(0.9, 0.4, 0.3, 0.4), "b": test_of(0.8, 0.7, 0.9, 0.1)}
    >>> familywise(tests).p
    {'a': 0.5, 'b': 0.5}
    >>> familywise(tests, first="a").p
    {'a': 0.25, 'b': 0.5}
    """
    usable = {name: test for name, test in tests.items() if test.is_estimable}
    together = {name: test for name, test in usable.items() if name != first}
    gate = usable[first].p if first in usable else (1.0 if first else 0.0)
    adjusted = {first: gate} if first in usable else {}
    if not together:
        return Familywise(adjusted, first, 0, False, np.empty(0))
    shared = functools.reduce(np.intersect1d, [test.rows for test in together.values()])
    own = {name: _p_of_every_labeling(test, shared) for name, test in together.items()}
    smallest = np.min([p for p, _ in own.values()], axis=0)
    for name, (p, observed) in own.items():
        as_small = float((smallest <= p[observed] + STATISTIC_TOLERANCE).mean())
        # with fewer shared labelings than the model's own, neither p bounds the other
        adjusted[name] = max(gate, as_small, together[name].p)
    exact = all(test.exact for test in together.values())
    in_order = {name: adjusted[name] for name in usable}
    return Familywise(in_order, first, len(shared) if exact else len(shared) - 1, exact, smallest)


def _p_of_every_labeling(test: PermutationTest, shared: IntArray) -> tuple[FloatArray, int]:
    """Return the p that each shared labeling would have had, had it been the observed one, and where that one is."""
    order = np.argsort(test.rows)
    at = order[np.searchsorted(test.rows, shared, sorter=order)]
    key = test.key(test.auc)[at]
    below = np.searchsorted(np.sort(key), key - STATISTIC_TOLERANCE, side="left")
    return 1.0 - below / len(key), int(np.flatnonzero(at == test.observed)[0])
