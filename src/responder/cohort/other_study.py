"""Whether a table looks like one of another shipped study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from responder.names import fold_name
from responder.study import Study, load_study, shipped_studies

__all__ = ["OtherStudy", "find_other_study", "is_of_no_study"]

FEWEST_MORE = 3
"""Columns that another study must know besides twice as many: two or three shared names tell nothing."""


@dataclass(frozen=True)
class OtherStudy:
    """A shipped study that knows far more of a table's columns than the one that it was read with.

    Attributes
    ----------
    study : Study
        The other one.
    known, known_here : int
        Traits whose columns it finds, and those that the study in use finds.
    """

    study: Study
    known: int
    known_here: int

    def to_json(self) -> dict[str, str | int]:
        """Return the id and both counts."""
        return {"study": self.study.id, "known": self.known, "known_here": self.known_here}


def find_other_study(headers: Sequence[str], chosen: Study) -> OtherStudy | None:
    """Return the shipped study that knows the most columns, where it knows at least twice as many as the chosen one.

    Examples
    --------
    >>> lupus = ["sledai", "pga", "rash", "c3_g_per_l", "sledai_week12", "sex"]
    >>> find_other_study(lupus, load_study("rp-ld-il2")).study.id
    'sle-ld-il2'
    >>> find_other_study(lupus, load_study("sle-ld-il2"))
    """
    here = _known(headers, chosen)
    others = [OtherStudy(study, _known(headers, study), here) for study in map(load_study, shipped_studies())]
    best = max(others, key=lambda other: other.known, default=None)
    return best if best is not None and best.known >= max(2 * here, here + FEWEST_MORE) else None


def is_of_no_study(headers: Sequence[str], chosen: Study) -> bool:
    """Return whether a table has hardly a column of a study: it is then somebody's own.

    Examples
    --------
    >>> is_of_no_study(["patient", "age", "smear", "remission"], load_study("rp-ld-il2"))
    True
    """
    return bool(headers) and _known(headers, chosen) < FEWEST_MORE


def _known(headers: Sequence[str], study: Study) -> int:
    there = {fold_name(header) for header in headers}
    return sum(any(fold_name(name) in there for name in (trait.name, *trait.aliases)) for trait in study.traits)
