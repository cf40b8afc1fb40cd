"""What leave-pair-out, its curve and rebalanced draws may cost."""

import pytest
from tests.validate.test_refit import make_table

from responder.models import build_model
from responder.validate.budget import plan_pairs
from responder.validate.refit import ModelPipeline


def planned(model, n=9, budget_seconds=1e9, **asked):
    table, outcome = make_table(0, n)
    pipeline = ModelPipeline(table, build_model(model, table.feature_table))
    asked = {"most_pairs": 10**6, "tournament": True, "rebalanced_draws": 7, **asked}
    return pipeline, plan_pairs(pipeline, outcome, budget_seconds=budget_seconds, **asked)


def test_all_pairs_a_curve_and_draws_where_they_are_bought():
    _, plan = planned("ridge:0.1")  # 3 responders of 9
    assert (plan.pairs, plan.tournament, plan.rebalanced_draws) == (18, True, 7)
    assert plan.fits == 36 + 7 * 9


@pytest.mark.parametrize(("model", "curve"), [("prevalence", False), ("lightgbm", True)])
def test_what_is_fitted_one_by_one_or_never_is_not_rebalanced(model, curve):
    _, plan = planned(model)
    assert (plan.tournament, plan.rebalanced_draws) == (curve, 0)
    assert plan.fits == (36 if curve else 18)


def test_a_sample_of_pairs_has_no_curve_and_a_budget_buys_fewer_draws():
    pipeline, plan = planned("ridge:0.1", n=60, most_pairs=300)
    assert (plan.pairs, plan.tournament) == (300, False)
    _, plan = planned("ridge:0.1", n=60, budget_seconds=130 * pipeline.seconds_per_fit())
    assert plan.rebalanced_draws == 130 // 60
    assert plan.fits == plan.pairs + 60 * (130 // 60)
