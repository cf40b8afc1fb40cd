"""Weeks as people write them, and the visit that each row belongs to."""

import numpy as np
import pytest

from responder.cohort import read_table
from responder.trial.schedule import NO_VISIT, assign_visits, find_week_column, parse_week, read_weeks


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("0", 0), ("12", 12), ("12.5", 12.5), ("Week 12", 12), ("week_8", 8), ("W4", 4), ("wk 4", 4), ("4 weeks", 4),
        ("第12周", 12), ("12周", 12), ("Baseline", 0), ("screening visit", 0), ("基线", 0), ("-2", -2), ("week -2", -2),
        ("pre-treatment", 0),
    ],
)  # fmt: skip
def test_understood(text, week):
    assert parse_week(text) == week


@pytest.mark.parametrize("text", ["", "week-2", "visit 3", "V3", "twelve", "month 3", "4/8", "1e1", "end of study"])
def test_not_guessed(text):
    assert np.isnan(parse_week(text))


def assigned(visits_file, study, rows, header="patient_id,week,rpdai"):
    table, findings = read_table(visits_file(rows, header)), []
    week = find_week_column(table, study.trial, findings)
    weeks = read_weeks(table, *week, findings)
    visits = assign_visits(table, table.column("patient_id"), weeks, study.trial, findings)
    return visits.tolist(), [finding.code for finding in findings]


def test_windows(visits_file, study):
    weeks = ["-4.1", "-4", "-1", "0", "0.14", "0.2", "2.9", "3", "5", "5.1", "11", "13", "13.1"]
    found, codes = assigned(visits_file, study, [f"P{i},{week},1" for i, week in enumerate(weeks)])
    out = NO_VISIT
    assert found == [out, 0, 0, 0, 0, out, out, 1, 1, out, 3, 3, out]
    assert codes == ["RSP141"]


def test_days_are_weeks_of_seven(visits_file, study):
    rows = [f"P1,{day},1" for day in (1, 28, 56, 84)]
    assert assigned(visits_file, study, rows, "patient_id,study_day,rpdai") == ([0, 1, 2, 3], [])


def test_two_rows_of_one_week_are_refused_and_of_one_window_told(visits_file, study):
    assert assigned(visits_file, study, ["P1,4,1", "P1,4.0,1", "P2,4,1"])[1] == ["RSP123"]
    assert assigned(visits_file, study, ["P1,-2,1", "P1,0,1", "P2,4,1"])[1] == ["RSP142"]
