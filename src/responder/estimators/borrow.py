"""The model that borrows as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from responder.errors import InvalidValueError
from responder.estimators.classifier import SmallSampleClassifier, positive
from responder.models.base import Model
from responder.models.borrow import BorrowModel
from responder.models.prior import BorrowedPrior

__all__ = ["Borrow"]


class Borrow(SmallSampleClassifier):
    """Bayesian logistic regression with a robust prior from other people (Schmidli 2014, doi 10.1111/biom.12242).

    Parameters
    ----------
    prior : Mapping[str, tuple of two float], optional
        Feature to mean and SD of its log odds per unit, as other people showed it. Features without a name are ``x0``,
        ``x1``; without an entry nothing is borrowed for them.
    weight : float
        Prior probability that what was borrowed holds, 0 to 1.
    vague_sd, intercept_sd : float
        SD of the coefficients otherwise, and of the intercept, above 0.

    Examples
    --------
    >>> x, y = [[-1.0], [0.0], [1.0], [2.0]], [0, 1, 0, 1]
    >>> fits = [Borrow({"x0": (mean, 0.3)}).fit(x, y) for mean in (-2.0, 0.0, 2.0)]
    >>> [round(float(fit.predict_proba([[2.0]])[0, 1]), 2) for fit in fits]
    [0.54, 0.54, 0.76]
    """

    def __init__(
        self,
        prior: Mapping[str, tuple[float, float]] | None = None,
        weight: float = 0.5,
        vague_sd: float = 0.5,
        intercept_sd: float = 5.0,
    ) -> None:
        self.prior = prior
        self.weight = weight
        self.vague_sd = vague_sd
        self.intercept_sd = intercept_sd

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        given = self.prior or {}
        for name in given:
            if name not in names:
                raise InvalidValueError("estimator_no_expected", name=name, names=list(names))
        if not 0 <= self.weight <= 1:
            raise InvalidValueError("estimator_no_share", name="weight", value=self.weight)
        sd = np.array([positive("sd", sd) for _, sd in given.values()])
        mean = np.array([float(mean) for mean, _ in given.values()])
        vague_sd = positive("vague_sd", self.vague_sd)
        prior = BorrowedPrior(tuple(given), mean, np.diag(sd**2), float(self.weight), vague_sd)
        return BorrowModel("borrow", tuple(names), prior, positive("intercept_sd", self.intercept_sd))
