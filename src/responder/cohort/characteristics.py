"""Table 1: the baseline characteristics of the patients, of all and by response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Cohort
from responder.study.trait import Trait

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["characteristics"]


def characteristics(cohort: Cohort) -> pd.DataFrame:
    """Return one row per trait (per level where it has some) and group of patients.

    Parameters
    ----------
    cohort : Cohort
        Who was measured.

    Returns
    -------
    DataFrame
        ``trait``; ``level``, empty for a number; ``group``: ``all``, ``responders``, ``others``; patients ``known`` and
        ``missing``; ``count`` of those with the level; ``median``, ``lowest`` and ``highest`` of a number.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> cohort = Cohort(
    ...     study, study.endpoint, ("a", "b", "c"), ("rpdai",), np.array([[9.0], [14.0], [np.nan]]), np.array([1, 0, 1])
    ... )
    >>> print(characteristics(cohort)[["group", "known", "missing", "median"]].to_string(index=False))
         group  known  missing  median
           all      2        1    11.5
    responders      1        1     9.0
        others      1        0    14.0
    """
    import pandas as pd

    everybody = np.ones(cohort.n, dtype=bool)
    groups = {"all": everybody, "responders": cohort.outcome == 1, "others": cohort.outcome == 0}
    rows = [
        {"trait": name, "level": level, "group": group, **_summary(values[chosen], counted=counted)}
        for name in cohort.traits
        for level, values, counted in _rows(cohort, cohort.study.trait(name))
        for group, chosen in groups.items()
    ]
    return pd.DataFrame(rows)


def _rows(cohort: Cohort, trait: Trait) -> list[tuple[str, FloatArray, bool]]:
    """Return the level, the values and whether they are 0 or 1, of each row that a trait takes."""
    columns = dict(zip(cohort.columns, cohort.values.T, strict=True))
    if trait.kind == "set":
        return [(level.name, columns[f"{trait.name}={level.name}"], True) for level in trait.levels]
    own = columns[trait.name]
    if not trait.levels:
        return [("", own, trait.kind == "binary")]
    found = []
    for index, level in enumerate(trait.levels):
        value = float(index) if level.value is None else level.value
        found.append((level.name, np.where(np.isnan(own), np.nan, own == value), True))
    return found


def _summary(values: FloatArray, *, counted: bool) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    found: dict[str, Any] = {"known": len(known), "missing": len(values) - len(known)}
    found |= dict.fromkeys(("count", "median", "lowest", "highest"), np.nan)
    if counted:
        return {**found, "count": int(known.sum())}
    if not len(known):
        return found
    return {**found, "median": float(np.median(known)), "lowest": float(known.min()), "highest": float(known.max())}
