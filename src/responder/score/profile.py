"""Understand baseline profiles by the study's own rules of names and values; refuse what cannot be meant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.errors import DataRefusedError, did_you_mean
from responder.names import fold_name, split_unit
from responder.score.bundle import Bundle
from responder.score.computed import ComputedColumns
from responder.study.column import Cells, ColumnReading, read_column, table_mark
from responder.study.encode import EncodeError, TraitCode
from responder.study.placing import ColumnSource, Placement
from responder.values import fold_unit
from responder.words import Phrase, Spoken

__all__ = [
    "PROFILE",
    "TABLE",
    "Cells",
    "EncodedProfile",
    "EncodedTable",
    "encode_profile",
    "encode_table",
    "what_is_wrong",
]

MOST_OTHER_KEYS = 1000
"""As many keys may stand beside those that the bundle knows."""
LONGEST_ID = 200
IDENTITIES = (str, int, float, type(None), np.integer)
PROFILE, TABLE = Phrase("place.profile"), Phrase("place.profiles_table")
IMPLAUSIBLE = "error.profile_outside.what"
"""Code of the problem of a number that cannot be meant; its values tell the unit in which it could be, if any."""

RowErrors = dict[int, dict[str, EncodeError]]
"""Row to what is wrong in it, by trait; an empty trait where it is none."""


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
    entry : ndarray, shape (1, columns of the criteria)
        What the study's criteria of entry ask for, ``nan`` where missing; see `Bundle.criteria`.
    """

    values: FloatArray
    patient: str
    ignored: tuple[str, ...]
    entry: FloatArray


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
    errors : dict of int to dict of str to EncodeError
        Row that cannot be scored to what is wrong by trait (empty where it is none), never with the value.
    readings : Mapping[str, ColumnReading]
        Trait to how its cells were read.
    entry : ndarray, shape (n, columns of the criteria)
        What the study's criteria of entry ask for, ``nan`` where missing.
    """

    values: FloatArray
    patients: tuple[str, ...]
    ignored: tuple[str, ...]
    errors: RowErrors
    readings: Mapping[str, ColumnReading]
    entry: FloatArray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def refused(self) -> dict[int, str | Spoken]:
        """Row to the reason why it cannot be scored; the reason names the trait and never the value."""
        return {row: what_is_wrong(*_first(found)) for row, found in self.errors.items()}

    def part(self, start: int, stop: int) -> EncodedTable:
        """Return consecutive rows."""
        errors = {row - start: error for row, error in self.errors.items() if start <= row < stop}
        parts = {name: getattr(self, name)[start:stop] for name in ("values", "patients", "entry")}
        return replace(self, errors=errors, **parts)

    def row(self, row: int, where: str | Spoken) -> EncodedProfile:
        """Return one profile.

        Raises
        ------
        DataRefusedError
            If it cannot be scored.
        """
        if row in self.errors:
            trait, error = _first(self.errors[row])
            place = Phrase("place.profile_trait", {"where": where, "trait": trait}) if trait else where
            raise DataRefusedError(what_is_wrong(trait, error), where=place, hint=error.hint) from error
        return EncodedProfile(self.values[row : row + 1], self.patients[row], self.ignored, self.entry[row : row + 1])


def encode_profile(bundle: Bundle, profile: Mapping[str, Any], where: str | Spoken = PROFILE) -> EncodedProfile:
    """Turn one profile into numbers.

    Parameters
    ----------
    bundle : Bundle
        Says which traits there are.
    profile : Mapping
        Trait, by name or alias, to value: a number, a text with a unit (``"0.022 10^9/L"``),
        ``{"value": 0.022, "unit": "10^9/L"}``, a level, a list of levels, or null where it is not known.
    where : str or Phrase
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If a key is not known, a trait comes twice, a value is not one that the trait can hold or is implausible, or no
        trait of the model is given. Messages never repeat a value.
    """
    if not isinstance(profile, Mapping):
        raise DataRefusedError("profile_not_an_object", where=where)
    return encode_table(bundle, {key: [value] for key, value in profile.items()}, where).row(0, where)


def encode_table(bundle: Bundle, columns: Mapping[str, Cells], where: str | Spoken = TABLE) -> EncodedTable:
    """Turn a table of profiles into numbers, column by column; a bad cell refuses its row alone.

    Parameters
    ----------
    bundle : Bundle
        Says which traits there are.
    columns : Mapping
        Header, understood as the keys of a profile are, to cells.
    where : str or Phrase
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If a header is not known or two are the same trait, no trait of the model is there, or columns differ in length.
    """
    placed = _place(bundle, columns, where)
    if not placed.sources:
        raise DataRefusedError("profile_no_trait", where=where, **_known(bundle))
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1:
        raise DataRefusedError("profiles_columns_differ", where=where)
    n = lengths.pop()
    values = np.full((n, len(bundle.columns)), math.nan)
    errors: RowErrors = {}
    readings: dict[str, ColumnReading] = {}
    mark = table_mark(
        columns[placed.sources[code.name][0].header]
        for code in (*bundle.codes, *bundle.carried.codes)
        if code.is_numeric and code.name in placed.sources
    )
    others = ComputedColumns(bundle, n, errors)
    for code in bundle.carried.codes:
        for source in placed.sources.get(code.name, ()):
            others.read(code.name, source, columns[source.header], mark)
    for index, code in enumerate(bundle.codes):
        sources = placed.sources.get(code.name)
        if sources is None:
            continue
        cells = [others.own_cells(code, columns[source.header], mark) for source in sources]
        read = read_column(code, sources, cells, mark)
        readings[code.name] = read
        values[:, bundle.part(index)] = read.values
        for problem in read.problems:
            errors.setdefault(problem.row, {}).setdefault(code.name, problem.error)
    numeric = {code.name: bundle.part(index).start for index, code in enumerate(bundle.codes) if code.kind != "set"}
    complete = others.complete({name: values[:, at] for name, at in numeric.items()})
    for name, at in numeric.items():
        code = bundle.sheet(name).code
        values[:, at] = complete[name]
        low, high = code.bounds
        for row in np.flatnonzero((values[:, at] < low) | (values[:, at] > high)).tolist():
            errors.setdefault(row, {}).setdefault(name, _implausible(code, float(values[row, at])))
    entry = _entry(bundle, columns, placed, values, others, mark)
    for row in np.flatnonzero(np.isnan(values).all(axis=1)).tolist():
        errors.setdefault(row, {"": _wrong("profile_no_trait", **_known(bundle))})
    patients = _patients(bundle, columns, n, errors)
    return EncodedTable(values, patients, _ignored(bundle, columns, placed), errors, readings, entry)


def _entry(
    bundle: Bundle,
    columns: Mapping[str, Cells],
    placed: Placement,
    values: FloatArray,
    others: ComputedColumns,
    mark: str,
) -> FloatArray:
    """Return what the criteria of entry ask for; a cell that cannot be understood counts as missing."""
    own = {code.name: bundle.part(index) for index, code in enumerate(bundle.codes)}
    parts = [np.empty((len(values), 0))]
    for code in bundle.criteria.codes:
        part = np.full((len(values), len(code.columns)), math.nan)
        if code.name in own:
            part = values[:, own[code.name]]
        elif code.name in others.values:
            part = others.values[code.name][:, np.newaxis]
        elif sources := placed.sources.get(code.name):
            part = read_column(code, sources, [columns[source.header] for source in sources], mark).values
        low, high = code.bounds
        parts.append(np.where((part < low) | (part > high), math.nan, part) if code.is_numeric else part)
    return np.column_stack(parts)


def _place(bundle: Bundle, columns: Mapping[str, Cells], where: str | Spoken) -> Placement:
    """Return where each trait is; refuse a key that is nothing known."""
    most = MOST_OTHER_KEYS + len(bundle.codes) + len(bundle.other_keys)
    if len(columns) > most:
        raise DataRefusedError("profile_too_many_keys", where=where, most=most)
    for key in columns:
        if not isinstance(key, str):
            raise DataRefusedError("profile_key_not_text", where=where)
    placed = bundle.names.place(tuple(columns))
    own = {code.name for code in bundle.codes}
    for name in own.intersection(placed.doubts):
        raise DataRefusedError("profile_given_twice", where=where, trait=name)
    for name, foreign in placed.foreign_units.items():
        if name not in own:
            continue
        header, unit = foreign[0]
        helper = next(
            (c.name for c in bundle.carried.shared.get(name, ()) if fold_unit(unit) in map(fold_unit, c.units)), ""
        )
        if helper:
            placed = replace(placed, sources={**placed.sources, helper: (ColumnSource(header, unit),)})
            continue
        code = bundle.sheet(name).code
        raise DataRefusedError(
            "profile_unit", where=where, trait=name, header=_printable(header), units=code.known_units
        )
    known = placed.claimed.union(placed.spare)
    for key in columns:
        if key not in known and not _is_other(bundle, key):
            names = [name for code in bundle.codes for name in (code.name, *code.aliases)]
            hint = did_you_mean(key[:LONGEST_ID], names) or ""
            raise DataRefusedError("profile_key", where=where, hint=hint, key=_printable(key), **_known(bundle))
    return placed


def _is_other(bundle: Bundle, key: str) -> bool:
    """Return whether a key is a column of the study that is no trait of this model."""
    names = {fold_name(key), fold_name(split_unit(key)[0])}
    return not names.isdisjoint(bundle.id_keys | bundle.other_keys)


def _id_key(bundle: Bundle, columns: Mapping[str, Cells]) -> str | None:
    return next((key for key in columns if fold_name(key) in bundle.id_keys), None)


def _ignored(bundle: Bundle, columns: Mapping[str, Cells], placed: Placement) -> tuple[str, ...]:
    used = {source.header for sources in placed.sources.values() for source in sources}
    return tuple(key for key in columns if key not in used and key != _id_key(bundle, columns))


def _patients(bundle: Bundle, columns: Mapping[str, Cells], n: int, errors: RowErrors) -> tuple[str, ...]:
    key = _id_key(bundle, columns)
    if key is None:
        return ("",) * n
    if not all(issubclass(kind, IDENTITIES) for kind in set(map(type, columns[key]))):
        for row, cell in enumerate(columns[key]):
            if not isinstance(cell, IDENTITIES):
                errors.setdefault(row, {"": _wrong("profile_id")})
    return tuple(map(_identity, columns[key]))


def _first(found: Mapping[str, EncodeError]) -> tuple[str, EncodeError]:
    return next(iter(found.items()))


def what_is_wrong(trait: str, error: EncodeError) -> str | Spoken:
    """Return what is wrong with the value of a trait, or with a profile where the trait is empty."""
    return Phrase("error.profile_value.what", {"trait": trait, "problem": error.problem}) if trait else error.problem


def _wrong(case: str, **values: Any) -> EncodeError:
    return EncodeError(Phrase(f"error.{case}.what", values), Phrase(f"error.{case}.fix", values))


def _implausible(code: TraitCode, number: float) -> EncodeError:
    low, high = code.bounds
    slip = code.unit_slip(number)
    bounds = Phrase(
        "profile_bounds.between" if math.isfinite(high) else "profile_bounds.from", {"low": low, "high": high}
    )
    hint = Phrase("error.profile_outside.other_unit", {"unit": slip}) if slip else Phrase("error.profile_outside.fix")
    unit = f" {code.unit}" if code.unit else ""
    return EncodeError(Phrase(IMPLAUSIBLE, {"bounds": bounds, "unit": unit, "slip": slip}), hint)


def _identity(value: Any) -> str:
    """Return a pseudonym fit to be shown: one line, no control characters, of bounded length."""
    return "" if value is None else _printable(str(value))


def _printable(text: str) -> str:
    text = text.strip()
    return (text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text))[:LONGEST_ID]


def _known(bundle: Bundle) -> dict[str, Any]:
    return {"traits": [code.name for code in bundle.codes]}
