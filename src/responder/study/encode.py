"""Turn one cell of a table, or one field of a profile, into numbers: the same rule for both.

A trait of kind ``set`` (several levels at once, such as organs) becomes one 0/1 column a level; every other
trait becomes one column. Missing is ``nan``. The standard library suffices, so that scoring a patient loads
nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from responder.errors import did_you_mean

__all__ = ["EncodeError", "TraitCode", "fold_unit", "is_missing"]

MISSING_TOKENS = frozenset({"", "na", "n/a", "nan", "null", ".", "missing", "unknown", "not done", "nd"})
EMPTY_SET_TOKENS = frozenset({"none", "no", "0", "[]", "-"})
BINARY_SPELLINGS = {
    "0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "no": 0.0, "yes": 1.0, "false": 0.0, "true": 1.0,
    "n": 0.0, "y": 1.0, "absent": 0.0, "present": 1.0, "negative": 0.0, "positive": 1.0, "否": 0.0, "是": 1.0,
}  # fmt: skip
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_NUMBER_AND_UNIT = re.compile(r"^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*)$")
_SET_SEPARATOR = re.compile(r"[;|,+]")
LARGEST_NUMBER = 1e15


class EncodeError(ValueError):
    """A value that a trait cannot hold.

    Parameters
    ----------
    problem : str
        What is wrong, without the value (values are patient data).
    hint : str, optional
        What is allowed.
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def is_missing(value: object) -> bool:
    """Return whether a cell means "not recorded". The word "none" is an answer, not a gap.

    Examples
    --------
    >>> is_missing("N/A"), is_missing(None), is_missing("none"), is_missing(0)
    (True, True, False, False)
    """
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str):
        return value.strip().casefold() in MISSING_TOKENS
    # pandas' own missing scalar is neither None nor a float
    return type(value).__name__ in {"NAType", "NaTType"}


@dataclass(frozen=True)
class TraitCode:
    """How one trait is written as numbers.

    Attributes
    ----------
    name : str
        The trait.
    kind : str
        ``binary``, ``ordinal``, ``continuous``, ``count`` or ``set``.
    unit : str
        Unit of the stored number.
    levels : tuple of str
        Names of the levels, in order (``ordinal``, ``set``, and ``binary`` with named levels).
    spellings : Mapping[str, str]
        Case-folded spelling to level name.
    level_values : Mapping[str, float]
        Level name to number (not for ``set``).
    units : Mapping[str, float]
        Other units that are understood, and the factor to `unit`.
    plausible, reference : tuple of two float, optional
        Range outside which a value is an error of entry; range of healthy people.
    labels : Mapping[str, str]
        Human names by language.
    group : str
        ``clinical``, ``immune`` or another group of the study.

    Examples
    --------
    >>> organs = TraitCode("organs", "set", levels=("ear", "airway"), spellings={"ear": "ear", "airway": "airway"})
    >>> organs.columns, organs.encode("airway"), organs.encode("none")
    (('organs=ear', 'organs=airway'), (0.0, 1.0), (0.0, 0.0))
    >>> treg = TraitCode("treg", "continuous", unit="cells/ul", units={"10^9/L": 1000.0})
    >>> treg.encode("0.022 10^9/L")
    (22.0,)
    """

    name: str
    kind: str
    unit: str = ""
    levels: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    level_values: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    plausible: tuple[float, float] | None = None
    reference: tuple[float, float] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    group: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numeric columns that the trait becomes."""
        return tuple(f"{self.name}={level}" for level in self.levels) if self.kind == "set" else (self.name,)

    def encode(self, value: object) -> tuple[float, ...]:
        """Return the numbers of one value, one a column of `columns`; ``nan`` where missing.

        Raises
        ------
        EncodeError
            If the value is not one that the trait can hold.
        """
        if isinstance(value, Mapping):
            value = self._from_mapping(value)
        if is_missing(value):
            return (math.nan,) * len(self.columns)
        if self.kind == "set":
            return self._encode_set(value)
        if self.kind in {"binary", "ordinal"}:
            return (self._encode_level(value),)
        return (self._encode_number(value),)

    def out_of_range(self, number: float) -> bool:
        """Return whether a number lies outside the plausible range (never true of a missing one)."""
        if self.plausible is None or math.isnan(number):
            return False
        return not self.plausible[0] <= number <= self.plausible[1]

    def unit_slip(self, number: float) -> str:
        """Return the other unit in which an implausible number would be plausible, or an empty string."""
        if self.plausible is None or not self.out_of_range(number):
            return ""
        low, high = self.plausible
        for unit, factor in self.units.items():
            if number != 0.0 and low <= number * factor <= high:
                return unit
        return ""

    def to_json(self) -> dict[str, Any]:
        """Return the code as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TraitCode:
        """Rebuild a code from `to_json`."""
        ranges = {k: tuple(content[k]) if content[k] is not None else None for k in ("plausible", "reference")}
        return cls(**{**content, **ranges, "levels": tuple(content["levels"])})

    def _from_mapping(self, value: Mapping[Any, Any]) -> object:
        """Understand ``{"value": 22, "unit": "cells/ul"}``."""
        extra = set(value) - {"value", "unit"}
        if "value" not in value or extra:
            raise EncodeError("an object must have 'value' and may have 'unit'", 'write {"value": ..., "unit": ...}')
        if "unit" not in value or is_missing(value["value"]):
            return value["value"]
        return f"{value['value']} {value['unit']}"

    def _encode_set(self, value: object) -> tuple[float, ...]:
        if isinstance(value, str):
            if value.strip().casefold() in EMPTY_SET_TOKENS:
                return (0.0,) * len(self.levels)
            parts: Iterable[object] = [p for p in _SET_SEPARATOR.split(value) if p.strip()]
        elif isinstance(value, Sequence | set | frozenset):
            parts = value
        elif isinstance(value, int | float) and value == 0:
            parts = []
        else:
            raise EncodeError("is not a list of levels", self._allowed())
        present = {self._level(str(part)) for part in parts}
        return tuple(1.0 if level in present else 0.0 for level in self.levels)

    def _encode_level(self, value: object) -> float:
        if isinstance(value, bool):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = str(value).strip().casefold()
        if not self.levels:
            if text not in BINARY_SPELLINGS:
                raise EncodeError("is neither yes nor no", "write 1 or 0, or yes or no")
            return BINARY_SPELLINGS[text]
        return float(self.level_values[self._level(str(value))])

    def _level(self, text: str) -> str:
        level = self.spellings.get(text.strip().casefold())
        if level is None:
            near = did_you_mean(text.strip(), self.spellings)
            raise EncodeError("is not a level of this trait", (near + " " if near else "") + self._allowed())
        return level

    def _encode_number(self, value: object) -> float:
        if isinstance(value, bool):
            raise EncodeError("is true/false where a number is expected", self._allowed())
        if isinstance(value, str):
            number = self._parse(value.strip())
        elif isinstance(value, int) and abs(value) > LARGEST_NUMBER:
            raise EncodeError("is too large to be a measurement", self._allowed())
        else:
            try:
                number = float(value)  # type: ignore[arg-type]
            except (TypeError, ValueError) as error:
                raise EncodeError("is not a number", self._allowed()) from error
        if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
            raise EncodeError("is not a finite number", self._allowed())
        if self.kind == "count" and not number.is_integer():
            raise EncodeError("is not a whole number", self._allowed())
        return number

    def _parse(self, text: str) -> float:
        text = text.replace("\u2212", "-")
        if _NUMBER.match(text):
            return float(text)
        with_unit = _NUMBER_AND_UNIT.match(text)
        if with_unit:
            unit = fold_unit(with_unit.group(2))
            if unit == fold_unit(self.unit):
                return float(with_unit.group(1))
            for known, factor in self.units.items():
                if unit == fold_unit(known):
                    return float(with_unit.group(1)) * factor
        if re.match(r"^[+-]?\d+,\d+$", text):
            raise EncodeError("has a decimal comma", "write a decimal point")
        known_units = ", ".join([self.unit, *self.units]) if self.unit else "no unit"
        raise EncodeError("is not a number", f"write a plain number ({known_units})")

    def _allowed(self) -> str:
        if self.levels:
            return "allowed: " + ", ".join(self.levels)
        allowed = f"write a number in {self.unit}" if self.unit else "write a plain number"
        if self.plausible is not None:
            allowed += f" from {self.plausible[0]:g} to {self.plausible[1]:g}"
        return allowed


def fold_unit(unit: str) -> str:
    """Return a unit without the differences of spelling that carry no meaning."""
    return unit.strip().casefold().replace("µ", "u").replace("μ", "u").replace(" ", "").replace("×", "x")
