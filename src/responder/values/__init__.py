"""The one grammar of cells: gaps, numbers with their marks and units, limits, answers in many languages, titres."""

from __future__ import annotations

from responder.values.answers import gap_word, is_gap, is_none, rank_word, sex_spellings, yes_no
from responder.values.numbers import (
    POINT,
    NumberStyle,
    ParsedNumber,
    decimal_proof,
    number_style,
    parse_number,
    undecided,
)
from responder.values.text import TypedNumber, fold_word, plain_text, typed_cells
from responder.values.titres import parse_titre
from responder.values.units import fold_unit, split_power

__all__ = [
    "POINT",
    "NumberStyle",
    "ParsedNumber",
    "TypedNumber",
    "decimal_proof",
    "fold_unit",
    "fold_word",
    "gap_word",
    "is_gap",
    "is_none",
    "number_style",
    "parse_number",
    "parse_titre",
    "plain_text",
    "rank_word",
    "sex_spellings",
    "split_power",
    "typed_cells",
    "undecided",
    "yes_no",
]
