"""From what an experiment declares of an estimator, its class by name and its settings, to the estimator.

Only classes of packages that the user allows are imported: scikit-learn where nothing else is said.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from responder.errors import ConfigError, did_you_mean, known_names
from responder.models.foreign import one_line
from responder.words import Spoken

__all__ = ["ALLOWED_PACKAGES", "CLASS_KEY", "SECONDS_KEY", "declared_estimator"]

ALLOWED_PACKAGES = ("sklearn",)
CLASS_KEY, SECONDS_KEY = "class", "seconds_per_fit"


def declared_estimator(declared: Mapping[str, Any], allowed: Sequence[str], where: str | Spoken) -> Any:
    """Return the estimator of a declaration.

    Parameters
    ----------
    declared : Mapping
        ``class``, and the class's own settings. A setting that is itself a table with a ``class`` is an estimator too;
        of a pipeline, ``steps`` is a list of such tables.
    allowed : sequence of str
        Packages that classes may come from.
    where : str or Phrase
        Of the declaration, for messages.

    Raises
    ------
    ConfigError
        If the class is missing, not of an allowed package, not installed, not there, or has no such setting.

    Examples
    --------
    >>> declared_estimator({"class": "sklearn.svm.SVC", "C": 0.5}, ["sklearn"], "estimators.svm")
    SVC(C=0.5)
    """
    path = declared.get(CLASS_KEY)
    if not isinstance(path, str) or not path.isprintable():
        raise ConfigError("estimator_no_class", where=where)
    kind = _class_of(path, allowed, where)
    settings = {
        name: _value(value, allowed, where) for name, value in declared.items() if name not in (CLASS_KEY, SECONDS_KEY)
    }
    if isinstance(steps := settings.get("steps"), list):
        settings["steps"] = _named(steps)
    try:
        return kind(**settings)
    except Exception as error:
        raise _refused_settings(kind, settings, where, error) from error


def _class_of(path: str, allowed: Sequence[str], where: str | Spoken) -> type:
    package = path.partition(".")[0]
    if package not in allowed:
        raise ConfigError("estimator_not_allowed", where=where, name=path, package=package, allowed=list(allowed))
    module, _, name = path.rpartition(".")
    try:
        inside = importlib.import_module(module or package)
    except ImportError as error:
        raise ConfigError("estimator_no_module", where=where, name=path, package=package) from error
    found = getattr(inside, name, None)
    # a module of an allowed package may hold names of others
    if not isinstance(found, type) or found.__module__.partition(".")[0] not in allowed:
        classes = [known for known, value in vars(inside).items() if isinstance(value, type)]
        hint = did_you_mean(name, classes)
        raise ConfigError("estimator_no_such_class", where=where, hint=hint, name=path)
    return found


def _value(value: Any, allowed: Sequence[str], where: str | Spoken) -> Any:
    if isinstance(value, Mapping):
        if CLASS_KEY in value:
            return declared_estimator(value, allowed, where)
        return {name: _value(one, allowed, where) for name, one in value.items()}
    return [_value(one, allowed, where) for one in value] if isinstance(value, list | tuple) else value


def _named(steps: list[Any]) -> list[tuple[str, Any]]:
    """Return the steps of a pipeline, named as scikit-learn's ``make_pipeline`` names them."""
    names = [type(step).__name__.lower() for step in steps]
    return [
        (name if names.count(name) == 1 else f"{name}-{names[:at].count(name) + 1}", step)
        for at, (name, step) in enumerate(zip(names, steps, strict=True))
    ]


def _refused_settings(kind: type, settings: Mapping[str, Any], where: str | Spoken, error: Exception) -> ConfigError:
    known = list(inspect.signature(kind).parameters)
    unknown = next((name for name in settings if name not in known), "")
    if not unknown:
        return ConfigError("estimator_settings", where=where, kind=kind.__name__, problem=one_line(error))
    hint = did_you_mean(unknown, known) or known_names(known)
    return ConfigError("estimator_no_setting", where=where, hint=hint, kind=kind.__name__, name=unknown)
