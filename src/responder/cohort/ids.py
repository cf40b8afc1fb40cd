"""Findings name patients; what is kept of a run that names nobody has their place in the cohort instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["with_ids", "without_ids"]

MARK = "patient#"
"""Stands before the place of a patient in the cohort, from 1."""
OF_PATIENTS = frozenset({"patient", "patients", "names", "one", "other"})
"""Values of findings that hold ids, of which a number may be one."""
SHORTEST_WORD = 3
"""An id of fewer characters, or of digits alone, is looked for among values of patients only: elsewhere it counts."""
PLACE = re.compile(re.escape(MARK) + r"(\d+)")


def without_ids(content: Any, ids: Sequence[str]) -> Any:
    """Return JSON types with every id replaced by the patient's place in the cohort.

    Examples
    --------
    >>> without_ids({"values": {"patient": "Mia-7", "lines": "2, 5", "note": "Mia-7 again"}}, ["Ola-1", "Mia-7"])
    {'values': {'patient': 'patient#2', 'lines': '2, 5', 'note': 'patient#2 again'}}
    """
    places = {patient: f"{MARK}{at}" for at, patient in enumerate(ids, 1)}
    words = sorted((i for i in places if len(i) >= SHORTEST_WORD and not i.isdigit()), key=len, reverse=True)
    found = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, words))})(?!\w)") if words else None

    def told(text: str, key: str) -> str:
        if key in OF_PATIENTS:
            text = ", ".join(places.get(part, part) for part in text.split(", "))
        return text if found is None else found.sub(lambda match: places[match[0]], text)

    return _texts(content, told)


def with_ids(content: Any, ids: Sequence[str]) -> Any:
    """Return the JSON types of `without_ids` with the ids in place.

    Examples
    --------
    >>> with_ids(["patient#2 again"], ["Ola-1", "Mia-7"])
    ['Mia-7 again']
    """

    def named(match: re.Match[str]) -> str:
        at = int(match[1])
        return ids[at - 1] if 0 < at <= len(ids) else match[0]

    return _texts(content, lambda text, _: PLACE.sub(named, text))


def _texts(content: Any, change: Callable[[str, str], str], key: str = "") -> Any:
    if isinstance(content, str):
        return change(content, key)
    if isinstance(content, dict):
        return {name: _texts(value, change, name) for name, value in content.items()}
    return [_texts(value, change, key) for value in content] if isinstance(content, list | tuple) else content
