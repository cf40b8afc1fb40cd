"""Columns that nobody uses although they hold numbers: what an analysis leaves out must not go unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from responder.cohort.checks.people import people_in
from responder.cohort.columns import free_headers, known_names, place_traits
from responder.cohort.table import RawTable
from responder.names import fold_name
from responder.study.model import Study
from responder.values import is_gap

__all__ = ["unused_numeric"]

_NUMBER = re.compile(r"[<>≤≥]?\s*[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?\s*%?")


def unused_numeric(table: RawTable, study: Study, others: Iterable[str]) -> tuple[str, ...]:
    """Return the headers that no trait in use claims and whose cells are mostly numbers.

    Parameters
    ----------
    table : RawTable
        The table.
    study : Study
        Its traits claim columns; what it declares ``ignored``, column or trait, is named all the same.
    others : iterable of str
        Names of columns that have another use: ids, a filter, strata.
    """
    criteria = [name for code in study.criteria.codes for name in (code.name, *code.aliases)]
    taken = {*map(fold_name, (*others, *criteria, *people_in(table)))}
    ignored = [trait for trait in study.traits if trait.timing == "ignored"]
    set_aside = place_traits(table, study.traits, ignored, [], known_names(study)).values()
    free = {*free_headers(table, study), *(source.header for column in set_aside for source in column.sources)}
    unused = [header for header in table.headers if header in free and fold_name(header) not in taken]
    return tuple(header for header in unused if _mostly_numbers(table.column(header)))


def _mostly_numbers(cells: Sequence[str]) -> bool:
    known = [cell for cell in cells if not is_gap(cell)]
    return 2 * sum(_NUMBER.fullmatch(cell) is not None for cell in known) > len(known)
