"""Leave-pair-out as a splitter of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator

from responder.arrays import IntArray
from responder.errors import InvalidValueError
from responder.validate.splits import opposite_pairs

__all__ = ["LeavePairOut", "two_classes"]


class LeavePairOut(BaseCrossValidator):  # type: ignore[misc]
    """Leave out each pair of one row of either outcome (Airola et al. 2011, doi 10.1016/j.csda.2010.11.018).

    With ``scoring="roc_auc"`` a split scores 1, 0.5 (tie) or 0, and the mean is the leave-pair-out AUC. A row is left
    out several times, so that ``cross_val_predict`` refuses it. `leave_pair_out_score` gives the same AUC with its
    interval, quicker for the estimators of this package.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> x, y = [[0.0], [1.0], [2.0], [3.0], [1.5]], [0, 0, 1, 1, 1]
    >>> scores = cross_val_score(LogisticRegression(), x, y, cv=LeavePairOut(), scoring="roc_auc")
    >>> len(scores), float(scores.mean().round(3))
    (6, 1.0)
    """

    def get_n_splits(self, X: object = None, y: ArrayLike | None = None, groups: object = None) -> int:
        """Return the number of pairs.

        Raises
        ------
        ValueError
            If there are not two kinds of outcome.
        """
        return len(self._pairs(y))

    def _iter_test_indices(self, X: object = None, y: ArrayLike | None = None, groups: object = None) -> Iterator[Any]:
        yield from self._pairs(y)

    @staticmethod
    def _pairs(y: ArrayLike | None) -> IntArray:
        return opposite_pairs(two_classes(() if y is None else y)[1])


def two_classes(y: ArrayLike) -> tuple[Any, IntArray]:
    """Return the two kinds of outcome, sorted, and which of them each row has, shape (n,).

    Raises
    ------
    ValueError
        If there are not just two.

    Examples
    --------
    >>> classes, outcome = two_classes(["no", "yes", "no"])
    >>> classes.tolist(), outcome.tolist()
    (['no', 'yes'], [0, 1, 0])
    """
    classes, outcome = np.unique(np.asarray(y), return_inverse=True)
    if len(classes) != 2:
        raise InvalidValueError("outcome_not_two_kinds", n=len(classes))
    return classes, outcome.astype(np.int64)
