"""What is told of cells that were understood, in training and in scoring alike."""

from __future__ import annotations

from collections.abc import Sequence

from responder.cohort.checks.cells import AT_LIMIT, CONVERTED, GAP_WORDS, LEVELS_APART
from responder.cohort.findings import Finding
from responder.study.column import ColumnReading
from responder.study.encode import TraitCode

__all__ = ["cell_notes", "named_lines"]

LINES_SHOWN = 5
_LIMITS = {
    "limit": "they count as the limit itself",
    "half": "lower ones count as half of the limit",
    "missing": "they count as missing",
}


def cell_notes(code: TraitCode, reading: ColumnReading, source: str, lines: Sequence[int]) -> list[Finding]:
    """Return what is worth telling of a trait's cells.

    Parameters
    ----------
    code : TraitCode
        The trait.
    reading : ColumnReading
        How its cells were read.
    source : str
        The file, for messages.
    lines : sequence of int
        Line of each row in it.
    """
    place = f"{source}, column '{', '.join(reading.headers)}'"
    findings = []
    if reading.gaps:
        words = "; ".join(
            f"'{word}' ({line_numbers(lines, [row for row, _ in places])})" for word, places in reading.gaps.items()
        )
        findings.append(
            GAP_WORDS.found(
                f"words in '{code.name}' are taken as gaps, in the lines in brackets: {words}",
                place,
                "if one of them means something else, say so under 'cells' of the trait in the study",
            )
        )
    if reading.limits:
        n, at = len(reading.limits), line_numbers(lines, reading.limits)
        findings.append(
            AT_LIMIT.found(
                f"{n} of {len(lines)} values of '{code.name}' lie at a limit of detection, in the lines {at}: "
                f"{_LIMITS[code.limits]}",
                place,
                "the study says what they count as: limits = 'limit', 'half' or 'missing'",
            )
        )
    for unit, count in reading.converted.items():
        findings.append(
            CONVERTED.found(f"{count} values of '{code.name}' were converted from {unit} to {code.unit}", place)
        )
    if reading.blank_beside or reading.without_column:
        missing = ", ".join(reading.without_column) or "none"
        findings.append(
            LEVELS_APART.found(
                f"'{code.name}' is read from yes/no columns; rows with an answer beside a blank cell: "
                f"{len(reading.blank_beside)}; levels without a column: {missing}",
                place,
                "in such a row what is not said counts as no; where that is not so, give one column that lists them",
            )
        )
    return findings


def named_lines(lines: Sequence[int], rows: Sequence[int]) -> str:
    """Return the lines of some rows as part of a place.

    Examples
    --------
    >>> named_lines(range(2, 100), [0, 3]), named_lines(range(2, 100), [0])
    ('lines 2, 5', 'line 2')
    """
    return f"{'line' if len(rows) == 1 else 'lines'} {line_numbers(lines, rows)}"


def line_numbers(lines: Sequence[int], rows: Sequence[int]) -> str:
    """Return the numbers of the lines of some rows, the first ones and how many more.

    Examples
    --------
    >>> line_numbers(range(2, 100), range(8))
    '2, 3, 4, 5, 6 and 3 more'
    """
    shown = ", ".join(str(lines[row]) for row in rows[:LINES_SHOWN])
    return shown + (f" and {len(rows) - LINES_SHOWN} more" if len(rows) > LINES_SHOWN else "")
