"""``responder check``: a good table, and broken ones with their codes and three lines."""

from __future__ import annotations

import pytest

HEADER = "patient_id,age_years,treg_per_ul,organs,rpdai_week12"
ROWS = (
    "P1,41,22,airway,0",
    "P2,39,30,ear_nose,14",
    "P3,50,18,ear_nose,0",
    "P4,61,41,airway,9",
    "P5,33,25,eye,0",
)


@pytest.fixture
def table(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "cohort.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write


def test_good_table(run, table):
    ran = run("check", table(*ROWS, "P6,44,27,airway,3"))
    assert ran.code == 0
    assert ran.err == ""
    first, rule, place, *_ = ran.out.splitlines()
    assert first == "6 patients, 3 responders, 3 usable baseline traits, 0 ignored columns with numbers in them"
    assert rule == "response: RPDAI at week 12 is 0; 3 of 6"
    assert place.endswith("cohort.csv, endpoint: complete_rpdai_response")
    assert "observed" in ran.out
    assert "illustrative" not in ran.out
    assert "RSP202  passed" in ran.out


def test_a_table_of_another_shipped_study(run, root, table):
    lupus = str(root / "data/sle_planted_truth/cohort.csv")
    ran = run("check", lupus)
    assert ran.code == 3
    assert ran.out.startswith("Read as study rp-ld-il2 because --study names none.")
    assert f"responder check {lupus} --study sle-ld-il2" in ran.out
    chinese = run("check", lupus, "--lang", "zh").out
    assert chinese.startswith("未用 --study 指定研究")
    assert "低剂量白介素-2治疗活动性系统性红斑狼疮" in chinese.splitlines()[0]
    assert run("check", lupus, "--json").envelope["error"]
    for named in (("--study", "rp-ld-il2"), ("--study", "sle-ld-il2")):
        assert "--study names none" not in run("check", lupus, *named).out
    assert run("check", table(*ROWS), "--json").envelope["other_study"] is None


def test_a_table_of_ones_own_is_told_how_to_begin(run, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("patient_id,smear,blast,remission\nP1,3,4,1\nP2,5,2,0\nP3,4,4,1\n", encoding="utf-8")
    advice = f"draft a study first: responder study init {path}"
    assert advice in run("check", str(path)).out.splitlines()[0]
    assert advice not in run("check", str(path), "--study", "rp-ld-il2").out
    assert run("check", str(path), "--lang", "zh").out.splitlines()[0].endswith(f"responder study init {path}")


def test_a_check_says_how_grave_what_it_found_is(run, table):
    ran = run("check", table(*ROWS, "P6,44,27,airway,3"))
    assert "RSP202  passed" in ran.out
    assert "RSP114  note" in ran.out
    refused = run("check", table(*ROWS, "P6,440,27,airway,3"))
    assert refused.code == 3
    assert "RSP131  refused" in refused.out
    assert "not applicable" not in refused.out
    assert "failed" not in ran.out + refused.out


def test_ignored_columns_with_numbers_are_named_first(run, table):
    cells = zip(ROWS, ("412", "88", "", "<3", "n/a"), strict=True)
    rows = [f"{row},{ferritin},x{i},{i}" for i, (row, ferritin) in enumerate(cells)]
    path = table(*rows, header=HEADER + ",ferritin,comment,phone")
    ran = run("check", path)
    assert ran.out.splitlines()[0].endswith("1 ignored column with numbers in it: ferritin")
    assert run("check", path, "--json").envelope["unused_numeric"] == ["ferritin"]


def test_envelope(run, table):
    ran = run("check", table(*ROWS, "P6,44,27,airway,3"), "--json")
    envelope = ran.envelope
    assert (envelope["schema"], envelope["ok"], envelope["refused"]) == ("responder/check/1", True, False)
    assert (envelope["n"], envelope["responders"]) == (6, 3)
    assert {check["status"] for check in envelope["checks"]} <= {"passed", "failed", "not applicable"}


def test_reference_cohort_says_that_it_is_illustrative(run, root):
    ran = run("check", str(root / "data/rp_ld_il2/cohort.csv"))
    assert ran.code == 0
    assert "illustrative: rests on reconstructed and simulated values" in ran.out


def test_where_keeps_rows(run, table):
    path = table(*(f"{row},{'a' if i < 5 else 'b'}" for i, row in enumerate(ROWS * 2)), header=HEADER + ",arm")
    kept = run("check", path, "--where", "arm=a", "--json")
    assert kept.envelope["n"] == 5


BROKEN = {
    "missing file": (None, "RSP101"),
    "empty file": ((), "RSP102"),
    "all responders": (("P1,41,22,airway,0", "P2,39,30,eye,0", "P3,50,18,eye,0"), "RSP202"),
    "one patient": (ROWS[:1], "RSP201"),
    "duplicate id": ((*ROWS, "P1,44,20,eye,3"), "RSP121"),
    "ids alike but for case": ((*ROWS, "p1,44,20,eye,3"), "RSP122"),
    "text in a number": ((*ROWS, "P6,forty,20,eye,3"), "RSP117"),
    "unknown level": ((*ROWS, "P6,44,20,toe,3"), "RSP117"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_tables_are_refused_in_three_lines(name, run, table, tmp_path):
    rows, code = BROKEN[name]
    path = str(tmp_path / "none.csv") if rows is None else table(*rows)
    ran = run("check", path)
    assert ran.code == 3
    what = ran.error_lines()[0]
    assert what.startswith(code)
    assert f"{code} refused" in ran.out
    assert len(ran.err.splitlines()) == 3

    envelope = run("check", path, "--json").envelope
    assert (envelope["ok"], envelope["refused"], envelope["error"]["kind"]) == (False, True, "data_refused")
    assert envelope["error"]["message"] == what
    assert code in [finding["code"] for finding in envelope["findings"]]


def test_an_outcome_offered_as_a_trait_is_refused(run, table):
    ran = run("check", table(*ROWS), "--traits", "age_years,rpdai_week12")
    assert ran.code == 3
    assert ran.error_lines()[0].startswith("RSP220")


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--traits", "aeg_years"], "did you mean 'age_years'?"),
        (["--study", "rp-ldil2"], "did you mean 'rp-ld-il2'?"),
        (["--where", "arm"], "write --where name=value"),
        (["--where", "a=1", "--where", "a=2"], "give it once"),
    ],
)
def test_mistakes_in_options(options, hint, run, table):
    ran = run("check", table(*ROWS), *options)
    assert ran.code == 2
    assert ran.error_lines()[2] == hint
