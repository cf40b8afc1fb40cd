"""The logistic models as scikit-learn classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from responder.arrays import FloatArray
from responder.errors import InvalidValueError
from responder.estimators.classifier import SmallSampleClassifier, positive
from responder.models.base import FeatureTable, Model
from responder.models.bayes import BayesModel
from responder.models.decision import LaplaceDecision, LinearDecision
from responder.models.group_ridge import GroupRidgeModel
from responder.models.logistic import FirthModel, FlacModel, LogFModel, RidgeModel, SingleMarkerModel
from responder.models.marker_groups import numbered_groups

__all__ = ["Bayes", "Firth", "Flac", "GroupRidge", "LogF", "RidgeLogistic", "SingleMarker"]


class _LogisticClassifier(SmallSampleClassifier):
    """A model with one coefficient a feature."""

    @property
    def coef_(self) -> FloatArray:
        """Log-odds per unit of each feature, shape (1, k); of `Bayes`, the posterior mode."""
        return self._coefficients()[None, 1:]

    @property
    def intercept_(self) -> FloatArray:
        """Intercept, shape (1,)."""
        return self._coefficients()[:1]

    def _coefficients(self) -> FloatArray:
        check_is_fitted(self)
        fitted = self.decision_
        if isinstance(fitted, LaplaceDecision):
            return fitted.coefficients
        assert isinstance(fitted, LinearDecision)
        return np.concatenate([[fitted.intercept], fitted.coefficients])


class RidgeLogistic(_LogisticClassifier):
    """Ridge-penalised logistic regression, the intercept unpenalised.

    The same objective as scikit-learn's ``LogisticRegression(C=C)``, on this package's solver, which fits thousands of
    resampled cohorts at once (`responder.validation`).

    Parameters
    ----------
    C : float
        Inverse penalty, above 0.

    Examples
    --------
    >>> model = RidgeLogistic(C=1.0).fit([[-1.0], [0.0], [1.0], [2.0]], [0, 1, 0, 1])
    >>> model.coef_.round(4).tolist(), model.intercept_.round(4).tolist()
    ([[0.4529]], [-0.2264])
    """

    def __init__(self, C: float = 0.1) -> None:
        self.C = C

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        return RidgeModel(f"ridge:{self.C:g}", c=positive("C", self.C))


class GroupRidge(_LogisticClassifier):
    """Ridge-penalised logistic regression whose groups of features may be shrunken differently.

    The penalties are learned wherever it is fitted: see `responder.models.group_ridge.GroupRidgeModel`.

    Parameters
    ----------
    groups : Mapping[str, sequence of str], optional
        By a name of the group, its features; what no group names is a group of its own. Features without a name are
        ``x0``, ``x1``. Without groups it is ridge.
    C : float
        Inverse penalty on average, above 0.

    Examples
    --------
    >>> x, y = [[-1.0, 1.0], [0.0, -1.0], [1.0, 1.0], [2.0, -1.0]], [0, 0, 1, 1]
    >>> GroupRidge({"published": ["x0"]}, C=1.0).fit(x, y).coef_.round(2).tolist()
    [[1.07, 0.1]]
    """

    def __init__(self, groups: Mapping[str, Sequence[str]] | None = None, C: float = 0.1) -> None:
        self.groups = groups
        self.C = C

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        table = FeatureTable(tuple(names), tuple((name,) for name in names))
        groups = numbered_groups(table, self.groups)
        return GroupRidgeModel(f"groupridge:{self.C:g}", groups, c=positive("C", self.C))


class LogF(_LogisticClassifier):
    """Logistic regression with log-F(m, m) priors (Greenland and Mansournia 2015, doi 10.1002/sim.6537).

    Parameters
    ----------
    m : float
        Degrees of freedom of the prior, above 0; each coefficient gets m / 2 pseudo-patients of either outcome.

    Examples
    --------
    >>> float(LogF(m=2).fit([[-1.0], [0.0], [1.0], [2.0]], [0, 0, 1, 1]).coef_[0, 0].round(2))
    1.46
    """

    def __init__(self, m: float = 2.0) -> None:
        self.m = m

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        return LogFModel(f"logf:{self.m:g}", m=positive("m", self.m))


class Firth(_LogisticClassifier):
    """Firth's penalised logistic regression with a corrected intercept (FLIC).

    Finite under separation (Heinze and Schemper 2002, doi 10.1002/sim.1047); the mean prediction is the observed share
    (Puhr et al. 2017, doi 10.1002/sim.7273).

    Examples
    --------
    >>> model = Firth().fit([[-1.0], [0.0], [1.0], [2.0]], [0, 0, 1, 1])
    >>> float(model.predict_proba([[-1.0], [0.0], [1.0], [2.0]])[:, 1].mean().round(6))
    0.5
    """

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        return FirthModel("firth")


class Flac(_LogisticClassifier):
    """Firth's logistic regression with an added covariate (FLAC; Puhr et al. 2017, doi 10.1002/sim.7273).

    Examples
    --------
    >>> model = Flac().fit([[-1.0], [0.0], [1.0], [2.0]], [0, 0, 1, 1])
    >>> float(model.predict_proba([[-1.0], [0.0], [1.0], [2.0]])[:, 1].mean().round(6))
    0.5
    """

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        return FlacModel("flac")


class SingleMarker(_LogisticClassifier):
    """Ridge-penalised logistic regression on one feature that is named beforehand; the others are not looked at.

    Parameters
    ----------
    marker : str or int
        Name of the feature, where they come in a data frame, or its position.
    C : float
        Inverse penalty, above 0.

    Examples
    --------
    >>> model = SingleMarker(marker=1).fit([[5.0, -1.0], [1.0, 0.0], [7.0, 1.0], [2.0, 2.0]], [0, 1, 0, 1])
    >>> model.coef_.round(4).tolist()
    [[0.0, 0.4529]]
    """

    def __init__(self, marker: str | int = 0, C: float = 1.0) -> None:
        self.marker = marker
        self.C = C

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        at = names.index(self.marker) if self.marker in names else self.marker
        if not isinstance(at, int) or not 0 <= at < len(names):
            raise InvalidValueError("estimator_no_marker", name=str(self.marker), names=list(names))
        return SingleMarkerModel(f"single:{self.marker}", c=positive("C", self.C), columns=(at,))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # it looks at one feature, wherever the others would tell more
        return tags


class Bayes(_LogisticClassifier):
    """Bayesian logistic regression with declared expectations as priors, by Laplace's approximation.

    Parameters
    ----------
    expected : Mapping[str, float], optional
        Feature to the log-odds per unit expected of it; 0 for all others. Features without a name are ``x0``, ``x1``.
    prior_sd, intercept_sd : float
        SD of the Gaussian priors of the coefficients and of the intercept, above 0.

    Examples
    --------
    >>> x, y = [[-1.0], [0.0], [1.0], [2.0]], [0, 1, 0, 1]
    >>> [round(float(Bayes(expected={"x0": e}).fit(x, y).coef_[0, 0]), 2) for e in (-0.5, 0.0, 1.0)]
    [0.22, 0.45, 0.95]
    """

    def __init__(
        self, expected: Mapping[str, float] | None = None, prior_sd: float = 1.0, intercept_sd: float = 5.0
    ) -> None:
        self.expected = expected
        self.prior_sd = prior_sd
        self.intercept_sd = intercept_sd

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        given = self.expected or {}
        for name in given:
            if name not in names:
                raise InvalidValueError("estimator_no_expected", name=name, names=list(names))
        return BayesModel(
            "bayes",
            expected=tuple(float(given.get(name, 0.0)) for name in names),
            prior_sd=positive("prior_sd", self.prior_sd),
            intercept_sd=positive("intercept_sd", self.intercept_sd),
        )
