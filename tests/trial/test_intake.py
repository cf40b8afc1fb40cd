"""Broken tables of visits: each mistake is one coded finding that says where and how to mend it."""

import json

import numpy as np
import pytest

from responder.cohort import CheckStatus, Provenance, Severity
from responder.errors import ConfigError, DataRefusedError
from responder.study import load_study
from responder.study.instruments.rp import RPDAI_WEIGHTS
from responder.trial import read_visits, scan_visits

ITEMS = tuple(RPDAI_WEIGHTS)


def changed(rows, line, old, new):
    """Return the rows with one cell's text changed."""
    assert old in rows[line]
    return [row.replace(old, new, 1) if i == line else row for i, row in enumerate(rows)]


def item_rows(*visits, header=ITEMS):
    """Return header and rows of a table with items: (patient, week, total, items present)."""
    rows = [
        ",".join([patient, str(week), str(total), *("1" if item in present else "0" for item in header)])
        for patient, week, total, present in visits
    ]
    return rows, ",".join(["patient_id", "week", "rpdai", *header])


def test_reference_table(reference):
    visits = reference.visits
    assert (visits.n, visits.members("completers").sum()) == (10, 9)
    assert [finding.code for finding in visits.findings] == ["RSP114", "RSP145"]
    absent = visits.findings.items[0].message.values["names"]
    assert absent == (
        "damage",
        "crp_mg_per_l",
        "esr_mm_per_h",
        "earlier_biologics",
    )  # what is computed is not asked for
    assert {check.status for check in visits.findings.checks} == {CheckStatus.PASSED, CheckStatus.FAILED}
    assert str(visits.illustration) == "illustrative: rests on reconstructed and simulated values"
    assert visits.provenance["rpdai"] is Provenance.RECONSTRUCTED
    assert visits.provenance["treg_per_ul"] is Provenance.SIMULATED


def test_values_are_by_patient_and_visit(scan):
    found, _ = scan()
    visits = found.visits
    nan = np.nan
    np.testing.assert_array_equal(visits.values["rpdai"], [[9, 9, nan, 0], [23, 14, 14, 14], [14, 14, nan, nan]])
    np.testing.assert_array_equal(visits.values["organs=ear_nose"][:, 0], [1, 1, 0])
    np.testing.assert_array_equal(visits.weeks[0], [0, 4, nan, 12])
    assert visits.illustration is None
    frame = visits.frame()
    assert len(frame) == 9
    assert frame.loc[frame["patient_id"] == "P2", "rpdai"].tolist() == [23, 14, 14, 14]


def test_to_json_tells_no_value(scan):
    told = json.loads(json.dumps(scan()[0].to_json(), allow_nan=False))
    assert (told["enrolled"], told["completed"]) == (3, 2)
    assert told["withdrawn"] == [{"patient_id": "P3", "last_week": 4.0}]
    assert told["visits"] == [{"week": w, "seen": n} for w, n in ((0, 3), (4, 3), (8, 1), (12, 2))]


BROKEN = {
    "no week": (lambda r: changed(r, 1, "P1,4", "P1,"), "RSP140", "weeks since the first dose"),
    "visit number": (lambda r: changed(r, 1, "P1,4", "P1,visit 2"), "RSP140", "weeks since the first dose"),
    "two rows a visit": (lambda r: [*r, r[1]], "RSP123", "keep one row per patient and visit"),
    "unit slipped": (lambda r: changed(r, 0, ",13,", ",0.013,"), "RSP130", "convert it to cells/µL"),
    "share as a fraction": (lambda r: changed(r, 0, ",3.1,", ",0.031,"), "RSP130", "convert it to %"),
    "negative dose": (lambda r: changed(r, 2, ",5,6.0", ",-5,6.0"), "RSP131", "plausible"),
    "score too large": (lambda r: changed(r, 3, ",23,", ",252,"), "RSP131", "plausible"),
    "decimal comma": (lambda r: changed(r, 0, ",3.1,", ',"3,1",'), "RSP184", "decimal point"),
    "unknown organ": (lambda r: changed(r, 0, "ear_nose", "ear_nos"), "RSP117", "did you mean 'ear_nose'?"),
    "no id": (lambda r: changed(r, 1, "P1,4", ",4"), "RSP120", "pseudonym"),
    "ids alike": (lambda r: changed(r, 2, "P1,12", "p1,12"), "RSP122", "one person"),
    "weeks are visit numbers": (lambda r: [row for row in r if row.split(",")[1] == "0"], "RSP144", "scheduled weeks"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_refused(name, scan, rows_of_three):
    change, code, hint = BROKEN[name]
    found, by_code = scan(change(list(rows_of_three)))
    assert found.visits is None
    assert by_code[code][0].severity is Severity.REFUSED
    assert hint in str(by_code[code][0].hint)
    with pytest.raises(DataRefusedError, match=code):
        found.findings.raise_if_refused()


def test_rows_without_week_column(scan, header_of_three):
    found, by_code = scan(header=header_of_three.replace("week", "weeek"))
    assert found.visits is None
    assert "did you mean 'weeek'?" in str(by_code["RSP113"][0].hint)


def test_endpoint_column_is_needed(scan, header_of_three):
    found, by_code = scan(header=header_of_three.replace("rpdai", "rpdia"))
    assert found.visits is None
    assert "complete_rpdai_response" in str(by_code["RSP113"][0].message)
    assert str(by_code["RSP113"][0].hint) == "did you mean 'rpdia'?"


def test_unknown_columns_are_named_and_a_near_miss_is_asked_about(scan, header_of_three):
    header = header_of_three.replace("prednisone_mg_per_day", "prednisone_mg_per_dya").replace("tcon_per_ul", "mood")
    _, by_code = scan(header=header)
    assert "prednisone_mg_per_dya and mood" in str(by_code["RSP116"][0].message)
    hints = [str(finding.hint) for finding in by_code["RSP114"]]
    assert "did you mean 'prednisone_mg_per_dya'?" in hints


def test_later_values_may_go_further_than_baseline_ones(scan, rows_of_three):
    # a Treg count of 700 is implausible at baseline and plausible on treatment
    assert "RSP131" not in scan(changed(rows_of_three, 1, ",31,", ",700,"))[1]
    assert "RSP130" in scan(changed(rows_of_three, 0, ",13,", ",700,"))[1]


def test_missing_week_12_is_told(scan, rows_of_three):
    found, by_code = scan([row for row in rows_of_three if not row.startswith("P1,12")])
    messages = [str(finding.message) for finding in by_code["RSP145"]]
    assert messages == ["2 of 3 patients were not seen at week 12: P1 and P3"]
    assert found.visits.members("completers").tolist() == [False, True, False]


def test_missed_visits_between_are_told(scan):
    messages = [str(finding.message) for finding in scan()[1]["RSP145"]]
    assert messages[1] == "one visit was missed by a patient seen later: P1 (week 8)"


def test_no_baseline_is_told(scan, rows_of_three):
    _, by_code = scan([row for row in rows_of_three if not row.startswith("P3,0")])
    assert str(by_code["RSP143"][0].message) == "1 of 3 patients have no baseline visit: P3"


def test_nearest_recorded_value_of_a_window_counts(scan, rows_of_three):
    rows = [*rows_of_three, "P1,-2,airway,14,20,,12,350,none", "P1,12.5,none,,4,,,,none"]
    found, by_code = scan(rows)
    assert len(by_code["RSP142"]) == 2
    visits = found.visits
    assert visits.values["rpdai"][0].tolist()[::3] == [9, 0]
    assert visits.values["prednisone_mg_per_day"][0, 3] == 5
    assert visits.weeks[0, 3] == 12


def test_value_recorded_at_screening_alone_is_baseline(scan, rows_of_three, header_of_three):
    header = header_of_three + ",age_years"
    rows = [*(f"{row}," for row in rows_of_three), "P1,-2,,,,,,,none,41"]
    visits = scan(rows, header)[0].visits
    assert visits.values["age_years"][0, 0] == 41
    assert visits.values["rpdai"][0, 0] == 9


def test_rows_outside_windows_keep_their_events_alone(scan, rows_of_three):
    found, by_code = scan([*rows_of_three, "P3,6,none,0,0,7,40,450,fever"])
    assert "1 of 10 rows are outside" in str(by_code["RSP141"][0].message)
    assert np.isnan(found.visits.values["rpdai"][2, 2])
    assert found.visits.events["fever"].reported.tolist() == [0, 0, 1]


def test_events(scan, rows_of_three):
    found, by_code = scan(changed(rows_of_three, 8, ",none", ","))
    events = found.visits.events
    assert list(events) == ["injection_site_reaction", "rash"]
    assert events["rash"].reported.tolist() == [1, 1, 0]
    assert events["rash"].asked.tolist() == [2, 3, 0]
    assert str(by_code["RSP150"][0].message).startswith("1 of 6 rows on treatment")
    assert any("'infection'" in str(finding.message) for finding in by_code["RSP114"])


def test_event_before_the_first_dose_is_not_counted(scan, rows_of_three):
    found, by_code = scan(changed(rows_of_three, 0, ",none", ",fall"))
    assert "RSP151" in by_code
    assert "fall" not in found.visits.events


def test_flag_of_an_event_must_be_yes_or_no(scan, rows_of_three, header_of_three):
    rows = [f"{row},{flag}" for row, flag in zip(rows_of_three, "0010yx100", strict=True)]
    found, by_code = scan(rows, header_of_three + ",infection")
    assert found.visits is None
    assert "'infection' is neither yes nor no" in str(by_code["RSP117"][0].message)
    good = [f"{row},{flag}" for row, flag in zip(rows_of_three, "001000100", strict=True)]
    assert scan(good, header_of_three + ",infection")[0].visits.events["infection"].reported.tolist() == [1, 1, 0]


def test_total_is_computed_from_items(scan):
    rows, header = item_rows(("P1", 0, "", {"auricular_chondritis"}), ("P1", 12, "", set()))
    assert scan(rows, header)[0].visits.values["rpdai"].tolist()[0][::3] == [9, 0]
    without_total = [row.replace(",,", ",", 1) for row in rows]
    visits = scan(without_total, header.replace(",rpdai", ""))[0].visits
    assert visits.values["rpdai"].tolist()[0][::3] == [9, 0]


def test_items_and_total_that_disagree(scan):
    rows, header = item_rows(("P1", 0, 14, {"auricular_chondritis"}), ("P1", 12, 0, set()))
    found, by_code = scan(rows, header)
    assert found.visits is None
    finding = by_code["RSP146"][0]
    assert "'rpdai' does not match its items" in str(finding.message)
    assert "visits.csv:2, patient P1" in str(finding.where)
    assert "14" not in str(finding.message)


def test_total_that_missing_items_cannot_give(scan):
    rows, header = item_rows(("P1", 0, 11, {"auricular_chondritis"}), ("P1", 12, 0, set()), header=ITEMS[:-2])
    # 9 + 14 or 24 are in reach of the two missing items, 11 lies within their bounds: only the bounds are held
    assert "RSP146" not in scan(rows, header)[1]
    rows, header = item_rows(("P1", 0, 8, {"auricular_chondritis"}), ("P1", 12, 0, set()), header=ITEMS[:-2])
    assert "whatever the missing items are" in str(scan(rows, header)[1]["RSP146"][0].message)


def test_missing_items_leave_the_score_open(scan):
    rows, header = item_rows(("P1", 0, 9, {"auricular_chondritis"}), ("P1", 12, "", set()), header=ITEMS[1:])
    found, by_code = scan(rows, header)
    assert "missing: fever" in str(by_code["RSP148"][0].message)
    assert np.isnan(found.visits.values["rpdai"][0, 3])


def test_measured_fever_and_crp_close_the_score(scan):
    items = [item for item in ITEMS if item not in {"fever", "crp_above_20_mg_per_l"}]
    rows, header = item_rows(("P1", 0, "", {"auricular_chondritis"}), ("P1", 12, "", set()), header=items)
    rows = [f"{rows[0]},38.6,31", f"{rows[1]},36.9,3"]
    visits = scan(rows, header + ",temperature_celsius,crp_mg_per_l")[0].visits
    assert visits.values["rpdai"].tolist()[0][::3] == [14, 0]


def test_items_that_exclude_each_other(scan):
    both = {"respiratory_chondritis", "respiratory_chondritis_with_acute_failure"}
    rows, header = item_rows(("P1", 0, "", both), ("P1", 12, "", set()))
    found, by_code = scan(rows, header)
    assert found.visits is None
    assert "exclude each other" in str(by_code["RSP147"][0].message)


def test_many_mistakes_are_summed_up(scan):
    rows, header = item_rows(*[(f"P{i}", week, 1, set()) for i in range(9) for week in (0, 12)])
    found = scan(rows, header)[1]["RSP146"]
    assert len(found) == 6
    assert str(found[-1].message).startswith("13 more rows")


def test_where_keeps_one_arm(scan, rows_of_three, header_of_three):
    rows = [f"{row},{'IL-2' if row[1] != '2' else 'placebo'}" for row in rows_of_three]
    found, _ = scan(rows, header_of_three + ",arm", where={"arm": "il-2"})
    assert found.visits.ids == ("P1", "P3")
    with pytest.raises(DataRefusedError):
        scan(rows, header_of_three + ",arm", where={"arm": "IL-6"})[0].findings.raise_if_refused()


def test_given_provenance_wins(visits_file, study):
    visits = read_visits(visits_file(), study, provenance={"rpdai": "simulated"})
    assert str(visits.illustration) == "illustrative: rests on simulated values"


def test_study_without_a_trial(visits_file):
    without = load_study("rp-ld-il2").model_copy(update={"trial": None})
    with pytest.raises(ConfigError, match="declares no trial"):
        scan_visits(visits_file(), without)


def test_no_such_file(study, tmp_path):
    assert scan_visits(tmp_path / "none.csv", study).findings.refused[0].code == "RSP101"


def test_redcap_export_by_event(scan):
    header = "record_id,redcap_event_name,organs___ear_nose,organs___airway,rpdai,age"
    rows = [
        "1,baseline_arm_1,1,0,9,41",
        "1,week_12_arm_1,0,0,0,",
        "2,baseline_arm_1,0,1,14,50",
        "2,week_12_arm_1,0,1,14,",
    ]
    visits = scan(rows, header)[0].visits
    assert visits.ids == ("1", "2")
    assert visits.values["rpdai"][:, [0, 3]].tolist() == [[9, 0], [14, 14]]
    assert visits.values["organs=airway"][:, 0].tolist() == [0, 1]
    assert visits.values["age_years"][:, 0].tolist() == [41, 50]
    labelled = [row.replace("week_12_arm_1", "Week 12 (Arm 1: IL-2)") for row in rows]
    assert scan(labelled, header)[0].visits.values["rpdai"][1, 3] == 14


def test_columns_that_contradict_each_other_at_baseline(scan):
    header = "patient_id,week,organs,rpdai,treg_per_ul,tcon_per_ul,cd4_per_ul"
    rows = [
        "P1,0,ear;airway,9,20,400,500",
        "P1,12,ear;airway,0,20,400,500",
        "P2,0,ear,9,20,400,300",
        "P2,12,,0,20,400,300",
    ]
    found, by_code = scan(rows, header)
    assert found.visits is None
    assert "P2" in str(by_code["RSP190"][0].message)
    assert "P1" not in str(by_code["RSP190"][0].message)
    assert "P1" in str(by_code["RSP191"][0].message)  # at week 12 the organs of P1 say no less, and nobody asks


def test_missing_values_are_computed_at_every_visit(scan):
    header = "patient_id,week,rpdai,treg_percent_of_cd4,cd4_per_ul,prednisone_mg_per_day,weight"
    rows = ["P1,0,9,4,500,0.2 mg/kg,50", "P1,12,0,80,1000,甲泼尼龙 4mg,50", "P2,0,9,4,500,10,", "P2,12,0,5,500,5,"]
    found, by_code = scan(rows, header)
    assert "4 of 4 rows" in str(by_code["RSP193"][1].message) + str(by_code["RSP193"][0].message)
    # on treatment a computed count may go as far as a measured one
    assert found.visits is None
    assert len(by_code["RSP131"]) == 1
    found, _ = scan([row.replace(",80,", ",8,") for row in rows], header)
    assert found.visits.values["treg_per_ul"][:, [0, -1]].tolist() == [[20.0, 80.0], [20.0, 25.0]]
    assert found.visits.values["prednisone_mg_per_day"][:, [0, -1]].tolist() == [[10.0, 5.0], [10.0, 5.0]]


def test_people_by_name_are_refused_and_never_told(tmp_path):
    names = ("王小明", "李丽华", "张建国", "刘洋", "陈静", "赵敏")
    rows = [f"{name},{week},9" for name in names for week in (0, 4, 12)]
    path = tmp_path / "visits.csv"
    path.write_text("\n".join(["patient_id,week,rpdai", *rows]), encoding="utf-8")
    scan = scan_visits(path, load_study("rp-ld-il2"))
    assert scan.visits is None
    assert "RSP170" in {finding.code for finding in scan.findings}
    assert not any(name in str(scan.to_json()) for name in names)
