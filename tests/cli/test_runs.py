"""``responder runs``: what a person sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from responder.cli.runs import describe, describe_differences, describe_list
from responder.track.runs import RunDetail, RunSummary, compare_runs, same_cohort
from responder.words import say


def summary(name, **kwargs):
    return RunSummary("0123456789abcdef", name, "rp", "1", "FINISHED", "2026-01-02T03:04:05+00:00", **kwargs)


RUN = summary(
    "rp_ld_il2",
    metrics={"n": 9.0, "lpo_auc": 0.6667, "permutation_p": 0.31},
    params={"seed": "1"},
    tags={
        "verdict": "not_shown_to_beat_chance", "verdict_code": "not_shown_to_beat_chance",
        "illustration": "illustrative: rests on simulated values", "key": "ab12",
    },
)  # fmt: skip
MODELS = (
    summary("gp", metrics={"lpo_auc": 0.5}),
    summary("ridge", metrics={"lpo_auc": 0.6667}, tags={"primary": "true"}),
)
DETAIL = RunDetail(RUN, MODELS, "**Nothing beyond chance.**\n\n| table |", ("report.html",))


def test_list():
    header, row = describe_list((RUN,)).splitlines()
    assert row.split() == [
        "01234567", "rp_ld_il2", "2026-01-02T03:04:05Z", "finished", "9", "0.6667", "0.31",
        *say("verdict.not_shown_to_beat_chance").split(), "illustrative",
    ]  # fmt: skip
    assert header.startswith("run ")
    assert describe_list(()) == "no runs yet"


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"verdict": "anything", "verdict_code": "beats_chance"}, "{verdict}"),
        ({"verdict_code": "beats_chance", "verdict_count": "3", "verdict_of": "4"}, "{verdict} in 3 of 4"),
        ({"verdict_code": "beats_chance", "verdict_scope": "one_table"}, "one table: {verdict}"),
        ({"verdict": "beats_chance in 3 of 4"}, ""),  # tracked before the code was a tag of its own
        ({}, ""),
    ],
)
def test_the_verdict_is_said_from_its_code(tags, told):
    row = describe_list((summary("run", tags=tags),)).splitlines()[-1]
    assert row.partition("finished")[2].strip() == told.format(verdict=say("verdict.beats_chance"))
    assert "verdict" not in describe(RunDetail(summary("run", tags=tags), (), "", ()))


def test_show():
    text = describe(DETAIL)
    assert "\n\nNothing beyond chance.\n\n" in text
    assert "illustrative: rests on simulated values" in text
    assert "ridge *" in text
    assert "gp *" not in text
    assert "artifacts: report.html" in text


def test_diff():
    assert describe_differences(DETAIL, DETAIL, ()) == "rp_ld_il2 01234567 and rp_ld_il2 01234567 do not differ"
    other = RunDetail(summary("other", params={"seed": "2" * 100}), MODELS[:1], "", ())
    text = describe_differences(DETAIL, other, compare_runs(DETAIL, other))
    assert "22..." in text
    assert text.endswith("only in rp_ld_il2 01234567: ridge")  # its numbers have nothing beside them
    assert "Different cohorts" not in text  # neither says which


def test_diff_of_different_cohorts_says_so_first():
    runs = [
        RunDetail(summary(f"run{n}", metrics={"n": n}, tags={"cohort_digest": f"d{n}"}), MODELS, "", ())
        for n in (9.0, 51.0)
    ]
    better = (summary("gp", metrics={"lpo_auc": 0.75}), MODELS[1])
    runs[1] = replace(runs[1], models=better)
    text = describe_differences(*runs, compare_runs(*runs))
    assert text.startswith("Different cohorts (9 and 51 patients): their numbers are shown side by side but c")
    assert "gp     lpo_auc" in text
    assert [same_cohort(runs[0], other) for other in (runs[0], runs[1], DETAIL)] == [True, False, None]


@pytest.mark.parametrize("line", [["ls"], ["show"], ["diff", "a", "b"]])
def test_nothing_tracked_yet(line, run, tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    ran = run("runs", *line)
    assert ran.code == 6
    assert ran.error_lines()[0] == "nothing has been tracked yet"
    assert not (tmp_path / "mlflow.db").exists()
