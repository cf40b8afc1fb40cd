"""``responder study``."""

from __future__ import annotations

from responder.cli.table import display_width
from responder.study import load_study


def test_ls(run):
    ran = run("study", "ls")
    assert ran.code == 0
    assert ran.out.splitlines()[1].startswith("rp-ld-il2")
    (study,) = run("study", "ls", "--json").envelope["studies"]
    assert study["id"] == "rp-ld-il2"
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
        assert trait.label.zh in line
        before = line[: line.index(trait.kind, len(trait.name))]
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


def test_init_drafts_a_study_that_reads_the_table(run, tmp_path):
    table = tmp_path / "trial.csv"
    rows = ["patient_id,age (years),sex,response", "P1,40,f,1", "P2,51,m,0", "P3,33,f,1", "P4,62,m,0"]
    table.write_text("\n".join(rows))
    target = tmp_path / "trial.toml"
    ran = run("study", "init", str(table), "--out", str(target))
    assert ran.code == 0
    assert "review it" in ran.out
    assert run("study", "init", str(table)).out.strip() == target.read_text().strip()
    assert run("study", "show", str(target)).code == 0
    checked = run("check", str(table), "--study", str(target), "--json")
    assert (checked.code, checked.envelope["n"], checked.envelope["responders"]) == (0, 4, 2)
    again = run("study", "init", str(table), "--out", str(target))
    assert again.code == 2
    again.error_lines()


def test_init_without_a_table(run, tmp_path):
    ran = run("study", "init", str(tmp_path / "none.csv"))
    assert ran.code == 3
    assert ran.error_lines()[0].startswith("RSP101")
