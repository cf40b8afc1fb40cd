"""``responder reconstruct``: published counts, what each fact does, and files that are broken."""

from __future__ import annotations

import csv

import pytest

SCALE = """\
schema = "responder/facts/1"
title = "Three answers on a scale from 1 to 5"
n = 3

[variables.answer]
lowest = 1
highest = 5

[[fact]]
id = "mean"
statistic = "mean"
of = "answer"
value = "{mean}"

[[fact]]
id = "median"
statement = "Median of the answers"
statistic = "median"
of = "answer"
value = {median}
"""


@pytest.fixture
def facts(tmp_path):
    def write(text=SCALE, mean="2.33", median="2"):
        path = tmp_path / "facts.toml"
        path.write_text(text.replace("{mean}", mean).replace("{median}", median), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(("n", "count"), [(130, 5359), (70, 2492), (25, 4)])
def test_counts_that_closure_published(run, root, n, count):
    found = run("reconstruct", str(root / f"experiments/facts/closure_{n}.toml"), "--json").envelope
    assert found["schema"] == "responder/reconstruct/1"
    assert found["cohorts"] == {"count": count, "low": count, "high": count, "exhaustive": True}


def test_counts_of_the_rp_trial(run, root):
    """Counts of an independent enumeration of score pairs that fit the published summaries."""
    found = run("reconstruct", str(root / "experiments/facts/rp_rpdai.toml"), "--json").envelope
    assert found["without"]["p_value"]["count"] == 3_254_069
    tests = {test: tally["count"] for test, tally in found["by_test"]["p_value"].items()}
    assert tests["signed_rank_asymptotic"] == 181_303
    assert tests["signed_rank_continuity"] == 330_610
    assert found["cohorts"]["exhaustive"]
    assert not found["without"]["baseline_maximum"]["exhaustive"]
    (asked,) = found["ranges"]
    assert asked["lowest"] < 0.05 < asked["median"] <= asked["highest"] == 1.0


def test_one_assignment_under_the_simple_model(run, root, tmp_path):
    path = tmp_path / "new" / "cohorts.csv"
    ran = run("reconstruct", str(root / "experiments/facts/rp_simple_model.toml"), "--out", str(path))
    assert ran.code == 0
    assert "1 cohort fits the 12 facts (exact count)." in ran.out
    assert "neither a probability nor a confidence interval" in ran.out
    assert f"wrote 1 cohort to {path}, the only one" in ran.out
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    courses = sorted((int(row["baseline"]), int(row["week12"])) for row in rows)
    assert courses == [(9, 0)] * 5 + [(14, 14)] * 2 + [(23, 0), (23, 14)]


def test_cohorts_written_fit_the_facts_and_the_seed_decides(run, root, tmp_path):
    closure = str(root / "experiments/facts/closure_25.toml")
    written = []
    for name, seed in (("a", "1"), ("b", "1")):
        path = tmp_path / f"{name}.csv"
        ran = run("reconstruct", closure, "--out", str(path), "--most", "2", "--seed", seed)
        assert "wrote 2 cohorts" in ran.out
        assert "drawn at random with equal chances" in ran.out
        written.append(path.read_bytes())
    assert written[0] == written[1]
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 50
    for cohort in "12":
        answers = [int(row["answer"]) for row in rows if row["cohort"] == cohort]
        assert 2.85 <= sum(answers) / 25 < 2.95


def test_an_inconsistent_report_is_a_finding(run, facts, tmp_path):
    path = tmp_path / "cohorts.csv"
    ran = run("reconstruct", facts(mean="4.67", median="2"), "--out", str(path))
    assert ran.code == 0
    assert (
        "No cohort fits the 2 facts: the report is inconsistent. Smallest set of facts that conflict: mean and median."
        in (ran.out)
    )
    assert f"nothing written to {path}" in ran.out
    assert not path.exists()
    conflict = run("reconstruct", facts(mean="2.50"), "--json").envelope["conflict"]
    assert conflict == {"facts": ["mean"], "smallest": True}  # no three whole numbers have this mean


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        (SCALE.replace("n = 3", "n = 3\nnn = 4"), "unknown key 'nn'", "did you mean 'n'?"),
        (SCALE.replace("{median}", "300"), "'median' is 300, but 'answer' ranges from 1 to 5", "correct the value"),
        (SCALE.replace("n = 3", "n = -3"), "'n': ", "key"),
        (SCALE.replace('of = "answer"', 'of = "anwser"'), "'anwser', which is not a variable", ""),
        (SCALE.replace("[[fact]]", "[[fact", 1), "not valid TOML", ""),
    ],
)
def test_broken_facts(run, facts, text, what, mend):
    path = facts(text)
    ran = run("reconstruct", path)
    assert ran.code == 2
    message, where, hint = ran.error_lines()
    assert what in message
    assert path in where
    assert mend in hint
    assert ran.out == ""


def test_mistakes_of_the_command_line(run, facts, tmp_path):
    for arguments in (["no_such.toml"], [facts(), "--out", "cohorts.xlsx"], [facts(), "--out", str(tmp_path)]):
        ran = run("reconstruct", *arguments)
        assert ran.code == 2
        ran.error_lines()
    path = tmp_path / "cohorts.csv"
    assert run("reconstruct", facts(), "--out", str(path)).code == 0
    before = path.read_bytes()
    assert run("reconstruct", facts(), "--out", str(path)).error_lines()[2] == "choose another name, or add --force"
    assert run("reconstruct", facts(median="3"), "--out", str(path), "--force").code == 0
    assert path.read_bytes() != before
