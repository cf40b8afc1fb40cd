"""Ranges, levels, leverage and neighbours against brute force."""

import numpy as np
import pytest

from responder.score import ApplicabilityReference, applicability
from responder.score.applicability import RIDGE, TrainingTrait


@pytest.fixture(scope="module")
def reference(make_bundle):
    bundle = make_bundle("ridge:1", refits=20, gaps=False)
    return bundle, bundle.background[:, : len(bundle.pipeline.features.spec.steps)]


def test_leverage_of_a_training_patient_is_that_over_the_others(reference):
    bundle, rows = reference
    design = np.column_stack([np.ones(len(rows)), rows])
    ridge = np.diag([0.0, *[RIDGE] * rows.shape[1]])
    own = []
    for i in range(len(rows)):
        others = np.delete(design, i, axis=0)
        own.append(design[i] @ np.linalg.solve(others.T @ others + ridge, design[i]))
    assert bundle.applicability.largest_leverage == pytest.approx(max(own), rel=1e-9)


def test_neighbour_distances_are_those_of_pairs(reference):
    bundle, rows = reference
    pairs = np.sqrt(((rows[:, None] - rows[None]) ** 2).mean(axis=2))
    np.fill_diagonal(pairs, np.inf)
    np.testing.assert_allclose(bundle.applicability.nearest_distances, np.sort(pairs.min(axis=1)), atol=1e-7)


def test_neighbours_of_many_patients_are_looked_for_in_blocks(monkeypatch):
    rows = np.random.default_rng(5).standard_normal((23, 3))
    monkeypatch.setattr(applicability, "DISTANCES_AT_ONCE", 60)
    apart = np.sqrt(((rows[:, None] - rows) ** 2).mean(axis=2))
    new = rows[:4] + 1.0
    from_new = np.sqrt(((new[:, None] - rows) ** 2).mean(axis=2))
    np.testing.assert_allclose(applicability._nearest(new, rows), from_new.min(axis=1), atol=1e-12)
    np.fill_diagonal(apart, np.inf)
    np.testing.assert_allclose(applicability._nearest(rows, rows, another=True), apart.min(axis=1), atol=1e-12)


def test_no_training_patient_is_outside(any_bundle):
    # the cohort, as read back from its own features, is at home in its own domain
    reference = any_bundle.applicability
    background = any_bundle.background
    values = np.full((len(background), len(any_bundle.columns)), np.nan)
    found = reference.assess(any_bundle.codes, values, background, background, any_bundle.feature_range)
    assert not found.far.any()
    assert not found.alone.any()
    assert found.distance.max() < 1e-6
    assert found.leverage.max() <= reference.largest_leverage


def test_exchangeable_patients_are_seldom_unlike_all_others(make_bundle):
    # n + 1 exchangeable patients: the newcomer has the largest leverage, or distance, 1 time in n + 1
    bundle = make_bundle("ridge:1", refits=20, gaps=False)
    spec = bundle.pipeline.features.spec
    rng = np.random.default_rng(0)
    high = alone = 0
    draws, n = 300, 20
    for _ in range(draws):
        rows = np.column_stack([rng.random((n + 1, 5)) < 0.4, np.exp(rng.normal(1.5, 0.5, (n + 1, 5)))]).astype(float)
        fitted = type(bundle.pipeline.features).fit(spec, rows[:n])
        reference = ApplicabilityReference.fit(bundle.codes, spec.columns, rows[:n], fitted)
        known, new = fitted.transform(rows[:n]), fitted.transform(rows[n:])
        found = reference.assess(bundle.codes, rows[n:], new, known, (known.min(axis=0), known.max(axis=0)))
        high += int(found.high_leverage[0])
        alone += int(found.alone[0])
    expected = draws / (n + 1)
    # scaling knows the training patients and not the newcomer, which makes the newcomer a little more remote
    assert 0.3 * expected < high < 3 * expected
    assert 0.3 * expected < alone < 3 * expected


def test_reference_round_trip(any_bundle):
    again = ApplicabilityReference.from_json(any_bundle.applicability.to_json())
    assert again.to_json() == any_bundle.applicability.to_json()


@pytest.mark.parametrize(("beyond", "far"), [(0.0, False), (0.99, False), (1.01, True), (1.5, True)])
def test_far_is_more_than_one_training_sd_beyond_the_range(reference, beyond, far):
    bundle, _ = reference
    background = bundle.background
    values = np.full((2, len(bundle.columns)), np.nan)
    rows = np.stack([background.mean(axis=0)] * 2)
    rows[0, 2], rows[1, 2] = background[:, 2].max() + beyond, background[:, 2].min() - beyond
    found = bundle.applicability.assess(bundle.codes, values, rows, background, bundle.feature_range).far
    assert found[:, 2].tolist() == [far, far]
    assert found.sum() == 2 * far


def test_of_another_value_than_everybody_had_the_cohort_can_say_nothing(reference):
    code = next(code for code in reference[0].codes if code.name == "rpdai")
    trait = TrainingTrait.fit(code, np.array([[9.0], [9.0], [np.nan]]))
    assert trait.unseen(np.array([[9.0], [8.0], [9.5], [np.nan]]), code.kind).tolist() == [False, True, True, False]
    varied = TrainingTrait.fit(code, np.array([[8.0], [9.0]]))
    assert not varied.unseen(np.array([[7.0], [8.5], [100.0]]), code.kind).any()
