"""The one rule of column names, and the vocabulary of what a name says: a time, an outcome, a person."""

from __future__ import annotations

from responder.names.fold import fold_name, split_unit

__all__ = ["fold_name", "split_unit"]
