"""Visits fold to one row a patient, and a later value never passes for a baseline one."""

import pytest

from responder.cohort import TableRefusedError, load_cohort, read_table
from responder.cohort.visits import find_visit_column, fold_visits
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


def test_two_rows_for_one_visit_are_refused(tmp_path):
    with pytest.raises(TableRefusedError, match=r"RSP123.*patient A has two rows for the visit '0'"):
        folded(tmp_path, "id,week,score\nA,0,9\nA,0,8\n", "week")


def test_the_visit_column_is_found(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,AVISIT,score\nA,x,1\n")
    assert find_visit_column(read_table(path)) == "AVISIT"
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
