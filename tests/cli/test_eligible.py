"""``responder eligible``: who would have been eligible, patient by patient and criterion by criterion."""

import pytest

HEADER = "patient_id,age_years"


@pytest.fixture
def table(tmp_path):
    def written(*rows, header=HEADER):
        path = tmp_path / "patients.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return written


def test_each_patient_is_judged_by_each_criterion(run, table):
    ran = run("eligible", table("P1,17.9", "P2,18", "P3,70.1"))
    assert ran.code == 0
    for words in ("P1", "P2", "P3", "not met", "cannot be judged"):
        assert words in ran.out


def test_json_and_file_hold_the_same_patients(run, table, tmp_path):
    path = table("P1,17.9", "P2,40")
    envelope = run("eligible", path, "--json").envelope
    assert envelope["ok"]
    assert envelope["schema"].startswith("responder/eligible/")
    out = tmp_path / "judged.csv"
    assert run("eligible", path, "--out", str(out)).code == 0
    text = out.read_text(encoding="utf-8")
    assert "P1" in text
    assert "P2" in text


def test_one_patient(run, table):
    ran = run("eligible", table("P1,17.9", "P2,40"), "--patient", "P2")
    assert ran.code == 0
    assert "P1" not in ran.out


def test_chinese_alone(run, table):
    ran = run("eligible", table("P1,17.9"), "--lang", "zh")
    assert ran.code == 0
    assert "not met" not in ran.out
    assert "cannot be judged" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--study", "sle-ld-il2"), 2), (("--patient", "nobody"), 2)],
    ids=["a study without criteria", "an unknown patient"],
)
def test_what_cannot_be_asked(run, table, arguments, code):
    ran = run("eligible", table("P1,40"), *arguments)
    assert ran.code == code
    assert len(ran.err.strip().splitlines()) >= 3


def test_a_file_that_is_no_table(run, tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("# Notes\n\nno table\n", encoding="utf-8")
    assert run("eligible", str(path)).code == 3


def test_the_template_asks_for_what_criteria_need(run):
    plain = run("template", "--study", "rp-ld-il2").out.splitlines()[0].split(",")
    more = run("template", "--study", "rp-ld-il2", "--eligibility").out.splitlines()[0].split(",")
    assert set(plain) < set(more)
    assert "il2_injections_received" in more
