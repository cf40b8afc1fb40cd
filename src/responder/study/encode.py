"""Turn one cell of a table, or one field of a profile, into numbers: the same rule for both.

A trait of kind ``set`` (several levels at once, such as organs) becomes one 0/1 column a level; every other
trait becomes one column. Missing is ``nan``. The standard library suffices, so that scoring a patient loads
nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from responder.errors import did_you_mean, known_names
from responder.values import (
    POINT,
    NumberStyle,
    ParsedNumber,
    TypedNumber,
    decimal_proof,
    fold_unit,
    fold_word,
    gap_word,
    is_gap,
    is_none,
    number_style,
    parse_number,
    parse_titre,
    split_power,
    undecided,
    yes_no,
)
from responder.words import Phrase, Spoken

__all__ = ["EncodeError", "Reading", "TraitCode", "is_missing"]

is_missing = is_gap
LARGEST_NUMBER = 1e15
NUMERIC = frozenset({"continuous", "count"})
_TITRE_UNITS = frozenset({"titre", "titer", "滴度"})
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,17})?")
_STRONG_SEPARATOR = re.compile("[;\uff1b\u3001|\uff5c\r\n]")
_WEAK_SEPARATOR = re.compile("[,\uff0c+\uff0b/\uff0f]")
_DIGITS = re.compile(r"[0-9]")


class EncodeError(ValueError):
    """A value that a trait cannot hold.

    Parameters
    ----------
    problem : Phrase
        What is wrong, as what is said of the value; without it, as values are patient data.
    hint : Phrase, optional
        What is allowed.
    about : str, optional
        ``mark`` where only the decimal mark is in doubt, ``mixed`` where the column writes two, ``unit`` where the unit
        is not understood; else empty.
    unit : str, optional
        The unit that is not understood.
    """

    def __init__(self, problem: str | Spoken, hint: str | Spoken = "", *, about: str = "", unit: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.about = about
        self.unit = unit


class Reading(NamedTuple):
    """What one cell says.

    Attributes
    ----------
    numbers : tuple of float
        One a column of the trait; ``nan`` where missing.
    gap : str
        The unusual word that was taken as a gap, else empty.
    limit : str
        ``<`` or ``>`` where the number is a limit of detection, else empty.
    unit : str
        The unit that the number was converted from, else empty.
    """

    numbers: tuple[float, ...]
    gap: str = ""
    limit: str = ""
    unit: str = ""


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
        Unit of the stored number; ``titre`` for the logarithm (base 2) of a titre's reciprocal.
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
    aliases : tuple of str
        Other names of the trait's column.
    cells : Mapping[str, float or None]
        Odd cells that the study declares: folded word to number, or None for a gap.
    limits : str
        What a number such as ``<1.5`` counts as: ``limit``, ``half`` or ``missing``.
    decimal_mark : str
        The decimal mark of the column where the study declares it: a point, a comma, or empty.
    gate : str
        Path and statistic of the trait's column in a FlowJo table, as ``CD4+/CD25hi FoxP3+ | Freq. of Parent``.
    factors : Mapping[str, float], optional
        Folded spellings of compatible units, and the factor to `unit`; compiled by `compiled`, and None before.

    Examples
    --------
    >>> organs = TraitCode("organs", "set", levels=("ear", "airway"), spellings={"ear": "ear", "airway": "airway"})
    >>> organs.columns, organs.encode("airway"), organs.encode("none")
    (('organs=ear', 'organs=airway'), (0.0, 1.0), (0.0, 0.0))
    >>> treg = TraitCode("treg", "continuous", unit="cells/ul", units={"10^9/L": 1000.0})
    >>> treg.encode("0.022 ×10⁹/L"), treg.read("<5"), treg.read("UNK").gap
    ((22.0,), Reading(numbers=(5.0,), gap='', limit='<', unit=''), 'UNK')
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
    aliases: tuple[str, ...] = ()
    cells: Mapping[str, float | None] = field(default_factory=dict)
    limits: str = "limit"
    decimal_mark: str = ""
    gate: str = ""
    factors: Mapping[str, float] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numeric columns that the trait becomes."""
        return tuple(f"{self.name}={level}" for level in self.levels) if self.kind == "set" else (self.name,)

    @property
    def is_numeric(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind in NUMERIC

    @property
    def is_plain(self) -> bool:
        """Whether a bare number stands for itself: no titre, no number with a declared meaning."""
        return self.is_numeric and not self._is_titre and not self.cells and self.decimal_mark != ","

    @property
    def bounds(self) -> tuple[float, float]:
        """The plausible range; a count without one must not be negative."""
        return self.plausible or ((0.0 if self.kind == "count" else -math.inf), math.inf)

    def encode(self, value: object) -> tuple[float, ...]:
        """Return the numbers of one value, one a column of `columns`; ``nan`` where missing.

        Raises
        ------
        EncodeError
            If the value is not one that the trait can hold.
        """
        return self.read(value).numbers

    def read(self, value: object, style: NumberStyle | None = None, unit: str = "") -> Reading:
        """Return the numbers of one value, and what is worth telling of how they were read.

        Parameters
        ----------
        value : object
            A cell, or what a profile gives: text, number, list of levels, ``{"value": 22, "unit": "cells/ul"}``.
        style : NumberStyle, optional
            How the column writes its numbers; by default as this value proves.
        unit : str
            Unit of a number that has none behind it.

        Raises
        ------
        EncodeError
            If the value is not one that the trait can hold.
        """
        if isinstance(value, Mapping):
            value = self._from_mapping(value)
        if self.cells and isinstance(value, str | int | float) and (key := _word(value)) in self._cells:
            return self._declared(self._cells[key])
        if is_gap(value) and not self._is_level(value):
            return self._gap()
        if self.is_numeric:
            if isinstance(value, TypedNumber):
                style = POINT
            elif style is None:
                style = number_style((value,), self.decimal_mark) if isinstance(value, str) else POINT
            reading = self._number(value, style, unit)
        else:
            reading = self._levels(value)
        if reading is not None:
            return reading
        if (word := gap_word(value)) is not None:
            return self._gap(word)
        raise self._refusal(value)

    def factor(self, unit: str) -> float | None:
        """Return what a number in a unit is multiplied by, or None where the trait does not know the unit."""
        folded = fold_unit(unit)
        found = self._factors.get(folded)
        if found is None:
            power, rest = split_power(folded)
            base = self._factors.get(rest) if power else None
            found = None if base is None else base * float(f"1e{power}")
        return found

    def compiled(self) -> TraitCode:
        """Return the code with the factors of every spelling of its unit, as a bundle keeps it."""
        if self.factors is not None:
            return self
        if not self.is_numeric or not self.unit:
            return replace(self, factors={})
        from responder.study.units import unit_factors  # imports a units library

        return replace(self, factors=dict(unit_factors(self.unit)))

    def out_of_range(self, number: float) -> bool:
        """Return whether a number lies outside the plausible range (never true of a missing one)."""
        low, high = self.bounds
        return number < low or number > high

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
        return asdict(self.compiled())

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TraitCode:
        """Rebuild a code from `to_json`; what older ones do not have is left at its default."""
        ranges = {k: tuple(content[k]) if content[k] is not None else None for k in ("plausible", "reference")}
        names = {k: tuple(content.get(k, ())) for k in ("levels", "aliases")}
        return cls(**{**content, **ranges, **names, "factors": content.get("factors") or {}})

    @cached_property
    def _is_titre(self) -> bool:
        return fold_unit(self.unit) in _TITRE_UNITS

    @cached_property
    def _factors(self) -> Mapping[str, float]:
        known = self.compiled().factors or {}
        own = {fold_unit(self.unit): 1.0} if self.unit else {}
        return {**known, **{fold_unit(unit): factor for unit, factor in self.units.items()}, **own}

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        return {fold_word(spelling): level for spelling, level in self.spellings.items()}

    @cached_property
    def _cells(self) -> Mapping[str, float | None]:
        return {_word(word): value for word, value in self.cells.items()}

    @cached_property
    def _answers(self) -> Mapping[float, str]:
        """Yes and no as levels, where the study itself spells one level with a word of each."""
        said = {0.0: set[str](), 1.0: set[str]()}
        for spelling, level in self._spellings.items():
            answer = None if _DIGITS.search(spelling) else yes_no(spelling)
            if answer is not None:
                said[answer].add(level)
        found = [next(iter(levels)) for levels in said.values() if len(levels) == 1]
        return dict(zip((0.0, 1.0), found, strict=True)) if len(set(found)) == 2 else {}

    def _gap(self, word: str = "") -> Reading:
        return Reading((math.nan,) * len(self.columns), word)

    def _declared(self, value: float | None) -> Reading:
        return self._gap() if value is None else Reading((value,) * len(self.columns))

    def _is_level(self, value: object) -> bool:
        return isinstance(value, str) and value != "" and fold_word(value) in self._spellings

    def _from_mapping(self, value: Mapping[Any, Any]) -> object:
        """Understand ``{"value": 22, "unit": "cells/ul"}``."""
        extra = set(value) - {"value", "unit"}
        if "value" not in value or extra:
            raise EncodeError(Phrase("cell.wrong_object"), Phrase("cell.write_object"))
        if "unit" not in value or is_gap(value["value"]):
            return value["value"]
        measured = f"{value['value']} {value['unit']}"
        return measured if isinstance(value["value"], str) else TypedNumber(measured)

    def _levels(self, value: object) -> Reading | None:
        if self.kind == "set":
            present = self._present(value)
            return None if present is None else Reading(tuple(float(level in present) for level in self.levels))
        if not self.levels:
            answer = yes_no(_integral(value))
            return None if answer is None else Reading((answer,))
        level = self._level(value)
        return None if level is None else Reading((float(self.level_values[level]),))

    def _level(self, value: object) -> str | None:
        word = _word(value)
        level = self._spellings.get(word)
        if level is None and self.kind == "binary" and (answer := yes_no(word)) is not None:
            level = self._answers.get(answer)
        return level

    def _present(self, value: object) -> set[str] | None:
        """Return the levels that a list names; None where it names anything else."""
        if isinstance(value, str):
            if not self._is_level(value) and is_none(value):
                return set()
            parts: Iterable[object] = [value] if self._is_level(value) else self._parts(value)
        elif isinstance(value, Sequence | set | frozenset):
            parts = value
        elif isinstance(value, int | float) and value == 0:
            return set()
        else:
            raise EncodeError(Phrase("cell.not_levels"), self._allowed())
        found = [self._spellings.get(fold_word(str(part))) for part in parts]
        if None in found or (isinstance(value, str) and not found):
            return None
        return {level for level in found if level is not None}

    def _parts(self, text: str) -> list[str]:
        parts: list[str] = []
        for part in _STRONG_SEPARATOR.split(text):
            parts += [part] if self._is_level(part) else _WEAK_SEPARATOR.split(part)
        return [part for part in parts if part.strip()]

    def _number(self, value: object, style: NumberStyle, unit: str) -> Reading | None:
        """Return a number in the trait's unit; None where the cell holds none."""
        if isinstance(value, bool):
            raise EncodeError(Phrase("cell.true_or_false"), self._allowed())
        if isinstance(value, str):
            if _PLAIN.fullmatch(value) and style == POINT and not self._is_titre:
                parsed: ParsedNumber | None = ParsedNumber(float(value))
            else:
                parsed = self._parse(value, style)
        elif isinstance(value, int) and abs(value) > LARGEST_NUMBER:
            raise EncodeError(Phrase("cell.too_large"), self._allowed())
        else:
            try:
                parsed = ParsedNumber(float(value))  # type: ignore[arg-type]
            except (TypeError, ValueError, OverflowError) as error:
                raise EncodeError(Phrase("cell.not_number"), self._allowed()) from error
            if self._is_titre:
                parsed = parse_titre(f"{parsed.value:g}")
        return None if parsed is None else self._in_unit(parsed, unit)

    def _parse(self, text: str, style: NumberStyle) -> ParsedNumber | None:
        if self._is_titre:
            return parse_titre(text)
        if style.doubt == "mixed" and (decimal_proof(text) or undecided(text)):
            raise EncodeError(Phrase("cell.mixed_marks"), Phrase("cell.write_points"), about="mixed")
        if style.doubt and undecided(text):
            raise EncodeError(Phrase("cell.doubtful_mark"), Phrase("cell.declare_mark"), about="mark")
        return parse_number(text, style)

    def _in_unit(self, parsed: ParsedNumber, unit: str) -> Reading:
        own = parsed.unit
        number, used = parsed.value, own or unit
        if used and not self._is_titre:
            number *= self._known(used)
        if parsed.second is not None:
            more, smaller = parsed.second
            if not self._known(own) > (factor := self._known(smaller)):
                raise EncodeError(Phrase("cell.not_number"), self._allowed())
            number += more * factor
        if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
            raise EncodeError(Phrase("cell.not_finite"), self._allowed())
        if self.kind == "count":
            if abs(number - round(number)) > 1e-9 * max(1.0, abs(number)):  # a factor may leave a float's error
                raise EncodeError(Phrase("cell.not_whole"), self._allowed())
            number = float(round(number))
        converted = own if own and fold_unit(own) != fold_unit(self.unit) else ""
        if parsed.limit and self.limits == "missing":
            number = math.nan
        elif parsed.limit == "<" and self.limits == "half":
            # a titre is a logarithm to base 2
            number = number - 1.0 if fold_unit(self.unit) in _TITRE_UNITS else number / 2
        return Reading((number,), limit=parsed.limit, unit=converted)

    def _known(self, unit: str) -> float:
        factor = self.factor(unit)
        if factor is None:
            if _DIGITS.search(unit) and not re.search(r"10\^|[a-z][23]\b", fold_unit(unit)):
                raise EncodeError(Phrase("cell.not_number"), self._write_number())
            known = known_names(self.known_units) if self.unit else Phrase("cell.write_no_unit")
            raise EncodeError(Phrase("cell.unknown_unit"), known, about="unit", unit=unit)
        return factor

    def _refusal(self, value: object) -> EncodeError:
        if self.is_numeric:
            return EncodeError(Phrase("cell.not_number"), self._write_number())
        if not self.levels:
            return EncodeError(Phrase("cell.not_yes_or_no"), Phrase("cell.write_yes_or_no"))
        near = did_you_mean(str(value).strip(), self.spellings) if isinstance(value, str) else None
        allowed = self._allowed()
        hint = Phrase("cell.near_or_allowed", {"near": near, "allowed": allowed}) if near else allowed
        return EncodeError(Phrase("cell.not_level"), hint)

    @property
    def known_units(self) -> list[str]:
        """Units to offer in a hint: the own one and those converted to it, not its other spellings."""
        return [self.unit, *(unit for unit, factor in self.units.items() if factor != 1.0)]

    def _write_number(self) -> Phrase:
        """Return the hint to write a plain number, with the units that may follow it."""
        return Phrase("cell.write_plain_in", {"units": self.known_units}) if self.unit else Phrase("cell.write_plain")

    def _allowed(self) -> Phrase:
        if self.levels:
            return Phrase("cell.allowed", {"levels": list(self.levels)})
        number = Phrase("cell.write_in", {"unit": self.unit}) if self.unit else Phrase("cell.write_plain")
        if self.plausible is None:
            return number
        low, high = self.plausible
        return Phrase("cell.within", {"number": number, "low": low, "high": high})


def _integral(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else value


def _word(value: object) -> str:
    """Return a cell as a word to look up; a whole number is written one way, as ``1`` for ``1.0`` and ``True``."""
    if isinstance(value, bool):
        return str(int(value))
    word = fold_word(str(value))
    if word[:1].isdigit() or word[:1] in "+-.":
        parsed = parse_number(word)
        if parsed is not None and not (parsed.unit or parsed.limit):
            return f"{parsed.value:g}"
    return word
