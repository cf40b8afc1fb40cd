"""Rules for numbers: in the unit of the study, and within what can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.columns import CELLS_SHOWN, TraitColumn, cell_place
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule
from responder.cohort.table import RawTable

__all__ = ["IMPLAUSIBLE", "RANGE_RULES", "UNIT_SLIP", "find_ranges"]

UNIT_SLIP = Rule("RSP130", "every number is in the unit of the study", Severity.REFUSED)
IMPLAUSIBLE = Rule("RSP131", "every number lies within the plausible range", Severity.REFUSED)
RANGE_RULES = (UNIT_SLIP, IMPLAUSIBLE)


def find_ranges(table: RawTable, column: TraitColumn, ids: Sequence[str], values: NDArray[np.float64]) -> list[Finding]:
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
                UNIT_SLIP.found(
                    f"the value of '{code.name}' is implausible in {code.unit} and plausible in {slip}",
                    place,
                    f"convert it to {code.unit}, or write the unit behind the number",
                )
            )
        else:
            bounds = f"{low:g} to {high:g} {code.unit}".rstrip() if np.isfinite(high) else f"{low:g} or more"
            findings.append(
                IMPLAUSIBLE.found(
                    f"the value of '{code.name}' is outside the plausible range ({bounds})",
                    place,
                    "correct the entry or leave it blank; if it is right, widen 'plausible' in the study",
                )
            )
    if outside.size > CELLS_SHOWN:
        findings.append(
            IMPLAUSIBLE.found(
                f"{outside.size - CELLS_SHOWN} more values of '{code.name}' are outside the plausible range",
                f"{table.source}, column '{column.header}'",
                "a whole column out of range is usually in another unit, or another measure",
            )
        )
    return findings
