"""Quantities that many studies measure: their names, and bounds beyond which a number is an error of entry."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from responder.names import fold_name, split_unit
from responder.names.vocabulary import plain, separated, vocabulary
from responder.study.missing_codes import suspicious_codes
from responder.study.text import Text
from responder.study.units import unit_factors
from responder.values import fold_unit

__all__ = ["Quantity", "known_quantity", "repeated_quantity", "suspicious_codes"]

_PARTS = re.compile(r"[a-z]+|\d+|[\u3040-\u30ff\u3400-\u9fff]+|[^\s\w]|\w")
_SHORT = re.compile(r"[a-z]{0,2}\+?\d{1,3}(?:st|nd|rd|th|[a-z])?|[a-z]|i{1,3}|iv|v")


@dataclass(frozen=True)
class Quantity:
    """A quantity in one unit.

    Attributes
    ----------
    id : str
        Of the quantity, whatever the unit.
    label : Text
        In English and Chinese.
    unit : str
        The unit; empty where it was not said and more than one is in use.
    plausible : tuple of two float
        Beyond it a number is an error of entry, not an ill patient: wide, and a choice of this project. Where the unit
        is empty it spans all units in use.
    group : str
        ``clinical`` or ``immune``.
    """

    id: str
    label: Text
    unit: str
    plausible: tuple[float, float]
    group: str


def known_quantity(name: str, unit: str = "") -> Quantity | None:
    """Return the quantity that a column's name means, or None.

    Parameters
    ----------
    name : str
        The header; a unit in brackets behind it, or spelled in it (``crp_mg_per_l``), is understood.
    unit : str
        The unit, where it is known otherwise. A unit in which the quantity is not known gives None.

    Examples
    --------
    >>> quantity = known_quantity("Haemoglobin (g/dL)")
    >>> quantity.id, quantity.unit, quantity.plausible
    ('haemoglobin', 'g/dL', (2.0, 26.0))
    >>> known_quantity("年龄").label.en, known_quantity("CRP").plausible, known_quantity("crp", "furlongs")
    ('Age', (0.0, 600.0), None)
    """
    exact = _names().get(fold_name(name))
    bare, bracket = split_unit(name)
    found = exact or _names().get(fold_name(bare))
    if found is None:
        return None
    quantity, spelled = found
    unit = unit or spelled or ("" if exact else bracket)
    units: dict[str, tuple[float, float]] = quantity["units"]
    if not unit and len(units) == 1:
        unit = next(iter(units))
    if unit:
        wanted = next((known for known in units if _is_same(known, unit)), None)
        if wanted is None:
            return None
        bounds = [units[wanted]]
    else:
        wanted, bounds = "", list(units.values())
    plausible = (float(min(low for low, _ in bounds)), float(max(high for _, high in bounds)))
    return Quantity(quantity["id"], Text(**quantity["label"]), wanted, plausible, quantity["group"])


def repeated_quantity(name: str) -> str:
    """Return the quantity that a name means but for what tells several measurements of it apart; else an empty string.

    Examples
    --------
    >>> [repeated_quantity(name) for name in ("CRP", "CRP1", "1st CRP", "crp_b", "CRP J+30", "CRP 前")]
    ['crp', 'crp', 'crp', 'crp', 'crp', 'crp']
    >>> [repeated_quantity(name) for name in ("CD4 naive", "IgG4", "albumin creatinine ratio", "IL6")]
    ['', '', '', '']
    """
    words = [*_PARTS.findall(separated(split_unit(name)[0]))]
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            found = _names().get(fold_name(" ".join(words[start : start + size])))
            rest = [*words[:start], *words[start + size :]]
            subclass = "".join(rest).isdigit() and words[start : start + size][-1] in vocabulary()["families"]["words"]
            if found is not None and not subclass and (not rest or _tells_apart(rest)):
                return str(found[0]["id"])
    return ""


def _tells_apart(rest: list[str]) -> bool:
    """Return whether words are a mere number, letter or such as tell one measurement from another."""
    return "".join(rest) in _sequence() or bool(_SHORT.fullmatch("".join(rest)))


@lru_cache(maxsize=1)
def _sequence() -> frozenset[str]:
    return frozenset(plain(word).replace(" ", "") for word in vocabulary()["sequence"]["words"])


def _is_same(known: str, unit: str) -> bool:
    """Return whether two spellings are one unit (``years`` and ``岁``)."""
    return fold_unit(known) == fold_unit(unit) or unit_factors(known).get(fold_unit(unit)) == 1.0


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[dict, str]]:  # type: ignore[type-arg]
    """Return each folded name with its quantity and the unit that the name spells, if any."""
    text = files("responder.study").joinpath("quantities.toml").read_text(encoding="utf-8")
    names = {}
    for quantity in tomllib.loads(text)["quantity"]:
        for name in quantity["names"]:
            for unit in quantity["units"]:
                for spelled in (unit.replace("/", "_per_"), unit.replace("/", "_"), unit.replace("/", "")):
                    names[fold_name(f"{name}_{spelled}")] = (quantity, unit)
    # a name alone wins over another quantity's name and unit
    names |= {fold_name(name): (q, "") for q in tomllib.loads(text)["quantity"] for name in q["names"]}
    return names
