"""Tables as CSV, in which no cell is a formula: a spreadsheet runs a text that starts as one (CWE-1236)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_text", "harmless"]

_RUNS = re.compile(r"[=+\-@\t\r].")
_NUMBER = re.compile(r"[+-](?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?(?: ?%)?")


def harmless(cell: Any) -> Any:
    """Return a cell as it may stand in a CSV file: before a text that a spreadsheet would run stands an apostrophe.

    Numbers, written as text too, and a sign that stands alone are left as they are.

    Examples
    --------
    >>> [harmless(cell) for cell in ("=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "-0.5", "+1,5e3", "-", "P-1", -2.0)]
    ["'=cmd|' /C calc'!A0", "'@SUM(A1)", "'-2+3", '-0.5', '+1,5e3', '-', 'P-1', -2.0]
    """
    if not isinstance(cell, str) or not _RUNS.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def csv_text(frame: pd.DataFrame, *, index: bool = False, float_format: str | None = None) -> str:
    """Return a table as CSV, the same bytes on every system; see ``DataFrame.to_csv``."""
    shown = frame.rename(columns=harmless)
    for name, kind in frame.dtypes.items():
        if kind.kind not in "biufcM":  # neither numbers nor dates
            shown[harmless(name)] = frame[name].map(harmless)
    return shown.to_csv(index=index, lineterminator="\n", float_format=float_format)
