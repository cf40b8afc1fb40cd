"""The last few things that were made, by what they were made from: a page is drawn again and again of one table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from responder.cohort.draft import forget_columns

__all__ = ["Kept", "forget_everything", "signature"]

MOST = 3
T = TypeVar("T")


class Kept(Generic[T]):
    """Keep what was made last.

    Examples
    --------
    >>> kept = Kept()
    >>> kept.get("a", lambda: 1), kept.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, T] = {}
        _EVERYTHING.append(self)

    def forget(self) -> None:
        """Keep nothing of what was made so far."""
        self._made = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made of a key, or make it; what cannot be made is not kept."""
        if key not in self._made:
            return self.put(key, make())
        return self._made[key]

    def __contains__(self, key: Hashable) -> bool:
        """Return whether what was made of a key is kept."""
        return key in self._made

    def put(self, key: Hashable, made: T) -> T:
        """Keep what was made of a key in place of the oldest."""
        self._made = dict([*self._made.items(), (key, made)][-MOST:])
        return made


_EVERYTHING: list[Kept[Any]] = []


def forget_everything() -> None:
    """Forget all that was kept of any table, once one is deleted: nothing of its patients stays in memory."""
    for kept in _EVERYTHING:
        kept.forget()
    forget_columns()


def signature(files: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return what tells that none of some files was changed: when each was written, and its size."""
    known = [(path, path.stat()) for path in files if path.is_file()]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in known)
