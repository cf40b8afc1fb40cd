"""The verdict in plain words says the numbers of the test, and no more."""

from dataclasses import replace

import pytest

from responder.report.plain import plain_words
from responder.words import Voice


def with_primary(source, content):
    models = [content if m["id"] == source.primary else m for m in source.content["models"]]
    return replace(source, content=source.content | {"models": models})


def test_exact_test_is_told_in_labelings(reference):
    test = reference.model()["permutation"]
    told = plain_words(reference, Voice("en", "report"))
    assert f"in {round(test['p'] * 84)} of the 84 possible assignments" in told
    assert "does not show that they do not" in told
    assert f"在全部 84 种分法中有 {round(test['p'] * 84)} 种" in plain_words(reference, Voice("zh", "report"))


def test_drawn_labelings_count_the_real_one(convincing):
    model = convincing.model()
    drawn = model | {"permutation": model["permutation"] | {"exact": False, "labelings": 199, "p": 2 / 200}}
    told = plain_words(with_primary(convincing, drawn), Voice("en", "report"))
    assert "in only 2 of 200 random assignments" in told
    assert "a separate question" in told


def test_two_sided_is_far_rather_than_good(reference):
    model = reference.model()
    turned = model | {"permutation": model["permutation"] | {"side": "two_sided"}}
    assert "this far from chance" in plain_words(with_primary(reference, turned), Voice("en", "report"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_claimed_where_nothing_can_be(hopeless, language):
    words = Voice(language, "report")
    assert plain_words(hopeless, words) == words("plain.cannot_be_estimated", n=hopeless.n)
