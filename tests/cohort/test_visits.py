"""Visits fold to one row per patient, and a later value never passes for a baseline one."""

import pytest

from responder.cohort import TableRefusedError, load_cohort, read_table
from responder.cohort.table import RawTable, ReadOptions
from responder.cohort.visits import find_visit_column, fold_repeated, fold_visits
from responder.errors import DataRefusedError


def folded(tmp_path, text, visit):
    path = tmp_path / "visits.csv"
    path.write_text(text)
    table = fold_visits(read_table(path), "id", visit)
    return [dict(zip(table.headers, row, strict=True)) for row in table.rows]


def test_numbers_under_week(tmp_path):
    rows = folded(tmp_path, "id,week,sex,score\nA,0,f,9\nA,12,,0\nB,12,,3\nB,0,m,7\nB,-4,,5\n", "week")
    assert rows == [
        {"id": "A", "sex": "f", "score": "9", "score_week_12": "0", "score_week_minus_4": ""},
        {"id": "B", "sex": "m", "score": "7", "score_week_12": "3", "score_week_minus_4": "5"},
    ]


@pytest.mark.parametrize("baseline", ["Baseline", "Baseline(Day-7)", "Week 0", "Day 1", "Screening", "Enrolment"])
def test_the_first_visit_by_its_usual_names(tmp_path, baseline):
    (row,) = folded(tmp_path, f"id,visit,score\nA,Week 12,0\nA,{baseline},9\n", "visit")
    assert row == {"id": "A", "score_Week_12".lower(): "0", "score": "9"}


def test_baseline_wins_over_screening(tmp_path):
    (row,) = folded(tmp_path, "id,visit,score\nA,Screening,8\nA,Baseline,9\n", "visit")
    assert row == {"id": "A", "score_screening": "8", "score": "9"}


def test_a_value_of_a_later_visit_alone_never_gets_the_plain_name(tmp_path):
    (row,) = folded(tmp_path, "id,visit,sex,marker\nA,Baseline,f,\nA,Week 4,,30\n", "visit")
    assert row == {"id": "A", "sex": "f", "marker_week_4": "30"}
    (row,) = folded(tmp_path, "id,visit,sex,marker_week4\nA,Baseline,f,\nA,Week 4,,30\n", "visit")
    assert row == {"id": "A", "sex": "f", "marker_week4": "30"}


def test_where_no_visit_is_recognised_every_column_gets_its_visit(tmp_path):
    text = "id,visit,sex,score\nA,Dose 1,f,9\nA,Dose 2,,8\n"
    (row,) = folded(tmp_path, text, "visit")
    assert row == {"id": "A", "sex_dose_1": "f", "score_dose_1": "9", "score_dose_2": "8"}
    table = fold_visits(read_table(tmp_path / "visits.csv"), "id", "visit", baseline_visit="dose_1")
    assert table.headers == tuple(row)  # a declared baseline never renames
    facts = table.facts["score_dose_2"]
    assert (facts.visit, facts.measure) == ("dose_2", "score")


def test_a_declared_baseline_that_is_no_visit_is_refused(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("id,visit,score\nA,Dose 1,9\nA,Dose 2,8\n")
    with pytest.raises(TableRefusedError, match="RSP169") as refused:
        fold_visits(read_table(path), "id", "visit", baseline_visit="dose_3")
    assert "dose_" in str(refused.value.finding.hint)


def test_which_of_two_starts_is_plain_does_not_hang_on_the_order_of_rows(tmp_path):
    (one,) = folded(tmp_path, "id,visit,s\nA,Baseline 2,8\nA,Baseline,9\n", "visit")
    (other,) = folded(tmp_path, "id,visit,s\nA,Baseline,9\nA,Baseline 2,8\n", "visit")
    assert one == other == {"id": "A", "s": "9", "s_baseline_2": "8"}


def test_a_minus_is_no_dash(tmp_path):
    (row,) = folded(tmp_path, "id,visit,s\nA,Week -4,9\nA,Week-4,8\nA,Day 1,7\nA,Day (-1),6\n", "visit")
    assert row == {"id": "A", "s_week_minus_4": "9", "s_week_4": "8", "s": "7", "s_day_minus_1": "6"}


def test_a_unit_in_brackets_stays_at_the_end(tmp_path):
    (row,) = folded(tmp_path, "id,visit,CRP (mg/L)\nA,Baseline,9\nA,Week 12,3\n", "visit")
    assert row == {"id": "A", "CRP (mg/L)": "9", "CRP_week_12 (mg/L)": "3"}


def test_two_columns_never_get_one_name(tmp_path):
    with pytest.raises(TableRefusedError, match=r"RSP105.*'s_week_4'"):
        folded(tmp_path, "id,visit,s,s_week_4\nA,Baseline,9,1\nA,Week 4,8,\n", "visit")
    (row,) = folded(tmp_path, "id,visit,s_week4\nA,Baseline,9\nA,Week 4,8\n", "visit")
    assert row == {"id": "A", "s_week4": "9", "s_week4_week_4": "8"}


ADAM = "USUBJID,PARAMCD,AVISIT,AVALC\n" + "".join(
    f"{p},{code},{visit},{value}\n"
    for p, response in (("A", "Y"), ("B", "N"))
    for visit in ("Baseline", "Week 12")
    for code, value in (("BOR", "SD"), ("CRFL", response))
)


def test_a_long_table_of_several_parameters_names_them_and_the_filter(tmp_path):
    path = tmp_path / "adrs.csv"
    path.write_text(ADAM)
    with pytest.raises(TableRefusedError, match=r"RSP123.*'PARAMCD'.*BOR and CRFL") as refused:
        fold_repeated(read_table(path), "USUBJID")
    assert str(refused.value.finding.hint) == "choose one: --where PARAMCD=CRFL"
    table = fold_repeated(read_table(path, ReadOptions(where={"paramcd": "crfl"})), "USUBJID")
    assert table.column("AVALC_week_12") == ("Y", "N")
    path.write_text("id,PARAMCD,AVAL\nA,X,1\nA,Y,2\nB,X,3\nB,Y,4\n")
    with pytest.raises(TableRefusedError, match="RSP123"):
        fold_repeated(read_table(path), "id")


def test_values_are_never_taken_for_parameters(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("id,visit,test\nA,1,5.5\nA,1,6.5\nB,1,7.5\nB,1,8.5\n")
    with pytest.raises(TableRefusedError, match=r"RSP123.*two rows for visit") as refused:
        fold_repeated(read_table(path), "id")
    assert "5.5" not in str(refused.value)


def test_the_parameters_of_a_genuine_shape(datasets):
    path = datasets.parent / "field_cases/32_adam_adrs_long.xpt"
    with pytest.raises(TableRefusedError, match="OVRLRESP, BOR and CRFL"):
        fold_repeated(read_table(path), "USUBJID")
    table = read_table(path, ReadOptions(where={"PARAMCD": "CRFL"}))
    assert set(table.column("AVALC")) == {"Y", "N"}
    one_visit = fold_repeated(table, "USUBJID")
    assert one_visit.rows == table.rows
    assert {header: facts.visit for header, facts in one_visit.facts.items() if facts.visit} == {
        "AVALC": "week_12",
        "AVAL": "week_12",
    }


def test_two_rows_for_one_visit_are_refused(tmp_path):
    with pytest.raises(TableRefusedError, match=r"RSP123.*patient A has two rows for visit '0'"):
        folded(tmp_path, "id,week,score\nA,0,9\nA,0,8\n", "week")


def test_the_visit_column_is_found(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,AVISIT,score\nA,x,1\n")
    assert find_visit_column(read_table(path)) == "AVISIT"
    path.write_text("id,visit,week,score\nA,1,0,1\nA,2,12,1\n")
    assert find_visit_column(read_table(path)) == "week"
    path.write_text("id,visit,week,score\nA,1,4,1\nA,2,12,1\n")
    assert find_visit_column(read_table(path)) == "visit"
    path.write_text("id,dose,score\nA,x,1\n")
    assert find_visit_column(read_table(path)) is None


def test_intake_folds_where_ids_repeat(tmp_path, study):
    path = tmp_path / "visits.csv"
    lines = [f"{p},{w},{40 + i},{9 if w == 0 else 9 * (i % 2)}" for i, p in enumerate("ABCD") for w in (0, 12)]
    path.write_text("\n".join(["patient_id,week,age,score", *lines]))
    cohort = load_cohort(path, study)
    assert cohort.ids == ("A", "B", "C", "D")
    assert cohort.outcome.tolist() == [1, 0, 1, 0]
    assert any(f.code == "RSP110" for f in cohort.findings)


def test_a_cohort_without_its_baseline_visit_is_refused_and_not_read_from_a_later_one(tmp_path, study):
    path = tmp_path / "visits.csv"
    lines = [f"{p},{w},{40 + i},{9 * (i % 2)}" for i, p in enumerate("ABCD") for w in (4, 12)]
    path.write_text("\n".join(["patient_id,week,age,score", *lines]))
    with pytest.raises(DataRefusedError, match=r"RSP113.*'age_years'"):
        load_cohort(path, study, traits=["age_years"])


@pytest.mark.parametrize("visit", ["Week 12", "治疗后", "follow-up", "V3"])
def test_a_table_of_one_later_visit_is_of_that_visit(visit):
    rows = tuple((f"P{i}", visit, str(i)) for i in range(3))
    table = fold_repeated(RawTable("t.csv", ("id", "visit", "crp"), rows, (2, 3, 4)), "id")
    assert table.headers[1] != "crp"
    assert table.headers[1].startswith("crp_")
    assert table.facts[table.headers[1]].measure == "crp"


@pytest.mark.parametrize(("header", "cells"), [("visit", "Baseline"), ("month", "3"), ("event", "1"), ("day", "12")])
def test_a_table_of_the_start_or_of_mere_numbers_stays_as_it_is(header, cells):
    rows = tuple((f"P{i}", cells, str(i)) for i in range(3))
    assert fold_repeated(RawTable("t.csv", ("id", header, "crp"), rows, (2, 3, 4)), "id").headers[-1] == "crp"


@pytest.mark.parametrize(("header", "cell"), [("week", "12"), ("Visit", "3"), ("study_week", "12.0")])
def test_a_table_of_one_later_week_in_digits_is_of_that_week(header, cell):
    rows = tuple((f"P{i}", cell, str(i)) for i in range(3))
    table = fold_repeated(RawTable("t.csv", ("id", header, "crp"), rows, (2, 3, 4)), "id")
    assert "crp" not in table.headers
