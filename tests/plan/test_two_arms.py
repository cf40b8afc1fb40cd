"""Exact tests of two arms: every table against scipy's, the level and the power by enumeration."""

import numpy as np
import pytest
from scipy.stats import binom, boschloo_exact, fisher_exact

from responder.errors import ConfigError
from responder.plan import plan_trial
from responder.plan.two_arms import boschloo_p, fisher_p, formula_size, power_of_tables


@pytest.mark.parametrize("n", [1, 2, 7, 12])
def test_fisher_is_that_of_scipy_for_every_table(n):
    own = fisher_p(n)
    for i in range(n + 1):
        for j in range(n + 1):
            assert own[i, j] == pytest.approx(fisher_exact([[i, j], [n - i, n - j]])[1], abs=1e-9)


def test_boschloo_is_that_of_scipy_where_it_could_reject():
    """scipy 1.17 searches the common rate by an optimiser, and doubles one side: the same p below 0.2, to 0.002."""
    own = boschloo_p(6)
    for i in range(7):
        for j in range(7):
            if own[i, j] < 0.2:
                told = boschloo_exact([[i, j], [6 - i, 6 - j]], alternative="two-sided", n=64).pvalue
                assert own[i, j] == pytest.approx(told, abs=2e-3)


@pytest.mark.parametrize("test", [fisher_p, boschloo_p])
def test_the_level_holds_at_every_common_rate(test):
    rejected = test(15) <= 0.05
    counts = np.arange(16)
    for rate in np.linspace(0.013, 0.987, 40):
        chance = binom.pmf(counts, 15, rate)
        assert chance @ rejected @ chance <= 0.05 + 1e-4


def test_boschloo_is_never_less_powerful():
    assert (boschloo_p(11) <= fisher_p(11)).all()


def test_power_is_the_sum_over_scipys_tables():
    n, control, treated = 12, 0.3, 0.8
    power = sum(
        binom.pmf(i, n, treated) * binom.pmf(j, n, control)
        for i in range(n + 1)
        for j in range(n + 1)
        if i > j and fisher_exact([[i, j], [n - i, n - j]])[1] <= 0.05
    )
    assert power_of_tables(fisher_p(n), control, treated) == pytest.approx(power, abs=1e-9)
    assert power_of_tables(fisher_p(n), treated, control) == pytest.approx(power, abs=1e-9)


def test_from_the_size_on_the_power_is_kept():
    plan = plan_trial(0.3, 2 / 3, power=0.8)
    assert plan.n_boschloo <= plan.n_fisher <= plan.n_formula + 2
    for n in range(plan.n_fisher, plan.n_formula + 1):
        assert power_of_tables(fisher_p(n), 0.3, 2 / 3) >= 0.8
    assert power_of_tables(fisher_p(plan.n_fisher - 1), 0.3, 2 / 3) < 0.8
    assert plan.n_per_arm == plan.n_fisher


def test_the_formula_by_hand():
    """0.3 against 0.7: z = 1.95996 and 0.84162, mean 0.5: 23.3 without correction, 28.1 with; Fleiss 1980, eq. 2."""
    plain = (1.959964 * 0.5**0.5 + 0.841621 * 0.42**0.5) ** 2 / 0.16
    assert formula_size(0.3, 0.7, power=0.8) == np.ceil(plain / 4 * (1 + (1 + 4 / (plain * 0.4)) ** 0.5) ** 2)


def test_large_trials_are_left_to_the_formula():
    plan = plan_trial(0.5, 0.6, power=0.8)
    assert (plan.n_fisher, plan.n_boschloo, plan.power_fisher) == (None, None, None)
    assert plan.n_per_arm == plan.n_formula > 150


@pytest.mark.parametrize(("control", "treated", "said"), [(0.5, 0.5, "no difference"), (1.2, 0.5, "cannot be a share")])
def test_what_no_trial_can_show_is_refused(control, treated, said):
    with pytest.raises(ConfigError, match=said):
        plan_trial(control, treated, power=0.8)


def test_where_two_patients_an_arm_suffice_the_smallest_trial_is_told():
    """Two of two against none of two has p = 1/3; three against none 1/10: no smaller level is reached with fewer."""
    plan = plan_trial(0.001, 0.999, power=0.8, alpha=0.4)
    assert (plan.n_fisher, plan.power_fisher) == (2, pytest.approx(0.999**4, abs=1e-9))
