import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.validate.coverage import calibrated_z, simulated_coverage
from responder.validate.simulated import shipped_table

METHODS = ("delong", "logit-delong", "newcombe-5", "calibrated")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "coverage.py"


def rows():
    return shipped_table("auc_coverage.json")["rows"]


def test_table_names_its_source_seed_and_error():
    table = shipped_table("auc_coverage.json")
    assert (SCRIPT.parents[1] / table["source"]).exists()
    assert isinstance(table["seed"], int)
    assert {row["n"] for row in rows()} == {9, 12, 20, 40, 70, 100}
    for row in rows():
        worst = np.concatenate([values for targets in row["coverage"].values() for values in targets.values()])
        error = np.sqrt(worst * (1 - worst) / row["replicates"]).max()
        assert row["greatest_monte_carlo_error"] == pytest.approx(error, abs=2e-4)


def test_calibrated_covers_at_least_nominally_within_monte_carlo_error():
    for row in rows():
        allowance = 2.5 * np.sqrt(0.95 * 0.05 / row["replicates"])
        for target in ("expected", "fitted"):
            assert min(row["coverage"]["calibrated"][target]) >= 0.95 - allowance, (row["n"], row["smaller"])


def test_nominal_intervals_do_not_hold_their_level():
    for method, most in (("delong", 0.90), ("logit-delong", 0.93), ("newcombe-5", 0.93)):
        for n_responders, n_non_responders in ((4, 8), (7, 13), (13, 27)):
            assert simulated_coverage(n_responders, n_non_responders, method).lowest < most


@pytest.mark.parametrize("method", METHODS)
def test_a_simulated_size_gets_its_own_numbers_whichever_class_is_smaller(method):
    for row in rows():
        for sizes in ((row["smaller"], row["n"] - row["smaller"]), (row["n"] - row["smaller"], row["smaller"])):
            coverage = simulated_coverage(*sizes, method)
            assert coverage.lowest == pytest.approx(min(row["coverage"][method]["expected"]))
            assert coverage.highest_fitted == pytest.approx(max(row["coverage"][method]["fitted"]))
            assert not coverage.extrapolated
            z = calibrated_z(row["expected_auc"], *sizes)
            assert z == pytest.approx(row["z"]["0.95"])


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 1), st.sampled_from([0.8, 0.9, 0.95]))
def test_interpolation_stays_within_the_table(n_responders, n_non_responders, theta, level):
    z = float(calibrated_z(theta, n_responders, n_non_responders, level))
    every = [z for row in rows() for z in row["z"][f"{level:g}"]]
    assert min(every) <= z <= max(every)
    coverage = simulated_coverage(n_responders, n_non_responders, "calibrated")
    assert 0.5 < coverage.lowest <= coverage.highest <= 1
    assert 0 <= coverage.monte_carlo_error < 0.03


def test_between_two_sizes_lies_between_their_numbers():
    low, mid, high = (float(calibrated_z(0.5, half, half)) for half in (10, 15, 20))
    assert min(low, high) <= mid <= max(low, high)


def test_outside_the_table_says_so():
    assert simulated_coverage(3, 5, "calibrated").extrapolated
    assert simulated_coverage(120, 120, "calibrated").extrapolated
    assert simulated_coverage(3, 47, "calibrated").extrapolated
    assert not simulated_coverage(5, 5, "calibrated").extrapolated
    assert simulated_coverage(3, 6, "calibrated", 0.9) is None


def test_wrong_questions_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        calibrated_z(0.5, 0, 9)
    with pytest.raises(ValueError, match=r"0.8, 0.9, 0.95"):
        calibrated_z(0.5, 3, 6, 0.99)


def test_frame_and_json():
    coverage = simulated_coverage(3, 6, "newcombe-5")
    assert json.loads(json.dumps(coverage.to_json()))["method"] == "newcombe-5"
    assert coverage.frame().loc[0, "lowest"] == coverage.lowest


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("benchmarks_coverage", SCRIPT)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_script_fits_what_scikit_learn_fits(script):
    assert script.check_against_sklearn() < 1e-6


def test_the_script_repeats_itself_and_agrees_with_the_table(script):
    first, second = (script.table_row(12, 4, 300, np.random.default_rng(1)) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    shipped = next(row for row in rows() if (row["n"], row["smaller"]) == (12, 4))
    assert first["expected_auc"] == pytest.approx(shipped["expected_auc"], abs=0.02)
    assert first["coverage"]["newcombe-5"]["expected"] == pytest.approx(
        shipped["coverage"]["newcombe-5"]["expected"], abs=0.12
    )
