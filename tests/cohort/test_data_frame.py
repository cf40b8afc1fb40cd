"""A data frame passes the door that files pass: the same cells, whatever the types of its columns."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cohort import read_table
from responder.cohort.data_frame import table_of_frame
from responder.cohort.rule import TableRefusedError
from responder.cohort.table import RawTable
from responder.errors import UsageError


def test_cells_are_what_a_person_would_have_typed():
    frame = pd.DataFrame(
        {
            "whole": [1.0, np.nan, 3.0],
            "part": np.array([0.1, 2.5, np.nan], dtype=np.float64),
            "nullable": pd.array([4, None, 6], dtype="Int64"),
            "yes": [True, False, True],
            "day": pd.to_datetime(["2024-03-01 00:00", None, "2024-03-02 10:30"]),
            "level": pd.Categorical(["low", None, "high"]),
            "scalar": [np.float64(1.5), np.int64(2), " a "],
            "several": [{"nose", "ear"}, (), np.array(["eye"])],
        }
    )
    table = table_of_frame(frame)
    assert table.rows[0] == ("1", "0.1", "4", "1", "2024-03-01", "low", "1.5", "ear;nose")
    assert table.rows[1] == ("", "2.5", "", "0", "", "", "2", "none")
    assert table.rows[2] == ("3", "", "6", "1", "2024-03-02T10:30:00", "high", "a", "eye")
    assert table.lines == (1, 2, 3)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=5))
def test_numbers_come_back_as_they_were(numbers):
    frame = pd.DataFrame({"a": numbers, "b": "x"})
    assert [float(cell) for cell in table_of_frame(frame).column("a")] == pytest.approx(numbers, rel=0, abs=0)


@pytest.mark.parametrize(
    ("index", "headers"),
    [
        (None, ("a", "b")),
        (pd.Index(["P1", "P2"]), ("patient_id", "a", "b")),
        (pd.Index(["P1", "P2"], name="record"), ("record", "a", "b")),
        (pd.Index([3, 7]), ("patient_id", "a", "b")),
    ],
)
def test_an_index_that_names_the_patients_is_a_column(index, headers):
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=index)
    assert table_of_frame(frame).headers == headers
    assert list(frame.columns) == ["a", "b"]


def test_a_frame_is_read_as_its_file(root):
    file = root / "data/rp_ld_il2/cohort.csv"
    by_file, by_frame = read_table(file), read_table(pd.read_csv(file))
    assert by_frame.headers == by_file.headers
    assert [list(map(_value, row)) for row in by_frame.rows] == [list(map(_value, row)) for row in by_file.rows]


def _value(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def test_a_table_that_was_read_is_taken_as_it_is():
    table = RawTable("t.csv", ("patient_id", "crp"), (("P1", "3"),), (2,))
    assert read_table(table) == table


@pytest.mark.parametrize(
    ("frame", "kind", "words"),
    [
        ([[1, 2]], UsageError, "a pandas data frame is needed, not list"),
        (
            pd.DataFrame({("a", "b"): [1], ("a", "c"): [2]}),
            UsageError,
            "several levels",
        ),
        (pd.DataFrame({"a": [1, 2]}), TableRefusedError, ""),
        (pd.DataFrame({"a": [], "b": []}), TableRefusedError, ""),
        (pd.DataFrame([[1, 2]], columns=["a", "A"]), TableRefusedError, ""),
    ],
)
def test_what_is_no_table_of_patients_is_refused(frame, kind, words):
    with pytest.raises(kind, match=words or None):
        table_of_frame(frame)


def test_a_time_of_day_alone_is_told():
    assert table_of_frame(pd.DataFrame({"a": [datetime.time(9, 5)], "b": [1]})).rows == (("09:05:00", "1"),)
