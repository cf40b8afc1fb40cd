"""A study from a data frame: kinds as the door reads them, and every doubt an error that names the argument."""

import numpy as np
import pandas as pd
import pytest

from responder.cohort import load_cohort
from responder.errors import ConfigError, DataRefusedError, UsageError
from responder.study import Study
from responder.study.questions import OpenQuestionsError

BASELINE = ["crp", "organs", "sex"]


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(8)],
            "crp": [3.0, 40.0, 8.5, 22.0, 5.0, 31.0, 12.0, np.nan],
            "organs": ["ear;nose", "ear", "none", "nose", "ear;nose", "ear", "none", "nose"],
            "sex": ["female", "male"] * 4,
            "crp_week12": [1.0, 30, 2, 20, 1, 40, 3, 9],
            "score": [0, 5, 0, 3, 0, 4, 1, 0],
            "complete_response": [True, False] * 4,
            "y": [1, 0] * 4,
            "state": ["CR", "PD", "PR", "PD", "CR", "SD", "PR", "SD"],
        }
    )


def test_kinds_levels_and_times_are_read(frame):
    study = Study.from_frame(
        frame,
        "complete_response",
        BASELINE,
        title="A trial",
        units={"crp": "mg/L"},
        labels={"crp": "C-reactive protein"},
    )
    traits = {t.name: (t.kind, t.timing, t.unit, str(t.label.given)) for t in study.traits}
    assert traits["crp"] == ("continuous", "baseline", "mg/L", "C-reactive protein")
    assert traits["organs"][:2] == ("set", "baseline")
    assert traits["complete_response"][:2] == ("binary", "outcome")
    assert str(study.title.given) == "A trial"
    assert set(study.ignored) == {"crp_week12", "score", "y", "state"}


@pytest.mark.parametrize(
    ("outcome", "response", "responders"),
    [
        ("complete_response", None, 4),
        ("complete_response", False, 4),
        ("y", 1, 4),
        ("y", "no", 4),
        ("score", "<= 0", 4),
        ("score", 0, 4),
        ("score", ">= 4", 2),
        ("state", "CR", 2),
        ("state", ["CR", "PR"], 4),
        ("crp_week12", "< 9", 1),  # of those who did not meet it before treatment
    ],
)
def test_what_counts_as_response_is_told(frame, outcome, response, responders):
    study = Study.from_frame(frame, outcome, BASELINE, response=response)
    cohort = load_cohort(frame, study)
    assert cohort.responders == responders
    assert set(cohort.ids) <= set(frame["patient_id"])
    first = {"complete_response": response is not False, "y": response == 1}.get(outcome)
    assert first is None or cohort.outcome[0] == first


@pytest.mark.parametrize(
    ("asked", "key", "argument"),
    [
        ({"outcome": "y", "baseline": BASELINE}, "endpoint.response.threshold", "response="),
        ({"outcome": "score", "baseline": BASELINE}, "endpoint.response.operator", "response="),
        ({"outcome": "state", "baseline": BASELINE}, "endpoint.response.levels", "CR | PD | PR | SD"),
        ({"outcome": "complete_response"}, "trait.crp.timing", "baseline="),
    ],
)
def test_an_open_question_names_the_argument_that_answers_it(frame, asked, key, argument):
    with pytest.raises(OpenQuestionsError) as caught:
        Study.from_frame(frame, **asked)
    assert caught.value.questions[0].key == key
    assert argument in str(caught.value.hint)


def test_an_odd_cell_is_asked_and_answered(frame):
    odd = frame.assign(crp=[999.0, 40, 8.5, 22, 5, 31, 12, 999])
    with pytest.raises(OpenQuestionsError) as caught:
        Study.from_frame(odd, "complete_response", BASELINE)
    key = caught.value.questions[0].key
    assert f"answers={{'{key}': ...}}" in str(caught.value.hint)
    study = Study.from_frame(odd, "complete_response", BASELINE, answers={key: "missing"})
    assert np.isnan(load_cohort(odd, study).values[[0, 7], 0]).all()


@pytest.mark.parametrize(
    ("asked", "kind", "words", "where"),
    [
        ({"outcome": "respnse"}, ConfigError, "no column 'respnse'", "'outcome'"),
        ({"outcome": "y", "baseline": ["crpp"]}, ConfigError, "no column 'crpp'", "'baseline'"),
        ({"outcome": "y", "ids": "record"}, ConfigError, "no column 'record'", "'ids'"),
        ({"outcome": "y", "units": {"age": "years"}}, ConfigError, "no column 'age'", "'units'"),
        (
            {"outcome": "y", "baseline": ["crp_week12"], "response": 1},
            ConfigError,
            "cannot be a baseline",
            "'baseline'",
        ),
        (
            {"outcome": "state", "baseline": BASELINE, "response": "XX"},
            UsageError,
            "'XX' is not an answer",
            "'response'",
        ),
        (
            {"outcome": "y", "baseline": BASELINE, "response": 1, "answers": {"a": "b"}},
            UsageError,
            "no question 'a'",
            "'answers'",
        ),
    ],
)
def test_a_slip_is_refused_where_it_was_made(frame, asked, kind, words, where):
    with pytest.raises(kind, match=words) as caught:
        Study.from_frame(frame, **asked)
    assert where in str(caught.value.where)


def test_rows_without_ids_get_pseudonyms_and_an_index_is_one(frame):
    bare = frame.drop(columns="patient_id")
    study = Study.from_frame(bare, "complete_response", BASELINE)
    assert load_cohort(bare, study).ids[:2] == ("P01", "P02")
    named = bare.set_index(pd.Index([f"K{i}" for i in range(8)], name="code"))
    study = Study.from_frame(named, "complete_response", BASELINE)
    assert load_cohort(named, study).ids[:2] == ("K0", "K1")
    study = Study.from_frame(frame, "complete_response", ["crp"], ids="patient_id")
    assert study.id_column == "patient_id"


def test_an_outcome_that_cannot_be_read_is_refused(frame):
    with pytest.raises(DataRefusedError, match="no outcome can be read from 'y'"):
        Study.from_frame(frame.assign(y=np.nan), "y", BASELINE)
