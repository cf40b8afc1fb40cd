"""The one rule by which two column names are the same name, wherever a name is met."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["BLANKS", "fold_name", "split_unit"]

BLANKS = " \t\r\n\f\v\u00a0\u2007\u202f\u3000\u200b\ufeff"
"""Characters that are trimmed from names and cells."""

NEGATIVE = "\u00ac"
# A hyphen right behind a surface or intracellular marker says "negative" and is part of the name: CD127- is not CD127.
_MARKER = (
    r"(?:cd\d+[a-z\u03b1-\u03c9]{0,3}|tcr[a-z\u03b1-\u03c9]{0,2}|foxp3|ki-?67|hla-?d[rpq]|ccr-?\d+|cxcr-?\d+|ctla-?4|pd-?l?1"
    r"|icos|lag-?3|tim-?3|klrg1|helios|tigit)"
)
_NEGATIVE_MARKER = re.compile(rf"(?<![a-z0-9])({_MARKER}|(?<=[+{NEGATIVE}]){_MARKER})-(?=$|[\W_]|{_MARKER})")
_SEPARATORS = re.compile(r"[\s_\-]+(?=\w)|(?<=[^\W\d])\.(?=[^\W\d])|[\s_]+")
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_BRACKETS = re.compile(r"^(.*\S)\s*[(\[（【]([^()\[\]（）【】]+)[)\]）】]$")


@lru_cache(maxsize=100_000)
def fold_name(name: str) -> str:
    """Return a column name without the differences of spelling that carry no meaning.

    Case, width, blanks, underscores, hyphens between words and dots between letters carry none. A sign behind a
    marker (``CD25-``, ``CD25+``) does.

    Examples
    --------
    >>> fold_name("RPDAI week-12") == fold_name("rpdai_week12") == fold_name("RPDAI.Week.12".replace(".12", "12"))
    True
    >>> fold_name("CD25-") == fold_name("CD25"), fold_name("CD25-FoxP3+") == fold_name("CD25 FoxP3+")
    (False, False)
    >>> fold_name("CD4-count") == fold_name("cd4_count")
    True
    """
    text = unicodedata.normalize("NFKC", name).strip(BLANKS).casefold().translate(_DASHES).replace("\u03bc", "u")
    text = text.replace("\u00b5", "u")
    return _SEPARATORS.sub("", _NEGATIVE_MARKER.sub(rf"\1{NEGATIVE}", text))


def split_unit(name: str) -> tuple[str, str]:
    """Return a name and what stands in brackets behind it, perhaps a unit.

    Examples
    --------
    >>> split_unit("Duration (months)"), split_unit("病程（年）"), split_unit("Age")
    (('Duration', 'months'), ('病程', '年'), ('Age', ''))
    """
    match = _BRACKETS.match(name.strip(BLANKS))
    return (match.group(1), match.group(2).strip(BLANKS)) if match else (name, "")
