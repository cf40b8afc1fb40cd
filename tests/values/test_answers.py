"""Gaps, answers, sexes, ranks and titres, in the languages that tables come in."""

import math

import numpy as np
import pytest

from responder.values import (
    fold_unit,
    fold_word,
    gap_word,
    is_gap,
    is_none,
    parse_titre,
    rank_word,
    sex_spellings,
    split_power,
    yes_no,
)


@pytest.mark.parametrize(
    "text", ["", " ", "NA", "n/a", "NaN", "null", ".", "Missing", "缺失", "未查", "不详", "k.A.", "inconnu"]
)
def test_usual_gaps(text):
    assert is_gap(text)
    assert gap_word(text) is None


@pytest.mark.parametrize("text", ["UNK", "NASK", "NI", "TI", "#N/A", "#DIV/0!", "#VALUE!", "#NULL!", "/"])
def test_gaps_that_are_named(text):
    assert not is_gap(text)
    assert gap_word(f" {text} ") == text


@pytest.mark.parametrize("text", ["ND", "nd", "none", "无", "0", "-", "ti", "der", "negative", 0, 0.0, False, [], "±"])
def test_what_is_no_gap(text):
    assert not is_gap(text)
    assert gap_word(text) is None


def test_typed_gaps():
    assert is_gap(None)
    assert is_gap(math.nan)
    assert is_gap(np.float64("nan"))


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("yes", "no"), ("是", "否"), ("有", "无"), ("阳性", "阴性"), ("+", "-"), ("ja", "nein"), ("Oui", "NON"),
        ("sí", "no"), ("はい", "いいえ"), ("有", "無"), ("あり", "なし"), ("ano", "ne"), ("да", "нет"),
        ("sim", "não"), ("true", "false"), ("Checked", "Unchecked"), ("present", "absent"), ("positive", "negative"),
        ("1.0", "0.0"), (True, False), (1, 0), ("ｙｅｓ", "ｎｏ"),
    ],
)  # fmt: skip
def test_yes_and_no(yes, no):
    assert yes_no(yes) == 1.0
    assert yes_no(no) == 0.0


def test_no_word_answers_both_ways_and_none_is_no_yes():
    from responder.values.answers import _folded

    assert not _folded("answer", "yes") & _folded("answer", "no")
    assert not sex_spellings("female") & sex_spellings("male")
    assert not any(yes_no(word) for word in _folded("answer", "none"))
    assert all(yes_no(word) is None for word in ("perhaps", "2", "f", "男", "", None, [], 10**400))


def test_ranks_and_titres():
    assert [rank_word(word) for word in ("Negative", "trace", "1+", "2+", "3+", "阴性", "±", "+", "++", "+++")] == [
        0, 1, 2, 3, 4, 0, 1, 2, 3, 4,
    ]  # fmt: skip
    assert parse_titre("1:80").value == math.log2(80)
    assert parse_titre(" 1 : 160 ").value == math.log2(160)
    assert parse_titre("<1:40") == (math.log2(40), "", "<", False, None)
    assert parse_titre("negative") is None
    assert parse_titre("1:0") is None


def test_units_fold():
    assert fold_unit("×10⁹/L") == fold_unit("10^9 / L") == fold_unit("x10^9/l") == fold_unit("*10**9/L")
    assert fold_unit("µL") == fold_unit("μl") == fold_unit("ul")
    assert fold_unit("cells/mm³") == fold_unit("Cells / mm^3") == "cells/mm3"
    assert split_power(fold_unit("×10¹²/L")) == (12, "/l")
    assert fold_word(" Ａｂ\u3000c ") == "ab c"
    assert is_none("なし")
