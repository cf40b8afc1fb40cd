"""Box's prior predictive p of a marker, and the permutation test of a model that borrows."""

import numpy as np
import pytest
from scipy.special import comb
from tests.validate.test_refit import make_table

from responder.models.borrow import BorrowModel
from responder.models.prior import BorrowedPrior
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.prior_conflict import predictive_tails
from responder.validate.refit import ModelPipeline


def labelings_of(outcome):
    return draw_labelings(outcome, most_exact=10**5, draws=99, rng=np.random.default_rng(0))


def test_without_an_effect_every_labeling_is_as_likely():
    """Oracle: mean and SD 0 of the log odds leave the rank sum test: 1 of C(7, 3) labelings is as extreme."""
    x = np.arange(7.0) - 3.0
    outcome = np.array([0, 0, 0, 0, 1, 1, 1])
    found = labelings_of(outcome)
    low, high = predictive_tails(x, found.labels, found.observed, 0.0, 1e-9)
    assert high == pytest.approx(1 / comb(7, 3))
    assert low == pytest.approx(1.0)


def test_it_is_calibrated_where_what_was_borrowed_holds():
    """Of sums drawn from the prior predictive itself, at most a twentieth have a two-sided p of 0.05 or less."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=8)
    outcome = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    found = labelings_of(outcome)
    sums = found.labels @ (x - x.mean())
    beta = 1.0 + 0.5 * rng.normal(size=2000)
    log = np.outer(beta, sums)
    share = np.exp(log - log.max(axis=1, keepdims=True))
    drawn = np.array([rng.choice(len(sums), p=row / row.sum()) for row in share])
    p = np.array([2 * min(predictive_tails(x - x.mean(), found.labels, i, 1.0, 0.5)) for i in range(len(sums))])
    assert (p[drawn] <= 0.05).mean() <= 0.05 + 3 * (0.05 * 0.95 / 2000) ** 0.5


@pytest.mark.parametrize("sign", [1.0, -1.0, 0.0])
def test_the_permutation_p_is_uniform_on_noise_with_a_right_a_wrong_and_no_prior(sign):
    """Every labeling of one table taken as the observed one: of all p, no more than a share a is at most a.

    The prior is the effect that one of the labelings shows, its reverse, or without weight.
    """
    table, outcome = make_table(3, n=7, missing=0.0)
    labelings = labelings_of(outcome)
    names, sd = table.feature_table.names, table.derived.std(axis=0)
    varies = np.flatnonzero(sd)
    seen = table.derived[outcome == 1].mean(axis=0) - table.derived[outcome == 0].mean(axis=0)
    mean, spread = (sign * 2.0 * np.sign(seen))[varies] / sd[varies], np.diag(0.1 * sd[varies] ** -2)
    prior = BorrowedPrior(tuple(names[i] for i in varies), mean, spread, abs(sign) / 2.0, 0.5)
    test = permutation_test(ModelPipeline(table, BorrowModel("borrow", names, prior)), labelings)
    p = np.array([(test.auc >= one - 1e-9).mean() for one in test.auc])
    assert test.p == pytest.approx(p[labelings.observed])
    assert test.null_mean == pytest.approx(0.5, abs=1e-9)
    for level in (0.05, 0.1, 0.25, 0.5):
        assert (p <= level).mean() <= level
    # the test can find what the prior says: the labeling that it was made from is among the best
    if sign == 1.0:
        assert test.p <= 0.25
