"""``responder plan``: what it answers, what it names as assumed, and what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from responder.words import said_in

NUMBERS = ("plan", "--prevalence", "0.4", "--parameters", "5")
QUICK = ("--auc", "0.8", "--n", "9", "--n", "35", "--cohorts", "4", "--workers", "1")


@pytest.fixture
def reference(root):
    return str(root / "experiments" / "rp_ld_il2.toml")


def test_numbers_alone(run):
    ran = run(*NUMBERS, "--auc", "0.75", "--no-simulation", "--json")
    assert ran.code == 0
    assert ran.envelope["schema"] == "responder/plan/1"
    (asked,) = ran.envelope["riley"]
    assert (asked["n_shrinkage"], asked["n_optimism"], asked["n_prevalence"], asked["n"]) == (226, 120, 369, 369)
    assert ran.envelope["simulation"] is None
    assert ran.envelope["at_hand"] is None
    assert ran.envelope["shortfall"] == []
    assert ran.envelope["answer"] == (
        "If the true AUC is 0.75, reliable probabilities (Riley's criteria) take 369 patients."
    )


def test_the_oracle_with_an_r2(run):
    """R package pmsampsize: 623, 662, 221."""
    ran = run("plan", "--prevalence", "0.174", "--parameters", "24", "--r2", "0.288", "--no-simulation")
    assert ran.code == 0
    assert "0.89      0.288  623            662         221           662" in ran.out
    assert "--r2: a Cox-Snell R2 of 0.288" in ran.out


def test_no_auc_is_assumed_silently(run):
    ran = run(*NUMBERS, "--no-simulation")
    assert "0.65, 0.70, 0.75, 0.80, 0.85 and 0.90  a range, as no AUC was given (--auc)" in ran.out
    assert "Riley's first criterion asks for too few patients above an AUC of 0.8 (here 0.85 and 0.90)" in ran.out


def test_an_experiment_names_cohort_features_model_and_level(run, reference):
    ran = run("plan", reference, *QUICK, "--json")
    assert ran.code == 0
    plan = ran.envelope
    assert (plan["at_hand"]["n"], plan["at_hand"]["responders"]) == (9, 6)
    assert plan["at_hand"]["observed"]["estimate"] == pytest.approx(15 / 18)
    assert plan["at_hand"]["rests_on"] == ["reconstructed", "simulated"]
    assert plan["parameters"] == 9
    assert plan["aucs"] == [0.8]  # never the observed 0.83
    sources = {row["name"]: row["source"] for row in plan["assumed"]}
    assert sources["share of responders"] == "the cohort at hand: 6 of 9; 95% interval 0.30 to 0.93"
    assert sources["true AUC of the traits"] == "--auc"
    assert sources["level of the test"] == "permutation.alpha of the experiment (default)"
    assert sources["simulated traits"] == "declared by study 'rp-ld-il2'; an assumption"
    assert plan["simulation"]["cohorts"] == 4
    assert [(p["auc"], p["n"]) for p in plan["simulation"]["points"]] == [(0.5, 9), (0.5, 35), (0.8, 9), (0.8, 35)]
    (lack,) = plan["shortfall"]
    assert lack["patients"] == plan["riley"][0]["n"] - 9
    assert 0 < lack["shrinkage"] < 0.9
    assert lack["largest_parameters"] == 0
    assert any("illustrative" in line for line in plan["limits"])
    assert any(line.startswith("rpdai and organs") for line in plan["limits"])


def test_the_text_says_what_was_assumed_observed_simulated_and_lacking(run, reference):
    ran = run("plan", reference, *QUICK)
    assert ran.code == 0
    assert ran.err.splitlines() == [f"read {reference}", "simulate cohorts"]
    for part in (
        "If the true AUC is 0.80, showing with 80% power that ridge:0.1 beats chance takes ",
        "illustrative: it rests on reconstructed and simulated values.",
        "Observed in the cohort at hand: leave-pair-out AUC 0.83, 95% interval 0.39 to 0.99.",
        "says nothing about the true AUC of the traits",
        "0.50 (chance)",
        "From 4 simulated cohorts of each size (seed 2025)",
        "What such a cohort would show on average, if the true AUC is 0.80",
        "How far the 9 patients at hand fall short of Riley's criteria",
        "What these numbers do not say",
    ):
        assert part in ran.out


def test_flags_come_before_the_experiment(run, reference):
    ran = run(
        "plan", reference, "--no-simulation", "--json", "--prevalence", "0.5", "--parameters", "3", "--auc", "0.7",
        "--auc", "0.6", "--shrinkage", "0.8",
    )  # fmt: skip
    assert ran.envelope["prevalence"] == 0.5
    assert ran.envelope["aucs"] == [0.6, 0.7]
    assert {row["parameters"] for row in ran.envelope["riley"]} == {3}
    assert {row["shrinkage"] for row in ran.envelope["riley"]} == {0.8}
    sources = {row["name"]: row["source"] for row in ran.envelope["assumed"]}
    assert sources["parameters of the model"].startswith("--parameters, for Riley's criteria")


def test_a_study_without_a_cohort(run):
    ran = run("plan", "--study", "rp-ld-il2", *QUICK, "--json")
    assert ran.code == 0
    assert ran.envelope["prevalence"] == 0.5
    assert ran.envelope["simulation"]["population"].startswith("[simulation] of study 'rp-ld-il2'")


def test_a_rare_outcome_allows_no_verdict_and_says_so(run):
    ran = run("plan", "--prevalence", "0.05", "--parameters", "2", *QUICK)
    assert ran.code == 0
    assert "No verdict is possible at n = 9 and 35: fewer than 3 patients would have" in ran.out
    assert "more than 35" in ran.out


def test_files_are_written_whole_and_the_same_twice(run, tmp_path):
    written = []
    for name in ("a", "b"):
        ran = run(*NUMBERS, *QUICK, "--out", str(tmp_path / name), "--json")
        assert ran.code == 0
        assert [path.split("/")[-1] for path in ran.envelope["written"]] == [
            "plan.html", "plan.json", "plan.csv", "plan.svg", "plan.png",
        ]  # fmt: skip
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    content = json.loads(written[0]["plan.json"])
    assert said_in(content, "en") == {key: value for key, value in ran.envelope.items() if key in content}
    lines = written[0]["plan.csv"].decode().splitlines()
    assert lines[0].startswith("auc,n,responders,cohorts,power,power_se,reached_auc,")
    assert len(lines) == 1 + 4


def test_without_simulation_there_is_no_figure(run, tmp_path):
    ran = run(*NUMBERS, "--no-simulation", "--out", str(tmp_path / "plan"), "--n", "50")
    assert ran.code == 0
    assert sorted(path.name for path in (tmp_path / "plan").iterdir()) == ["plan.csv", "plan.html", "plan.json"]
    header, first = (tmp_path / "plan" / "plan.csv").read_text(encoding="utf-8").splitlines()[:2]
    assert header == "auc,n,riley_n,riley_short_by,riley_shrinkage,riley_largest_parameters"
    assert first.startswith("0.65,50,")


def test_quiet_narrates_nothing(run):
    ran = run(*NUMBERS, *QUICK, "--quiet")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        ((), "the expected share of responders is not given", "give --prevalence"),
        (("--prevalence", "0.4"), "the number of model parameters", "give --parameters"),
        (("--prevalence", "1", "--parameters", "5"), "invalid value of '--prevalence'", "between 0 and 1"),
        (("--prevalence", "0.4", "--parameters", "0"), "invalid value of '--parameters'", "1 to 1000"),
        ((*NUMBERS[1:], "--auc", "0.5"), "cannot be planned for an AUC of 0.5", "above 0.5"),
        ((*NUMBERS[1:], "--auc", "high"), "invalid value of '--auc'", "give a number"),
        ((*NUMBERS[1:], "--r2", "0.9"), "a Cox-Snell R2 of 0.9 is impossible", "well below 0.74"),
        ((*NUMBERS[1:], "--r2", "0.1", "--auc", "0.7"), "either an AUC or an R2", "one of them"),
        ((*NUMBERS[1:], "--r2", "0.2", "--shrinkage", "0.1"), "does not exceed the R2", "less shrinkage"),
        ((*NUMBERS[1:], "--n", "5"), "invalid value of '--n'", "6 to 1000"),
        ((*NUMBERS[1:], "--alpha", "0.9"), "invalid value of '--alpha'", "less than 0.5"),
        (("no_such.toml",), "no such file", "check the path"),
        (("--study", "no_such"), "no study 'no_such'", "TOML file"),
        (
            ("experiments/rp_ld_il2.toml", "--study", "rp-ld-il2"),
            "the experiment names its study already",
            "leave out one",
        ),
    ],
)
def test_mistakes_are_three_lines(run, arguments, what, fix):
    ran = run("plan", *arguments)
    assert ran.code == 2
    message, _, hint = ran.error_lines()
    assert what in message
    assert fix in hint
    assert ran.out == ""
    told = run("plan", *arguments, "--json").envelope
    assert told["ok"] is False
    assert told["error"]["kind"] in {"usage", "configuration"}


def test_a_refused_cohort_is_refused_here_too(run, tmp_path, root):
    table = (root / "data/rp_ld_il2/cohort.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "cohort.csv").write_text("\n".join([*table, table[-1]]) + "\n", encoding="utf-8")  # a patient twice
    text = (root / "experiments/rp_ld_il2.toml").read_text(encoding="utf-8")
    experiment = tmp_path / "experiment.toml"
    experiment.write_text(text.replace("../data/rp_ld_il2/cohort.csv", "cohort.csv"), encoding="utf-8")
    ran = run("plan", str(experiment))
    assert ran.code == 3
    ran.error_lines()


def test_a_study_without_effects_is_refused(run, root):
    ran = run("plan", "--study", str(root / "experiments/studies/leukemia51_aml.toml"))
    assert ran.code == 2
    assert "declares no [simulation] with effects" in ran.error_lines()[0]


def test_columns_and_decision_are_documented(run, root, tmp_path):
    assert run(*NUMBERS, *QUICK, "--out", str(tmp_path)).code == 0
    columns = (tmp_path / "plan.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    section = (root / "docs/files.md").read_text(encoding="utf-8").split("\n## Plan\n")[1].split("\n## ")[0]
    assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == columns
    (named,) = (root / "docs/decisions").glob("0014-*.md")
    assert "0014" in (root / "src/responder/plan/power.py").read_text(encoding="utf-8")
    assert named.read_text(encoding="utf-8").startswith("# 14. ")


def test_an_infection_rate_a_trial_and_a_validation(run, reference):
    ran = run(
        "plan", reference, "--no-simulation", "--auc", "0.75", "--infection-rate", "0.1", "--control-rate", "0.3",
        "--validation", "--threshold", "0.5", "--json",
    )  # fmt: skip
    assert ran.code == 0
    plan = ran.envelope
    assert [(row["events"], row["n"]) for row in plan["exclusions"]] == [(0, 29), (1, 46), (2, 61), (3, 76)]
    assert (plan["trial"]["n_fisher"], plan["trial"]["n_boschloo"], plan["trial"]["n_formula"]) == (32, 29, 34)
    (size,) = plan["validations"]
    assert size["n"] == size["n_slope"] == 2728
    sources = {row["name"]: row["source"] for row in plan["assumed"]}
    assert sources["infection rate to be excluded"] == "--infection-rate"
    assert sources["share of responders without the treatment"] == "--control-rate"
    for said in (
        "Excluding an infection rate of 10% takes 29 patients, none of them infected.",
        "Showing 67% against 30% in a controlled trial with 80% power takes 64 patients in two equal arms.",
        "Validating the model takes 2,728 patients if its AUC is 0.75.",
    ):
        assert said in plan["answer"]


def test_a_control_rate_is_never_guessed(run, reference):
    ran = run("plan", reference, "--no-simulation", "--json")
    assert (ran.envelope["exclusions"], ran.envelope["trial"], ran.envelope["validations"]) == ([], None, [])


def test_a_threshold_without_a_validation_is_refused(run):
    ran = run(*NUMBERS, "--no-simulation", "--threshold", "0.5")
    assert ran.code == 2
    assert "add --validation" in ran.err


def test_the_page_holds_every_table_in_both_languages(run, tmp_path):
    asked = (*NUMBERS, "--no-simulation", "--infection-rate", "0.1", "--control-rate", "0.2", "--validation")
    for language, name, said in (("en", "plan.html", "Boschloo"), ("zh", "plan.zh.html", "对照试验")):
        ran = run(*asked, "--out", str(tmp_path), "--lang", language)
        assert ran.code == 0
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert page.count("<table>") == 5
        assert said in page
        assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")


KILLED_AFTER_THREE_PARTS = """
import os, signal, sys
import responder.workers.chunks
from responder.cli.main import cli
from responder.experiment.checkpoint import KeptParts

responder.workers.chunks.CHUNK_SECONDS = 0.0
keep, kept = KeptParts.put, []

def put(self, part, found):
    keep(self, part, found)
    kept.append(part)
    if len(kept) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

KeptParts.put = put
cli.main(sys.argv[1:], prog_name="responder")
"""


def test_a_killed_plan_goes_on_where_it_stopped_to_the_same_numbers(run, environment, tmp_path, monkeypatch):
    """Kept parts are used again under the same question alone, and nothing is left behind."""
    from responder.plan import power

    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("responder.workers.chunks.CHUNK_SECONDS", 0.0)
    asked = (*NUMBERS, *QUICK, "--json")
    command = [sys.executable, "-c", KILLED_AFTER_THREE_PARTS, *asked]
    killed = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr
    assert len(list(tmp_path.rglob("*.part"))) == 3
    shutil.copytree(here / "runs", there / "runs")
    simulated, one = [], power._cohort
    monkeypatch.setattr(power, "_cohort", lambda *given: simulated.append(given[2]) or one(*given))
    resumed = run(*asked, "--resume")
    assert len(simulated) == 8 - 3  # two sizes of four cohorts, one a part
    assert list(here.iterdir()) == []
    assert run(*asked).envelope == resumed.envelope
    assert len(simulated) == 5 + 8
    monkeypatch.chdir(there)
    assert run(*asked, "--seed", "7", "--resume").code == 0  # another question: nothing that was kept is used
    assert len(simulated) == 5 + 8 + 8
