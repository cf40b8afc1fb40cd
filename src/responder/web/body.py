"""Read the body of a request: JSON in which nothing is lost."""

from __future__ import annotations

import json
from typing import Any

from responder.errors import DataRefusedError

__all__ = ["parse_json"]


def parse_json(text: str, where: str) -> Any:
    """Parse JSON.

    Raises
    ------
    DataRefusedError
        If it is none, or an object has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, where))
    except json.JSONDecodeError as error:
        hint = f"mend line {error.lineno}, column {error.colno}"
        raise DataRefusedError("not valid JSON", where=where, hint=hint) from error
    except (ValueError, RecursionError) as error:
        hint = "it is nested too deeply, or holds a number too long"
        raise DataRefusedError("not valid JSON", where=where, hint=hint) from error


def _object(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    """Refuse a key that comes twice: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataRefusedError("a key is given twice in one object", where=where, hint="give each trait once")
    return found
