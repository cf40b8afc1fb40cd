"""A score of a model that borrows says how much of it is other people's."""

import pytest

from responder.score import score_profile
from responder.words import languages


@pytest.fixture(scope="module")
def bundle(make_bundle):
    return make_bundle("borrow", small=True)


def test_it_says_how_much_is_other_peoples(bundle, profile):
    score = score_profile(bundle, profile, show_anyway=True)
    assert 0 < score.borrowed.others < score.borrowed.patients
    assert 0 < score.borrowed.own < score.borrowed.patients - score.borrowed.others
    for language in languages():
        told = score.to_json(language)["borrowed"]
        assert f"{score.borrowed.others:.1f}" in told["sentence"]
        assert f"{score.borrowed.own:.1f}" in told["sentence"]
        assert told["patients"] == score.borrowed.patients


def test_other_models_say_nothing_of_it(make_bundle, profile):
    score = score_profile(make_bundle("ridge:1", small=True), profile, show_anyway=True)
    assert score.borrowed is None
    assert score.to_json()["borrowed"] is None
