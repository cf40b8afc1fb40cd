"""Quantities that many studies measure: their names, and bounds beyond which a number is an error of entry."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from responder.names import fold_name, split_unit
from responder.study.missing_codes import suspicious_codes
from responder.study.text import Text
from responder.study.units import unit_factors
from responder.values import fold_unit

__all__ = ["Quantity", "known_quantity", "suspicious_codes"]


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
    >>> known_quantity("年龄").label.zh, known_quantity("CRP").plausible, known_quantity("crp", "furlongs")
    ('年龄', (0.0, 600.0), None)
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
