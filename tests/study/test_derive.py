"""Values that follow from others: by hand, through JSON, and whatever the order of patients."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.study import load_study
from responder.study.derive import Derivation, derive
from responder.study.missing_codes import MISSING_CODES, suspicious_codes
from responder.study.quantities import known_quantity
from responder.study.relations import shared_cells
from responder.study.shared_cells import SharedCell, claim

NAN = np.nan
STUDY = load_study("rp-ld-il2")
PRODUCT = Derivation("product", "count", ("share", "whole"), 0.01, ("count", "share", "whole"))


def test_rules_of_the_shipped_study_through_json():
    written = json.loads(json.dumps([rule.to_json() for rule in STUDY.derivations]))
    assert tuple(map(Derivation.from_json, written)) == STUDY.derivations
    factors = {rule.of[0]: rule.factor for rule in STUDY.derivations if rule.kind == "sum"}
    assert factors == pytest.approx(
        {"prednisolone_mg_per_day": 5 / 5, "methylprednisolone_mg_per_day": 5 / 4, "dexamethasone_mg_per_day": 5 / 0.75,
         "hydrocortisone_mg_per_day": 5 / 20}
    )  # fmt: skip


def test_division_by_nothing_stays_missing():
    found, notes = derive({"count": np.array([5.0, 0.0]), "whole": np.array([0.0, 0.0])}, [PRODUCT])
    assert "share" not in found
    assert notes == []


def test_nothing_known_is_nothing_added():
    assert derive({}, [PRODUCT]) == ({}, [])
    rule = Derivation("sum", "dose", ("other",), 1.25)
    found, notes = derive({"dose": np.array([10.0, NAN, NAN]), "other": np.array([NAN, NAN, 0.0])}, [rule])
    np.testing.assert_array_equal(found["dose"], [10.0, NAN, 0.0])
    assert notes[0].rows.tolist() == [False, False, True]


@given(st.lists(st.tuples(*[st.floats(0.5, 1e4) | st.just(NAN)] * 3), min_size=1, max_size=12))
def test_one_patient_alone_gives_what_the_cohort_gives(rows):
    table = dict(zip(("count", "share", "whole"), np.array(rows).T, strict=True))
    together, _ = derive(table, [PRODUCT])
    for at in range(len(rows)):
        alone, _ = derive({name: values[at : at + 1] for name, values in table.items()}, [PRODUCT])
        for name, values in together.items():
            np.testing.assert_array_equal(values[at], alone[name][0])
    for name, values in table.items():
        known = ~np.isnan(values)
        np.testing.assert_array_equal(together[name][known], values[known])  # what was measured stays


@pytest.mark.parametrize(
    ("cell", "name", "rest"),
    [
        ("15", "", "15"), ("15 mg/d", "", "15 mg/d"), ("0.3 mg/kg", "prednisone_mg_per_kg_per_day", "0.3 mg/kg"),
        ("８ mg 甲泼尼龙", "methylprednisolone_mg_per_day", "8 mg"),
        ("甲泼尼龙8mg", "methylprednisolone_mg_per_day", "8mg"),
        ("methylprednisolone 8", "methylprednisolone_mg_per_day", "8"), ("Fluprednisolone 8", "", "Fluprednisolone 8"),
        ("prednisone", "", "prednisone"), ("泼尼松龙（5mg）", "prednisolone_mg_per_day", "5mg"), ("", "", ""),
    ],
)  # fmt: skip
def test_whose_number_a_cell_is(cell, name, rest):
    shared = shared_cells(STUDY.trait("prednisone_mg_per_day"), STUDY.helpers)
    assert claim(cell, shared) == (name, rest)
    assert tuple(SharedCell.from_json(json.loads(json.dumps(one.to_json()))) for one in shared) == shared


def test_other_traits_share_their_column_with_nothing():
    assert shared_cells(STUDY.trait("age_years"), STUDY.helpers) == ()
    week12 = shared_cells(STUDY.trait("prednisone_mg_per_day_week12"), STUDY.helpers)
    assert {one.name for one in week12} >= {"prednisone_mg_per_day_week12", "methylprednisolone_mg_per_day"}


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1.1, 39.5, 12, 8, 99.9, 5], [99.9]), ([45, 51, 38, 62, 999, 40, 999], [999]), ([2, 1, 0.5, 4, -9, 3], [-9]),
        ([88, 71, 65, 90, 77, 99, 80], []), ([-2, -1, 0, 1, -1, 2], []), ([999, 999, 1, 2], []), ([], []),
        ([NAN, 1, 2, 3, 4, 888], [888]), ([5, 5, 5, 5, 9.9], [9.9]), ([5, 5, 5, 5, 7.7], []),
        ([1, 2, 3, 4, 99, 999], [99, 999]), ([-50, -20, 10, 30, -999], [-999]),
    ],
)  # fmt: skip
def test_usual_missing_codes(values, codes):
    assert suspicious_codes(values) == codes


@given(st.lists(st.floats(-1e4, 1e4) | st.sampled_from(sorted(MISSING_CODES)), max_size=30))
def test_only_codes_that_are_there_are_named(values):
    assert set(suspicious_codes(values)) <= MISSING_CODES.intersection(values)


@pytest.mark.parametrize(
    ("name", "unit", "found"),
    [
        ("Age", "", ("age", "years")), ("年龄", "", ("age", "years")), ("Alter", "", ("age", "years")),
        ("CRP", "mg/L", ("crp", "mg/L")), ("crp_mg_per_l", "", ("crp", "mg/L")), ("CRP (mg/dL)", "", ("crp", "mg/dL")),
        ("血沉", "mm/h", ("esr", "mm/h")), ("Hämoglobin", "g/dL", ("haemoglobin", "g/dL")),
        ("体重（kg）", "", ("weight", "kg")),
        ("Kreatinin", "µmol/L", ("creatinine", "umol/L")), ("CD4", "cells/µL", ("cd4", "cells/ul")),
        ("crp", "", ("crp", "")),
    ],
)  # fmt: skip
def test_known_quantities(name, unit, found):
    quantity = known_quantity(name, unit)
    assert (quantity.id, quantity.unit) == found
    assert quantity.plausible[0] < quantity.plausible[1]
    assert quantity.label.in_language("zh")


@pytest.mark.parametrize(("name", "unit"), [("score", ""), ("CRP", "furlongs"), ("CD127-", ""), ("age group", "")])
def test_unknown_quantities(name, unit):
    assert known_quantity(name, unit) is None


def test_codes_are_beyond_the_bounds_or_told_by_the_rest():
    assert not known_quantity("age").plausible[0] <= 999 <= known_quantity("age").plausible[1]
    assert known_quantity("duration").plausible[0] == 0
