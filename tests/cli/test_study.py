"""``responder study``."""

from __future__ import annotations

import pytest

from responder.cli.table import display_width
from responder.study import load_study
from responder.words import say


def test_ls(run):
    ran = run("study", "ls")
    assert ran.code == 0
    assert ran.out.splitlines()[1].startswith("rp-ld-il2")
    study, lupus = run("study", "ls", "--json").envelope["studies"]
    assert (study["id"], lupus["id"]) == ("rp-ld-il2", "sle-ld-il2")
    assert study["hypotheses"] == ["H1", "H2", "H3", "H4", "H5", "H6"]


def test_show_names_every_trait_feature_endpoint_and_hypothesis(run):
    study = load_study("rp-ld-il2")
    ran = run("study", "show", "rp-ld-il2")
    assert ran.code == 0
    for one in (*study.traits, *study.features, *study.endpoints):
        assert one.name in ran.out
        assert one.label.en in ran.out
    assert all(hypothesis.statement.en in ran.out for hypothesis in study.hypotheses)
    assert "13.47 to 64.58" in ran.out


def test_show_in_chinese_stays_aligned(run):
    study = load_study("rp-ld-il2")
    lines = run("study", "show", "rp-ld-il2", "--lang", "zh").out.splitlines()
    starts = set()
    for trait in study.traits:
        line = next(line for line in lines if line.startswith(f"{trait.name} "))
        assert trait.label.in_language("zh") in line
        before = line[: line.index(say(f"study_show.kinds.{trait.kind}", "zh"), len(trait.name))]
        starts.add(display_width(before))
    assert len(starts) == 1


def test_show_a_file_and_its_envelope(run, root):
    path = root / "src/responder/study/library/rp-ld-il2.toml"
    envelope = run("study", "show", str(path), "--json").envelope
    assert envelope["schema"] == "responder/study-show/1"
    assert envelope["study"]["id"] == "rp-ld-il2"


def test_show_an_unknown_study(run):
    ran = run("study", "show", "rp-ld-il3")
    assert ran.code == 2
    assert ran.error_lines()[2] == "did you mean 'rp-ld-il2'?"


ROWS = ("patient_id,age (years),sex,response", "P1,40,f,1", "P2,51,m,0", "P3,33,f,1", "P4,62,m,0")
LATER = ("patient_id,crp,crp_2,response", "P1,4,1,1", "P2,5,3,0", "P3,3,6,1", "P4,6,2,0")


@pytest.fixture
def table(tmp_path):
    def write(rows=ROWS):
        path = tmp_path / "trial.csv"
        path.write_text("\n".join(rows))
        return str(path)

    return write


def test_init_drafts_a_study_and_its_experiment(run, table, tmp_path):
    path, target = table(), tmp_path / "my_study.toml"
    ran = run("study", "init", path, "--out", str(target), "--yes")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == "4 patients, 2 traits known before treatment"
    assert f"then: responder train {tmp_path / 'trial.toml'}" in ran.out
    assert run("study", "init", path, "--yes").out.strip() == target.read_text().strip()
    assert run("study", "show", str(target)).code == 0
    checked = run("check", path, "--study", str(target), "--json")
    assert (checked.code, checked.envelope["n"], checked.envelope["responders"]) == (0, 4, 2)
    planned = run("train", str(tmp_path / "trial.toml"), "--dry-run", "--json")
    assert (planned.code, planned.envelope["n"]) == (0, 4), planned.err
    again = run("study", "init", path, "--out", str(target))
    assert again.code == 2
    again.error_lines()


def test_what_has_no_suggestion_stays_open_and_stops_check_and_train(run, table, tmp_path):
    path, target = table(LATER), tmp_path / "my_study.toml"
    ran = run("study", "init", path, "--out", str(target), "--yes")
    assert ran.code == 0
    assert "2 open questions:" in ran.out
    assert "trait.crp_2.timing" in ran.out
    for arguments in (("check", path, "--study", str(target)), ("train", str(tmp_path / "trial.toml"))):
        refused = run(*arguments)
        assert refused.code == 3
        assert len(refused.err.splitlines()) == 6  # two questions, three lines each
        assert "baseline | on_treatment | outcome | ignored" in refused.err
    chinese = run("check", path, "--study", str(target), "--lang", "zh")
    assert "待回答的问题" in chinese.err
    envelope = run("check", path, "--study", str(target), "--json").envelope
    assert [q["key"] for q in envelope["error"]["questions"]] == ["trait.crp.timing", "trait.crp_2.timing"]


def test_answers_are_given_by_option_or_by_hand(run, table, tmp_path):
    path, target = table(LATER), tmp_path / "my_study.toml"
    answers = ("--answer", "trait.crp.timing=baseline", "--answer", "trait.crp_2.timing=on_treatment")
    assert run("study", "init", path, "--out", str(target), "--yes", *answers).code == 0
    assert run("check", path, "--study", str(target), "--json").envelope["traits"] == ["crp"]
    assert run("study", "init", path, "--out", str(target), "--yes", "--force").code == 0
    text = target.read_text()
    for question in [line for line in text.splitlines() if line.startswith("timing = {")]:
        text = text.replace(question, 'timing = "on_treatment"' if "crp_2" in question.split("other")[0] else "", 1)
    target.write_text(text)
    assert run("check", path, "--study", str(target), "--json").envelope["traits"] == ["crp"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [("trait.crp_2.timing=late", "is not an answer to"), ("trait.crp_3.timing=baseline", "there is no question")],
)
def test_an_answer_that_answers_nothing_is_refused(answer, words, run, table):
    ran = run("study", "init", table(LATER), "--answer", answer)
    assert ran.code == 2
    assert words in ran.error_lines()[0]


def test_on_a_terminal_the_questions_are_asked_one_by_one(run, table, tmp_path, monkeypatch):
    monkeypatch.setattr("responder.cli.study.is_terminal", lambda: True)
    target = tmp_path / "my_study.toml"
    typed = "My trial\n\npeople\n1\n3\n2\nResponse\n"
    ran = run("study", "init", table(LATER), "--out", str(target), input=typed)
    assert ran.code == 0, ran.err
    assert "'crp' measures the same as 'crp_2'" in ran.err
    study = load_study(str(target))
    assert study.title.en == "My trial"
    assert {t.name: t.timing for t in study.traits} == {"crp": "baseline", "crp_2": "outcome", "response": "outcome"}


def test_a_question_is_left_open_on_a_terminal_and_a_wrong_answer_told(run, table, tmp_path, monkeypatch):
    monkeypatch.setattr("responder.cli.study.is_terminal", lambda: True)
    target = tmp_path / "my_study.toml"
    typed = "My trial\n\npeople\n?\nlater\n3\nResponse\n"
    ran = run("study", "init", table(LATER), "--out", str(target), input=typed, env={"RESPONDER_LANG": "zh"})
    assert ran.code == 0, ran.err
    assert "? 则留待以后回答" in ran.err
    assert "“later”不能回答“trait.crp_2.timing”：请写其中之一" in ran.err
    assert target.read_text().count("timing = { ask") == 1


def test_the_experiment_of_a_chinese_file_is_named_after_the_study(run, table, tmp_path):
    path, target = tmp_path / "队列.csv", tmp_path / "rp.toml"
    path.write_text("\n".join(ROWS), encoding="utf-8")
    assert run("study", "init", str(path), "--out", str(target), "--yes").code == 0
    assert (tmp_path / "rp_experiment.toml").is_file()
    planned = run("train", str(tmp_path / "rp_experiment.toml"), "--dry-run")
    assert planned.code == 0
    assert planned.out.startswith("rp_experiment")


def test_a_table_with_names_alone_gets_pseudonyms_and_keeps_the_key_apart(run, table, tmp_path):
    names = ("name,age,response", "Ada Birk,40,1", "Ben Cole,51,0", "Cara Dunn,33,1", "Dov Elin,62,0")
    path, target, key = table(names), tmp_path / "my_study.toml", tmp_path / "key.csv"
    ran = run("study", "init", path, "--out", str(target), "--yes", "--keep-key", str(key))
    assert ran.code == 0, ran.err
    assert "P01, P02" in ran.out
    assert key.read_text().splitlines()[1] == "P01,2,Ada Birk"
    assert key.stat().st_mode & 0o077 == 0
    checked = run("check", path, "--study", str(target), "--json")
    assert (checked.code, checked.envelope["n"]) == (0, 4)
    assert "Ada" not in ran.out + ran.err + target.read_text() + checked.out + checked.err
    refused = run("study", "init", table(), "--keep-key", str(tmp_path / "other.csv"))
    assert refused.code == 2
    assert "no pseudonyms" in refused.error_lines()[0]


def test_a_known_study_needs_no_draft(run, tmp_path, root):
    path, target = str(root / "data/rp_ld_il2/cohort.csv"), tmp_path / "mine.toml"
    ran = run("study", "init", path, "--study", "rp-ld-il2", "--out", str(target))
    assert ran.code == 0, ran.err
    planned = run("train", str(target), "--dry-run", "--json")
    assert (planned.code, planned.envelope["n"]) == (0, 9), planned.err


def test_init_without_a_table(run, tmp_path):
    ran = run("study", "init", str(tmp_path / "none.csv"))
    assert ran.code == 3
    assert ran.error_lines()[0].startswith("RSP101")
