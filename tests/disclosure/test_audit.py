"""What a bundle gives away: the attacks find the truth where rows are kept, and nothing where they are not.

Oracles are the training patients themselves, whom the attacks do not see.
"""

import json

import numpy as np
import pytest

from responder.disclosure import audit
from responder.disclosure.equations import Equations
from responder.disclosure.labelings import find_labelings
from responder.errors import UsageError
from responder.score import score_profile
from responder.score.holdings import patient_level
from responder.score.shareable import left_out, shareable
from responder.score.storage import load_bundle, write_bundle

ATTACKED = ("ridge:1", "logf:2", "firth", "gp", "bayes", "lightgbm")


@pytest.fixture(scope="module")
def patients(root, make_bundle):
    """The nine reference patients, as they were trained on."""
    from responder.cohort import load_cohort
    from responder.study import load_study

    traits = [sheet.name for sheet in make_bundle("ridge:1", small=True, refits=20).traits]
    return load_cohort(str(root / "data/rp_ld_il2/cohort.csv"), load_study("rp-ld-il2"), traits=traits)


@pytest.fixture(scope="module")
def small(make_bundle):
    """A function to a bundle of the nine reference patients."""
    return lambda model: make_bundle(model, small=True, refits=20)


@pytest.mark.parametrize("model", ATTACKED)
def test_a_bundle_with_rows_gives_every_outcome_away(model, small, patients):
    found = audit(small(model))
    assert found.rows_known == found.outcomes_known == 9
    np.testing.assert_array_equal(found.outcome, patients.outcome)
    fitted = small(model).pipeline.features
    derived, missing = fitted.derive(patients.values)
    np.testing.assert_allclose(found.rows, np.column_stack([derived, missing]), atol=1e-9)


@pytest.mark.parametrize("model", ["ridge:0.1", "logf:2", "firth"])
def test_the_truth_fits_and_nothing_else_comes_near(model, small):
    attack = next(found for found in audit(small(model)).labelings if found.source == "decision")
    assert (attack.method, attack.tried, attack.fitting) == ("all", 84, 1)
    assert attack.residual < 1e-9 < 1.0 < attack.next_residual


@pytest.mark.parametrize(("model", "known"), [("single:organs", 7), ("prevalence", 0)])
def test_where_several_labelings_fit_only_what_they_share_is_known(model, known, small, patients):
    found = audit(small(model))
    assert found.outcomes_known == known
    if known:
        settled = found.outcome >= 0
        np.testing.assert_array_equal(found.outcome[settled], patients.outcome[settled])


@pytest.mark.parametrize(("model", "least"), [("ridge:1", 5), ("bayes", 20), ("gp", 20), ("lightgbm", 20)])
def test_refits_tell_who_was_drawn(model, least, small):
    assert audit(small(model)).draws_known >= least


def test_halves_find_the_outcomes_of_more_patients_than_can_be_tried():
    rng = np.random.default_rng(3)
    matrix, outcome = rng.standard_normal((3, 26)), rng.integers(0, 2, 26)
    found = find_labelings(Equations("decision", matrix, matrix @ outcome), int(outcome.sum()), rng)
    assert (found.method, found.fitting) == ("halves", 1)
    np.testing.assert_array_equal(found.outcome, outcome)


def test_what_cannot_be_attacked_says_so():
    rng = np.random.default_rng(3)
    found = find_labelings(Equations("decision", rng.standard_normal((3, 60)), np.ones(3)), 30, rng)
    assert (found.method, found.known) == ("none", 0)


@pytest.mark.parametrize("model", [*(m for m in ATTACKED if m != "gp"), "single:organs", "prevalence"])
def test_a_shareable_bundle_gives_no_row_and_no_outcome(model, small, tmp_path):
    whole = small(model)
    write_bundle(shareable(whole), tmp_path / "lean")
    lean = load_bundle(tmp_path / "lean")
    found = audit(lean)
    assert (found.rows_known, found.outcomes_known, found.draws_known, found.digests) == (0, 0, 0, 0)
    assert set(found.holds) <= {"coefficients", "covariance", "splits", "extremes"}
    assert json.loads((tmp_path / "lean/bundle.json").read_text())["content"]["patient_level"] == list(found.holds)


def test_no_number_of_a_patient_is_left_in_a_shareable_bundle(small, tmp_path):
    """Every standardised row of the whole bundle, number by number, is looked for in the bytes of the shareable one."""
    whole = small("ridge:1")
    write_bundle(shareable(whole), tmp_path / "lean")
    text = (tmp_path / "lean/bundle.json").read_text()
    kept = [value for row in whole.background for value in row if json.dumps(float(value)) in text]
    assert kept == []


def test_a_gaussian_process_is_not_shared(small):
    with pytest.raises(UsageError, match="Gaussian process"):
        shareable(small("gp"))


def test_a_shareable_bundle_is_shared_as_it_is(small):
    with pytest.raises(UsageError, match="already"):
        shareable(shareable(small("ridge:1")))


@pytest.mark.parametrize("model", ["ridge:1", "lightgbm", "bayes"])
def test_a_shareable_bundle_gives_the_same_probability(model, small, profile):
    whole, lean = small(model), shareable(small(model))
    first, second = (score_profile(bundle, profile, show_anyway=True) for bundle in (whole, lean))
    assert second.probability == first.probability
    assert (second.interval, second.stability, second.venn_abers, second.neighbour.distance) == (None,) * 4
    assert "without_patients" in {reason.code for reason in second.reasons}
    assert "no_interval" not in {reason.code for reason in second.reasons}
    if model == "ridge:1":  # against the average patient is against every patient, for a linear model
        assert [part.name for part in second.attributions] == [part.name for part in first.attributions]
        np.testing.assert_allclose(
            [part.contribution for part in second.attributions],
            [part.contribution for part in first.attributions],
            atol=1e-12,
        )
    else:
        assert "attributions" in left_out(whole)


def test_ranges_are_those_of_the_rows(make_bundle):
    whole = make_bundle("ridge:1")
    for kept, true in zip(shareable(whole).feature_range, whole.feature_range, strict=True):
        np.testing.assert_allclose(kept, true, atol=1e-9)


def test_an_unusual_profile_is_held_back_where_nobody_can_be_compared(make_bundle, profile):
    lean = shareable(make_bundle("ridge:1"))
    low, high = (np.array(limits) for limits in lean.feature_range)
    values = np.where(np.arange(len(low)) % 2, low, high)[None] * 3.0
    found = lean.applicability.assess(
        lean.codes, np.full((1, len(lean.columns)), np.nan), values, lean.background, (low, high)
    )
    assert found.high_leverage[0]
    assert found.alone[0]


def test_a_bundle_names_what_it_holds(small, tmp_path):
    write_bundle(small("ridge:1"), tmp_path / "whole")
    named = json.loads((tmp_path / "whole/bundle.json").read_text())["content"]["patient_level"]
    assert named == list(patient_level(small("ridge:1")))
    assert {"rows", "refits", "posterior", "row_digests", "out_of_fold"} <= set(named)


def test_counts_are_told_and_no_values(small):
    told = json.dumps(audit(small("ridge:1")).to_json())
    assert '"outcomes": 9' in told
    assert 'outcome":' not in told
