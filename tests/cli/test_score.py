"""``responder score``: card, table, files, exit codes."""

import csv
import json

import pytest

from responder.score.storage import load_bundle, write_bundle

PROFILE = {
    "patient_id": "P77",
    "organs": ["ear_nose"],
    "disease_duration_years": 2,
    "prednisone_mg_per_day": 15,
    "rpdai": 12,
    "treg_per_ul": 22,
    "tcon_per_ul": 550,
}


@pytest.fixture(scope="session")
def good(make_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "good"
    write_bundle(make_bundle("ridge:1"), folder)
    return str(folder)


@pytest.fixture(scope="session")
def silent(make_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "silent"
    write_bundle(make_bundle("ridge:1", small=True, kind="not_shown_to_beat_chance"), folder)
    return str(folder)


@pytest.fixture
def profile(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(PROFILE))
    return str(path)


@pytest.fixture
def cohort(root):
    return str(root / "data/rp_ld_il2/cohort.csv")


def test_one_patient_is_a_card(run, good, profile):
    ran = run("score", profile, "--bundle", good)
    assert ran.code == 0
    score = run("score", profile, "--bundle", good, "--json").envelope["scores"][0]
    for words in (
        "P77",
        "scored",
        f"{score['probability']:.2f}",
        "Venn-Abers",
        "A sentence of the test.",
        "not treatment advice",
    ):
        assert words in ran.out
    assert ran.err == ""


def test_the_card_speaks_chinese(run, good, profile):
    ran = run("score", profile, "--bundle", good, "--lang", "zh")
    for words in ("患者 P77", "应答概率", "仅供研究", "测试用句", "受累器官"):
        assert words in ran.out


def test_envelope_holds_the_whole_score(run, good, profile):
    envelope = run("score", profile, "--bundle", good, "--json").envelope
    assert envelope["schema"] == "responder/score/1"
    assert envelope["ok"] is True
    (score,) = envelope["scores"]
    assert score["decision"] == "scored"
    assert score["patient"] == "P77"
    assert set(score) >= {
        "probability",
        "venn_abers",
        "conformal",
        "stability",
        "attributions",
        "applicability",
        "standing",
        "sensitivity",
    }
    assert envelope["bundle"]["study"] == "rp-ld-il2"


def test_abstaining_has_its_own_exit_code(run, silent, profile):
    ran = run("score", profile, "--bundle", silent)
    assert ran.code == 5
    assert "no individual probability" in ran.out
    assert "0.67 (6 of 9" in ran.out
    assert "illustrative" in ran.out
    shown = run("score", profile, "--bundle", silent, "--show-anyway")
    assert shown.code == 5
    assert "do not rely on it" in shown.out
    assert "probability of response" in shown.out
    assert "the study declares none for" in shown.out  # of measuring errors: said, not passed over


def test_set_gives_and_overrides(run, good, profile):
    alone = run("score", "--set", "organs=ear", "--set", "rpdai=12", "--set", "treg=0.022 10^9/L", "--set", "tcon=550",
                "--bundle", good, "--json").envelope["scores"][0]  # fmt: skip
    assert alone["applicability"]["missing"] == ["disease_duration_years", "prednisone_mg_per_day"]
    changed = run("score", profile, "--set", "rpdai=13", "--bundle", good, "--json").envelope["scores"][0]
    assert (
        changed["probability"] != run("score", profile, "--bundle", good, "--json").envelope["scores"][0]["probability"]
    )


def test_many_are_a_table(run, good, cohort):
    ran = run("score", cohort, "--bundle", good)
    assert ran.code in {0, 5}
    assert "9 profiles" in ran.out
    assert ran.out.count("\n  ") or "P10" in ran.out
    full = run("score", cohort, "--bundle", good, "--json").envelope
    assert [score["patient"] for score in full["scores"]][-1] == "P10"
    assert full["counts"]["profiles"] == 9
    assert full["scores"][0]["ignored"]


def test_names_of_people_are_left_out_and_told(run, good, tmp_path):
    path, names = tmp_path / "people.csv", ("王小明", "李芳", "张伟", "陈静")
    rows = [f"P{i},{name},ear_nose,2,15,12,22,550" for i, name in enumerate(names)]
    head = "patient_id,姓名,organs,disease_duration_years,prednisone_mg_per_day,rpdai,treg_per_ul,tcon_per_ul"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    target = tmp_path / "scored.csv"
    ran = run("score", str(path), "--bundle", good, "--out", str(target), "--lang", "zh")
    assert ran.code in {0, 5}, ran.err
    assert "RSP118" in ran.out
    assert "共 4 份资料" in ran.out
    written = ran.out + ran.err + target.read_text(encoding="utf-8")
    assert not any(name in written for name in names)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_many_into_a_file(run, good, cohort, tmp_path, ending):
    import pandas as pd

    target = tmp_path / "new" / f"scored.{ending}"
    ran = run("score", cohort, "--bundle", good, "--out", str(target))
    assert ran.code in {0, 5}
    if ending == "xlsx":
        scored = pd.read_excel(target, engine="openpyxl")
    else:
        scored = {"csv": pd.read_csv, "parquet": pd.read_parquet}[ending](target)
    assert len(scored) == 9
    full = run("score", cohort, "--bundle", good, "--json").envelope["scores"]
    for row, score in zip(scored.to_dict("records"), full, strict=True):
        assert row["patient"] == score["patient"]
        assert row["decision"] == score["decision"]
        if score["probability"] is not None:
            assert row["probability"] == pytest.approx(score["probability"], abs=1e-12)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_formulas_in_pseudonyms_stay_text(run, good, tmp_path):
    import openpyxl

    (tmp_path / "p.json").write_text(json.dumps([{**PROFILE, "patient_id": "=1+1"}]))
    run("score", str(tmp_path / "p.json"), "--bundle", good, "--out", str(tmp_path / "s.xlsx"))
    cell = openpyxl.load_workbook(tmp_path / "s.xlsx").active["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_bad_rows_are_named_and_the_others_scored(run, good, tmp_path):
    rows = [PROFILE, {**PROFILE, "patient_id": "P78", "rpdai": "nine"}]
    (tmp_path / "p.json").write_text(json.dumps(rows))
    ran = run("score", str(tmp_path / "p.json"), "--bundle", good)
    assert ran.code == 3
    assert ran.error_lines()[0] == "1 of 2 profiles could not be understood"
    assert "the value of 'rpdai' is not a number" in ran.out
    assert "nine" not in ran.out + ran.err
    envelope = run("score", str(tmp_path / "p.json"), "--bundle", good, "--json").envelope
    assert [score["decision"] for score in envelope["scores"]] == ["scored", "refused"]
    assert envelope["ok"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "nothing to score"),
        (("nowhere.json",), 2, "no such file"),
        (("--set", "rpdai"), 2, "not name=value"),
        (("--set", "rpdia=9"), 3, "rpdia"),
        (("--set", "rpdai=lots"), 3, "not a number"),
        (("--set", "rpdai=9", "--out", "s.docx"), 2, "file ending"),
        (("--set", "rpdai=9", "--lang", "fr"), 2, "fr"),
    ],
)
def test_mistakes_are_three_lines(run, good, arguments, code, words):
    ran = run("score", *arguments, "--bundle", good)
    assert ran.code == code
    assert words in " ".join(ran.error_lines())


def test_no_bundle_says_how_to_make_one(run, tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = run("score", "--set", "rpdai=9")
    assert ran.code == 2
    assert "responder train" in ran.error_lines()[2]


def test_tampered_bundle_is_refused(run, good, tmp_path, profile):
    write_bundle(load_bundle_path(good), tmp_path / "b")
    file = tmp_path / "b" / "bundle.json"
    file.write_bytes(file.read_bytes().replace(b'"responders": 18', b'"responders": 38'))
    ran = run("score", profile, "--bundle", str(tmp_path / "b"))
    assert ran.code == 3
    assert "damaged or was changed" in ran.error_lines()[0]


def load_bundle_path(folder):
    from pathlib import Path

    return load_bundle(Path(folder))


def test_more_rows_than_a_screen(run, good, tmp_path):
    with (tmp_path / "p.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "organs", "rpdai", "treg", "tcon", "duration", "prednisone"])
        writer.writerows([f"P{i}", "ear", 12, 22, 550, 2, 15] for i in range(10_000))
    ran = run("score", str(tmp_path / "p.csv"), "--bundle", good)
    assert ran.code == 0
    assert "... and 9950 more" in ran.out
    ran = run("score", str(tmp_path / "p.csv"), "--bundle", good, "--json")
    assert ran.code == 2
    assert "--out" in ran.error_lines()[2]


@pytest.fixture(scope="session")
def with_criteria(make_bundle, root, tmp_path_factory):
    from dataclasses import replace

    from responder.study import load_study

    folder = tmp_path_factory.mktemp("models") / "criteria"
    write_bundle(replace(make_bundle("ridge:1"), criteria=load_study("rp-ld-il2").criteria), folder)
    return str(folder)


@pytest.mark.parametrize(("age", "named"), [("71", True), ("40", False), (None, False)])
def test_who_would_not_have_been_eligible_is_named(run, with_criteria, profile, age, named):
    given = () if age is None else ("--set", f"age_years={age}")
    score = run("score", profile, "--bundle", with_criteria, *given, "--json").envelope["scores"][0]
    assert ("not_eligible" in {reason["code"] for reason in score["reasons"]}) is named


def test_a_bundle_without_criteria_names_nobody(run, good, profile):
    ran = run("score", profile, "--bundle", good, "--set", "age_years=71", "--json")
    score = ran.envelope["scores"][0]
    assert "not_eligible" not in {reason["code"] for reason in score["reasons"]}
