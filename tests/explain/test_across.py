"""Hypotheses across cohorts of several diseases: what is found where it was planted, and what is never claimed."""

import dataclasses
import json

import numpy as np
import pytest

from responder.cohort import Cohort, load_cohort
from responder.errors import ConfigError, DataRefusedError
from responder.explain import hypotheses_across
from responder.explain.hypothesis_verdict import Standing
from responder.explain.rank_sum import rank_sum_test
from responder.study import load_study
from responder.validate.midranks import doubled_midranks

RP, SLE = load_study("rp-ld-il2"), load_study("sle-ld-il2")


def cohort_of(study, seed, n, effect, *, source="", names=("treg_per_ul", "tcon_per_ul")):
    """Patients whose Treg count lowers the logit of response by `effect` an SD, and nothing else."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    outcome = (rng.random(n) < 1 / (1 + np.exp(effect * z))).astype(int)
    outcome[:2] = 0, 1
    values = np.column_stack([22 * 1.5**z, 500 * 1.35 ** rng.normal(size=n)])[:, : len(names)]
    ids = tuple(f"{i}" for i in range(n))
    return Cohort(study, study.endpoint, ids, names, values, outcome, source=source or f"{study.id}-{seed}")


@pytest.fixture(scope="module")
def planted():
    return hypotheses_across([cohort_of(RP, 1, 60, 2.0), cohort_of(SLE, 2, 80, 2.0)])


def test_what_was_planted_in_both_is_found_in_each(planted):
    (found,) = planted.verdicts
    assert (found.id, found.claim, found.standing, found.why) == ("H6", "everywhere", Standing.SUPPORTED, "decided")
    assert found.p_everywhere == max(each.p for each in found.cohorts)
    assert found.lower < found.auc < found.upper
    assert [each.points for each in found.cohorts] == [1, 1]
    assert sum(each.weight for each in found.cohorts) == pytest.approx(1.0)


def test_one_strong_cohort_carries_the_sum_but_not_the_claim():
    """A marker of the second disease alone: together p is small, and still it is not said to carry over."""
    cohorts = [cohort_of(RP, 3, 12, 0.0), cohort_of(SLE, 4, 200, 2.0)]
    everywhere, together = hypotheses_across(cohorts, ["H6", "H3"]).verdicts
    assert everywhere.p < 0.001
    assert everywhere.standing is Standing.NOT_DECIDABLE
    assert together.claim == "together"
    assert together.tested == everywhere.tested == 2


def test_opposite_cohorts_are_said_to_disagree():
    (found,) = hypotheses_across([cohort_of(RP, 5, 60, 3.0), cohort_of(SLE, 6, 60, -3.0)]).verdicts
    assert (found.standing, found.why, found.p_everywhere) == (Standing.NOT_DECIDABLE, "cohorts_disagree", 1.0)
    assert found.heterogeneity.p < 1e-6
    assert "different directions" in str(found.statement)


def test_the_reverse_in_both_contradicts():
    (found,) = hypotheses_across([cohort_of(RP, 7, 60, -3.0), cohort_of(SLE, 8, 60, -3.0)]).verdicts
    assert found.standing is Standing.CONTRADICTED


def test_each_cohort_alone_is_the_rank_sum_test(planted):
    one = cohort_of(RP, 1, 60, 2.0)
    treg, tcon = np.log(one.values).T
    score = -doubled_midranks(treg) - doubled_midranks(np.round(treg - tcon, 12))
    alone = rank_sum_test(doubled_midranks(score.astype(float)), one.outcome)
    found = planted.verdicts[0].cohorts[0]
    assert (found.auc, found.p) == pytest.approx((alone.auc, alone.p), abs=1e-12)


def test_a_feature_that_one_cohort_lacks_is_left_out_everywhere():
    lacking = cohort_of(SLE, 9, 40, 1.0, names=("treg_per_ul",))
    (found,) = hypotheses_across([cohort_of(RP, 10, 40, 1.0), lacking]).verdicts
    assert list(found.features) == ["log_treg"]
    assert found.left_out == {"log_treg_tcon_ratio": (lacking.source,)}
    (none,) = hypotheses_across([cohort_of(RP, 10, 40, 1.0), lacking], ["H5"]).verdicts
    assert (none.standing, none.why) == (Standing.NOT_TESTABLE, "not_shared")
    assert "no feature of it is measured in every cohort" in str(none.statement)


def test_a_trait_of_another_name_is_mapped_and_said():
    other = cohort_of(SLE, 11, 40, 1.0, names=("cd4_per_ul", "tcon_per_ul"))
    (found,) = hypotheses_across(
        [cohort_of(RP, 12, 40, 1.0), other], mapping={"sle-ld-il2": {"treg_per_ul": "cd4_per_ul"}}
    ).verdicts
    assert len(found.features) == 2
    assert found.cohorts[1].renamed == {"treg_per_ul": "cd4_per_ul"}
    with pytest.raises(ConfigError, match="no cohort is of study 'other'"):
        hypotheses_across([cohort_of(RP, 12, 40, 1.0), other], mapping={"other": {"treg_per_ul": "cd4_per_ul"}})


def test_one_outcome_in_a_cohort_says_nothing():
    one = cohort_of(SLE, 13, 20, 0.0)
    (found,) = hypotheses_across(
        [cohort_of(RP, 14, 20, 0.0), dataclasses.replace(one, outcome=np.ones(20, dtype=int))]
    ).verdicts
    assert (found.standing, found.why) == (Standing.NOT_TESTABLE, "one_cohort")
    assert [each.weight for each in found.cohorts] == [0.0, 0.0]  # nothing was joined
    third = cohort_of(SLE, 15, 20, 0.0)
    silent = dataclasses.replace(one, outcome=np.ones(20, dtype=int))
    with_third = hypotheses_across([cohort_of(RP, 14, 20, 0.0), silent, third]).verdicts[0]
    without = hypotheses_across([cohort_of(RP, 14, 20, 0.0), third]).verdicts[0]
    assert (with_third.p, with_third.cohorts[1].weight) == (without.p, 0.0)


def test_centres_within_a_cohort_are_strata_of_their_own():
    rp, sle = cohort_of(RP, 16, 40, 1.0), cohort_of(SLE, 17, 40, 1.0)
    centres = dataclasses.replace(sle, strata=("a", "b") * 20)
    plain, split = (hypotheses_across([rp, one]).verdicts[0] for one in (sle, centres))
    assert plain.cohorts[0].auc == split.cohorts[0].auc
    assert plain.p != split.p
    assert split.heterogeneity.degrees == 1


def test_patients_in_two_cohorts_are_named():
    rp, sle = cohort_of(RP, 18, 20, 0.0), cohort_of(SLE, 19, 20, 0.0)
    values = sle.values.copy()
    values[:3] = rp.values[5:8]
    found = hypotheses_across([rp, dataclasses.replace(sle, values=values)])
    assert [phrase.values["n"] for phrase in found.twins] == [3]
    with pytest.raises(DataRefusedError, match="named twice"):
        hypotheses_across([rp, rp])


@pytest.mark.parametrize(
    ("asked", "words"),
    [(["H9"], "no hypothesis 'H9'"), (["H4"], "names no baseline feature")],
)
def test_what_cannot_be_asked(asked, words):
    with pytest.raises(ConfigError, match=words):
        hypotheses_across([cohort_of(RP, 20, 20, 0.0), cohort_of(SLE, 21, 20, 0.0)], asked)
    with pytest.raises(ConfigError, match="one cohort"):
        hypotheses_across([cohort_of(RP, 20, 20, 0.0)])


def test_noise_in_two_diseases_is_hardly_ever_said_to_carry_over():
    """Intersection-union: under noise the claim for every cohort is far rarer than the level; together it keeps it."""
    together, everywhere = [], []
    for seed in range(150):
        (found,) = hypotheses_across([cohort_of(RP, seed, 9, 0.0), cohort_of(SLE, 1000 + seed, 20, 0.0)]).verdicts
        together.append(found.p <= 0.05)
        everywhere.append(found.standing is not Standing.NOT_DECIDABLE)
    assert np.mean(together) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert np.mean(everywhere) <= 0.02


def test_the_result_as_table_and_json(planted):
    frame = planted.frame()
    assert frame["cohort"].tolist() == ["rp-ld-il2-1", "sle-ld-il2-2", "together"]
    told = json.loads(json.dumps(planted.to_json(), allow_nan=False))
    assert told["verdicts"][0]["sentence"]["code"] == "across.said.everywhere.supported"
    assert "ids" not in json.dumps(told)


def test_the_shipped_cohorts(root):
    """Treg of the reference cohort was drawn without looking at the outcome; in lupus an effect was planted."""
    rp = load_cohort(root / "data/rp_ld_il2/cohort.csv", RP)
    sle = load_cohort(root / "data/sle_planted_truth/cohort.csv", SLE)
    (found,) = hypotheses_across([rp, sle]).verdicts
    assert found.cohorts[1].p < 0.01
    assert found.standing is Standing.NOT_DECIDABLE
    assert {*found.cohorts[0].rests_on, *found.cohorts[1].rests_on} == {"reconstructed", "simulated"}


@pytest.mark.parametrize(("auc", "points"), [(0.6, 1), (0.4, -1), (0.5, 0), (np.nan, 0)])
def test_a_cohort_points_where_its_auc_lies(planted, auc, points):
    assert dataclasses.replace(planted.verdicts[0].cohorts[0], auc=auc).points == points


def test_the_claim_says_which_p_it_is_judged_by(planted):
    numbers = {"p": 0.01, "smallest_attainable_p": 0.001, "p_everywhere": 0.2, "smallest_everywhere": 0.02}
    together, everywhere = (
        dataclasses.replace(planted.verdicts[0], claim=claim, **numbers) for claim in ("together", "everywhere")
    )
    assert (together.p_of_claim, together.smallest_of_claim) == (0.01, 0.001)
    assert (everywhere.p_of_claim, everywhere.smallest_of_claim) == (0.2, 0.02)
