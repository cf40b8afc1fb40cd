"""Suggestions: one clear answer or none, never the opposite."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from responder.errors import did_you_mean
from responder.names.suggest import spelling_distance, suggest
from responder.study import load_study

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = st.text(LETTERS, min_size=3, max_size=12)


@pytest.fixture(scope="module")
def organs():
    return load_study("rp-ld-il2").trait("organs").code.spellings


@pytest.mark.parametrize("word", ["heart", "chondritis", "skin chondritis", "ar", "airways or ear", "kidney", "hair"])
def test_an_organ_that_is_no_level_is_answered_with_no_organ(organs, word):
    assert suggest(word, organs) == ""


@pytest.mark.parametrize(
    ("word", "level"),
    [("auricular chondritis", "ear_nose"), ("nasal chondritis", "ear_nose"), ("tracheal", "airway"),
     ("pulmonry", "lung"), ("chondritis airway", "airway"), ("respiratry", "airway")],
)  # fmt: skip
def test_an_organ_is_suggested_by_its_meaning(organs, word, level):
    answer = suggest(word, organs)
    assert answer == "" or organs[answer.split("'")[1]] == level
    if word != "tracheal":
        assert answer


@pytest.mark.parametrize(
    ("word", "known"),
    [("CD4", "CD8"), ("rpdai_week1", "rpdai_week12"), ("CD25-", "CD25+"), ("CD25-", "CD25"), ("未缓解", "缓解"),
     ("nonresponder", "responder"), ("non responder", "responder"), ("hypotension", "hypertension"),
     ("incomplete response", "complete response"), ("treg_count", "tcon_count"), ("inactive", "active"),
     ("male", "female"), ("NK cells", "NKT cells"), ("Th cells", "Tfh cells"), ("B cells", "T cells"),
     ("lymphocyte count", "monocyte count"), ("not improved", "improved"), ("无效", "有效")],
)  # fmt: skip
def test_another_number_sign_or_opposite_is_never_meant(word, known):
    assert suggest(word, [known]) == suggest(known, [word]) == ""


@given(st.dictionaries(WORDS, st.sampled_from("ABCD"), min_size=1, max_size=8), WORDS)
def test_no_other_meaning_is_nearer_than_the_one_suggested(spellings, word):
    answer = suggest(word, spellings)
    if answer:
        chosen = answer.split("'")[1]
        others = [s for s, meaning in spellings.items() if meaning != spellings[chosen]]
        assert all(spelling_distance(word, chosen) < spelling_distance(word, other) for other in others)


@given(st.lists(st.text(LETTERS, min_size=8, max_size=14), min_size=2, max_size=6, unique=True), st.data())
def test_a_slip_in_a_long_word_finds_it(words, data):
    assume(all(spelling_distance(a, b) > 4 for a in words for b in words if a != b))
    word = data.draw(st.sampled_from(words))
    at = data.draw(st.integers(0, len(word) - 1))
    slip = word[:at] + data.draw(st.sampled_from(["", "q", "x" + word[at]])) + word[at + 1 :]
    assume(not any(a in slip or a in word for a in ("in", "un", "im", "dis", "non", "anti")) and word[0] != "a")
    assert suggest(slip, words) == f"did you mean '{word}'?"


@given(st.text(LETTERS, min_size=1, max_size=9), st.text(LETTERS, min_size=1, max_size=9))
def test_the_distance_of_spellings_is_one(a, b):
    assert spelling_distance(a, b) == spelling_distance(b, a)
    assert (spelling_distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= spelling_distance(a, b) <= max(len(a), len(b))


def test_of_two_options_as_near_neither_is_suggested():
    assert did_you_mean("wek", ["wek1", "wek2"]) is None
    assert str(did_you_mean("endpont", ["endpoint", "trait"])) == "did you mean 'endpoint'?"
