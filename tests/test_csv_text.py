"""No cell of a CSV file is a formula, and what is none stays as it is."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.csv_text import csv_text, harmless


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "--1"])
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert harmless(cell) == (cell if cell == "=" else f"'{cell}").replace("\r", "\n")


@given(st.floats(allow_nan=False) | st.integers())
def test_numbers_stay(number):
    assert harmless(number) == number
    assert harmless(str(number)) == str(number) or str(number) == "-inf"


@given(st.text())
def test_nothing_else_is_touched(text):
    written, lines = harmless(text), text.replace("\r\n", "\n").replace("\r", "\n")
    assert written.removeprefix("'") == lines or written == lines
    assert written == lines or text[0] in "=+-@\t\r"


def test_a_table_keeps_its_numbers_and_its_gaps():
    frame = pd.DataFrame({"=id": ["=P1", None, "-1"], "x": [-0.5, 2.0, float("nan")], "n": [-1, 2, 3]})
    assert list(csv.reader(io.StringIO(csv_text(frame)))) == [
        ["'=id", "x", "n"], ["'=P1", "-0.5", "-1"], ["", "2.0", "2"], ["-1", "", "3"]
    ]  # fmt: skip
    assert frame.columns[0] == "=id"
