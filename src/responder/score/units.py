"""How a unit is shown to people; what is read and sent stays the study's own spelling."""

from __future__ import annotations

from responder.words import knows, say

__all__ = ["unit_words"]

SIGNS = (("/ul", "/µL"), ("/ml", "/mL"), ("^9", "⁹"), ("^3", "³"), ("^2", "²"))


def unit_words(unit: str, language: str) -> str:
    """Return a unit as it is shown in a language.

    Examples
    --------
    >>> unit_words("cells/ul", "en"), unit_words("years", "zh"), unit_words("10^9/L", "zh")
    ('cells/µL', '年', '10⁹/L')
    """
    if knows(f"unit.{unit}"):
        return say(f"unit.{unit}", language)
    shown = unit
    for plain, sign in SIGNS:
        shown = shown.replace(plain, sign)
    return shown
