"""Which trait of another study is the counterpart of which: by name, or as a person maps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from responder.errors import ConfigError, DataRefusedError
from responder.names.suggest import suggest
from responder.study.encode import TraitCode
from responder.study.model import Study
from responder.words import Phrase

__all__ = ["Counterparts", "find_counterparts"]


@dataclass(frozen=True)
class Counterparts:
    """The traits that two studies share.

    Attributes
    ----------
    pairs : Mapping[str, str]
        Trait of the one to trait of the other, measured alike.
    missing : tuple of str
        Traits of the one that have no counterpart.
    """

    pairs: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def renamed(self) -> dict[str, str]:
        """The pairs whose names differ: that both are the same thing, a person said."""
        return {one: other for one, other in self.pairs.items() if one != other}


def find_counterparts(
    codes: Iterable[TraitCode], study: Study, given: Mapping[str, str] | None = None, *, where: str = "--map"
) -> Counterparts:
    """Find the counterparts of traits among the baseline traits of another study.

    Parameters
    ----------
    codes : iterable of TraitCode
        The traits of the one.
    study : Study
        The other.
    given : Mapping[str, str], optional
        Trait to its counterpart, or to nothing where it has none; a trait not named has the one of its own name.
    where : str
        Where a person maps them.

    Raises
    ------
    ConfigError
        If a name is unknown, is no baseline trait, or two traits would have one counterpart.
    DataRefusedError
        If two counterparts differ in kind, unit or levels.

    Examples
    --------
    >>> from responder.study import load_study
    >>> rp, sle = load_study("rp-ld-il2"), load_study("sle-ld-il2")
    >>> codes = [rp.trait(name).code for name in ("organs", "treg_per_ul")]
    >>> find_counterparts(codes, sle)
    Counterparts(pairs={'treg_per_ul': 'treg_per_ul'}, missing=('organs',))
    """
    wanted, own = {code.name: code for code in codes}, {trait.name: trait for trait in study.baseline_traits}
    asked = given or {}
    for name in asked:
        if name not in wanted:
            hint = suggest(name, list(wanted)) or None
            raise ConfigError("map_no_trait", where=where, hint=hint, name=name, names=tuple(wanted))
    pairs: dict[str, str] = {}
    for name, code in wanted.items():
        other = asked.get(name, name if name in own else "")
        if not other:
            continue
        if other not in own:
            case = "map_not_baseline" if other in study.names else "map_no_counterpart"
            hint = suggest(other, list(own)) if case == "map_no_counterpart" else None
            raise ConfigError(case, where=where, hint=hint or None, name=other, study=study.id, trait=name)
        if other in pairs.values():
            raise ConfigError("map_twice", where=where, name=other)
        _refuse_other_measure(code, own[other].code, study)
        pairs[name] = other
    return Counterparts(pairs, tuple(name for name in wanted if name not in pairs))


def _refuse_other_measure(one: TraitCode, other: TraitCode, study: Study) -> None:
    for part, mine, theirs in (
        ("kind", Phrase(f"study_show.kinds.{one.kind}"), Phrase(f"study_show.kinds.{other.kind}")),
        ("unit", one.unit, other.unit),
        ("levels", _levels(one), _levels(other)),
    ):
        if mine != theirs:
            raise DataRefusedError(
                f"map_other_{part}",
                where=Phrase("place.study_trait", {"study": study.id, "trait": other.name}),
                trait=one.name,
                mine=mine,
                theirs=theirs,
            )


def _levels(code: TraitCode) -> Any:
    numbers = dict(code.level_values)
    return tuple(f"{level} = {numbers[level]:g}" if level in numbers else level for level in code.levels)
