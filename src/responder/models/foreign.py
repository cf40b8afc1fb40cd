"""Any classifier of scikit-learn's interface as a model: fitted inside every fold like our own.

What is asked of it is `fit` and one of `predict_proba` and `decision_function`. It sees standardised features without
gaps, and the outcome as 0 and 1. The same rows, labels and seed give the same answer, whoever is asked for.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.errors import ConfigError, UsageError
from responder.models.base import Predictions, TrainingSets
from responder.models.decision import ConstantDecision, Decision, LinearDecision
from responder.models.solver import Status
from responder.models.title import FOREIGN_KIND
from responder.words import Phrase

__all__ = ["ForeignDecision", "ForeignModel", "foreign_model", "logit_of", "one_line", "reason_of"]

SMALLEST_PROBABILITY = 1e-6
"""A forest may say 0 or 1, of which there is no logit."""

LINEAR_TOLERANCE = 1e-9
MOST_LETTERS = 200
HOW_IT_IS_COMPUTED = {"C", "tol", "max_iter", "solver", "random_state", "n_jobs", "verbose", "warm_start"}
"""Settings of a logistic regression that may differ from scikit-learn's while it is a ridge; liblinear shrinks the
intercept too."""
SECONDS_A_FIT, SECONDS_A_TREE, INNER_FITS = 4e-3, 1e-3, 6


@dataclass(frozen=True)
class ForeignDecision:
    """A fitted estimator; unlike our own decisions it is code, and no bundle can hold it.

    Attributes
    ----------
    fitted : object
        The estimator.
    """

    fitted: Any
    kind: ClassVar[str] = "foreign"

    @property
    def kind_of_estimator(self) -> str:
        """Its class; of a pipeline, those of its steps."""
        return _kind_of(self.fitted)

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the logit of each row: of the probability, or where there is none the margin itself."""
        logit = logit_of(self.fitted, features)
        if not np.isfinite(logit).all():
            raise ValueError("a prediction is not a number")
        return logit

    def to_json(self) -> dict[str, Any]:
        """Refuse: reading it back would execute code.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError("foreign_is_code", where="bundle", kind=self.kind_of_estimator)


@dataclass(frozen=True)
class ForeignModel:
    """An estimator of scikit-learn's interface, as a model of an experiment.

    A fit that fails predicts the prevalence of its training rows, so that every fold has an answer and the permutation
    test stays one of a whole, fixed procedure; it has `Status.FAILED`, which is counted and told.

    Attributes
    ----------
    id : str
        ``sklearn:NAME``.
    estimator : object
        Unfitted; never changed.
    seed : int
        Given to every ``random_state`` that is left open.
    declared_seconds : float, optional
        Nominal seconds a fit, where the guess from its settings is not to be trusted.
    """

    id: str
    estimator: Any
    seed: int = 0
    declared_seconds: float | None = None
    batched: ClassVar[bool] = False
    is_baseline: ClassVar[bool] = False

    @property
    def title(self) -> Phrase:
        """See `NamedModel.title`."""
        return Phrase("model.foreign", {"name": self.id.partition(":")[2], "kind": self.kind})

    @property
    def kind(self) -> str:
        """Its class; of a pipeline, those of its steps."""
        return _kind_of(self.estimator)

    @property
    def like(self) -> str:
        """Our model that it is under another name, a ridge, so that what was simulated of it holds; else its own id."""
        settings, kind = _settings(self.estimator), type(self.estimator)
        if kind.__name__ != "LogisticRegression" or not kind.__module__.startswith("sklearn."):
            return self.id
        plain = _settings(kind())
        others = {name for name, value in settings.items() if value != plain[name]} - HOW_IT_IS_COMPUTED
        return f"ridge:{settings['C']:g}" if not others and settings["solver"] != "liblinear" else self.id

    @property
    def has_probability(self) -> bool:
        """Whether it says probabilities, and not margins alone."""
        return hasattr(self.estimator, "predict_proba")

    @cached_property
    def seconds_per_fit(self) -> float:
        """Nominal seconds of a fit and its prediction: declared, or guessed from how many trees and inner fits."""
        if self.declared_seconds is not None:
            return self.declared_seconds
        settings = _settings(self.estimator)
        trees = sum(v for name, v in settings.items() if name.endswith("n_estimators") and isinstance(v, int))
        if "HistGradientBoosting" in self.kind:
            trees += sum(v for name, v in settings.items() if name.endswith("max_iter"))
        inner = INNER_FITS if any(name == "cv" or name.endswith("__cv") for name in settings) else 1
        return inner * (SECONDS_A_FIT + SECONDS_A_TREE * trees)

    @cached_property
    def _seeded(self) -> Any:
        estimator = _unfitted(self.estimator)
        for name, value in _settings(estimator).items():
            if value is None and (name == "random_state" or name.endswith("__random_state")):
                estimator.set_params(**{name: self.seed % 2**31})
        if not hasattr(estimator, "get_params") and getattr(estimator, "random_state", 0) is None:
            estimator.random_state = self.seed % 2**31
        return estimator

    def fit(self, features: FloatArray, labels: FloatArray, weight: FloatArray) -> tuple[Decision, bool]:
        """Fit once, whatever the estimator raises; return the decision and whether the fit settled.

        Rows count as often as `weight` says: by ``sample_weight`` where the estimator takes it, else as copies.

        Parameters
        ----------
        features, labels, weight : ndarray, shapes (n, k), (n,), (n,)
            One training set; rows of weight 0 are left out.
        """
        kept = weight > 0
        rows, outcome, counts = features[kept], labels[kept].astype(np.int64), weight[kept]
        estimator = _unfitted(self._seeded)
        more: dict[str, Any] = {}
        if self._weighted or self._needs_weight:
            more = {"sample_weight": counts} if self._needs_weight or (counts != 1).any() else {}
        elif (counts != 1).any():
            copies = np.repeat(np.arange(len(counts)), np.rint(counts).astype(np.int64))
            rows, outcome = rows[copies], outcome[copies]
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            estimator.fit(rows, outcome, **more)
            decision = ForeignDecision(estimator)
            linear = _linear(decision, features)
        settled = not any(warning.category.__name__ == "ConvergenceWarning" for warning in said)
        return linear or decision, settled

    def one_thread(self) -> AbstractContextManager[Any]:
        """Return a context of one thread: of so few patients more cost time, and may change the last bits."""
        limited: AbstractContextManager[Any] = _threads(type(self.estimator).__module__).limit(limits=1)
        return limited

    @cached_property
    def _weighted(self) -> bool:
        return "sample_weight" in inspect.signature(self.estimator.fit).parameters

    @cached_property
    def _needs_weight(self) -> bool:
        return self._weighted and (
            inspect.signature(self.estimator.fit).parameters["sample_weight"].default is inspect.Parameter.empty
        )

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`; one fit after another."""
        designs, fits = sets.shape
        logit = np.full((designs, ask.shape[1], fits), np.nan)
        one_class = sets.one_class
        status = np.where(one_class, Status.ONE_CLASS, Status.OK).astype(np.uint8)
        with self.one_thread():
            for m, f in zip(*np.nonzero(~one_class), strict=True):
                features, weight = sets.features[m], sets.weight[m]
                logit[m, :, f], status[m, f] = self._answer(features, sets.labels[m, :, f], weight, ask[m])
        return Predictions(logit, status)

    def _answer(
        self, features: FloatArray, labels: FloatArray, weight: FloatArray, ask: IntArray
    ) -> tuple[FloatArray, int]:
        try:
            decision, settled = self.fit(features, labels, weight)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return decision.logit(features[ask]), Status.OK if settled else Status.NOT_CONVERGED
        except Exception:  # noqa: BLE001 (it is anybody's code, and whatever it raises is a fit that failed)
            return _prevalence(labels, weight).logit(features[ask]), Status.FAILED

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> Decision:
        """See `Model.decide`; the prevalence where the fit fails."""
        given = np.ones(len(labels)) if weight is None else weight
        with self.one_thread():
            try:
                decision, _ = self.fit(features, labels, given)
            except Exception:  # noqa: BLE001 (see `_answer`)
                return _prevalence(labels, given)
        return decision


def logit_of(fitted: Any, rows: Any) -> FloatArray:
    """Return the logit that a fitted estimator gives each row: of the probability, or else the margin itself.

    Parameters
    ----------
    fitted : estimator
        Of outcomes 0 and 1, with ``predict_proba`` or ``decision_function``.
    rows : array_like or DataFrame, shape (a, ...)
        What it is asked of.

    Returns
    -------
    ndarray, shape (a,)

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> logit_of(DummyClassifier().fit([[0], [0], [0]], [1, 1, 0]), [[0]]).round(3)
    array([0.693])
    """
    if not hasattr(fitted, "predict_proba"):
        return np.asarray(fitted.decision_function(rows), dtype=float).reshape(len(rows))
    found = np.asarray(fitted.predict_proba(rows), dtype=float).reshape(len(rows), -1)
    at = list(getattr(fitted, "classes_", (0, 1))).index(1)
    yes = found[:, at]
    no = found[:, 1 - at] if found.shape[1] == 2 else 1.0 - yes
    return np.asarray(np.log(np.maximum(yes, SMALLEST_PROBABILITY)) - np.log(np.maximum(no, SMALLEST_PROBABILITY)))


def foreign_model(estimator: Any, name: str, *, seed: int = 0, seconds_per_fit: float | None = None) -> ForeignModel:
    """Return an estimator as a model.

    Parameters
    ----------
    estimator : object
        Unfitted classifier of scikit-learn's interface, a pipeline among them.
    name : str
        How results name it: ``svm`` becomes ``sklearn:svm``.
    seed : int
        Given to every ``random_state`` that is left open.
    seconds_per_fit : float, optional
        Nominal cost of one fit, from which the permutation test's budget is planned.

    Raises
    ------
    ConfigError
        If it is no such classifier.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> print(foreign_model(SVC(kernel="linear"), "svm").title)
    SVC (svm)
    """
    where = Phrase("place.model", {"model": f"{FOREIGN_KIND}:{name}"})
    if isinstance(estimator, type) or not callable(getattr(estimator, "fit", None)):
        raise ConfigError("estimator_no_classifier", where=where, kind=_kind_of(estimator))
    if not (hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")):
        raise ConfigError("estimator_no_classifier", where=where, kind=_kind_of(estimator))
    return ForeignModel(f"{FOREIGN_KIND}:{name}", estimator, seed, seconds_per_fit)


def reason_of(model: ForeignModel, features: FloatArray, labels: FloatArray, weight: FloatArray) -> str:
    """Return what an estimator raises when fitted on a training set, in one line; empty where it raises nothing.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> model = foreign_model(KNeighborsClassifier(5), "knn")
    >>> reason_of(model, np.eye(3), np.array([0.0, 1.0, 1.0]), np.ones(3))[:33]
    'ValueError: Expected n_neighbors '
    """
    try:
        decision, _ = model.fit(features, labels, weight)
        decision.logit(features)
    except Exception as error:  # noqa: BLE001 (it is anybody's code)
        return one_line(error)
    return ""


def one_line(error: Exception) -> str:
    """Return the first line of an error, with its kind."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:MOST_LETTERS].removesuffix(":")


@lru_cache(maxsize=8)
def _threads(_package: str) -> Any:
    """Return what controls the threads of the numerical libraries, once those of an estimator's package are loaded."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _linear(decision: ForeignDecision, features: FloatArray) -> LinearDecision | None:
    """Return the decision as coefficients where it is nothing else: those are data, and can be written and scored."""
    fitted = decision.fitted
    if not (hasattr(fitted, "coef_") and hasattr(fitted, "intercept_")):
        return None
    coefficients, intercept = np.ravel(np.asarray(fitted.coef_, float)), np.ravel(np.asarray(fitted.intercept_, float))
    if coefficients.shape != (features.shape[1],) or intercept.shape != (1,):
        return None
    linear = LinearDecision(float(intercept[0]), coefficients.copy())
    most = -np.log(SMALLEST_PROBABILITY)
    ours, theirs = linear.logit(features), decision.logit(features)
    inside = np.abs(ours) < most if hasattr(fitted, "predict_proba") else np.full(len(ours), True)
    same = np.allclose(ours[inside], theirs[inside], rtol=0, atol=LINEAR_TOLERANCE)
    return linear if same else None


def _prevalence(labels: FloatArray, weight: FloatArray) -> ConstantDecision:
    share = float(np.average(labels, weights=weight))
    return ConstantDecision(float(np.log(share) - np.log1p(-share)))


def _unfitted(estimator: Any) -> Any:
    if not hasattr(estimator, "get_params"):
        return copy.deepcopy(estimator)
    from sklearn.base import clone  # here, because it takes a second

    return clone(estimator)


def _settings(estimator: Any) -> dict[str, Any]:
    return dict(estimator.get_params(deep=True)) if hasattr(estimator, "get_params") else {}


def _kind_of(estimator: Any) -> str:
    if isinstance(estimator, type):
        return estimator.__name__
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list):
        return " + ".join(_kind_of(step) for _, step in steps if step not in (None, "passthrough"))
    return type(estimator).__name__
