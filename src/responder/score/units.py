"""How a unit is shown to people; what is read and sent stays the study's own spelling."""

from __future__ import annotations

__all__ = ["unit_words"]

UNITS_ZH = {
    "years": "年", "months": "个月", "weeks": "周", "days": "天", "hours": "小时", "points": "分", "mg/day": "mg/天",
    "cells/ul": "个/µL", "cells/ml": "个/mL",
}  # fmt: skip


def unit_words(unit: str, lang: str) -> str:
    """Return a unit as it is shown, in ``en`` or ``zh``.

    Examples
    --------
    >>> unit_words("cells/ul", "en"), unit_words("years", "zh"), unit_words("10^9/L", "zh")
    ('cells/µL', '年', '10⁹/L')
    """
    shown = UNITS_ZH.get(unit, unit) if lang == "zh" else unit
    for plain, sign in (("/ul", "/µL"), ("/ml", "/mL"), ("^9", "⁹"), ("^3", "³"), ("^2", "²")):
        shown = shown.replace(plain, sign)
    return shown
