"""A number that its file holds as a number has a decimal point, whatever the column's decimal mark is."""

import json

import pytest
from openpyxl import Workbook

from responder.cohort import load_cohort
from responder.study import load_study
from responder.study.encode import TraitCode

STUDY = """\
schema = "responder/study/1"
id = "typed"
title = "T"
intervention = "I"
population = "P"

[[trait]]
name = "crp"
kind = "continuous"
group = "g"
unit = "mg/L"
decimal_mark = ","
label = "CRP"

[[trait]]
name = "responded"
kind = "binary"
group = "g"
timing = "outcome"
label = "R"

[[endpoint]]
name = "e"
label = "E"
column = "responded"
operator = "=="
threshold = 1
"""
CRP = (1.234, "1.234,5", 12.5, "0,5", 7, "3,25 mg/L")
RIGHT = [1.234, 1234.5, 12.5, 0.5, 7.0, 3.25]


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return load_study(str(path))


def test_typed_cells_of_a_workbook_beside_texts(study, tmp_path):
    book = Workbook()
    book.active.append(["patient_id", "crp", "responded"])
    for i, value in enumerate(CRP):
        book.active.append([f"P{i}", value, i % 2])
    book.save(tmp_path / "t.xlsx")
    assert load_cohort(tmp_path / "t.xlsx", study).values[:, 0].tolist() == RIGHT


def test_numbers_of_json_with_and_without_a_unit(study, tmp_path):
    rows = [{"patient_id": f"P{i}", "crp": value, "responded": i % 2} for i, value in enumerate(CRP)]
    rows.append({"patient_id": "P9", "crp": {"value": 1.234, "unit": "mg/L"}, "responded": 1})
    path = tmp_path / "t.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert load_cohort(path, study).values[:, 0].tolist() == [*RIGHT, 1.234]


def test_a_body_says_the_same_as_a_file():
    code = TraitCode("crp", "continuous", unit="mg/L", decimal_mark=",")
    assert code.encode(1.234) == code.encode({"value": 1.234, "unit": "mg/L"}) == (1.234,)
    assert code.encode("1.234") == (1234.0,)
