"""REDCap exports: checkboxes, events, arms, repeating instruments."""

import csv
import io

import pytest

from responder.cohort import TableRefusedError, load_cohort, read_table
from responder.study import load_study


def read(tmp_path, text):
    path = tmp_path / "redcap.csv"
    path.write_text(text)
    return read_table(path)


def test_checkboxes_become_one_set(tmp_path):
    table = read(tmp_path, "id,organs___ear,organs___eye,age\n1,1,1,40\n2,0,0,41\n3,,,42\n4,0,1,43\n")
    assert table.headers == ("id", "organs", "age")
    assert table.column("organs") == ("ear;eye", "none", "", "eye")


def test_checkboxes_of_an_export_with_labels(tmp_path):
    text = "id,Organs (choice=ear),Organs (choice=eye)\n1,Checked,Unchecked\n2,Unchecked,Unchecked\n"
    table = read(tmp_path, text)
    assert table.headers == ("id", "Organs")
    assert table.column("Organs") == ("ear", "none")


def test_events_and_arms(tmp_path):
    table = read(
        tmp_path,
        "record_id,redcap_event_name,age,score\n"
        "1,baseline_arm_1,40,9\n1,week_12_arm_1,,0\n2,baseline_arm_2,50,7\n2,week_12_arm_2,,3\n",
    )
    assert table.headers == ("record_id", "redcap_arm", "age", "score", "score_week_12")
    assert table.rows == (("1", "1", "40", "9", "0"), ("2", "2", "50", "7", "3"))


def test_events_of_an_export_with_labels(tmp_path):
    table = read(tmp_path, "ID,Event Name,age\n1,Baseline (Arm 1: Drug A),40\n1,Week 12 (Arm 1: Drug A),41\n")
    assert table.headers == ("ID", "redcap_arm", "age", "age_week_12")


def test_repeating_instruments_are_left_out_with_a_finding(tmp_path):
    table = read(
        tmp_path,
        "id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,ae\n"
        "1,baseline_arm_1,,,40,\n1,baseline_arm_1,events,1,,rash\n1,baseline_arm_1,events,2,,pain\n",
    )
    assert table.headers == ("id", "redcap_arm", "age")
    assert [f.code for f in table.findings] == ["RSP119", "RSP110"]


def test_two_rows_for_one_event_are_refused(tmp_path):
    with pytest.raises(TableRefusedError, match="RSP123"):
        read(tmp_path, "id,redcap_event_name,age\n1,baseline_arm_1,40\n1,baseline_arm_1,41\n")


def test_a_genuine_longitudinal_export(datasets):
    table = read_table(datasets / "formats/redcap_longitudinal_data.csv")
    row = dict(zip(table.headers, table.rows[0], strict=True))
    assert len(table.rows) == 3
    assert row["study_id"] == "100"
    assert (row["age"], row["gym"], row["redcap_arm"]) == ("31", "0", "1")
    assert "pmq1_visit_1" in row
    assert "pmq1" not in row  # morale is asked at later visits only


def test_what_the_dictionary_of_a_study_asks_for_is_read_back(tmp_path):
    from responder.study.template import redcap_dictionary

    study = load_study("rp-ld-il2")
    fields = list(csv.DictReader(io.StringIO(redcap_dictionary(study))))
    baseline = {t.name for t in study.baseline_traits}

    def exported(field, patient):
        """A field's columns in an export, with one patient's answers."""
        name, choices = field["Variable / Field Name"], field["Choices, Calculations, OR Slider Labels"]
        wanted = [choice.split(",")[0].strip() for choice in choices.split("|") if choice]
        if field["Field Type"] == "checkbox":
            return {f"{name}___{code}": str(int(i == patient % 2)) for i, code in enumerate(wanted)}
        low = field["Text Validation Min"]
        number = 0 if name == "rpdai_week12" and patient % 2 else float(low or 1) + 1
        number = 500 if name == "cd4_per_ul" else number  # no less than its parts
        return {name: wanted[0] if wanted else f"{number:g}"}

    rows = []
    for patient in range(6):
        row = {"patient_id": f"{patient:02d}"}
        for field in fields:
            if field["Variable / Field Name"] in baseline | {"rpdai_week12"}:
                row |= exported(field, patient)
        rows.append(row)
    path = tmp_path / "export.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    cohort = load_cohort(path, study)
    assert set(cohort.traits) == baseline
    assert cohort.ids[0] == "00"
    assert cohort.outcome.tolist() == [0, 1, 0, 1, 0, 1]
    assert cohort.values[:, cohort.columns.index("organs=ear_nose")].tolist() == [1, 0, 1, 0, 1, 0]
