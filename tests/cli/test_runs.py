"""``responder runs``: what a person sees."""

from __future__ import annotations

import pytest

from responder.cli.runs import describe, describe_differences, describe_list
from responder.track.runs import RunDetail, RunSummary, compare_runs


def summary(name, **kwargs):
    return RunSummary("0123456789abcdef", name, "rp", "1", "FINISHED", "2026-01-02T03:04:05+00:00", **kwargs)


RUN = summary(
    "rp_ld_il2",
    metrics={"n": 9.0, "lpo_auc": 0.6667, "permutation_p": 0.31},
    params={"seed": "1"},
    tags={"verdict": "not_beyond_chance", "illustration": "illustrative: rests on simulated values", "key": "ab12"},
)
MODELS = (
    summary("gp", metrics={"lpo_auc": 0.5}),
    summary("ridge", metrics={"lpo_auc": 0.6667}, tags={"primary": "true"}),
)
DETAIL = RunDetail(RUN, MODELS, "**Nothing beyond chance.**\n\n| table |", ("report.html",))


def test_list():
    header, row = describe_list((RUN,)).splitlines()
    assert row.split() == [
        "01234567", "rp_ld_il2", "2026-01-02T03:04:05Z", "finished", "9", "0.6667", "0.31",
        "not", "beyond", "chance", "illustrative",
    ]  # fmt: skip
    assert header.startswith("run ")
    assert describe_list(()) == "no runs yet"


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
    assert "ridge    lpo_auc" in text
    assert "22..." in text


@pytest.mark.parametrize("line", [["ls"], ["show"], ["diff", "a", "b"]])
def test_nothing_tracked_yet(line, run, tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    ran = run("runs", *line)
    assert ran.code == 6
    assert ran.error_lines()[0] == "nothing has been tracked yet"
    assert not (tmp_path / "mlflow.db").exists()
