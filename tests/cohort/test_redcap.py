"""REDCap exports: checkboxes, events, arms, repeating instruments."""

import csv
import io
import random

import pytest

from responder.cohort import TableRefusedError, load_cohort, read_table
from responder.cohort.redcap import is_redcap
from responder.cohort.table import ReadOptions
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


def test_repeating_instruments_without_events(tmp_path):
    table = read(
        tmp_path,
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,age,drug\n1,,,30,\n1,meds,1,,x\n1,meds,2,,y\n2,,,40,\n",
    )
    assert table.headers == ("record_id", "age")
    assert table.rows == (("1", "30"), ("2", "40"))
    (finding,) = table.findings
    assert str(finding.message) == "2 rows of the repeating instrument 'meds' were left out"
    assert "columns filled only in repeats: drug" in str(finding.hint)


def test_the_first_instance_of_a_repeating_event_is_kept(tmp_path):
    table = read(
        tmp_path,
        "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,crp\n"
        "1,baseline_arm_1,,1,30,5\n1,baseline_arm_1,,2,31,6\n2,baseline_arm_1,,1.0,40,7\n",
    )
    assert table.column("crp") == ("5", "7")
    messages = [str(f.message) for f in table.findings if f.code == "RSP119"]
    assert messages == ["one row of the repeating event 'baseline_arm_1', from instance 2 on, was left out"]


def test_a_table_of_repeats_alone_is_refused(tmp_path):
    with pytest.raises(TableRefusedError, match="RSP102"):
        read(tmp_path, "record_id,redcap_repeat_instrument,redcap_repeat_instance,crp\n1,labs,1,5\n1,labs,2,6\n")


def test_what_redcap_adds_is_no_trait(tmp_path):
    table = read(
        tmp_path,
        "record_id,redcap_event_name,redcap_data_access_group,redcap_survey_identifier,form_timestamp,age,form_complete\n"
        "1,baseline_arm_1,north,x@y.z,2024-01-01,40,2\n1,week_12_arm_1,north,,[not completed],41,1\n",
    )
    assert table.headers == ("record_id", "redcap_arm", "redcap_data_access_group", "age", "age_week_12")
    assert table.column("redcap_data_access_group") == ("north",)
    assert (table.facts["redcap_data_access_group"].kind, table.facts["redcap_arm"].kind) == ("group", "group")
    notes = [str(f.message) for f in table.findings if f.code == "RSP162"]
    assert "redcap_survey_identifier, form_timestamp and form_complete" in notes[0]
    assert "'redcap_data_access_group' is neither a trait nor an outcome" in notes[1]


def test_a_column_that_only_sounds_like_a_form_status_stays(tmp_path):
    table = read(tmp_path, "id,age,response_complete\n1,40,1\n2,50,0\n")
    assert table.headers == ("id", "age", "response_complete")
    assert not is_redcap(table)
    assert read(tmp_path, "record_id,age,base_complete\n1,40,2\n2,50,0\n").headers == ("record_id", "age")


def test_any_projects_events_and_a_filter_by_arm(tmp_path):
    text = (
        "record_id,redcap_event_name,score\n1,visit_a_arm_1,9\n1,visit_b_arm_1,7\n"
        "2,visit_a_arm_2,8\n2,visit_b_arm_2b,6\n"
    )
    table = read(tmp_path, text)
    assert table.headers == ("record_id", "redcap_arm", "score_visit_a", "score_visit_b", "score_visit_b_b")
    chosen = read_table(tmp_path / "redcap.csv", ReadOptions(where={"redcap_arm": "2"}))
    assert chosen.column("record_id") == ("2",)
    chosen = read_table(tmp_path / "redcap.csv", ReadOptions(where={"redcap_event_name": "visit_a_arm_1"}))
    assert chosen.rows == (("1", "1", "9"),)
    for unknown in ("redcap_arms", "score"):  # no column of the folded table
        with pytest.raises(TableRefusedError, match="RSP113"):
            read_table(tmp_path / "redcap.csv", ReadOptions(where={unknown: "9"}))
    with pytest.raises(TableRefusedError, match="RSP169"):
        read_table(tmp_path / "redcap.csv", ReadOptions(baseline_visit="baseline"))


@pytest.mark.parametrize("seed", range(20))
def test_no_value_of_a_later_event_ever_gets_a_plain_name(tmp_path, seed):
    draw = random.Random(seed)
    plain = draw.choice(["baseline", "screening", "enrolment", "week_0", "day_1", ""])
    later = draw.sample(
        ["dose_1", "dose_2", "visit_1", "visit_2", "month_3", "week_12", "final_visit", "phone_call"], 4
    )
    events = [event for event in [*later, plain] if event]
    draw.shuffle(events)
    fields = ["crp", "treg", "age", "score"]
    lines = ["record_id,redcap_event_name," + ",".join(fields)]
    for patient in range(5):
        for event in events:
            cells = [f"{event}-{field}" if draw.random() < 0.6 else "" for field in fields]
            lines.append(f"{patient},{event}_arm_{1 + patient % 2},{','.join(cells)}")
    table = read(tmp_path, "\n".join(lines) + "\n")
    seen = 0
    for header in table.headers[2:]:
        facts = table.facts[header]
        for cell in filter(None, table.column(header)):
            assert cell == f"{facts.visit}-{facts.measure}"
            assert header == (facts.measure if facts.visit == plain else f"{facts.measure}_{facts.visit}")
            seen += 1
    assert seen == sum(cell.count("-") for cell in lines[1:])


def test_an_index_before_the_record_id_is_not_the_patient(tmp_path):
    table = read(tmp_path, ",record_id,redcap_event_name,s\n1,A,baseline_arm_1,5\n2,A,week_1_arm_1,6\n")
    assert table.column("record_id") == ("A",)
    assert table.headers[0] == "record_id"


def test_rows_of_events_stay_where_nobody_wants_them_folded(tmp_path):
    path = tmp_path / "redcap.csv"
    path.write_text("record_id,redcap_event_name,s\n1,baseline_arm_1,5\n1,week_1_arm_1,6\n")
    table = read_table(path, ReadOptions(fold_visits=False))
    assert table.rows == (("1", "1", "baseline", "5"), ("1", "1", "week_1", "6"))


@pytest.mark.parametrize(
    ("name", "rows", "headers"),
    [
        ("02_redcap_checkbox_form_not_filled", 14, "record_id age crp_mg_l organs responder"),
        ("04_redcap_repeating_no_events", 14, "record_id age crp_mg_l responder"),
        ("51_redcap_repeating_event", 16, "record_id redcap_arm age crp_mg_l responder_week_12"),
    ],
)
def test_files_as_they_arrive(datasets, name, rows, headers):
    table = read_table(datasets.parent / f"field_cases/{name}.csv")
    assert len(table.rows) == rows
    assert table.headers == tuple(headers.split())
    if "organs" in table.headers:
        unknown = [i for i, o in zip(table.column("record_id"), table.column("organs"), strict=True) if not o]
        assert unknown == ["4", "11", "12"]


def test_no_visit_of_a_project_passes_for_its_baseline(datasets):
    table = read_table(datasets.parent / "field_cases/05_redcap_dose_visit_events.csv")
    plain = [h for h in table.headers[3:] if not table.facts[h].visit or table.facts[h].measure == h]
    assert plain == ["age"]
    assert table.facts["crp_mg_l_dose_1"].visit == "dose_1"


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
    asked = {t.name for t in study.asked_traits}
    baseline = {t.name for t in study.baseline_traits} & asked

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
