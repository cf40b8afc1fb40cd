"""``responder trial``: the results section, its envelope, and broken tables of visits in three lines."""

import pytest

HEADER = "patient_id,week,rpdai,adverse_events"
ROWS = ("P1,0,9,none", "P1,12,0,none", "P2,0,14,none", "P2,4,14,rash", "P3,0,9,none", "P3,12,9,none")


@pytest.fixture
def reference(root):
    return str(root / "data" / "rp_ld_il2" / "visits.csv")


@pytest.fixture
def table(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "visits.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write


def test_reference(run, reference):
    ran = run("trial", reference, "-q")
    assert ran.code == 0
    assert ran.err == ""
    assert "Illustrative: rests on reconstructed and simulated values." in ran.out
    assert "6 of 9 completers, 66.7% (95% interval 29.9–92.5%)" in ran.out
    assert "RPDAI (points)  12    9  0 (0–14)        −9      0.016    0.011         0.015        0.047" in ran.out
    assert "RSP145 caution: 1 of 10 patients were not seen at week 12: P09" in ran.out


def test_a_subgroup_is_of_patients(run, reference):
    # by visits, the airway patient who responded "left before week 12", and nobody of three responded
    told = run("trial", reference, "--where", "organs=airway", "--json").envelope
    assert (told["enrolled"], told["completed"], told["withdrawn"]) == (4, 4, [])
    assert (told["endpoints"][0]["responders"], told["endpoints"][0]["n"]) == (1, 4)
    infection = next(row for row in told["safety"] if row["event"] == "infection")
    assert (infection["patients"], infection["n"], round(infection["upper"], 3)) == (0, 4, 0.602)
    ran = run("trial", reference, "--where", "organs=airway", "-q")
    assert "4 of 10 patients have 'airway' in column 'organs' at baseline" in ran.out


def test_chinese(run, reference):
    ran = run("trial", reference, "--lang", "zh", "-q")
    assert "仅作示例：基于重建、模拟数值。" in ran.out
    assert "完成者9例中无感染" in ran.out


def test_beside_the_published_numbers(run, reference):
    ran = run("trial", reference, "--published", reference.replace("visits.csv", "published.toml"), "-q")
    assert "54 of 54 published numbers agree" in ran.out
    assert "agreement is by construction and confirms nothing" in ran.out
    told = run("trial", reference, "--published", reference.replace("visits.csv", "published.toml"), "--json").envelope
    assert all(row["agrees"] for row in told["published"])


def test_envelope(run, reference):
    told = run("trial", reference, "--json").envelope
    assert (told["schema"], told["ok"], told["refused"]) == ("responder/trial/1", True, False)
    assert (told["enrolled"], told["completed"]) == (10, 9)
    assert told["illustration"] == "illustrative: rests on reconstructed and simulated values"
    first = told["endpoints"][0]
    assert (first["responders"], first["n"], first["rests_on"]) == (6, 9, ["reconstructed"])
    week_12 = next(
        r for r in told["courses"] if (r["course"], r["week"], r["population"]) == ("rpdai", 12, "completers")
    )
    assert round(week_12["p_asymptotic"], 3) == 0.011


def test_files_are_named(run, table, tmp_path):
    ran = run("trial", table(*ROWS), "--out", str(tmp_path / "out"), "--json")
    assert ran.code == 0
    written = ran.envelope["written"]
    assert str(tmp_path / "out" / "trial.html") in written
    assert (tmp_path / "out" / "figures" / "course_activity.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "Illustrative" not in (tmp_path / "out" / "trial.html").read_text(encoding="utf-8")


BROKEN = {
    "missing file": (None, "RSP101"),
    "two rows a visit": ((*ROWS, "P1,12,9,none"), "RSP123"),
    "week of none": ((*ROWS, "P4,soon,9,none"), "RSP140"),
    "visit numbers for weeks": (("P1,0,9,none", "P1,1,0,none", "P2,0,9,none", "P2,2,0,none"), "RSP144"),
    "ends before the last week": (("P1,0,9,none", "P1,4,0,none", "P2,0,9,none", "P2,8,0,none"), "RSP149"),
    "score out of range": ((*ROWS, "P4,0,990,none"), "RSP131"),
    "negative score": ((*ROWS, "P4,0,-9,none"), "RSP131"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_tables_are_refused_in_three_lines(name, run, table, tmp_path):
    rows, code = BROKEN[name]
    path = str(tmp_path / "none.csv") if rows is None else table(*rows)
    ran = run("trial", path, "-q", "--out", str(tmp_path / "out"))
    assert ran.code == 3
    assert ran.error_lines()[0].startswith(code)
    assert f"{code} refused" in ran.out
    assert not (tmp_path / "out").exists()
    told = run("trial", path, "--json").envelope
    assert (told["ok"], told["refused"], told["error"]["kind"]) == (False, True, "data_refused")


def test_several_refusals_are_all_listed(run, table):
    ran = run("trial", table(*ROWS, "P1,12,9,none", "P4,soon,9,none"), "-q")
    assert ran.error_lines()[0].endswith("(and 1 more: all are listed)")
    assert [line[:6] for line in ran.out.splitlines() if " refused" in line] == ["RSP140", "RSP123"]


def test_missing_week_12_is_a_caution(run, table):
    ran = run("trial", table(*ROWS), "-q")
    assert ran.code == 0
    assert "RSP145 caution: 1 of 3 patients were not seen at week 12: P2" in ran.out
    assert "1 of 2 completers" in ran.out
    assert "1 of 3 enrolled" in ran.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--study", "rp-ldil2"], "did you mean 'rp-ld-il2'?"),
        (["--where", "arm"], "write --where name=value"),
        (["--published", "nowhere/facts.toml"], "check the path"),
    ],
)
def test_mistakes_in_options(options, said, run, table):
    ran = run("trial", table(*ROWS), *options)
    assert ran.code == 2
    assert ran.error_lines()[2] == said
