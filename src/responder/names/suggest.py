"""What a person may have meant by a word that is not known: one clear answer, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from responder.names.fold import fold_name
from responder.names.vocabulary import separated, vocabulary
from responder.words import Phrase

__all__ = ["spelling_distance", "suggest"]

_LONG, _SHORT = 8, 4
_CLEARLY = 2
_MARKS = re.compile(r"\d+|[+\u00ac]|(?<=[a-z0-9])-(?![a-z0-9])")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def suggest(word: str, spellings: Mapping[str, str] | Iterable[str]) -> Phrase | None:
    """Return the question whether a known meaning was meant, where one is clearly nearest; else None.

    Near are the same words in another order or without a generic head (chondritis, count, dose), and slips of
    spelling: one in a short word, two in one of eight letters or more. Another number, sign or negation is another
    thing, and so is a word that shares only a generic head.

    Parameters
    ----------
    word : str
        What was written.
    spellings : Mapping[str, str] or iterable of str
        Known spelling to its meaning; spellings of one meaning do not compete. Without meanings each is its own.

    Examples
    --------
    >>> organs = {"ear_nose": "ear_nose", "auricular": "ear_nose", "airway chondritis": "airway", "ear": "ear_nose"}
    >>> print(suggest("auricular chondritis", organs))
    did you mean 'auricular'?
    >>> suggest("heart", organs), suggest("nasal chondritis", organs), suggest("CD8", ["CD4", "CD25"])
    (None, None, None)
    """
    meanings = dict(spellings) if isinstance(spellings, Mapping) else {name: name for name in spellings}
    nearest: dict[str, tuple[int, str]] = {}
    for spelling, meaning in meanings.items():
        distance = _distance(word, spelling)
        if distance is not None and (meaning not in nearest or distance < nearest[meaning][0]):
            nearest[meaning] = (distance, spelling)
    ranked = sorted(nearest.values())
    if not ranked:
        return None
    best, spelling = ranked[0]
    if best > _room(word, spelling):
        return None
    margin = _CLEARLY if best else 1
    if len(ranked) > 1 and ranked[1][0] < best + margin:
        return None
    return Phrase("did_you_mean", {"name": spelling})


def spelling_distance(a: str, b: str) -> int:
    """Return how many slips turn one word into another: a letter more, less, or other, or two letters swapped.

    Examples
    --------
    >>> spelling_distance("rpdia", "rpdai"), spelling_distance("airway", "airways"), spelling_distance("ear", "heart")
    (1, 1, 2)
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _distance(word: str, spelling: str) -> int | None:
    """Return the distance of two names, 0 for the same words; None for names that must not be confused."""
    a, b = separated(word), separated(spelling)
    if _MARKS.findall(fold_name(word)) != _MARKS.findall(fold_name(spelling)) or _opposed(a, b):
        return None
    content_a, content_b = _content(a), _content(b)
    if content_a and content_a == content_b:
        return 0
    one, other = a.replace(" ", ""), b.replace(" ", "")
    if one == other:
        return 0
    distance = spelling_distance(one, other)
    if _aligned(a.split(), b.split()) or (content_a and content_b and _near(_rest(content_a, content_b))):
        return distance
    return max(distance, _room(word, spelling) + 1)  # a common head makes no two names one


def _rest(a: frozenset[str], b: frozenset[str]) -> tuple[str, str]:
    """Return what two names do not share."""
    return " ".join(sorted(a - b)), " ".join(sorted(b - a))


def _aligned(a: Sequence[str], b: Sequence[str]) -> bool:
    """Return whether two names agree word by word, but for slips."""
    return len(a) == len(b) and all(map(_near, zip(a, b, strict=True)))


def _near(pair: tuple[str, str]) -> bool:
    one, other = pair
    swapped = len(one) >= _SHORT - 1 and sorted(one) == sorted(other)
    slips = spelling_distance(one, other)
    return (swapped and slips == 1) or slips <= _slips(min(len(one), len(other)), one + other)


def _room(word: str, spelling: str) -> int:
    a, b = separated(word).replace(" ", ""), separated(spelling).replace(" ", "")
    return _slips(min(len(a), len(b)), a + b)


def _slips(length: int, text: str) -> int:
    """Return how many slips of spelling a word of some length may have."""
    if _CJK.search(text):
        return 1 if length > _SHORT else 0
    return 0 if length < _SHORT else 1 if length < _LONG else 2


def _content(text: str) -> frozenset[str]:
    return frozenset(text.split()) - _generic()


@lru_cache
def _generic() -> frozenset[str]:
    return frozenset(vocabulary()["suggestions"]["generic"])


def _opposed(a: str, b: str) -> bool:
    """Return whether one name is the other's opposite by a word or a prefix."""
    words = vocabulary()["suggestions"]
    for one, other in pairwise((a, b, a)):
        if any(one.replace(left, right) == other for left, right in words["opposites"] if left in one):
            return True
        if any(one.replace(" ", "") == negation + other.replace(" ", "") for negation in words["negations"]):
            return True
        if any(
            re.search(rf"(?<![a-z]){n}(?![a-z])", one) and not re.search(rf"(?<![a-z]){n}(?![a-z])", other)
            for n in words["negations"][:4]
        ):
            return True
        if any(n in one and n not in other for n in words["negations"] if _CJK.match(n)):
            return True
    return False
