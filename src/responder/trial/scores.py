"""Scores from items: computed where the total is left out, held against it where both are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.columns import CELLS_SHOWN, TraitColumn, cell_place
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable
from responder.errors import DataRefusedError
from responder.names import fold_name
from responder.names.suggest import suggest
from responder.study.instruments import INSTRUMENTS, ItemScore
from responder.study.model import Trait
from responder.trial.rules import CONTRADICTION, DISAGREES, OPEN_SCORE
from responder.values import is_gap

__all__ = ["item_headers", "score_rows"]

FloatArray = NDArray[np.float64]


def item_headers(table: RawTable, trait: Trait) -> dict[str, str]:
    """Return the table's headers of a trait's items and measured values, by their name in the instrument."""
    if not trait.instrument:
        return {}
    by_name = {fold_name(header): header for header in table.headers}
    columns = INSTRUMENTS[trait.instrument].columns
    return {name: by_name[fold_name(name)] for name in columns if fold_name(name) in by_name}


def score_rows(
    table: RawTable, trait: Trait, total: TraitColumn | None, totals: FloatArray, ids: Sequence[str]
) -> tuple[FloatArray, list[Finding]]:
    """Return the score of each row from its total and its items, and what is wrong with them.

    Parameters
    ----------
    table : RawTable
        One row a patient and visit.
    trait : Trait
        With an instrument.
    total : TraitColumn, optional
        The column of totals, where the table has one.
    totals : ndarray, shape (rows,)
        Its numbers; ``nan`` where not recorded.
    ids : sequence of str
        Patient of each row.

    Returns
    -------
    scores : ndarray, shape (rows,)
        The total where it is recorded, else the score of the items, ``nan`` while missing items leave it open.
    findings : list of Finding
        Contradictions (refused), totals that the items do not give (refused), scores left open (caution).
    """
    instrument = INSTRUMENTS[trait.instrument]
    headers = item_headers(table, trait)
    columns = {name: table.column(header) for name, header in headers.items()}
    scores, findings = totals.copy(), []
    left_open: dict[int, tuple[str, ...]] = {}
    for row in range(len(table.rows)):
        cells = {name: column[row] for name, column in columns.items() if not is_gap(column[row])}
        if not cells:
            continue
        place = cell_place(table, row, ids, total.header if total else trait.name)
        try:
            scored = instrument.score(cells)
        except DataRefusedError as error:
            findings.append(CONTRADICTION.found(error.message, place, error.hint))
            continue
        if np.isnan(totals[row]):
            if scored.score is None:
                left_open[row] = scored.missing
            else:
                scores[row] = scored.score
        elif not scored.lower <= totals[row] <= scored.upper:
            findings.append(_disagrees(trait, scored, place))
    findings = _shortened(findings, table, trait)
    if left_open:
        findings.append(_open(table, trait, left_open))
    return scores, findings


def _disagrees(trait: Trait, scored: ItemScore, place: str) -> Finding:
    could = "the items give another" if scored.score is not None else "no state of the missing items gives it"
    return DISAGREES.found(
        f"the total '{trait.name}' is not that of its items: {could}",
        place,
        "correct the total or the items, or leave the total blank to have it computed",
    )


def _shortened(findings: list[Finding], table: RawTable, trait: Trait) -> list[Finding]:
    if len(findings) <= CELLS_SHOWN:
        return findings
    rest = findings[CELLS_SHOWN:]
    last = rest[-1]
    more = f"{len(rest)} more rows where '{trait.name}' and its items do not agree"
    return [*findings[:CELLS_SHOWN], Finding(last.code, last.severity, more, table.source, "mend them in the same way")]


def _open(table: RawTable, trait: Trait, left_open: Mapping[int, tuple[str, ...]]) -> Finding:
    missing = list(dict.fromkeys(name for names in left_open.values() for name in names))
    shown = ", ".join(missing[:CELLS_SHOWN]) + (
        f" and {len(missing) - CELLS_SHOWN} more" * (len(missing) > CELLS_SHOWN)
    )
    lines = ", ".join(str(table.lines[row]) for row in list(left_open)[:CELLS_SHOWN])
    unknown = [header for header in table.headers if header not in item_headers(table, trait).values()]
    near = next((hint for name in missing if (hint := suggest(name, unknown))), "")
    return OPEN_SCORE.found(
        f"'{trait.name}' of {len(left_open)} of {len(table.rows)} rows cannot be told, for a missing item is not an "
        f"absent one; missing: {shown}",
        f"{table.source}, lines {lines}{' ...' if len(left_open) > CELLS_SHOWN else ''}",
        near or "write 0 for an item that was looked for and not found, or give the total",
    )
