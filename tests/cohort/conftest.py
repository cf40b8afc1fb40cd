"""A small study of no disease in particular, and files to read with it."""

import pytest

from responder.study.model import Study
from responder.toml_file import parse_model

HEADER = "patient_id,sex,age,organs,marker,stage,score,score_week12"
ROWS = [
    "P01,f,41,ear,12.5,early,9,0",
    "P02,m,39,airway,30.1,late,14,14",
    "P03,f,50,ear;airway,22.0,early,23,0",
    "P04,f,61,none,18.4,late,9,9",
    "P05,m,33,ear,25.2,early,9,0",
    "P06,f,47,airway,15.9,early,14,14",
]

TEXT = {"en": "x"}


def study_content():
    """A study with one trait of every kind."""
    levels = [{"name": "ear"}, {"name": "airway", "aliases": ["trachea"]}, {"name": "eye"}]
    return {
        "schema": "responder/study/1",
        "id": "small",
        "title": TEXT,
        "intervention": TEXT,
        "population": TEXT,
        "id_aliases": ["subject"],
        "ignored": ["comment"],
        "trait": [
            {"name": "sex", "kind": "binary", "group": "clinical", "label": TEXT,
             "levels": [{"name": "female", "aliases": ["f"]}, {"name": "male", "aliases": ["m"]}]},
            {"name": "age_years", "kind": "continuous", "group": "clinical", "unit": "years", "label": TEXT,
             "plausible": [18, 100], "aliases": ["age"]},
            {"name": "organs", "kind": "set", "group": "clinical", "label": TEXT, "levels": levels},
            {"name": "marker_per_ul", "kind": "continuous", "group": "immune", "unit": "cells/ul",
             "label": TEXT, "plausible": [0.5, 500],
             "units": {"10^9/L": 1000.0, "cells/ml": 0.001}, "aliases": ["marker"]},
            {"name": "stage", "kind": "ordinal", "group": "clinical", "label": TEXT,
             "levels": [{"name": "early"}, {"name": "late"}]},
            {"name": "score", "kind": "count", "group": "clinical", "unit": "points", "label": TEXT,
             "plausible": [0, 251]},
            {"name": "marker_week4", "kind": "continuous", "group": "immune", "label": TEXT,
             "timing": "on_treatment"},
            {"name": "score_week12", "kind": "count", "group": "outcome", "timing": "outcome", "label": TEXT,
             "plausible": [0, 251], "aliases": ["score_w12"]},
        ],
        "endpoint": [
            {"name": "complete", "label": TEXT, "column": "score_week12", "operator": "==", "threshold": 0,
             "coupled": ["score", "organs"]},
            {"name": "halved", "label": TEXT, "column": "score_week12", "measure": "percent_change",
             "baseline": "score", "operator": "<=", "threshold": -50},
            {"name": "strict", "label": TEXT, "column": "score_week12", "operator": "==", "threshold": 0,
             "withdrawal": "non_responder"},
        ],
    }  # fmt: skip


@pytest.fixture(scope="session")
def study():
    return parse_model(study_content(), Study, "small study")


@pytest.fixture
def cohort_file(tmp_path):
    """Write a cohort file from rows of text, from the good rows by default."""

    def write(rows=None, header=HEADER, name="cohort.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *(ROWS if rows is None else rows)]) + "\n", encoding="utf-8")
        return path

    return write
