"""What training computed from other columns is computed in scoring, to the last bit, or refused."""

import csv
import dataclasses

import numpy as np
import pytest

from responder.cohort import load_cohort
from responder.errors import DataRefusedError
from responder.score.bundle import Bundle
from responder.score.derived import Derived
from responder.score.files import read_profiles
from responder.score.profile import encode_profile, encode_table
from responder.study.load import load_study

COLUMNS = {
    "patient_id": [f"P{i}" for i in range(8)],
    "organs": ["ear", "airway", "none", "ear;airway", "eye", "ear", "airway", "none"],
    "rpdai": ["23", "14", "9", "35", "12", "18", "40", "9"],
    "prednisone_mg_per_day": ["15", "0.3 mg/kg", "", "10 mg", "甲泼尼龙 8 mg", "5", "0", "20"],
    "weight_kg": ["60", "70", "55", "", "80", "65", "72", "58"],
    "treg_percent_of_cd4": ["5", "4", "3.5", "6", "4.5", "5.5", "4", "3"],
    "cd4_per_ul": ["400", "500", "610", "450", "700", "520", "480", "390"],
    "treg_per_ul": ["20", "", "", "27", "31.5", "", "19.2", ""],
    "rpdai_week12": ["0", "9", "0", "12", "0", "9", "0", "9"],
}


@pytest.fixture
def cohort(tmp_path):
    with (tmp_path / "c.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *zip(*COLUMNS.values(), strict=True)])
    return load_cohort(tmp_path / "c.csv", load_study("rp-ld-il2"))


@pytest.fixture
def deriving(make_bundle):
    bundle = make_bundle("ridge:1", traits=("organs", "rpdai", "prednisone_mg_per_day", "treg_per_ul"))
    derived = Derived.of(load_study("rp-ld-il2"), [sheet.name for sheet in bundle.traits])
    names = {name for code in derived.codes for name in (code.name, *code.aliases)}
    others = tuple(name for name in bundle.study.other_names if name not in names)
    return dataclasses.replace(bundle, derived=derived, study=dataclasses.replace(bundle.study, other_names=others))


def test_every_row_has_the_numbers_of_training(cohort, deriving, tmp_path):
    wanted = cohort.values[:, [cohort.columns.index(name) for name in deriving.columns]]
    assert not np.isnan(wanted[:, -1]).any()
    encoded = encode_table(deriving, read_profiles(tmp_path / "c.csv").columns)
    assert not encoded.refused
    np.testing.assert_array_equal(encoded.values, wanted)
    for row, cells in enumerate(zip(*COLUMNS.values(), strict=True)):
        profile = {key: cell for key, cell in zip(COLUMNS, cells, strict=True) if cell}
        np.testing.assert_array_equal(encode_profile(deriving, profile).values[0], wanted[row])


def test_a_dose_by_weight_needs_the_weight(deriving):
    with pytest.raises(DataRefusedError, match="cannot be told without") as refused:
        encode_profile(deriving, {"rpdai": 9, "prednisone_mg_per_day": "0.3 mg/kg"})
    assert refused.value.hint
    both = {"rpdai": 9, "Prednisone (mg/kg)": 0.5, "weight_kg": 60}
    column = deriving.columns.index("prednisone_mg_per_day")
    assert encode_profile(deriving, both).values[0, column] == 30.0


def test_it_survives_json(deriving):
    again = Bundle.from_json(deriving.to_json())
    assert again.derived == deriving.derived
    old = deriving.to_json()
    del old["derived"]
    assert Bundle.from_json(old).derived == Derived()


def test_rules_that_do_not_fit_are_refused(deriving):
    rule = dataclasses.replace(deriving.derived.rules[0], of=("nothing", "cd4_per_ul"))
    with pytest.raises(ValueError, match="not read"):
        dataclasses.replace(deriving, derived=dataclasses.replace(deriving.derived, rules=(rule,)))
