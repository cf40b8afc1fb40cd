"""``responder simulate``: same seed, same bytes, and never without its label."""

from __future__ import annotations

import pytest

from responder.cohort import Provenance, load_cohort
from responder.study import load_study


def simulate(run, path, *more, seed=1):
    return run("simulate", "--n", "60", "--seed", str(seed), "--out", str(path), *more)


def test_the_table_reads_back_as_simulated(run, tmp_path):
    path = tmp_path / "new" / "c60.csv"
    ran = simulate(run, path)
    assert ran.code == 0
    assert "log_treg -1.2" in ran.out
    cohort = load_cohort(path, load_study("rp-ld-il2"))
    assert cohort.n == 60
    assert set(cohort.provenance.values()) == {Provenance.SIMULATED}
    assert str(cohort.illustration) == "illustrative: rests on simulated values"


def test_same_seed_same_bytes(run, tmp_path):
    tables = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        assert simulate(run, tmp_path / name / "cohort.csv", seed=seed).code == 0
        tables.append((tmp_path / name / "cohort.csv").read_bytes())
    assert tables[0] == tables[1] != tables[2]


def test_overwrites_only_when_forced(run, tmp_path):
    path = tmp_path / "cohort.csv"
    simulate(run, path)
    before = path.read_bytes()
    again = simulate(run, path, seed=2)
    assert again.code == 2
    assert again.error_lines()[2] == "choose another name, or add --force"
    assert path.read_bytes() == before
    assert simulate(run, path, "--force", seed=2).code == 0
    assert path.read_bytes() != before


def test_never_relabels_another_table(run, tmp_path):
    note = tmp_path / "provenance.toml"
    note.write_text('[trial.age_years]\nprovenance = "observed"\n')
    before = note.read_text()
    ran = simulate(run, tmp_path / "cohort.csv", "--force")
    assert ran.code == 2
    assert ran.error_lines()[2] == "give the simulated table a folder of its own"
    assert note.read_text() == before
    assert not (tmp_path / "cohort.csv").exists()


def test_envelope_tells_the_truth_and_no_patient(run, tmp_path):
    envelope = simulate(run, tmp_path / "cohort.csv", "--json").envelope
    assert envelope["truth"]["log_odds_per_sd"]["organs=airway"] == -1.6
    assert 0.5 < envelope["truth"]["auc"] < 1.0
    assert not {"probability", "provenance"} & set(envelope["truth"])


@pytest.mark.parametrize(
    "line",
    [["--n", "0"], ["--n", "x"], ["--seed", "-1"], ["--out", "cohort.xlsx"], ["--study", "none"]],
)
def test_mistakes(line, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("simulate", "--n", "9", "--seed", "1", "--out", "cohort.csv", *line)
    assert ran.code == 2
    ran.error_lines()
    assert list(tmp_path.iterdir()) == []


def test_visits_are_a_trial_that_says_it_is_simulated(run, tmp_path):
    path = tmp_path / "visits.csv"
    ran = simulate(run, path, "--visits")
    assert ran.code == 0
    assert "cleared by the last visit, for the average patient: ear_nose 94%, airway 27%" in ran.out
    trial = run("trial", str(path), "-q")
    assert trial.code == 0
    assert "Illustrative: rests on simulated values." in trial.out
    assert "60 patients were enrolled" in trial.out
