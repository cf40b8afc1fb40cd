import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.validate.verdict import MIN_CLASS_SIZE, Reason, VerdictKind, verdict
from responder.words import Phrase, from_json

SHOWN = {"n": 9, "n_smaller_class": 3, "lpo_auc": 0.94, "p": 2 / 84, "n_labelings": 84, "smallest_p": 1 / 84}


def test_beats_chance_says_every_number():
    said = verdict(**SHOWN, p_adjusted=3 / 84)
    assert said.kind is VerdictKind.BEATS_CHANCE
    assert said.reason is None
    for words in ("Beats chance", "0.94", "0.024", "0.036", "all 84", "n = 9", "0.012", "one-sided"):
        assert words in str(said.statement)
    for words in ("优于随机", "0.94", "0.024", "0.036", "全部 84", "n = 9", "0.012", "单侧"):
        assert words in said.statement.in_language("zh")


def test_the_adjusted_p_decides():
    assert verdict(**SHOWN, p_adjusted=0.06).kind is VerdictKind.NOT_SHOWN


def test_worse_than_chance_never_beats_it():
    assert verdict(**{**SHOWN, "lpo_auc": 0.05}, two_sided=True).kind is VerdictKind.NOT_SHOWN


def test_a_level_that_the_smallest_p_just_reaches_can_be_met():
    said = verdict(n=6, n_smaller_class=3, lpo_auc=1.0, p=0.05, n_labelings=20, smallest_p=0.05, alpha=0.05)
    assert said.kind is VerdictKind.BEATS_CHANCE


def test_of_random_labelings_the_observed_one_is_not_counted():
    said = verdict(**{**SHOWN, "n_labelings": 500, "exact": False})
    assert "499" in json.dumps(said.to_json(), ensure_ascii=False)


def test_two_in_the_smaller_class_of_nine_cannot_be_estimated():
    said = verdict(n=9, n_smaller_class=2, lpo_auc=1.0, p=1 / 36, n_labelings=36, smallest_p=1 / 36)
    assert said.kind is VerdictKind.CANNOT_BE_ESTIMATED
    assert said.reason is Reason.CLASSES_TOO_SMALL


def test_no_attainable_p_below_alpha():
    said = verdict(n=6, n_smaller_class=3, lpo_auc=1.0, p=0.1, n_labelings=20, smallest_p=0.1)
    assert said.reason is Reason.SMALLEST_P_ABOVE_ALPHA
    assert said.statement.values["why"] == Phrase(
        "verdict.why.out_of_reach", {"n": 20, "smallest": "0.100", "alpha": 0.05}
    )


@pytest.mark.parametrize("failure", list(Reason))
def test_a_failure_is_the_reason(failure):
    said = verdict(n=20, n_smaller_class=8, failure=failure)
    assert (said.kind, said.reason) == (VerdictKind.CANNOT_BE_ESTIMATED, failure)
    assert str(said.statement).startswith("Cannot be estimated: ")
    assert said.statement.in_language("zh").startswith("无法估计：")


def test_missing_numbers_are_a_programming_error():
    with pytest.raises(ValueError, match="needs lpo_auc"):
        verdict(n=20, n_smaller_class=8)


def test_rounding_keeps_the_side_of_alpha():
    said = verdict(**{**SHOWN, "p": 0.05004})
    assert said.kind is VerdictKind.NOT_SHOWN
    assert said.statement.values["numbers"].values["tested"].values["p"] == "0.05004"


@given(
    auc=st.floats(0, 1),
    p=st.floats(1e-6, 1),
    p_adjusted=st.none() | st.floats(1e-6, 1),
    smaller=st.integers(0, 50),
    alpha=st.floats(0.001, 0.2),
    exact=st.booleans(),
)
def test_kind_and_reason_agree(auc, p, p_adjusted, smaller, alpha, exact):
    said = verdict(
        n=100,
        n_smaller_class=smaller,
        lpo_auc=auc,
        p=p,
        p_adjusted=p_adjusted,
        n_labelings=1000,
        exact=exact,
        smallest_p=0.001,
        alpha=alpha,
    )
    assert (said.reason is not None) == (said.kind is VerdictKind.CANNOT_BE_ESTIMATED)
    if said.kind is VerdictKind.BEATS_CHANCE:
        assert smaller >= MIN_CLASS_SIZE
        assert auc > 0.5
        assert (p if p_adjusted is None else p_adjusted) <= alpha
    json.dumps(said.to_json(), allow_nan=False)


def test_frame_and_json():
    said = verdict(**SHOWN)
    assert said.to_json()["kind"] == "beats_chance"
    assert said.to_json()["reason"] is None
    assert from_json(said.to_json()["sentence"]) == said.statement
    assert said.frame().loc[0, "sentence"] == str(said.statement)
