"""Adjusted p of several models: brute force, the error of the whole family by enumeration, balance between models."""

import numpy as np
import pytest
from tests.validate.test_refit import make_table

from responder.models import build_model
from responder.validate.familywise import familywise
from responder.validate.permutation import PermutationTest, draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline

NAMES = ("ridge:0.1", "firth", "gp", "single:rpdai", "single:treg_per_ul")


def every_labeling(outcome):
    return draw_labelings(outcome, most_exact=10**6, draws=99, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def tests():
    table, outcome = make_table(6, 9)
    labelings = every_labeling(outcome)
    pipelines = {name: ModelPipeline(table, build_model(name, table.feature_table)) for name in (*NAMES, "prevalence")}
    return {name: permutation_test(pipeline, labelings) for name, pipeline in pipelines.items()}


def of(auc, observed=0, side="greater"):
    auc = np.asarray(auc, dtype=float)
    return PermutationTest(auc, 0 * auc, observed, True, side, 0, 0, True, np.arange(len(auc)))


def own_p(auc, of_row):
    return sum(other >= auc[of_row] - 1e-9 for other in auc) / len(auc)


def brute_force(aucs, observed):
    """Westfall and Young 1993, section 2.3: share of labelings whose smallest p is as small as the observed p."""
    smallest = [min(own_p(auc, row) for auc in aucs) for row in range(len(aucs[0]))]
    return [sum(p <= own_p(auc, observed) + 1e-9 for p in smallest) / len(smallest) for auc in aucs]


def test_equals_brute_force(tests):
    aucs = [tests[name].auc for name in NAMES]
    for observed in (tests["gp"].observed, 0, 41):
        moved = {name: of(auc, observed) for name, auc in zip(NAMES, aucs, strict=True)}
        assert list(familywise(moved).p.values()) == pytest.approx(brute_force(aucs, observed), abs=1e-12)
        gated = familywise(moved, first="firth").p
        rest = brute_force([moved[name].auc for name in NAMES if name != "firth"], observed)
        assert gated["firth"] == moved["firth"].p
        others = [gated[name] for name in NAMES if name != "firth"]
        assert others == pytest.approx([max(p, moved["firth"].p) for p in rest], abs=1e-12)


def test_is_never_below_the_unadjusted_p_and_leaves_constant_models_out(tests):
    for first in ("", "gp"):
        adjusted = familywise(tests, first)
        assert set(adjusted.p) == set(NAMES)
        assert adjusted.exact
        assert adjusted.labelings == 84
        assert all(p >= tests[name].p - 1e-12 for name, p in adjusted.p.items())


def test_where_the_first_model_cannot_be_estimated_no_other_passes(tests):
    adjusted = familywise(tests, "prevalence")
    assert set(adjusted.p.values()) == {1.0}


def test_the_scale_of_an_auc_does_not_matter(tests):
    """The smallest p sees ranks alone: a model whose AUC spreads half as much is adjusted as before."""
    squeezed = {**tests, "gp": of(0.5 + (tests["gp"].auc - 0.5) / 2, tests["gp"].observed)}
    assert familywise(squeezed).p == familywise(tests).p


@pytest.mark.parametrize("first", ["", "ridge:0.1"])
def test_chance_alone_gives_any_verdict_in_at_most_alpha_of_labelings(tests, first):
    """Every labeling is as likely as any other where traits and outcome are independent: no sampling error."""
    any_passes = [
        min(familywise({name: of(tests[name].auc, row) for name in NAMES}, first).p.values()) <= 0.05
        for row in range(84)
    ]
    assert 0 < np.mean(any_passes) <= 0.05
    if first:
        # the share of its own test: the others cost nothing and add nothing
        assert np.mean(any_passes) == np.mean([of(tests[first].auc, row).p <= 0.05 for row in range(84)])


def test_the_rule_of_before_claimed_too_much():
    """The first by its own p, the others by the largest AUC of all, allowed up to twice the level."""
    rng = np.random.default_rng(11)
    aucs = rng.normal(0.5, 0.1, (6, 400)).clip(0, 1)
    largest = aucs.max(axis=0)
    first = np.array([own_p(aucs[0], row) <= 0.05 for row in range(400)])
    others = np.array([(largest >= aucs[1:, row].max() - 1e-9).mean() <= 0.05 for row in range(400)])
    assert (first | others).mean() > 0.08
    now = [min(familywise(dict(enumerate_names(aucs, row)), "m0").p.values()) <= 0.05 for row in range(400)]
    assert np.mean(now) == pytest.approx(first.mean())
    assert first.mean() <= 0.05


def enumerate_names(aucs, row):
    return ((f"m{i}", of(auc, row)) for i, auc in enumerate(aucs))


def test_models_of_unlike_spread_pass_equally_often():
    """By the largest AUC the narrow model passes never; by the smallest p each of two in half of what is allowed."""
    rng = np.random.default_rng(12)
    aucs = np.stack([rng.normal(0.5, 0.05, 2000), rng.normal(0.5, 0.15, 2000)])
    by_largest = [(aucs.max(axis=0)[None] >= auc[:, None] - 1e-9).mean(axis=1) <= 0.05 for auc in aucs]
    assert np.mean(by_largest[0]) == 0
    passes = (
        np.array([list(familywise(dict(enumerate_names(aucs, row))).p.values()) for row in range(0, 2000, 5)]) <= 0.05
    )
    # binomial standard error of a share of .025 in 400 is .008
    assert passes.mean(axis=0) == pytest.approx([0.025, 0.025], abs=0.025)


def test_fewer_labelings_shorten_the_comparison():
    table, outcome = make_table(7, 10)
    labelings = every_labeling(outcome)
    few = labelings.thinned(60, np.random.default_rng(3))
    ridge = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    full, thin = permutation_test(ridge, labelings), permutation_test(ridge, few)
    adjusted = familywise({"a": full, "b": thin})
    assert adjusted.labelings == 59
    assert not adjusted.exact
    assert adjusted.p["a"] >= full.p


def test_two_sided_looks_both_ways():
    auc = [0.1, 0.5, 0.55, 0.45]
    assert familywise({"a": of(auc, side="two-sided"), "b": of([0.5, 0.4, 0.6, 0.5], side="two-sided")}).p["a"] == 0.25


def test_the_smallest_p_of_every_labeling_is_kept(tests):
    together = {name: tests[name] for name in NAMES}
    own = [[own_p(test.auc, row) for row in range(84)] for test in together.values()]
    assert familywise(together).null_smallest == pytest.approx(np.min(own, axis=0), abs=1e-12)
