"""The invented patients, and that every experiment of the project runs without a file from outside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from responder.experiment import resolve_experiment, run_experiment
from responder.toml_file import read_toml
from responder.validate.verdict import VerdictKind

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.toml"))
FAST = ("bootstrap.draws=10", "permutation.draws=199", "permutation.budget_seconds=20", "validation.tournament=false")


def test_the_tables_are_what_their_script_makes():
    script = ROOT / "data/invented/make_tables.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "unchanged\n")


def test_every_value_is_labelled_as_simulated():
    labels = read_toml(ROOT / "data/invented/provenance.toml")
    for table in (ROOT / "data/invented").glob("*.csv"):
        columns = table.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert {name: label["provenance"] for name, label in labels[table.stem].items()} == dict.fromkeys(
            columns, "simulated"
        )


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_needs_no_file_from_outside(path):
    cohort = (path.parent / read_toml(path)["cohort"]["path"]).resolve()
    assert cohort.is_relative_to(ROOT)
    assert cohort.is_file()


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_can_be_started(path, tmp_path):
    command = "landmark" if "landmark" in read_toml(path) else "train"
    done = subprocess.run(
        [sys.executable, "-m", "responder.cli.main", command, path, "--dry-run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "fits" in done.stdout


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("leukemia51_aml", VerdictKind.BEATS_CHANCE),
        ("pneumo_prevnar13", VerdictKind.BEATS_CHANCE),
        ("pneumo_pneumovax23", VerdictKind.NOT_SHOWN),
    ],
)
def test_what_was_planted_is_found_and_nothing_else(name, verdict):
    path = ROOT / f"experiments/{name}.toml"
    found = run_experiment(
        resolve_experiment(path, flags={"models": ["prevalence", "ridge:0.1"]}, settings=FAST, environment={})
    )
    assert found.primary_model.verdict.kind is verdict
    assert found.cohort.illustration
