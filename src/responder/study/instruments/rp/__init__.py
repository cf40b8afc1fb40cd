"""The instrument of relapsing polychondritis: its activity index."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from responder.study.instruments.instrument import Instrument, ItemScore, measured
from responder.study.instruments.rp.rpdai import (
    RPDAI_MAXIMUM_REACHABLE,
    RPDAI_MAXIMUM_THEORETICAL,
    RPDAI_WEIGHTS,
    RPDAI_WINDOW_DAYS,
    RpdaiScore,
    score_rpdai,
)

__all__ = [
    "INSTRUMENTS",
    "RPDAI_MAXIMUM_REACHABLE",
    "RPDAI_MAXIMUM_THEORETICAL",
    "RPDAI_WEIGHTS",
    "RPDAI_WINDOW_DAYS",
    "RpdaiScore",
    "score_rpdai",
]

_MEASURED = MappingProxyType({"crp_mg_per_l": "mg/L", "temperature_celsius": "C"})


def _score(cells: Mapping[str, object]) -> ItemScore:
    items = {name: value for name, value in cells.items() if name not in _MEASURED}
    crp, temperature = (measured(cells, column, unit) for column, unit in _MEASURED.items())
    return score_rpdai(items, crp=crp, temperature=temperature)


INSTRUMENTS = MappingProxyType({"rpdai": Instrument(tuple(RPDAI_WEIGHTS), _MEASURED, RPDAI_WEIGHTS, _score)})
"""What the entry point of this folder leads to."""
