"""What every summary of a trial shares: the distribution of a value in a group, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Provenance
from responder.study.text import Text
from responder.words import languages

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Row", "TrialDistribution", "distribution", "rows_frame"]


class Row:
    """Base of the frozen dataclasses that are one row of a result."""

    def frame(self) -> pd.DataFrame:
        """Return the row as a table of one."""
        return rows_frame([self])

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON types; what cannot be estimated is None, members of parts are members of the row."""
        row: dict[str, Any] = {}
        for field in fields(self):  # type: ignore[arg-type]
            row |= _plain(field.name, getattr(self, field.name))
        return row


def rows_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows as a table; what a row rests on is told in words."""
    import pandas as pd

    told = [{k: "; ".join(v) if isinstance(v, list) else v for k, v in row.to_json().items()} for row in rows]
    return pd.DataFrame(told)


def _plain(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Text):
        return {
            name if language == "en" else f"{name}_{language}": value.in_language(language) for language in languages()
        }
    if isinstance(value, Row):
        return value.to_json()
    if isinstance(value, tuple):
        return {name: [str(part) if isinstance(part, Provenance) else part for part in value]}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, float) and not np.isfinite(value):
        return {name: None}
    return {name: value}


@dataclass(frozen=True)
class TrialDistribution(Row):
    """Median, quartiles and range of the values that are known; ``nan`` where none is.

    Attributes
    ----------
    n : int
        Values that are known.
    """

    n: int
    median: float
    lower_quartile: float
    upper_quartile: float
    minimum: float
    maximum: float


def distribution(values: FloatArray) -> TrialDistribution:
    """Return the distribution of values, ``nan`` being unknown.

    Examples
    --------
    >>> distribution(np.array([9.0, 23.0, 9.0, np.nan])).median
    9.0
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return TrialDistribution(0, *(float("nan"),) * 5)
    low, lower, median, upper, high = (float(q) for q in np.quantile(known, (0, 0.25, 0.5, 0.75, 1)))
    return TrialDistribution(len(known), median, lower, upper, low, high)
