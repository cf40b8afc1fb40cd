"""The screen of single markers: plain loops over every labeling, gaps, ties and strata, and its level on noise."""

import itertools
import json

import numpy as np
import pytest
from scipy.stats import rankdata

from responder.validate.permutation import draw_labelings
from responder.validate.screen import screen_markers
from responder.workers import open_workers


def all_labelings(outcome, strata=()):
    return draw_labelings(outcome, most_exact=10_000, draws=0, rng=np.random.default_rng(0), strata=strata)


def auc_by_pairs(x, y):
    """Pair by pair; a missing value is left out."""
    pairs = [(a, b) for a in x[y == 1] for b in x[y == 0] if not np.isnan(a) and not np.isnan(b)]
    return np.mean([(a > b) + 0.5 * (a == b) for a, b in pairs]) if pairs else np.nan


def brute_force(values, outcome):
    """Westfall and Young's step-down max-T, one labeling, one marker and one pair at a time."""
    n, k = values.shape
    chosen = list(itertools.combinations(range(n), int(outcome.sum())))

    def rank_sum(j, responders):
        known = [i for i in range(n) if not np.isnan(values[i, j])]
        won = sum(
            np.sign(values[i, j] - values[other, j]) for i in responders if i in known for other in known if other != i
        )
        return float(won)

    null = np.array([[rank_sum(j, responders) for j in range(k)] for responders in chosen])
    null = np.abs((null - null.mean(axis=0)) / np.where(null.std(axis=0) > 0, null.std(axis=0), np.inf))
    observed = null[chosen.index(tuple(np.flatnonzero(outcome)))]
    p = [np.mean(null[:, j] >= observed[j] - 1e-9) for j in range(k)]
    order = sorted(range(k), key=lambda j: -observed[j])
    adjusted, least = np.empty(k), 0.0
    for place, j in enumerate(order):
        rest = null[:, order[place:]].max(axis=1)
        least = adjusted[j] = max(least, np.mean(rest >= observed[j] - 1e-9))
    return p, adjusted


def test_it_equals_plain_loops_over_all_labelings_with_ties_and_gaps():
    rng = np.random.default_rng(3)
    outcome = np.array([1, 0, 0, 1, 1, 0, 0, 1])
    values = rng.normal(size=(8, 7)).round(1) + outcome[:, None] * np.array([3, 1, 0, 0, 0, 0, 0])
    values[:, 2] = values[:, 0].round(0)  # a coarse copy
    values[[0, 5], 3] = np.nan
    values[:, 4] = 7.0  # tells nobody apart
    values[outcome == 1, 5] = np.nan  # of responders nobody has it
    found = screen_markers(values, "abcdefg", all_labelings(outcome))
    p, adjusted = brute_force(values, outcome)
    np.testing.assert_allclose(found.p, p)
    np.testing.assert_allclose(found.p_adjusted, adjusted)
    assert found.p[4] == found.p_adjusted[4] == 1.0
    for j in range(7):
        expected = auc_by_pairs(values[:, j], outcome) if j != 4 else np.nan
        assert found.auc[j] == pytest.approx(expected, nan_ok=True)
    assert found.n.tolist() == [8, 8, 8, 6, 8, 4, 8]
    assert found.exact
    assert found.labelings == found.possible == 70
    assert not found.standard_error.any()
    frame = found.frame()
    assert frame["p_adjusted"].is_monotonic_increasing
    assert frame["marker"][0] == "abcdefg"[int(found.p_adjusted.argmin())]
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert told["first"][0] == {**frame.iloc[0].to_dict(), "n": 8}


def test_labels_move_within_strata_only():
    strata = ["x"] * 4 + ["y"] * 4
    outcome = np.array([1, 1, 0, 0, 1, 0, 0, 0])
    values = np.column_stack([np.arange(8.0), np.repeat([5.0, 0.0], 4)])  # the second is the stratum
    found = screen_markers(values, "ab", all_labelings(outcome, strata), strata)
    assert found.labelings == 6 * 4
    assert found.p[1] == found.p_adjusted[1] == 1.0  # it cannot tell anybody of a stratum apart
    centred = values[:, 0] - np.repeat([1.5, 5.5], 4)
    every = all_labelings(outcome, strata).labels
    apart = np.abs(every @ centred)
    assert found.p[0] == pytest.approx(np.mean(apart >= apart[(every == outcome).all(axis=1)] - 1e-9))


def test_markers_are_compared_by_their_spread_over_labelings_within_strata():
    """Strata of unequal size and ties: each distance over its standard deviation, listed labeling by labeling."""
    rng = np.random.default_rng(8)
    strata = ["x"] * 3 + ["y"] * 6
    outcome = np.array([1, 0, 0, 1, 1, 0, 0, 1, 0])
    values = rng.normal(size=(9, 3)).round(1)
    found = screen_markers(values, "abc", all_labelings(outcome, strata), strata)
    every = all_labelings(outcome, strata).labels.astype(float)
    sums = every @ np.apply_along_axis(rankdata, 0, values)
    apart = np.abs(sums - sums.mean(axis=0)) / sums.std(axis=0)
    seen = apart[(every == outcome).all(axis=1)][0]
    largest = apart.max(axis=1)
    first = int(seen.argmax())
    assert found.p_adjusted[first] == pytest.approx(np.mean(largest >= seen[first] - 1e-9))
    second = sorted(range(3), key=lambda j: -seen[j])[1]
    rest = np.delete(apart, first, axis=1).max(axis=1)
    expected = max(found.p_adjusted[first], np.mean(rest >= seen[second] - 1e-9))
    assert found.p_adjusted[second] == pytest.approx(expected)


def test_random_labelings_are_near_all_of_them_and_shared_out_without_a_trace():
    rng = np.random.default_rng(5)
    outcome = np.repeat([0, 1], 6)
    values = rng.normal(size=(12, 40)) + outcome[:, None] * (np.arange(40) < 2) * 2.0
    names = [f"m{i}" for i in range(40)]
    exact = screen_markers(values, names, all_labelings(outcome))
    drawn = draw_labelings(outcome, most_exact=10, draws=799, rng=rng)
    found = screen_markers(values, names, drawn)
    assert (found.exact, found.labelings, found.possible) == (False, 800, 924)
    assert (np.abs(found.p_adjusted - exact.p_adjusted) <= 4 * found.standard_error + 2 / 800).all()
    with open_workers("2") as two:
        again = screen_markers(values, names, drawn, workers=two)
    for name in ("p", "p_adjusted", "auc"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))


def test_on_noise_any_marker_passes_in_at_most_alpha_of_cohorts():
    """200 cohorts of 12 with 8 correlated markers; ranks are coarse, so that the level is nearly used up."""
    rng = np.random.default_rng(11)
    outcome = np.repeat([0, 1], 6)
    every = all_labelings(outcome)
    passed = [
        screen_markers(rng.normal(size=(12, 8)) + rng.normal(size=(12, 1)), "abcdefgh", every).passing(0.1) > 0
        for _ in range(200)
    ]
    assert 0.04 < np.mean(passed) < 0.16
