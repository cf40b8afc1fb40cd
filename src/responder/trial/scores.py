"""Scores from items: computed where the total is left out, held against it where both are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.findings import Finding
from responder.cohort.places import at_lines, shortened
from responder.cohort.table import RawTable
from responder.cohort.trait_column import CELLS_SHOWN, TraitColumn, cell_place
from responder.errors import DataRefusedError
from responder.names import fold_name
from responder.names.suggest import suggest
from responder.study.instruments import INSTRUMENTS, ItemScore
from responder.study.model import Trait
from responder.trial.rules import CONTRADICTION, DISAGREES, OPEN_SCORE
from responder.values import is_gap
from responder.words import Phrase

__all__ = ["item_headers", "score_rows"]


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


def _disagrees(trait: Trait, scored: ItemScore, place: Phrase) -> Finding:
    return DISAGREES.found("open" if scored.score is None else "items", place, trait=trait.name)


def _shortened(findings: list[Finding], table: RawTable, trait: Trait) -> list[Finding]:
    if len(findings) <= CELLS_SHOWN:
        return findings
    rest = findings[CELLS_SHOWN:]
    said = {"trait": trait.name, "n": len(rest)}
    more = Phrase("score_rows.more.what", said)
    last = replace(rest[-1], message=more, where=table.source, hint=Phrase("score_rows.more.fix"))
    return [*findings[:CELLS_SHOWN], last]


def _open(table: RawTable, trait: Trait, left_open: Mapping[int, tuple[str, ...]]) -> Finding:
    missing = list(dict.fromkeys(name for names in left_open.values() for name in names))
    unknown = [header for header in table.headers if header not in item_headers(table, trait).values()]
    near = next((hint for name in missing if (hint := suggest(name, unknown))), None)
    place, items = at_lines(table.source, [table.lines[row] for row in left_open]), shortened(missing, CELLS_SHOWN)
    count, of = len(left_open), len(table.rows)
    return OPEN_SCORE.found("open", place, near, trait=trait.name, count=count, of=of, items=items)
