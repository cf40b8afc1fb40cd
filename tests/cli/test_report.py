"""``responder report`` and ``responder card`` on a run that was trained by the command line."""

import re
import shutil
import tomllib

import pytest


@pytest.fixture
def project(trained, tmp_path, monkeypatch):
    """A project with one trained run, to be written to."""
    shutil.copytree(trained.folder / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns(".*"))
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_leaves_the_pages(project):
    names = {path.name for path in (project / "runs/rp_ld_il2").iterdir()}
    assert {"report.html", "card.md", "card.html", "figures", "result.json", "study.json"} <= names


def test_the_page_that_is_there_is_named(project, run):
    page = project / "runs/rp_ld_il2/report.html"
    before = page.stat().st_mtime_ns
    ran = run("report", "rp_ld_il2")
    assert ran.code == 0
    assert ran.out.splitlines()[0].startswith("These 9 patients (6 responders) do not show")
    assert ran.out.splitlines()[1].endswith("report.html")
    assert page.stat().st_mtime_ns == before


def test_the_page_in_chinese_is_drawn_from_the_files(project, run):
    page = project / "runs/rp_ld_il2/report.zh.html"
    assert not page.exists()
    ran = run("report", "runs/rp_ld_il2", "--lang", "zh", "--json")
    assert ran.code == 0
    assert ran.envelope["schema"] == "responder/report/1"
    assert ran.envelope["language"] == "zh"
    assert ran.envelope["answer"].startswith("这 9 名患者（6 名应答者）未能证明")
    assert ran.envelope["verdict"].startswith("未能证明优于随机")
    assert ran.envelope["digest"] in page.read_text(encoding="utf-8")


def test_a_page_of_another_result_is_drawn_anew(project, run):
    page = project / "runs/rp_ld_il2/report.html"
    page.write_text("of another result", encoding="utf-8")
    assert run("report", "rp_ld_il2").code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_page_elsewhere(project, run):
    assert run("report", "rp_ld_il2", "--out", "elsewhere/page.html").code == 0
    assert (project / "elsewhere/page.html").is_file()


@pytest.mark.parametrize("command", ["report", "card"])
def test_no_such_run(project, run, command):
    ran = run(command, "rp_ld_il")
    assert ran.code == 2
    message, _, fix = ran.error_lines()
    assert message == "no finished run 'rp_ld_il'"
    assert fix == "did you mean 'rp_ld_il2'?"


def test_no_run_at_all(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("report", "x")
    assert ran.code == 2
    assert "responder train" in ran.error_lines()[2]


def test_a_run_that_is_cut_short(project, run):
    (project / "runs/rp_ld_il2/shap.csv").unlink()
    ran = run("card", "rp_ld_il2")
    assert ran.code == 2
    assert "'shap.csv' is missing" in ran.error_lines()[0]


def test_the_card_says_what_is_missing(project, run):
    ran = run("card", "rp_ld_il2")
    assert ran.code == 0
    assert re.search(r"TRIPOD\+AI MISSING: 1, 2, 3a", ran.out)
    assert "21 answered by the run, 6 by the run in part" in ran.out
    assert "TRIPOD+AI answered in part: 5a, 6b, 6c, 8a, 9a and 20a" in ran.out
    assert "responder card rp_ld_il2 --ask >" in ran.out


def test_answers_given_are_not_asked_as_missing(project, run):
    asked = run("card", "rp_ld_il2", "--ask")
    content = tomllib.loads(asked.out)
    assert content["tripod"]["18a"] == ""
    text = asked.out.replace('"18a" = ""', '"18a" = "None."')
    (project / "experiments/rp_ld_il2.card.toml").write_text(text, encoding="utf-8")
    ran = run("card", "rp_ld_il2", "--json")
    assert ran.envelope["tripod"]["18a"] == {"status": "team", "text": "None."}
    assert "18a" not in ran.envelope["missing"]
    assert ran.envelope["probast"]["analysis"]["rating"] == "high"
    assert "None." in (project / "runs/rp_ld_il2/card.md").read_text(encoding="utf-8")


def test_answers_that_are_not_there(project, run):
    ran = run("card", "rp_ld_il2", "--answers", "nothing.toml")
    assert ran.code == 2
    assert "--ask" in ran.error_lines()[2]


def test_the_card_in_chinese_elsewhere(project, run):
    ran = run("card", "rp_ld_il2", "--lang", "zh", "--out", "cards", "--json")
    assert ran.code == 0
    assert (project / "cards/card.zh.md").read_text(encoding="utf-8").startswith("# 模型卡")
    assert ran.envelope["markdown"].endswith("card.zh.md")
