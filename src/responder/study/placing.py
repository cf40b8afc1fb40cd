"""Which column of a table, or key of a profile, belongs to which trait: the one rule for both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from responder.names import fold_name, split_unit
from responder.study.encode import TraitCode

__all__ = ["ColumnSource", "Placement", "TraitNames"]

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class ColumnSource:
    """A column that a trait is read from.

    Attributes
    ----------
    header : str
        As the table has it.
    unit : str
        Named in brackets behind the name, where it is.
    level : str
        Of a set-valued trait, the level whose yes/no column it is; empty for a column of the whole trait.
    """

    header: str
    unit: str = ""
    level: str = ""


@dataclass(frozen=True)
class Placement:
    """Where each trait is found.

    Attributes
    ----------
    sources : Mapping[str, tuple of ColumnSource]
        Trait to its column, or to the yes/no columns of its levels.
    doubts : Mapping[str, tuple of str]
        Trait to the columns of which each could be it; such a trait has no source.
    foreign_units : Mapping[str, tuple of (str, str)]
        Trait without a source to columns that have its name and a unit that it does not know, and that unit.
    spare : tuple of str
        Columns that name a trait which is read from another.
    """

    sources: Mapping[str, tuple[ColumnSource, ...]] = field(default_factory=dict)
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    foreign_units: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    spare: tuple[str, ...] = ()

    @cached_property
    def claimed(self) -> frozenset[str]:
        """Headers that belong to a trait, or may."""
        found = {source.header for sources in self.sources.values() for source in sources}
        return frozenset(found.union(*self.doubts.values()))


class TraitNames:
    """The names under which the traits of a study, or of a bundle, are found.

    Parameters
    ----------
    codes : sequence of TraitCode
        In the order of the study. A yes/no column named like a level of two traits is the first one's.
    reserved : iterable of str
        Names of other columns (ids, visits): never the yes/no column of a level.

    Examples
    --------
    >>> years = TraitCode("duration", "continuous", unit="years", units={"months": 1 / 12}, aliases=("病程",))
    >>> organs = TraitCode("organs", "set", levels=("ear", "eye"), spellings={"耳": "ear", "ear": "ear", "眼": "eye"})
    >>> found = TraitNames([years, organs]).place(["id", "病程 (months)", "耳", "眼"])
    >>> found.sources["duration"]
    (ColumnSource(header='病程 (months)', unit='months', level=''),)
    >>> [source.level for source in found.sources["organs"]]
    ['ear', 'eye']
    """

    def __init__(self, codes: Sequence[TraitCode], reserved: Iterable[str] = ()) -> None:
        self._codes = {code.name: code for code in codes}
        self._names: dict[str, str] = {}
        self._levels: dict[str, tuple[str, str]] = {}
        taken = set(map(fold_name, reserved))
        for code in codes:
            for name in (code.name, *code.aliases):
                self._names.setdefault(fold_name(name), code.name)
        for code in codes:
            for name, level in _level_names(code):
                if name not in self._names and name not in taken:
                    self._levels.setdefault(name, (code.name, level))
        self._gates = {code.name: _gate(code.gate) for code in codes if code.gate}

    def place(self, headers: Sequence[str]) -> Placement:
        """Return where each trait is found. Of several columns the one with the trait's exact name is it."""
        whole: dict[str, list[ColumnSource]] = {}
        parts: dict[str, list[ColumnSource]] = {}
        foreign: dict[str, list[tuple[str, str]]] = {}
        for header in headers:
            trait = self._names.get(fold_name(header))
            if trait is not None:
                whole.setdefault(trait, []).append(ColumnSource(header))
            elif gated := self._gated(header):
                whole.setdefault(gated[0], []).append(ColumnSource(header, gated[1]))
            elif level := self._levels.get(fold_name(header)):
                parts.setdefault(level[0], []).append(ColumnSource(header, level=level[1]))
            else:
                self._with_bracket(header, whole, foreign)
        sources: dict[str, tuple[ColumnSource, ...]] = {}
        doubts: dict[str, tuple[str, ...]] = {}
        for trait, found in whole.items():
            exact = [source for source in found if source.header == trait]
            if exact or len(found) == 1:
                sources[trait] = ((exact or found)[0],)
            else:
                doubts[trait] = tuple(source.header for source in found)
        for trait, found in parts.items():
            # one such column may be anything; two levels of one trait are no accident
            if trait not in whole and len({source.level for source in found}) > 1:
                sources[trait] = tuple(found)
        unknown = {trait: tuple(found) for trait, found in foreign.items() if trait not in sources | doubts}
        named = {s.header: trait for found in (whole, parts) for trait, sources_ in found.items() for s in sources_}
        named |= {header: trait for trait, found in foreign.items() for header, _ in found}
        used = {source.header for found in sources.values() for source in found}
        spare = tuple(h for h in headers if h not in used and named.get(h) in sources)
        return Placement(sources, doubts, unknown, spare)

    def _with_bracket(
        self, header: str, whole: dict[str, list[ColumnSource]], foreign: dict[str, list[tuple[str, str]]]
    ) -> None:
        """Understand ``Duration (months)``; of a number, a unit that is not known is told."""
        name, bracket = split_unit(header)
        trait = self._names.get(fold_name(name)) if bracket else None
        if trait is None or not self._codes[trait].is_numeric:
            return
        if self._codes[trait].factor(bracket) is not None:
            whole.setdefault(trait, []).append(ColumnSource(header, bracket))
        else:
            foreign.setdefault(trait, []).append((header, bracket))

    def _gated(self, header: str) -> tuple[str, str] | None:
        """Return the trait whose gate a FlowJo column ends with, and the unit in brackets."""
        if "|" not in header or not self._gates:
            return None
        name, bracket = split_unit(header)
        path, statistic = _gate(name)
        for trait, (wanted, wanted_statistic) in self._gates.items():
            if statistic == wanted_statistic and path[-len(wanted) :] == wanted:
                return trait, bracket if self._codes[trait].factor(bracket) is not None else ""
        return None


def _level_names(code: TraitCode) -> Iterable[tuple[str, str]]:
    """Return the names that a yes/no column of a level may have, and the level."""
    if code.kind != "set":
        return
    for spelling, level in [*((level, level) for level in code.levels), *code.spellings.items()]:
        if _LETTER.search(spelling):
            yield fold_name(spelling), level
            yield fold_name(f"{code.name} {spelling}"), level
            yield fold_name(f"{code.name}={spelling}"), level


def _gate(gate: str) -> tuple[tuple[str, ...], str]:
    path, _, statistic = gate.rpartition("|")
    return tuple(fold_name(part) for part in path.split("/") if part.strip()), fold_name(statistic)
