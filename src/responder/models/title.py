"""How people name a model: derived from its id, the same for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from responder.words import Phrase

__all__ = ["FOREIGN_KIND", "NUMBER_BY_DEFAULT", "TitledById", "is_foreign", "model_title"]

FOREIGN_KIND = "sklearn"
"""``sklearn:NAME`` is how experiments name an estimator that is not ours; see `responder.models.foreign`."""

NUMBER_BY_DEFAULT: Mapping[str, float] = {"ridge": 0.1, "groupridge": 0.1, "logf": 2.0}
_ARGUMENT: Mapping[str, str] = {"ridge": "c", "groupridge": "c", "logf": "m", "single": "name"}


def model_title(id_: str) -> Phrase:
    """Return the title of a model of the registry.

    Examples
    --------
    >>> print(model_title("ridge:0.1"), "/", model_title("single:organs"), "/", model_title("gp"))
    Ridge logistic (C = 0.1) / Single marker: organs / Gaussian process (fixed kernel)
    """
    kind, _, argument = id_.partition(":")
    if kind not in _ARGUMENT:
        return Phrase(f"model.{kind}")
    value = float(argument or NUMBER_BY_DEFAULT[kind]) if kind in NUMBER_BY_DEFAULT else argument
    return Phrase(f"model.{kind}", {_ARGUMENT[kind]: value})


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


class TitledById:
    """What the models of the registry share: their title follows from their id."""

    @property
    def title(self: _Identified) -> Phrase:
        """How people name it; see `model_title`."""
        return model_title(self.id)


def is_foreign(id_: str) -> bool:
    """Return whether a model's name is that of an estimator that is not ours.

    Examples
    --------
    >>> is_foreign("sklearn:svm"), is_foreign("ridge:1")
    (True, False)
    """
    return id_.partition(":")[0] == FOREIGN_KIND
