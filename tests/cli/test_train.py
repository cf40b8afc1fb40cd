"""The main job at its edges: what it says of broken input, and that nothing is lost."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from responder.cli.main import cli
from responder.experiment import plan

HEADER = "patient_id,organs,disease_duration_years,prednisone_mg_per_day,rpdai,treg_per_ul,tcon_per_ul,rpdai_week12"
ROWS = [
    "A1,ear_nose,2,15,9,20.5,500,0",
    "A2,ear_nose,1.5,10,9,18.2,450,0",
    "A3,ear_nose;airway,3,12.5,23,25.1,600,14",
    "A4,airway,2.5,20,14,30.7,550,14",
    "A5,ear_nose,0.5,15,9,15.9,480,0",
    "A6,airway,4,10,14,28.3,520,14",
]


def table(*rows, header=HEADER, separator="\n"):
    return separator.join([header, *(rows or ROWS)]) + separator


def changed(row, column, value):
    """The table with one cell changed."""
    cells = [r.split(",") for r in ROWS]
    cells[row][HEADER.split(",").index(column)] = value
    return table(*(",".join(r) for r in cells))


BROKEN = {
    "missing file": (None, 3, "no such file"),
    "empty file": ("", 3, "empty"),
    "header only": (HEADER + "\n", 3, "no"),
    "wrong delimiter": (table().replace(",", "\t").replace("\t", "="), 3, ""),
    "text in a number": (changed(1, "rpdai", "nine"), 3, "rpdai"),
    "negative count": (changed(1, "treg_per_ul", "-4"), 3, "treg_per_ul"),
    "duplicate id": (changed(1, "patient_id", "A1"), 3, "A1|twice|same"),
    "ids alike but for case": (changed(1, "patient_id", "a1"), 3, "alike|case|same"),
    "all responders": (table(*(r.rsplit(",", 1)[0] + ",0" for r in ROWS)), 3, "class|respon"),
    "unknown organ level": (changed(1, "organs", "spleen"), 3, "organs"),
    "no outcome at all": (table(*(r.rsplit(",", 1)[0] + "," for r in ROWS)), 3, "outcome|endpoint"),
    "1 patient": (table(ROWS[0]), 3, "one patient|patients"),
    "2 patients": (table(ROWS[0], ROWS[2]), 3, "2 patients|patients"),
    "a missing column": (table().replace("rpdai,treg", "rpdia,treg"), 3, "rpdai"),
    "a unit slip": (changed(1, "tcon_per_ul", "0.45"), 3, "tcon_per_ul"),
}


@pytest.fixture
def project(tmp_path, root, monkeypatch):
    """A folder with an experiment that is as small as one can be."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments/e.toml").write_text(
        (root / "experiments/rp_ld_il2.toml")
        .read_text(encoding="utf-8")
        .replace("../data/rp_ld_il2/cohort.csv", "../cohort.csv")
        .replace('predictors = "../data/rp_ld_il2/predictors.toml"\n', ""),
        encoding="utf-8",
    )
    return tmp_path


def train(*arguments):
    return CliRunner().invoke(cli, ["train", "experiments/e.toml", "--no-track", *arguments])


@pytest.mark.parametrize("name", BROKEN)
def test_broken_input_gets_three_lines_and_its_exit_code(project, name):
    content, code, words = BROKEN[name]
    if content is not None:
        (project / "cohort.csv").write_text(content, encoding="utf-8")
    found = train("--quiet")
    assert found.exit_code == code, found.stderr
    assert found.stdout == ""
    lines = found.stderr.splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["error", "where", "fix"], found.stderr
    assert re.search(words, found.stderr)
    assert "Traceback" not in found.stderr
    assert not (project / "runs").exists()
    assert not (project / "models").exists()


def test_a_trait_known_only_on_treatment_is_refused(project, root):
    shutil.copy(root / "data/rp_ld_il2/cohort.csv", project / "cohort.csv")
    found = train("--set", 'traits=["rpdai", "treg_per_ul_week4"]', "--quiet")
    assert found.exit_code == 3
    assert "treg_per_ul_week4" in found.stderr


def test_dry_run_says_what_would_be_done_and_does_nothing(project, root):
    shutil.copy(root / "data/rp_ld_il2/cohort.csv", project / "cohort.csv")
    found = train("--dry-run", "--json")
    told = json.loads(found.stdout)
    assert told["schema"] == "responder/train/1"
    assert (told["n"], told["responders"]) == (9, 6)
    assert told["permutation"]["ridge:0.1"] == {"labelings": 84, "exact": True, "pairs": 36, "all_pairs": 36}
    assert told["nominal_seconds"] > 0
    assert not (project / "runs").exists()


def test_a_run_without_tracking_a_gate_and_the_same_bytes_twice(project, root, monkeypatch):
    shutil.copy(root / "data/rp_ld_il2/cohort.csv", project / "cohort.csv")
    opened = []
    load = plan.load_cohort
    monkeypatch.setattr(plan, "load_cohort", lambda *a, **k: opened.append(1) or load(*a, **k))
    small = ("--models", "prevalence,ridge:0.1", "--set", "bootstrap.draws=50", "--quiet")
    first = train(*small, "--json")
    assert first.exit_code == 0, first.stderr
    told = json.loads(first.stdout)
    assert told["tracked"] is False
    assert len(opened) == 1
    before = (project / "runs/rp_ld_il2/result.json").read_bytes()
    bundle = (project / "models/rp_ld_il2/bundle.json").read_bytes()
    gated = train(*small, "--set", "gates.permutation_p_at_most=0.01")
    assert gated.exit_code == 4
    assert "(at most 0.01 required)" in gated.stderr
    assert first.stdout != ""
    assert train(*small).exit_code == 0
    assert (project / "runs/rp_ld_il2/result.json").read_bytes() == before
    assert (project / "models/rp_ld_il2/bundle.json").read_bytes() == bundle


def test_a_store_that_is_down_loses_nothing(project, root):
    shutil.copy(root / "data/rp_ld_il2/cohort.csv", project / "cohort.csv")
    (project / "a file").write_text("no folder", encoding="utf-8")
    store = f"sqlite:///{project}/a file/mlflow.db"
    found = CliRunner().invoke(
        cli,
        ["train", "experiments/e.toml", "--models", "prevalence,ridge:0.1", "--set", "bootstrap.draws=50",
         "--set", f"tracking.uri={store}", "--quiet"],
    )  # fmt: skip
    assert found.exit_code == 6, found.stderr
    assert "Not shown to beat chance" in found.stdout
    assert (project / "runs/rp_ld_il2/result.json").is_file()
    assert (project / "models/rp_ld_il2/bundle.json").is_file()


def test_what_is_refused_leaves_no_tracked_run(project, root):
    shutil.copy(root / "data/rp_ld_il2/cohort.csv", project / "cohort.csv")
    few = ("--set", 'tuning.models=["ridge"]')  # nine patients are too few to tune on
    refused = CliRunner().invoke(cli, ["train", "experiments/e.toml", *few, "--quiet"])
    assert refused.exit_code == 3, refused.stderr
    assert sorted(p.name for p in project.iterdir()) == ["cohort.csv", "experiments"]


def test_tune_asks_for_tuning_inside_every_fit_and_small_cohorts_are_refused(project):
    (project / "cohort.csv").write_text(table())
    refused = train("--tune", "ridge,gp", "--dry-run", "--quiet")
    assert refused.exit_code == 3
    assert "tuning of ridge and gp with n = 6" in refused.output
    told = json.loads(train("--tune", "ridge", "--set", "tuning.override=true", "--dry-run", "--json").stdout)
    assert "ridge:tuned" in told["models"]
