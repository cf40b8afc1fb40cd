"""Read the columns of all traits of a table: the one way of a cohort and of a trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.cohort.cells import columns_mark
from responder.cohort.checks.ranges import find_ranges
from responder.cohort.checks.sanity import find_missing_codes
from responder.cohort.derived import Sources, compute_traits, encode_shared
from responder.cohort.findings import Finding
from responder.cohort.places import at_columns
from responder.cohort.table import RawTable
from responder.cohort.trait_column import TraitColumn
from responder.study.model import Study, Trait

__all__ = ["read_traits"]


def read_traits(
    table: RawTable,
    study: Study,
    columns: Mapping[str, TraitColumn],
    sources: Sources,
    ids: Sequence[str],
    findings: list[Finding],
    at_baseline: BoolArray | None = None,
    on_treatment: Callable[[Trait], Trait] = lambda trait: trait,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Read traits, hold them to their plausible ranges, and compute what follows from other columns.

    Parameters
    ----------
    table : RawTable
        One row a patient, or a patient and visit.
    study : Study
        With its relations and equivalents.
    columns : Mapping[str, TraitColumn]
        Trait to its column.
    sources : Sources
        What else rules across columns need; see `find_sources`.
    ids : sequence of str
        Patient of each row, n of them.
    findings : list of Finding
        What was odd is appended.
    at_baseline : ndarray of bool, shape (n,), optional
        Rows before treatment; all of them by default.
    on_treatment : callable
        The trait whose plausible range the other rows are held to.

    Returns
    -------
    traits, measured
        See `compute_traits`.
    """
    before = np.ones(len(ids), dtype=bool) if at_baseline is None else at_baseline
    mark = columns_mark(table, columns.values())
    parts: dict[str, dict[str, FloatArray]] = {}
    read: dict[str, FloatArray] = {}
    for name, column in columns.items():
        read[name], others = encode_shared(table, study, column, ids, findings, mark)
        if others:
            parts[name] = others
        later = TraitColumn(on_treatment(column.trait), column.sources)
        for part, rows in ((column, before), (later, ~before)):
            if column.trait.kind != "set" and rows.any():
                kept = [patient for patient, keep in zip(ids, rows, strict=True) if keep]
                findings += find_ranges(table.keeping(rows.tolist()), part, kept, read[name][rows, 0])
        if column.trait.kind in {"continuous", "count"}:
            place = at_columns(table.source, *column.headers)
            findings += find_missing_codes(name, place, ids, read[name][:, 0])
    return compute_traits(table, study, sources, read, parts, ids, findings, mark, on_treatment)
