"""What the models have in common as scikit-learn classifiers: checks of what they are given, and one call to fit."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from responder.arrays import FloatArray
from responder.errors import InvalidValueError
from responder.models.base import Model
from responder.models.solver import expit

__all__ = ["SmallSampleClassifier", "positive"]


class SmallSampleClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):  # type: ignore[misc]
    """Base of the classifiers: one of the package's models of two outcomes, fitted on features as they are given.

    Features are not standardised here. Penalties and priors are per unit of a feature, so put `FeatureBuilder` (or a
    ``StandardScaler``) before it.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        The outcomes; the second is the one whose probability is modelled.
    decision_ : responder.models.Decision
        What was fitted, as a bundle keeps it.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, where they came in a data frame.
    """

    @abstractmethod
    def engine_model(self, names: Sequence[str]) -> Model:
        """Return the model of the engine that these settings stand for.

        Parameters
        ----------
        names : sequence of str
            Names of the features, in their order.

        Raises
        ------
        ValueError
            If a setting has no such value.
        """

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on features, shape (n, k), and outcomes of two kinds, shape (n,).

        Parameters
        ----------
        X : array_like, shape (n, k)
            Features, none missing.
        y : array_like, shape (n,)
            Two kinds of outcome; of the two, the one that sorts last is modelled.
        sample_weight : array_like, shape (n,), optional
            How often each row counts; 0 leaves it out.

        Raises
        ------
        ValueError
            If a value is missing, there are not two kinds of outcome, or a setting has no such value.
        """
        features, outcome = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(outcome)
        kind = type_of_target(outcome, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise InvalidValueError("estimator_not_binary", kind=kind)
        weight = _check_sample_weight(sample_weight, features, dtype=np.float64, ensure_non_negative=True)
        self.classes_, labels = np.unique(outcome, return_inverse=True)
        if len(np.unique(labels[weight > 0])) < 2:
            raise InvalidValueError("estimator_one_class")
        self.decision_ = self.engine_model(feature_names(self)).decide(features, labels.astype(float), weight)
        return self

    def decision_function(self, X: ArrayLike) -> FloatArray:
        """Return the logit of the second of ``classes_``, shape (n,)."""
        check_is_fitted(self)
        return self.decision_.logit(validate_data(self, X, dtype=np.float64, reset=False))

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return the probability of each of ``classes_``, shape (n, 2)."""
        second = expit(self.decision_function(X))
        return np.column_stack([1.0 - second, second])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the more probable outcome of each row, shape (n,)."""
        logit = self.decision_function(X)
        predicted: NDArray[Any] = self.classes_[(logit > 0).astype(int)]
        return predicted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def feature_names(estimator: SmallSampleClassifier) -> tuple[str, ...]:
    """Return the names of the features that an estimator was given, ``x0``, ``x1`` ... where they have none."""
    named = getattr(estimator, "feature_names_in_", None)
    return tuple(f"x{i}" for i in range(estimator.n_features_in_)) if named is None else tuple(map(str, named))


def positive(name: str, value: float) -> float:
    """Return a setting that must be above 0.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> positive("C", 0.1)
    0.1
    """
    if not 0 < value < np.inf:
        raise InvalidValueError("estimator_not_positive", name=name, value=value)
    return float(value)
