"""Indices that are scored from items: a trait names one, and only the folder of a disease knows its items."""

from __future__ import annotations

from responder.study.instruments.found import INSTRUMENTS
from responder.study.instruments.instrument import Instrument, ItemScore

__all__ = ["INSTRUMENTS", "Instrument", "ItemScore"]
