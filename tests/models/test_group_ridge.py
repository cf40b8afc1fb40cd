"""Groups of markers with penalties of their own: ridge where there is one, by brute force where there are two."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from tests.validate.test_refit import make_table

from responder.errors import ConfigError
from responder.models import FeatureTable, build_model
from responder.models.base import TrainingSets
from responder.models.group_ridge import MOST_GROUPS, variance_profiles
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table

NAMES = tuple("abcdef")
TRAITS = tuple((name,) for name in NAMES)


def table_of(*groups):
    return FeatureTable(NAMES, TRAITS, groups=groups)


def data(n=14, k=6, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    y = (x[:, 0] + rng.normal(size=n) > 0).astype(float)
    y[:2] = 0, 1
    return x, y


@pytest.mark.parametrize("k", [6, 40])
def test_with_one_group_it_is_ridge(k):
    names = tuple(f"x{i}" for i in range(k))
    table = FeatureTable(names, tuple((name,) for name in names), groups=("all",) * k)
    x, y = data(k=k)
    one, ridge = (build_model(model, table).decide(x, y) for model in ("groupridge:0.3", "ridge:0.3"))
    np.testing.assert_allclose(one.coefficients, ridge.coefficients, rtol=0, atol=1e-12)
    assert one.intercept == pytest.approx(ridge.intercept, abs=1e-12)


def brute_force(x, y, group, c):
    """Each profile by SciPy's BFGS and a written-out Laplace approximation, then the average; to 1e-5."""
    n, k = x.shape
    design = np.column_stack([np.ones(n), x])
    fits, evidence = [], []
    for ratios in itertools.product((1.0, 6.0, 36.0), repeat=2):
        if min(ratios) > 1.0:
            continue
        variance = np.array(ratios)[group]
        variance *= c / variance.mean()

        def loss(theta, variance=variance):
            eta = design @ theta
            return (np.logaddexp(0, eta) - y * eta).sum() + 0.5 * (theta[1:] ** 2 / variance).sum()

        best = minimize(loss, np.zeros(k + 1), tol=1e-12)
        p = 1 / (1 + np.exp(-design @ best.x))
        hessian = design.T @ np.diag(p * (1 - p)) @ design + np.diag([0.0, *(1 / variance)])
        fits.append(best.x)
        evidence.append(-best.fun - 0.5 * np.log(variance).sum() - 0.5 * np.linalg.slogdet(hessian)[1])
    weight = np.exp(np.array(evidence) - max(evidence))
    return weight @ np.array(fits) / weight.sum()


@pytest.mark.parametrize("k", [6, 30])
def test_two_groups_are_averaged_by_their_marginal_likelihoods(k):
    """In a wide table the same numbers come from the rows' Gram matrix."""
    x, y = data(k=k, n=14)
    group = (np.arange(k) >= 2).astype(int)
    names = tuple(f"x{i}" for i in range(k))
    table = FeatureTable(names, tuple((name,) for name in names), groups=tuple("ab"[g] for g in group))
    found = build_model("groupridge:0.5", table).decide(x, y)
    expected = brute_force(x, y, group, 0.5)
    np.testing.assert_allclose([found.intercept, *found.coefficients], expected, atol=1e-5)


def test_a_wide_table_by_its_rows_is_the_same_fit_as_by_its_markers():
    """Rows that are not trained on change nothing but whether there are more of them than markers."""
    x, y = data(k=30, n=14)
    names = tuple(f"x{i}" for i in range(30))
    table = FeatureTable(names, tuple((name,) for name in names), groups=("a",) * 4 + ("b",) * 26)
    model = build_model("groupridge:0.2", table)
    more, nothing = np.random.default_rng(1).normal(size=(20, 30)), np.zeros(20)
    longer = np.concatenate([x, more]), np.concatenate([y, nothing]), np.concatenate([np.ones(14), nothing])
    wide, long = model.decide(x, y), model.decide(*longer)
    np.testing.assert_allclose(wide.coefficients, long.coefficients, atol=1e-9)
    asked = TrainingSets(x[None], np.ones((1, 14)), y[None, :, None])
    logit = model.predict(asked, np.arange(14)[None]).logit[0, :, 0]
    np.testing.assert_allclose(logit, wide.logit(x), atol=1e-12)


def test_labelings_of_one_batch_are_those_of_each():
    x, y = data()
    labels = np.stack([y, np.roll(y, 3), 1 - y], axis=1)
    model = build_model("groupridge", table_of(*"aabbcc"))
    weight = np.ones((1, len(y)))
    ask = np.arange(len(y))[None]
    together = model.predict(TrainingSets(x[None], weight, labels[None]), ask).logit[0]
    for one in range(3):
        np.testing.assert_allclose(together[:, one], model.decide(x, labels[:, one]).logit(x), atol=1e-9)


def test_groups_are_those_of_the_study_unless_the_experiment_names_its_own():
    table = table_of(*"aabbbb")
    assert build_model("groupridge", table).groups == (0, 0, 1, 1, 1, 1)
    own = build_model("groupridge", table, {"groups": {"published": ["b", "f"]}})
    assert own.groups == (0, 1, 0, 0, 0, 1)
    assert build_model("groupridge", FeatureTable(NAMES, TRAITS)).groups == (0,) * 6
    wide = FeatureTable(("il2", "age", "il6"), (("il2",), ("age",), ("il6",)))
    assert build_model("groupridge", wide, {"groups": {"interleukins": ["il?"]}}).groups == (0, 1, 0)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"one": ["a", "zz"]}, "'zz', which is not a trait or feature"),
        ({"one": ["a"], "two": ["a", "b"]}, "'a' stands in two groups, 'one' and 'two'"),
        ({letter: [letter] for letter in "abcd"}, "belong to 5 groups; at most 4"),
    ],
)
def test_groups_that_cannot_be(groups, words):
    with pytest.raises(ConfigError, match=words) as refused:
        build_model("groupridge", table_of(*"aabbbb"), {"groups": groups})
    assert refused.value.where.startswith("settings.groupridge.groups")


@pytest.mark.parametrize("sizes", [(5,), (2, 3), (10, 190), (1, 2, 30), (3, 3, 3, 3)])
def test_profiles_keep_the_penalty_of_a_marker_on_average(sizes):
    sizes = np.array(sizes)
    profiles = variance_profiles(sizes)
    assert len(profiles) == 3 ** len(sizes) - 2 ** len(sizes)
    assert len(sizes) <= MOST_GROUPS
    np.testing.assert_allclose(profiles @ sizes, sizes.sum())
    np.testing.assert_array_equal(profiles[0], np.ones(len(sizes)))
    assert len(np.unique(profiles.round(9), axis=0)) == len(profiles)


def test_its_test_stays_exact():
    """Swapping a pair's labels swaps its win, whatever is learned of the groups: the mean over labelings is 0.5."""
    table, outcome = make_table(3, n=8)
    model = build_model("groupridge", table.feature_table, {"groups": {"published": ["treg_per_ul"]}})
    labelings = draw_labelings(outcome, most_exact=10**6, draws=99, rng=np.random.default_rng(0))
    assert permutation_test(ModelPipeline(table, model), labelings).null_mean == pytest.approx(0.5, abs=1e-9)


def test_where_one_group_carries_the_outcome_it_predicts_better_than_ridge():
    """30 cohorts of 30, ten markers of 60 carry all: new patients' AUC gains more than 0.05 (decision 62 has .17)."""
    names = tuple(f"x{i}" for i in range(60))
    traits = tuple((name,) for name in names)
    table = FeatureTable(names, traits, groups=("published",) * 10 + ("others",) * 50)
    gained = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        effects = np.concatenate([rng.normal(size=10), np.zeros(50)])
        effects *= 2.0 / np.linalg.norm(effects)
        x, new = rng.normal(size=(30, 60)), rng.normal(size=(300, 60))
        y = (x @ effects + rng.logistic(size=30) > 0).astype(float)
        y[:2] = 0, 1
        truth = new @ effects > 0
        aucs = []
        for name in ("groupridge:0.03", "ridge:0.03"):
            logit = build_model(name, table).decide(x, y).logit(new)
            aucs.append((logit[truth][:, None] > logit[~truth][None]).mean())
        gained.append(aucs[0] - aucs[1])
    assert np.mean(gained) > 0.05 + 2 * np.std(gained) / np.sqrt(30)


def test_a_table_says_the_groups_of_its_features():
    table, _ = make_table(0)
    assert set(table.feature_table.groups) == {"clinical", "immune"}
    assert isinstance(table, Table)
