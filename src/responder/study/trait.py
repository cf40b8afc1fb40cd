"""A trait: one thing measured, its levels, and how its cells become numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from responder.errors import InvalidValueError, did_you_mean, known_names
from responder.names import fold_name
from responder.study.encode import TraitCode
from responder.study.instruments import INSTRUMENTS
from responder.study.text import Text
from responder.toml_file import StrictModel
from responder.values import fold_unit

__all__ = ["Helper", "Kind", "Level", "Timing", "Trait"]

Kind = Literal["binary", "ordinal", "continuous", "count", "set"]
Timing = Literal["baseline", "on_treatment", "outcome", "ignored"]
MISSING = "missing"


class Level(StrictModel):
    """One level of a binary, ordinal or set-valued trait."""

    name: str
    value: float | None = None
    label: Text | None = None
    aliases: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Its label in every language in which it has one."""
        return tuple(self.label.by_language.values()) if self.label is not None else ()

    @property
    def shown(self) -> Text:
        """Its label, or its name where it has none."""
        return self.label or Text(en=self.name.replace("_", " "))


class Trait(StrictModel):
    """One thing measured: a column of the table.

    Attributes
    ----------
    timing : str
        ``baseline`` may reach a model; ``on_treatment`` and ``outcome`` never do; ``ignored`` is not looked at.
    units : Mapping[str, float]
        Other units met in exports, and the factor that brings them to `unit`.
    measuring_error_fraction : float, optional
        Relative measuring error (one SD), where the laboratory or a source states it.
    repeats : str
        The baseline trait that this one is, measured again later; in a table of visits it is that trait's column.
    known_before_treatment : bool
        A person made sure that it was, although its name says a later time or an outcome, or it separates the outcome
        classes beyond all luck.
    event : str
        The visit at which it was measured, where the file tells visits apart.
    instrument : str
        The index whose items give the value, such as ``rpdai``; see `responder.study.INSTRUMENTS`.
    cell_words : tuple of str
        Words that may stand beside the number in a cell and name what it is, such as a drug.
    cells : Mapping[str, float or str]
        Odd words of its column, and what each means: a number, the name of a level, or ``missing``.
    limits : str
        What a value at a limit of detection (``<1.5``) counts as: ``limit``, ``half`` of a lower one, ``missing``.
    decimal_mark : str
        The decimal mark of its column where the numbers do not prove it.
    gate : str
        Path and statistic of its column in a FlowJo table, such as ``CD4+/CD25hi FoxP3+ | Freq. of Parent``.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    kind: Kind
    group: str
    timing: Timing = "baseline"
    unit: str = ""
    label: Text
    plausible: tuple[float, float] | None = None
    reference: tuple[float, float] | None = None
    reference_source: Text = Text(en="")
    levels: tuple[Level, ...] = ()
    aliases: tuple[str, ...] = ()
    units: Mapping[str, float] = Field(default_factory=dict)
    measuring_error_fraction: float | None = Field(default=None, gt=0, lt=1)
    repeats: str = ""
    known_before_treatment: bool = False
    event: str = ""
    instrument: str = ""
    cell_words: tuple[str, ...] = ()
    cells: Mapping[str, float | str] = Field(default_factory=dict)
    limits: Literal["limit", "half", "missing"] = "limit"
    decimal_mark: Literal["", ".", ","] = ""
    gate: str = Field(default="", pattern=r"^$|\|")
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Trait:
        for name in ("plausible", "reference"):
            bounds = getattr(self, name)
            if bounds is not None and not bounds[0] < bounds[1]:
                raise InvalidValueError("trait_range_must_rise", name=self.name, range=name)
        if self.kind in {"ordinal", "set"} and len(self.levels) < 2:
            raise InvalidValueError("trait_needs_levels", name=self.name, kind=self.kind)
        if self.kind == "binary" and self.levels and len(self.levels) != 2:
            raise InvalidValueError("trait_needs_two_levels", name=self.name)
        if self.kind in {"continuous", "count"} and self.levels:
            raise InvalidValueError("trait_cannot_have_levels", name=self.name, kind=self.kind)
        if self.repeats and self.timing == "baseline":
            raise InvalidValueError("trait_repeats_at_baseline", name=self.name, other=self.repeats)
        self._refuse_one_spelling_of_two_levels()
        if self.instrument and self.instrument not in INSTRUMENTS:
            near = did_you_mean(self.instrument, INSTRUMENTS) or known_names(INSTRUMENTS)
            raise InvalidValueError("trait_unknown_instrument", name=self.name, instrument=self.instrument, near=near)
        factors = {fold_unit(self.unit): 1.0} if self.unit else {}
        for unit, factor in self.units.items():
            if factors.setdefault(fold_unit(unit), factor) != factor:
                raise InvalidValueError("trait_unit_with_two_factors", name=self.name, unit=unit)
        for word, meaning in self.cells.items():
            if not self._can_mean(meaning):
                raise InvalidValueError("trait_cannot_hold_cell", name=self.name, cell=word)
        return self

    def _can_mean(self, meaning: float | str) -> bool:
        if meaning == MISSING or isinstance(meaning, str):
            return meaning == MISSING or meaning in {level.name for level in self.levels}
        if self.kind == "set":
            return meaning == 0
        values = {float(i) if level.value is None else level.value for i, level in enumerate(self.levels)}
        return self.kind in {"continuous", "count"} or meaning in (values or {0.0, 1.0})

    def _refuse_one_spelling_of_two_levels(self) -> None:
        owners: dict[str, str] = {}
        for level in self.levels:
            for spelling in (level.name, *level.aliases, *level.words):
                owner = owners.setdefault(fold_name(spelling), level.name)
                if owner != level.name:
                    raise InvalidValueError(
                        "trait_levels_spelled_alike", name=self.name, word=spelling, one=owner, other=level.name
                    )

    @cached_property
    def code(self) -> TraitCode:
        """How the trait is written as numbers."""
        spellings: dict[str, str] = {}
        values: dict[str, float] = {}
        for index, level in enumerate(self.levels):
            values[level.name] = float(index) if level.value is None else level.value
            for spelling in (level.name, level.name.replace("_", " "), *level.aliases, *level.words):
                spellings[spelling.casefold()] = level.name
        if self.kind in {"binary", "ordinal"}:
            for name, value in values.items():
                spellings.setdefault(f"{value:g}", name)
        named = {word: meaning for word, meaning in self.cells.items() if isinstance(meaning, str)}
        spellings |= {word.casefold(): level for word, level in named.items() if level != MISSING}
        odd = {word: None for word, meaning in named.items() if meaning == MISSING}
        return TraitCode(
            name=self.name,
            kind=self.kind,
            unit=self.unit,
            levels=tuple(level.name for level in self.levels),
            spellings=spellings,
            level_values={} if self.kind == "set" else values,
            units=dict(self.units),
            plausible=self.plausible,
            reference=self.reference,
            labels=self.label.by_language,
            group=self.group,
            aliases=self.aliases,
            cells=odd | {word: float(number) for word, number in self.cells.items() if not isinstance(number, str)},
            limits=self.limits,
            decimal_mark=self.decimal_mark,
            gate=self.gate,
        )


class Helper(Trait):
    """A column that is read only to compute a trait, such as a weight; never offered to a model.

    Attributes
    ----------
    in_column_of : str
        The baseline trait in whose column it may stand as well: cells with one of its `cell_words`, or in one of its
        units that the trait does not know, are its own.
    """

    kind: Kind = "continuous"
    group: str = ""
    in_column_of: str = ""
