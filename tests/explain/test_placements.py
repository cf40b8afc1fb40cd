"""Placements of responders within strata: counted one by one, and by the normal approximation of scipy."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, rankdata

from responder.explain import placements
from responder.explain.placements import placement_p

STRATA = [
    ([-4, -2, 0, 2, 4], 2),
    ([-3, 0, 0, 3], 1),
    ([0, 0, 0], 1),
]


def counted(strata, observed):
    """p and smallest p over every placement of the responders, listed."""
    sums = np.array(
        [sum(map(sum, choice)) for choice in product(*(list(combinations(s, r)) for s, r in strata))], dtype=float
    )
    distances = np.abs(sums - sums.mean())
    far = abs(observed - sums.mean())
    return (distances >= far - 1e-9).mean(), (distances >= distances.max() - 1e-9).mean()


@pytest.mark.parametrize(
    "strata", [STRATA[:1], STRATA[:2], STRATA, [([0, 1, 7, 30], 2)], [([0, 6], 1), ([0, 4, 4], 2)]]
)
def test_p_counts_placements_at_least_as_far_from_expectation(strata):
    parts = [(np.array(score), responders) for score, responders in strata]
    for observed in (sum(sum(sorted(s)[-r:]) for s, r in strata), sum(sum(sorted(s)[:r]) for s, r in strata), 1.0):
        p, smallest, exact = placement_p(parts, observed)
        assert exact
        assert (p, smallest) == pytest.approx(counted(strata, observed), abs=1e-12)


def test_the_cost_is_that_of_the_additions():
    """By hand: patients x responders x sums of each stratum, and its sums times those reached so far.

    Scores 0, 2, 4 with one responder reach 3 sums (9 additions), scores 0, 4 reach 2 (4 additions), in steps of 2.
    """
    thirds, halves = (np.array([0, 2, 4]), 1), (np.array([0, 4]), 1)
    assert placements._cost([thirds]) == 9 + 3 * 1
    assert placements._cost([thirds, halves]) == 9 + 3 * 1 + 4 + 2 * (1 + 3)
    assert placements._cost([halves, thirds]) == 4 + 2 * 1 + 9 + 3 * (1 + 2 * 2)


def test_too_many_to_count_are_approximated_as_scipy_does(monkeypatch):
    """With ties, without continuity correction; the smallest p is that of perfect separation."""
    monkeypatch.setattr(placements, "MOST_ADDITIONS", 0)
    values = np.array([1, 2, 2, 3, 5, 5, 6, 7, 8, 9, 9, 11])
    outcome = np.array([0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1])
    score = (2 * rankdata(values) - len(values) - 1).astype(int)
    p, smallest, exact = placement_p([(score, 6)], float(score[outcome == 1].sum()))

    def asymptotic(ones, others):
        return mannwhitneyu(ones, others, method="asymptotic", use_continuity=False).pvalue

    assert not exact
    assert p == pytest.approx(asymptotic(values[outcome == 1], values[outcome == 0]), abs=1e-12)
    ordered = np.sort(values)
    assert smallest == pytest.approx(asymptotic(ordered[6:], ordered[:6]), abs=1e-12)
