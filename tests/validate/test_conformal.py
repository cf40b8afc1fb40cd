import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from responder.validate.conformal import conformal_limits, conformal_sets, members_needed, out_of_fold_sets


@pytest.mark.parametrize(("level", "needed"), [(0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.5, 1), (0.85, 6)])
def test_members_needed_is_exactly_where_an_outcome_can_first_be_ruled_out(level, needed):
    assert members_needed(level) == needed
    for count in (needed - 1, needed):
        if count:
            sets = conformal_sets(
                np.r_[np.full(count, 0.9), np.full(200, 0.1)], np.r_[np.ones(count), np.zeros(200)], [0.05], level
            )
            assert sets.response_possible[0] == (count < needed)


def test_by_hand():
    # responders at .9 .7 .5 .3, non-responders at .6 .4 .2 .1, new patient at .45
    sets = conformal_sets([0.9, 0.7, 0.5, 0.3, 0.6, 0.4, 0.2, 0.1], [1] * 4 + [0] * 4, [0.45, 0.2], 0.8)
    # responders at or below .45: one; non-responders at or above: one
    assert sets.p_response == pytest.approx([2 / 5, 1 / 5])
    assert sets.p_non_response == pytest.approx([2 / 5, 4 / 5])
    assert sets.response_possible.tolist() == [True, False]
    assert sets.non_response_possible.tolist() == [True, True]
    assert (sets.is_informative, sets.n_needed) == (True, 4)


def test_nine_patients_of_the_reference_trial_are_uninformative_at_every_usual_level():
    seen, labels = np.linspace(0.9, 0.1, 9), [1] * 6 + [0] * 3
    for level in (0.9, 0.95):
        sets = conformal_sets(seen, labels, [0.999, 0.001], level)
        assert not sets.is_informative
        assert sets.response_possible.all()
        assert sets.non_response_possible.all()
        assert (sets.n_responders, sets.n_non_responders) == (6, 3)
    others = conformal_sets(seen, labels, [0.999, 0.001], 0.8)
    assert (others.is_informative, others.n_non_responders, others.n_needed) == (True, 3, 4)
    assert others.non_response_possible.all()  # too few to be ruled out
    few_responders = conformal_sets(seen, [1] * 3 + [0] * 6, [0.999, 0.001], 0.8)
    assert few_responders.response_possible.all()
    assert not few_responders.non_response_possible.all()


@given(
    arrays(float, 12, elements=st.floats(0, 1)),
    arrays(float, 5, elements=st.floats(0, 1)),
    st.sampled_from([0.5, 0.8, 0.9]),
)
def test_sets_shrink_with_the_level_and_follow_the_score(seen, new, level):
    labels = [1] * 6 + [0] * 6
    sets, wider = conformal_sets(seen, labels, new, level), conformal_sets(seen, labels, new, 0.95)
    assert (wider.response_possible >= sets.response_possible).all()
    order = np.argsort(new)
    assert (np.diff(sets.p_response[order]) >= 0).all()
    assert (np.diff(sets.p_non_response[order]) <= 0).all()


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_coverage_holds_in_each_class_at_one_fixed_score(level):
    rng = np.random.default_rng(2)
    labels = np.repeat([1, 0], [12, 25])
    held = {1: 0, 0: 0}
    for _ in range(1500):
        probability = 1 / (1 + np.exp(-rng.normal(labels)))
        for patient, outcome in ((0, 1), (36, 0)):
            others = np.arange(37) != patient
            sets = conformal_sets(probability[others], labels[others], probability[[patient]], level)
            held[outcome] += int((sets.response_possible if outcome else sets.non_response_possible)[0])
    for count in held.values():
        assert count / 1500 >= level - 3 * np.sqrt(level * (1 - level) / 1500)


def test_wrong_arrays_are_refused():
    with pytest.raises(ValueError, match="both classes"):
        conformal_sets([0.5], [1], [0.5])
    with pytest.raises(ValueError, match="none missing"):
        conformal_sets([0.5, 0.5], [1, 0], [np.nan])


def test_frame_and_json():
    sets = conformal_sets([0.9, 0.1], [1, 0], [0.5, 0.6])
    assert len(sets.frame()) == 2
    assert json.loads(json.dumps(sets.to_json()))["response_possible"] == [True, True]


def test_out_of_fold_sets_are_those_calibrated_by_the_others():
    rng = np.random.default_rng(3)
    labels = np.repeat([1, 0], [7, 12])
    seen = np.round(np.clip(rng.normal(0.35 + 0.3 * labels, 0.2), 0.01, 0.99), 1)
    found = out_of_fold_sets(seen, labels, level=0.8)
    for i in range(19):
        rest = np.delete(np.arange(19), i)
        alone = conformal_sets(seen[rest], labels[rest], [seen[i]], level=0.8)
        assert found.p_response[i] == pytest.approx(alone.p_response[0])
        assert found.p_non_response[i] == pytest.approx(alone.p_non_response[0])
        assert found.response_possible[i] == alone.response_possible[0]
        assert found.non_response_possible[i] == alone.non_response_possible[0]
    assert sum(found.counts.values()) == 19
    assert (found.n_responders, found.n_non_responders) == (7, 12)


@given(
    arrays(float, st.integers(2, 40), elements=st.sampled_from([k / 20 for k in range(1, 20)])),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.6, 0.75, 0.8, 0.9, 0.95]),
)
def test_two_limits_give_the_sets_of_all_scores(seen, seed, level):
    """Ties included: what a bundle keeps gives a new patient exactly the set of `conformal_sets`."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation([1, 0, *rng.integers(0, 2, len(seen) - 2)])
    new = np.concatenate([seen, rng.random(20)])
    expected = conformal_sets(seen, labels, new, level)
    limits = conformal_limits(np.log(seen / (1 - seen)), labels, level)
    response, other = limits.possible(np.log(new / (1 - new)))
    assert (response == expected.response_possible).all()
    assert (other == expected.non_response_possible).all()
    assert limits.is_informative == expected.is_informative


def test_limits_refuse_what_is_no_score():
    with pytest.raises(ValueError, match="finite"):
        conformal_limits([0.1, np.nan], [0, 1])
