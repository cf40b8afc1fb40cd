"""Numbers that people can read, and samples that stay within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from responder.evidence.reconstruction import ReportedFacts, reconstruct
from responder.evidence.reconstruction.sift import Tally


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (Tally.exact(3_254_069), "3,254,069"),
        (Tally.exact(10**15 - 1), "999,999,999,999,999"),
        (Tally.exact(10**15), "1.00 × 10^15"),
        (
            Tally(93 * 10**47, 6 * 10**48, 139 * 10**47, exhaustive=False),
            "about 9.30 × 10^48 (95% limits 6.00 ",
        ),
    ],
)
def test_no_more_digits_than_are_known(tally, words):
    assert str(tally.phrase).startswith(words)
    assert tally.to_json()["count"] == tally.count


def test_many_people_are_sampled_in_bounded_memory():
    facts = ReportedFacts.model_validate(
        {
            "schema": "responder/facts/1",
            "title": "the largest report that is read",
            "n": 10_000,
            "variables": {"age": {"lowest": 18, "highest": 90}},
            "fact": [{"id": "mean", "statistic": "mean", "of": "age", "value": "54"}],
        }
    )
    found = reconstruct(facts, rng=np.random.default_rng(0), explain=False)
    assert not found.tally.exhaustive
    assert 0 < found.tally.low <= found.tally.count <= found.tally.high
    assert found.known < 2_000  # of 100,000 draws of 10,000 people no more were made than memory holds
