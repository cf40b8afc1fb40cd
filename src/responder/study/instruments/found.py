"""The instruments at hand: those of the folders beside this file, and those that installed packages declare."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from responder.study.instruments.instrument import Instrument

__all__ = ["GROUP", "INSTRUMENTS"]

GROUP = "responder.instruments"
"""The entry points of a package with instruments: each leads to a mapping of names to `Instrument`."""


class _Found(Mapping[str, Instrument]):
    """Sought when the first one is asked for: a study without instruments imports none."""

    @cached_property
    def _by_name(self) -> Mapping[str, Instrument]:
        # a source tree that is not installed declares nothing: its own folders are looked at as well
        folder, package = Path(__file__).parent, __name__.rpartition(".")[0]
        own = [import_module(f"{package}.{m.name}") for m in pkgutil.iter_modules([str(folder)]) if m.ispkg]
        declared = [point.load() for point in entry_points(group=GROUP)]
        return {name: one for found in (*declared, *(m.INSTRUMENTS for m in own)) for name, one in found.items()}

    def __getitem__(self, name: str) -> Instrument:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


INSTRUMENTS: Mapping[str, Instrument] = _Found()
"""Every instrument that a trait can name.

Examples
--------
>>> nothing = dict.fromkeys(INSTRUMENTS["rpdai"].items, 0)
>>> INSTRUMENTS["rpdai"].score(nothing | {"nasal_chondritis": 1}).score
9
"""
