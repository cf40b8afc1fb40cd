"""The text of a cell without the differences of width, blanks and signs that carry no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["TypedNumber", "fold_word", "plain_text", "typed_cells"]

_SUPERSCRIPT = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b]+")
_SIGNS = str.maketrans(
    {
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u2019": "'", "\u02bc": "'", "\u2018": "'", "\u00b5": "u", "\u03bc": "u",
        "\u2264": "<=", "\u2a7d": "<=", "\u2265": ">=", "\u2a7e": ">=", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_BLANKS = re.compile(r"\s+")
_FRACTION = re.compile(r"(?<![\d.,])(\d*)\s?([\u00bc-\u00be])")
"""Quarters, halves and three quarters, which NFKC would write behind the number: 1½ as 11/2."""


class TypedNumber(str):
    """The text of a number that its file holds as one: its point is decimal, however the texts beside it are written.

    Examples
    --------
    >>> TypedNumber("1.234") == "1.234"
    True
    """

    __slots__ = ()


def typed_cells(cells: Iterable[str]) -> bytes:
    """Return for each cell whether it is a number that its file holds as one; nothing where none is.

    Texts that are equal may differ in it.

    Examples
    --------
    >>> list(typed_cells(["1.234", TypedNumber("1.234")]))
    [0, 1]
    """
    kinds = list(map(type, cells))
    return bytes(kind is TypedNumber for kind in kinds) if TypedNumber in kinds else b""


@lru_cache(maxsize=100_000)
def plain_text(text: str) -> str:
    """Return a cell as a keyboard would write it: half width, one kind of minus, blank and apostrophe, ``10^9``.

    Examples
    --------
    >>> plain_text("０．０２２×10⁹／L"), plain_text(" −5\u00a0µg ")
    ('0.022×10^9/L', '-5 ug')
    >>> plain_text("12½ mg"), plain_text("¼")
    ('12.5 mg', '0.25')
    """
    if not text.isascii():
        text = _FRACTION.sub(_as_decimals, text)
        text = _SUPERSCRIPT.sub(lambda found: "^" + unicodedata.normalize("NFKC", found.group()), text)
        text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    return _BLANKS.sub(" ", text).strip()


def _as_decimals(found: re.Match[str]) -> str:
    return f"{int(found[1] or 0) + unicodedata.numeric(found[2]):g}"


@lru_cache(maxsize=1 << 14)
def fold_word(text: str) -> str:
    """Return a word without case besides; two words that fold alike are one.

    Examples
    --------
    >>> fold_word("  Ｎot\u00a0 Done ")
    'not done'
    """
    return plain_text(text).casefold()
