"""Understand a baseline profile: names, aliases, units, gaps; refuse what cannot be meant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.errors import DataRefusedError, did_you_mean
from responder.score.bundle import Bundle, TraitSheet, fold_key
from responder.study.encode import EncodeError, TraitCode, fold_unit, is_missing

__all__ = ["Cells", "EncodedProfile", "EncodedTable", "encode_profile", "encode_table", "encode_value"]

FloatArray = NDArray[np.float64]
Cells = Sequence[Any] | NDArray[Any]
MOST_KEYS = 1000
LONGEST_ID = 200
IDENTITIES = (str, int, float, type(None), np.integer)
GAPS = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "."})
"""Usual spellings of a gap; all others are told apart by `is_missing`, more slowly."""
_BRACKETS = re.compile(r"^(.*\S)\s*[\(\[]([^\(\)\[\]]+)[\)\]]$")


@dataclass(frozen=True)
class EncodedProfile:
    """A profile as numbers.

    Attributes
    ----------
    values : ndarray, shape (1, columns)
        Encoded values, ``nan`` where missing.
    patient : str
        The patient's pseudonym where the profile gives one, else empty.
    ignored : tuple of str
        Keys that the study knows and this model does not use.
    """

    values: FloatArray
    patient: str
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class EncodedTable:
    """Many profiles as numbers.

    Attributes
    ----------
    values : ndarray, shape (n, columns)
        Encoded values, ``nan`` where missing.
    patients : tuple of str
        Pseudonyms; empty where none are given.
    ignored : tuple of str
        Columns that this model does not use.
    refused : Mapping[int, str]
        Row to the reason why it cannot be scored; the reason names the column and never the value.
    """

    values: FloatArray
    patients: tuple[str, ...]
    ignored: tuple[str, ...]
    refused: Mapping[int, str]


def encode_profile(bundle: Bundle, profile: Mapping[str, Any], where: str = "profile") -> EncodedProfile:
    """Turn one profile into numbers.

    Parameters
    ----------
    bundle : Bundle
        Says which traits there are.
    profile : Mapping
        Trait, by name or alias, to value: a number, a text with a unit (``"0.022 10^9/L"``),
        ``{"value": 0.022, "unit": "10^9/L"}``, a level, a list of levels, or null where it is not known.
    where : str
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If a key is not known, a trait comes twice, a value is not one that the trait can hold or is implausible, or no
        trait of the model is given. Messages never repeat a value.
    """
    if not isinstance(profile, Mapping):
        raise DataRefusedError("a profile must be an object of traits", where=where, hint='write {"trait": value, ...}')
    placed = _place(bundle, tuple(profile), where)
    values = np.full((1, len(bundle.columns)), math.nan)
    for key, (index, unit) in placed.traits.items():
        sheet = bundle.traits[index]
        try:
            numbers = encode_value(sheet, _with_unit(profile[key], unit))
        except EncodeError as error:
            raise DataRefusedError(
                f"the value of '{sheet.name}' {error.problem}", where=f"{where}, {sheet.name}", hint=error.hint
            ) from error
        values[0, bundle.part(index)] = numbers
    if np.isnan(values).all():
        raise _nothing_given(bundle, where)
    patient = "" if placed.id_key is None else profile[placed.id_key]
    if not isinstance(patient, IDENTITIES):
        raise DataRefusedError("the patient's id is neither text nor a number", where=where, hint="write a pseudonym")
    return EncodedProfile(values, _identity(patient), placed.ignored)


def encode_table(bundle: Bundle, columns: Mapping[str, Cells], where: str = "table") -> EncodedTable:
    """Turn a table of profiles into numbers, column by column; a bad cell refuses its row alone.

    Parameters
    ----------
    bundle : Bundle
        Says which traits there are.
    columns : Mapping
        Header, understood as the keys of a profile are, to cells.
    where : str
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If a header is not known or two are the same trait, no trait of the model is there, or columns differ in length.
    """
    placed = _place(bundle, tuple(columns), where)
    if not placed.traits:
        raise _nothing_given(bundle, where)
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1:
        raise DataRefusedError("the columns differ in length", where=where, hint="give every column as many cells")
    n = lengths.pop()
    values = np.full((n, len(bundle.columns)), math.nan)
    refused: dict[int, str] = {}
    for key, (index, unit) in placed.traits.items():
        sheet = bundle.traits[index]
        values[:, bundle.part(index)], problems = _encode_column(sheet, columns[key], unit)
        for row, problem in problems:
            refused.setdefault(row, f"{sheet.name} {problem}")
    for row in np.flatnonzero(np.isnan(values).all(axis=1)).tolist():
        refused.setdefault(row, "no trait of the model is given")
    patients = ("",) * n
    if placed.id_key is not None:
        patients = tuple(map(_identity, columns[placed.id_key]))
        if not all(issubclass(kind, IDENTITIES) for kind in set(map(type, columns[placed.id_key]))):
            for row, cell in enumerate(columns[placed.id_key]):
                if not isinstance(cell, IDENTITIES):
                    refused.setdefault(row, "the patient's id is neither text nor a number")
    return EncodedTable(values, patients, placed.ignored, refused)


@dataclass(frozen=True)
class _Placed:
    """Where each key of a profile belongs: key to (trait's position, unit named in the key)."""

    traits: Mapping[str, tuple[int, str]]
    id_key: str | None
    ignored: tuple[str, ...]


def _place(bundle: Bundle, keys: Iterable[object], where: str) -> _Placed:
    given = list(keys)
    if len(given) > MOST_KEYS:
        raise DataRefusedError(
            f"there are more than {MOST_KEYS} keys", where=where, hint="give the traits of the model"
        )
    traits: dict[str, tuple[int, str]] = {}
    taken: dict[int, str] = {}
    id_key, ignored = None, []
    for key in given:
        if not isinstance(key, str):
            raise DataRefusedError("a key of the profile is no text", where=where, hint="name traits by their names")
        folded = fold_key(key)
        index, unit = bundle.trait_keys.get(folded), ""
        if index is None and (match := _BRACKETS.match(key.strip())):
            index, unit = _with_bracket(bundle, bundle.trait_keys.get(fold_key(match.group(1))), match.group(2))
        if index is not None:
            if index in taken:
                raise DataRefusedError(
                    f"'{bundle.traits[index].name}' is given twice", where=where, hint="give each trait once"
                )
            taken[index] = key
            traits[key] = (index, unit)
        elif folded in bundle.id_keys and id_key is None:
            id_key = key
        elif folded in bundle.other_keys or folded in bundle.id_keys:
            ignored.append(key)
        else:
            known = [name for sheet in bundle.traits for name in (sheet.name, *sheet.aliases)]
            raise DataRefusedError(
                f"no trait '{_printable(key)}' in this model",
                where=where,
                hint=did_you_mean(key[:LONGEST_ID], known) or "known: " + ", ".join(s.name for s in bundle.traits),
            )
    return _Placed(traits, id_key, tuple(ignored))


def _with_bracket(bundle: Bundle, index: int | None, unit: str) -> tuple[int | None, str]:
    """Understand ``Duration (months)`` where the trait knows the unit."""
    if index is None:
        return None, ""
    code = bundle.traits[index].code
    known = {fold_unit(name) for name in (code.unit, *code.units) if name}
    return (index, unit) if fold_unit(unit) in known else (None, "")


def _with_unit(value: Any, unit: str) -> Any:
    if not unit or is_missing(value) or isinstance(value, Mapping):
        return value
    text = str(value).strip()
    return text if any(c.isspace() for c in text) else f"{text} {unit}"


def encode_value(sheet: TraitSheet, value: Any) -> tuple[float, ...]:
    """Return the numbers of one trait's value.

    Raises
    ------
    EncodeError
        If the trait cannot hold the value, or it is a number that cannot be meant.
    """
    numbers = sheet.code.encode(value)
    if sheet.code.kind in {"continuous", "count"} and sheet.code.out_of_range(numbers[0]):
        raise _implausible(sheet.code, numbers[0])
    return numbers


def _implausible(code: TraitCode, number: float) -> EncodeError:
    assert code.plausible is not None
    low, high = code.plausible
    slip = code.unit_slip(number)
    hint = f"it would fit in {slip}: write the unit" if slip else "check the value and its unit"
    return EncodeError(f"lies outside what is plausible ({low:g} to {high:g} {code.unit})".replace(" )", ")"), hint)


def _encode_column(sheet: TraitSheet, cells: Cells, unit: str) -> tuple[FloatArray, list[tuple[int, str]]]:
    """Encode a column; plain numbers all at once, everything else once a different cell."""
    width = len(sheet.code.columns)
    if sheet.code.kind in {"continuous", "count"} and not unit and (numbers := _plain_numbers(cells)) is not None:
        suspect = np.zeros(len(numbers), dtype=bool)
        if sheet.code.plausible is not None:
            low, high = sheet.code.plausible
            suspect = (numbers < low) | (numbers > high)
        if sheet.code.kind == "count":
            suspect |= (numbers != np.floor(numbers)) & ~np.isnan(numbers)
        rows = np.flatnonzero(suspect).tolist()
        values = numbers[:, None].copy()
    else:
        rows = list(range(len(cells)))
        values = np.full((len(cells), width), math.nan)
    chosen = [cells[row] for row in rows]
    # texts and gaps come again and again; other cells, which may be lists, are each their own
    repeated = set(map(type, chosen)) <= {str, type(None)}
    different = list(dict.fromkeys(chosen)) if repeated else chosen
    place = {cell: at for at, cell in enumerate(different)} if repeated else {}
    places = list(map(place.__getitem__, chosen)) if repeated else list(range(len(chosen)))
    found: list[tuple[float, ...]] = []
    reasons: list[str] = []
    for cell in different:
        try:
            found.append(encode_value(sheet, _with_unit(cell, unit)))
            reasons.append("")
        except EncodeError as error:
            found.append((math.nan,) * width)
            reasons.append(error.problem)
    if rows:
        values[rows] = np.array(found)[places]
    wrong = any(reasons)
    return values, [(row, reasons[at]) for row, at in zip(rows, places, strict=True) if wrong and reasons[at]]


def _plain_numbers(cells: Cells) -> FloatArray | None:
    """Return cells as numbers where every one is a plain finite number or an empty text, else None."""
    if isinstance(cells, np.ndarray):
        if cells.dtype.kind not in "fiu":
            return None
        numbers = cells.astype(float)
        return numbers if not np.isinf(numbers).any() and _within_reason(numbers) else None
    try:
        numbers = np.fromiter(map(float, cells), dtype=float, count=len(cells))
    except (TypeError, ValueError, OverflowError):  # gaps, perhaps
        try:
            numbers = np.array(
                [math.nan if cell is None or cell in GAPS else float(cell) for cell in cells], dtype=float
            )
        except (TypeError, ValueError, OverflowError):
            return None
    # float() reads more than a measurement may be: true, inf, nan by name, 1_000, other scripts' digits
    kinds = set(map(type, cells))
    if str in kinds:
        text = "".join(cells if len(kinds) == 1 else [cell for cell in cells if type(cell) is str])
        if "_" in text or not text.isascii():
            return None
    gaps = sum(cell is None or cell in GAPS or cell != cell for cell in cells) if np.isnan(numbers).any() else 0
    plain = kinds <= {str, float, int, type(None)} and int(np.isnan(numbers).sum()) == gaps
    return numbers if plain and not np.isinf(numbers).any() and _within_reason(numbers) else None


def _within_reason(numbers: FloatArray) -> bool:
    return not bool((np.abs(numbers) > 1e15).any())


def _identity(value: Any) -> str:
    """Return a pseudonym fit to be shown: one line, no control characters, of bounded length."""
    return "" if value is None else _printable(str(value))


def _printable(text: str) -> str:
    text = text.strip()
    return (text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text))[:LONGEST_ID]


def _nothing_given(bundle: Bundle, where: str) -> DataRefusedError:
    names = ", ".join(sheet.name for sheet in bundle.traits)
    return DataRefusedError("no trait of the model is given", where=where, hint=f"give some of: {names}")
