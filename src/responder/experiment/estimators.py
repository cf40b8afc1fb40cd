"""The estimators of an experiment: declared in its file, or objects given in Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from responder.errors import InvalidValueError, did_you_mean
from responder.models.declared import ALLOWED_PACKAGES, SECONDS_KEY, declared_estimator
from responder.models.foreign import ForeignModel, foreign_model
from responder.models.title import is_foreign
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.experiment.config import Experiment

__all__ = ["KEEP_KEY", "check_estimators", "described_estimators", "estimator_model"]

ALLOW_KEY, KEEP_KEY = "allow", "keep"
_OWN_KEYS = frozenset({ALLOW_KEY, KEEP_KEY})
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def check_estimators(estimators: Mapping[str, Any], models: Sequence[str]) -> None:
    """Check that every estimator in `models` is declared, and how; no class is imported.

    Raises
    ------
    InvalidValueError
        If it is not.
    """
    allowed = estimators.get(ALLOW_KEY, ())
    if not (isinstance(allowed, list | tuple) and all(isinstance(p, str) and p.isidentifier() for p in allowed)):
        raise InvalidValueError("experiment_estimators_allow")
    if not isinstance(estimators.get(KEEP_KEY, False), bool):
        raise InvalidValueError("experiment_estimators_keep")
    declared = [name for name in estimators if name not in _OWN_KEYS]
    for name in declared:
        if not _NAME.fullmatch(name):
            raise InvalidValueError("experiment_estimator_name", name=name)
        given = estimators[name]
        if isinstance(given, str | int | float | list | None):
            raise InvalidValueError("experiment_estimator_no_table", name=name)
        seconds = given.get(SECONDS_KEY, 1.0) if isinstance(given, Mapping) else 1.0
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e6:
            raise InvalidValueError("experiment_estimator_seconds", name=name)
    for model in filter(is_foreign, models):
        name = model.partition(":")[2]
        if name not in declared:
            near = did_you_mean(name, declared) or Phrase("hint.declare_estimator", {"name": name or "svm"})
            raise InvalidValueError("experiment_no_estimator", model=model, near=near)


def estimator_model(wanted: Experiment, id_: str) -> ForeignModel:
    """Return the model of an estimator, seeded by the experiment's seed.

    Raises
    ------
    ConfigError
        If its class may not be used, is not there, or refuses its settings.
    """
    name = id_.partition(":")[2]
    given, seconds = wanted.estimators[name], None
    if isinstance(given, Mapping):
        seconds = given.get(SECONDS_KEY)
        allowed = tuple(wanted.estimators.get(ALLOW_KEY, ALLOWED_PACKAGES))
        given = declared_estimator(given, allowed, f"estimators.{name}")
    return foreign_model(given, name, seed=wanted.seed, seconds_per_fit=seconds)


def described_estimators(estimators: Mapping[str, Any]) -> dict[str, Any]:
    """Return the estimators as JSON types: declarations as they are, objects by class and settings.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> described_estimators({"d": DummyClassifier()})["d"]["class"], described_estimators({"d": {"class": "x.Y"}})
    ('sklearn.dummy.DummyClassifier', {'d': {'class': 'x.Y'}})
    """
    return {
        name: given if name in _OWN_KEYS or isinstance(given, Mapping) else _described(given)
        for name, given in estimators.items()
    }


def _described(estimator: Any) -> dict[str, Any]:
    kind = type(estimator)
    settings = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else vars(estimator)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        **{str(name): _plain(value) for name, value in sorted(settings.items())},
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else repr(value)
    if hasattr(value, "get_params"):  # its own settings are told by their own names
        return type(value).__name__
    return _ADDRESS.sub("", getattr(value, "__qualname__", repr(value)))
