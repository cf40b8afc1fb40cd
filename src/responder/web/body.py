"""Read the body of a request: JSON in which nothing is lost."""

from __future__ import annotations

import json
from typing import Any

from responder.errors import DataRefusedError
from responder.words import Phrase, Spoken

__all__ = ["parse_json"]


def parse_json(text: str, where: str | Spoken) -> Any:
    """Parse JSON.

    Raises
    ------
    DataRefusedError
        If it is none, or an object has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, where))
    except json.JSONDecodeError as error:
        raise DataRefusedError("body_not_json", where=where, line=error.lineno, column=error.colno) from error
    except (ValueError, RecursionError) as error:
        raise DataRefusedError("body_not_json", where=where, hint=Phrase("error.body_not_json.too_deep")) from error


def _object(pairs: list[tuple[str, Any]], where: str | Spoken) -> dict[str, Any]:
    """Refuse a key that comes twice: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataRefusedError("body_key_twice", where=where)
    return found
