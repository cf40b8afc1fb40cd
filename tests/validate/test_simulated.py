"""Simulations that ship as data: what is nearest to a model, a size and a split, and that it covers."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.models.registry import DEFAULT_MODELS
from responder.validate.coverage import TABLES, calibrated_z, simulated_coverage
from responder.validate.intervals import calibrated_interval
from responder.validate.simulated import RIDGE, Learner, nearest_rows, shipped_table
from responder.validate.winners import TABLE, winners_curse

BY_MODEL = TABLES[1]
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("name", [BY_MODEL, TABLE])
def test_every_kind_of_model_by_default_has_cells_of_its_own(name):
    known = {row["model"].partition(":")[0] for row in shipped_table(name)["rows"]}
    assert {model.partition(":")[0] for model in DEFAULT_MODELS} - known <= {"prevalence"}
    assert "single" in known


def test_calibrated_covers_at_least_nominally_within_monte_carlo_error():
    short = []
    for row in shipped_table(BY_MODEL)["rows"]:
        allowance = 3.0 * np.sqrt(0.95 * 0.05 * 2 / row["replicates"])  # of the half that calibrates, and that judges
        for target in ("expected", "fitted"):
            short += [row for covered in row["coverage"]["calibrated"][target] if covered < 0.95 - allowance]
    assert short == []


def test_a_weak_single_marker_needs_a_higher_upper_limit_than_ridge():
    """Intervals that were calibrated on ridge models alone held such a marker's AUC in .89 to .92."""
    wins = np.array([[1.0] * 6 + [0.0] * 4] * 10)
    marker, ridge = (calibrated_interval(wins, learner=learner) for learner in (Learner("single:crp", 1), RIDGE))
    assert marker.upper > ridge.upper
    assert calibrated_z(0.6, 10, 10, learner=Learner("single:crp", 1)) > 1.3 * calibrated_z(0.6, 10, 10)
    assert simulated_coverage(10, 10, "newcombe-5", learner=Learner("single:crp", 1)).lowest < 0.9
    assert marker.coverage.simulated == Learner("single", 1)


@pytest.mark.parametrize(
    ("learner", "nearest", "own"),
    [
        (Learner("ridge:0.1", 6), Learner("ridge:0.1", 6), True),
        (Learner("ridge:0.2", 7), Learner("ridge:0.1", 6), True),
        (Learner("ridge:3", 6), Learner("ridge:1", 6), True),
        (Learner("single:organs", 6), Learner("single", 1), True),
        (Learner("gp", 5), Learner("gp", 6), True),
        (Learner("ml", 6), Learner("ridge:0.1", 6), False),
        (Learner("ridge:tuned", 6), Learner("ridge:0.1", 6), False),
    ],
)
def test_the_nearest_model_and_number_of_features_stand_for_it(learner, nearest, own):
    found = nearest_rows(TABLES, learner, 10, 10)
    assert (found.simulated, found.own_model) == (nearest, own)
    coverage = simulated_coverage(10, 10, "calibrated", learner=learner)
    assert (coverage.simulated, coverage.own_model) == (nearest, own)


@given(
    st.sampled_from(["single:x", "firth", "gp", "ridge:1"]), st.integers(1, 30), st.integers(2, 80), st.integers(2, 80)
)
def test_weights_sum_to_one_and_intervals_hold_their_estimate(model, features, responders, others):
    learner = Learner(model, features)
    found = nearest_rows(TABLES, learner, responders, others)
    assert sum(weight for _, weight in found.rows) == pytest.approx(1.0)
    wins = (np.arange(responders * others) % 3 > 0).astype(float).reshape(responders, others)
    interval = calibrated_interval(wins, learner=learner)
    assert 0 <= interval.lower <= interval.estimate <= interval.upper <= 1


def test_winners_look_better_than_they_are_and_the_more_the_fewer_they_are():
    inflation = []
    for each in (10, 20, 50):
        found = winners_curse(RIDGE, each, each)
        assert found.true_auc < found.winners_auc < 1
        inflation.append(found.winners_auc - found.true_auc)
    assert inflation == sorted(inflation, reverse=True)
    assert inflation[0] > 0.1
    assert json.loads(json.dumps(found.to_json()))["simulated"] == {"model": "ridge:0.1", "features": 6}


def test_the_script_repeats_itself_and_agrees_with_the_table(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import coverage_by_model as script

    cell = script.Cell(replace(script.KINDS[0], share=0.16), 1, 20, 10)
    first, second = script.simulated(cell), script.simulated(cell)
    assert json.dumps(first) == json.dumps(second)
    shipped = next(
        row for row in shipped_table(BY_MODEL)["rows"] if (row["model"], row["n"], row["smaller"]) == ("single", 20, 10)
    )
    assert first[0]["expected_auc"] == pytest.approx(shipped["expected_auc"], abs=0.06)
    for name in ("coverage_by_model", "coverage"):
        sys.modules.pop(name, None)


def test_one_patient_of_a_class_has_neighbours_and_none_has_not():
    assert nearest_rows((BY_MODEL,), RIDGE, 1, 14).simulated == RIDGE
    for split in ((0, 14), (14, 0)):
        with pytest.raises(ValueError, match="both classes"):
            nearest_rows((BY_MODEL,), RIDGE, *split)


def test_sizes_beyond_the_simulated_ones_are_said_to_be():
    sizes = sorted({row["n"] for row in shipped_table(BY_MODEL)["rows"] if row["model"] == "ridge:0.1"})
    for n, outside in ((sizes[0] - 1, True), (sizes[0], False), (sizes[-1], False), (sizes[-1] + 1, True)):
        assert nearest_rows((BY_MODEL,), RIDGE, n // 2, n - n // 2).outside is outside
