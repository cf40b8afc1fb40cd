"""Rules for numbers: in the unit of the study, and within what can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.findings import Finding, Severity
from responder.cohort.places import at_columns
from responder.cohort.rule import Rule
from responder.cohort.table import RawTable
from responder.cohort.trait_column import CELLS_SHOWN, TraitColumn, cell_place
from responder.words import Phrase
from responder.words.units import unit_phrase

__all__ = ["IMPLAUSIBLE", "RANGE_RULES", "UNIT_SLIP", "find_ranges"]

UNIT_SLIP = Rule("RSP130", Severity.REFUSED)
IMPLAUSIBLE = Rule("RSP131", Severity.REFUSED)
RANGE_RULES = (UNIT_SLIP, IMPLAUSIBLE)


def find_ranges(table: RawTable, column: TraitColumn, ids: Sequence[str], values: FloatArray) -> list[Finding]:
    """Return the numbers of a trait that lie outside its plausible range, shape of `values` (n,).

    A count without a plausible range must not be negative.
    """
    code = column.trait.code
    low, high = code.bounds
    outside = np.flatnonzero((values < low) | (values > high))  # never true of nan
    findings = []
    for row in outside[:CELLS_SHOWN]:
        place = cell_place(table, int(row), ids, column.header)
        slip = code.unit_slip(float(values[row]))
        if slip:
            findings.append(
                UNIT_SLIP.found("slip", place, trait=code.name, unit=unit_phrase(code.unit), other=unit_phrase(slip))
            )
        else:
            kind = ("between_unit" if code.unit else "between") if np.isfinite(high) else "from"
            bounds = Phrase(f"bounds.{kind}", {"low": low, "high": high, "unit": unit_phrase(code.unit)})
            findings.append(IMPLAUSIBLE.found("outside", place, trait=code.name, bounds=bounds))
    if outside.size > CELLS_SHOWN:
        place, more = at_columns(table.source, *column.headers), outside.size - CELLS_SHOWN
        findings.append(IMPLAUSIBLE.found("more", place, trait=code.name, n=more))
    return findings
