"""What stands beside a column in its file: a label, the form it is part of."""

from __future__ import annotations

from responder.cohort.table import ColumnFacts
from responder.names.timing import TimeOf, time_of, visit_kind

__all__ = ["said_beside"]


def said_beside(facts: ColumnFacts) -> TimeOf:
    """Return the time that a column's label says, or the name of its form where it is a visit.

    Examples
    --------
    >>> said_beside(ColumnFacts(label="CRP at week 12")).kind, said_beside(ColumnFacts(form="week_12_visit")).kind
    ('later', 'later')
    >>> said_beside(ColumnFacts(label="C-reactive protein", form="laboratory")).kind
    ''
    """
    said = time_of(facts.label) if facts.label else TimeOf()
    visit = visit_kind(facts.form)
    return said if said.kind or not visit else TimeOf(visit, facts.form, time_of(facts.form).visit)
