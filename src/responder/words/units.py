"""How a unit is shown to people; what is read and sent stays the study's own spelling."""

from __future__ import annotations

from responder.words.phrase import Phrase
from responder.words.say import knows, say

__all__ = ["unit_phrase", "unit_words"]

SIGNS = (("/ul", "/µL"), ("/ml", "/mL"), ("^9", "⁹"), ("^3", "³"), ("^2", "²"))


def unit_words(unit: str, language: str) -> str:
    """Return a unit as it is shown in a language.

    Examples
    --------
    >>> unit_words("cells/ul", "en"), unit_words("years", "zh"), unit_words("10^9/L", "zh")
    ('cells/µL', '年', '10⁹/L')
    """
    found = unit_phrase(unit)
    if isinstance(found, Phrase):
        return say(found.code, language)
    for plain, sign in SIGNS:
        found = found.replace(plain, sign)
    return found


def unit_phrase(unit: str) -> Phrase | str:
    """Return a unit for a place in a phrase: said in a language where the catalogues have it, else as it is spelt.

    Examples
    --------
    >>> str(unit_phrase("years")), unit_phrase("mg/L")
    ('years', 'mg/L')
    """
    return Phrase(f"unit.{unit}") if knows(f"unit.{unit}") else unit
