"""Codes that a column's name explains: ``Response (0 = yes, 1 = no)``."""

from __future__ import annotations

import re
from functools import lru_cache

from responder.names.vocabulary import plain

__all__ = ["codes_in", "has_codes"]

_WORD = r"[^\W\d_](?:[^\d=:,;，；()（）\[\]]*[^\W\d_])?"
_CODE_FIRST = re.compile(
    rf"(?<![\w.])(\d{{1,2}})\s*(?:[=:：＝]\s*|(?=[是否有无]))({_WORD})(?=\s*(?:[,;，；/|)）\]]|\d{{1,2}}\s*[=:：＝]|$))"
)
_WORD_FIRST = re.compile(rf"({_WORD})\s*[=＝]\s*(\d{{1,2}})(?![\w.])")
_ANY = re.compile(
    r"(?<!\d)\d{1,2}\s*[=:：＝]|[=:：＝]\s*\d{1,2}(?!\d)|\d(?:是|否|yes|no(?![a-z])|ja|nein|oui|non)", re.IGNORECASE
)


@lru_cache(maxsize=20_000)
def codes_in(name: str) -> tuple[tuple[str, str], ...]:
    """Return the codes that a name explains, each with its word; nothing where it explains fewer than two.

    Examples
    --------
    >>> codes_in("Response (0=yes, 1=no)"), codes_in("缓解（0是，1否）")
    ((('0', 'yes'), ('1', 'no')), (('0', '是'), ('1', '否')))
    >>> codes_in("Diabetes (1 = no 2 = yes)"), codes_in("sex (m=0, f=1)"), codes_in("CRP (mg/L)")
    ((('1', 'no'), ('2', 'yes')), (('0', 'm'), ('1', 'f')), ())
    """
    found = [(code, word.strip()) for code, word in _CODE_FIRST.findall(name)]
    if len(found) < 2:
        found = [(code, word.strip()) for word, code in _WORD_FIRST.findall(name)]
    different = len({code for code, _ in found}) == len({word for _, word in found}) == len(found)
    return tuple(found) if len(found) > 1 and different else ()


def has_codes(name: str) -> bool:
    """Return whether a name says what at least one code means, so that its numbers are no plain yes and no.

    Examples
    --------
    >>> has_codes("Response (No=1)"), has_codes("responder_0yes"), has_codes("response week 12")
    (True, True, False)
    """
    return bool(_ANY.search(plain(name)))
