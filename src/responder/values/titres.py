"""Titres: the last dilution that still reacts."""

from __future__ import annotations

import math
import re

from responder.values.numbers import ParsedNumber
from responder.values.text import plain_text

__all__ = ["parse_titre"]

_TITRE = re.compile(r"(?P<limit><=?|>=?)?\s*(?:1\s*[:/]\s*)?(?P<dilution>[1-9][0-9]{0,8})")


def parse_titre(text: str) -> ParsedNumber | None:
    """Return a titre as the logarithm to base 2 of its reciprocal, or None.

    Examples
    --------
    >>> parse_titre("1:8").value, parse_titre("<1:40").limit, parse_titre("negative")
    (3.0, '<', None)
    """
    match = _TITRE.fullmatch(plain_text(text))
    if match is None:
        return None
    return ParsedNumber(math.log2(int(match["dilution"])), limit=(match["limit"] or "")[:1])
