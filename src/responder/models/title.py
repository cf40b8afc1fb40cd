"""How people name a model: derived from its id, the same for every kind."""

from __future__ import annotations

from collections.abc import Mapping

from responder.words import Phrase

__all__ = ["NUMBER_BY_DEFAULT", "model_title"]

NUMBER_BY_DEFAULT: Mapping[str, float] = {"ridge": 0.1, "logf": 2.0}
_ARGUMENT: Mapping[str, str] = {"ridge": "c", "logf": "m", "single": "name"}


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
