"""What is told of cells that were understood, in training and in scoring alike."""

from __future__ import annotations

from collections.abc import Sequence

from responder.cohort.checks.cells import AT_LIMIT, CONVERTED, GAP_WORDS, LEVELS_APART
from responder.cohort.findings import Finding
from responder.cohort.places import at_columns, shortened
from responder.study.column import ColumnReading
from responder.study.encode import TraitCode
from responder.words import Phrase
from responder.words.units import unit_phrase

__all__ = ["cell_notes"]


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
    place = at_columns(source, *reading.headers)
    findings = []
    if reading.gaps:
        words = tuple(
            Phrase("list.word_in_lines", {"word": word, "lines": shortened([lines[row] for row, _ in places])})
            for word, places in reading.gaps.items()
        )
        findings.append(GAP_WORDS.found("words", place, trait=code.name, words=words))
    if reading.limits:
        findings.append(
            AT_LIMIT.found(
                "limits",
                place,
                count=len(reading.limits),
                of=len(lines),
                trait=code.name,
                lines=shortened([lines[row] for row in reading.limits]),
                counting=Phrase(f"limits.{code.limits}"),
            )
        )
    for unit, count in reading.converted.items():
        findings.append(
            CONVERTED.found("converted", place, n=count, trait=code.name, unit=unit, own=unit_phrase(code.unit))
        )
    if reading.blank_beside or reading.without_column:
        levels, rows = tuple(reading.without_column) or Phrase("list.none"), len(reading.blank_beside)
        findings.append(LEVELS_APART.found("blanks", place, trait=code.name, rows=rows, levels=levels))
    return findings
