"""RPDAI against its published table (Arnaud 2012; RMD Open 2018;4(Suppl 1):e000788)."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import DataRefusedError
from responder.study.instruments.instrument import Measured
from responder.study.instruments.rp.rpdai import (
    RPDAI_MAXIMUM_REACHABLE,
    RPDAI_MAXIMUM_THEORETICAL,
    RPDAI_WEIGHTS,
    score_rpdai,
)

WITHOUT, WITH_FAILURE = "respiratory_chondritis", "respiratory_chondritis_with_acute_failure"
NOTHING = dict.fromkeys(RPDAI_WEIGHTS, "absent")

states = st.sampled_from([True, False, None])
profiles = st.dictionaries(st.sampled_from(list(RPDAI_WEIGHTS)), states).filter(
    lambda items: not (items.get(WITHOUT) and items.get(WITH_FAILURE))
)


def test_table_is_the_published_one():
    weights = sorted(RPDAI_WEIGHTS.values())
    assert len(weights) == 27
    assert (weights[0], weights[-1], sum(weights)) == (1, 24, 265)
    assert (RPDAI_MAXIMUM_THEORETICAL, RPDAI_MAXIMUM_REACHABLE) == (265, 251)
    assert RPDAI_WEIGHTS["auricular_chondritis"] == RPDAI_WEIGHTS["nasal_chondritis"] == 9
    assert (RPDAI_WEIGHTS[WITHOUT], RPDAI_WEIGHTS[WITH_FAILURE]) == (14, 24)
    with pytest.raises(TypeError):
        RPDAI_WEIGHTS["uveitis"] = 1


def test_largest_score_is_reached():
    everything = dict.fromkeys(RPDAI_WEIGHTS, "present") | {WITHOUT: "absent"}
    assert score_rpdai(everything).score == 251
    assert score_rpdai({}).upper == 251


@given(profiles)
def test_score_lies_between_its_bounds_and_bounds_are_attained(items):
    """Oracle: try every completion of up to six missing items."""
    result = score_rpdai(items)
    free = [item for item in RPDAI_WEIGHTS if items.get(item) is None]
    assert result.items_counted + len(result.missing) == 27
    assert set(result.missing) <= set(free)
    assert (result.score is None) == bool(result.missing)
    if len(free) > 6:
        fixed = dict.fromkeys(free[6:], False)
        items, free = items | fixed, free[:6]
        result = score_rpdai(items)
    scores = []
    for completion in itertools.product([False, True], repeat=len(free)):
        full = items | dict(zip(free, completion, strict=True))
        if not (full.get(WITHOUT) and full.get(WITH_FAILURE)):
            scores.append(sum(RPDAI_WEIGHTS[item] for item, present in full.items() if present))
            assert score_rpdai(full).score == scores[-1]
    assert (result.lower, result.upper) == (min(scores), max(scores))


@given(profiles, st.data())
def test_learning_an_item_never_widens_the_bounds(items, data):
    before = score_rpdai(items)
    if not before.missing:
        return
    item = data.draw(st.sampled_from(before.missing))
    after = score_rpdai(items | {item: data.draw(st.booleans())})
    assert before.lower <= after.lower <= after.upper <= before.upper


def test_missing_is_never_absent():
    ear = score_rpdai({"auricular_chondritis": "present"})
    assert (ear.score, ear.lower, ear.upper) == (None, 9, 251)
    assert ear.items_counted == 1
    nearly = score_rpdai(NOTHING | {"uveitis": None})
    assert (nearly.score, nearly.lower, nearly.upper, nearly.missing) == (None, 0, 9, ("uveitis",))


@pytest.mark.parametrize(("given_one", "other"), [(WITHOUT, WITH_FAILURE), (WITH_FAILURE, WITHOUT)], ids=["14", "24"])
def test_one_respiratory_item_settles_the_other(given_one, other):
    result = score_rpdai(NOTHING | {given_one: "present", other: "missing"})
    assert result.score == RPDAI_WEIGHTS[given_one]
    assert other in result.absent


def test_both_respiratory_items_are_refused():
    with pytest.raises(DataRefusedError, match="exclude each other") as refused:
        score_rpdai({WITHOUT: True, WITH_FAILURE: True})
    assert refused.value.message.values["item"] == WITHOUT
    assert refused.value.message.values["other"] == WITH_FAILURE


@pytest.mark.parametrize("present", [True, 1, 1.0, "present", " YES ", "1", np.int64(1), np.bool_(True)])
def test_spellings_of_present(present):
    assert score_rpdai(NOTHING | {"scleritis": present}).score == 9


@pytest.mark.parametrize("missing", [None, math.nan, "", "missing", "n/a", np.nan])
def test_spellings_of_missing(missing):
    assert score_rpdai(NOTHING | {"scleritis": missing}).missing == ("scleritis",)


@pytest.mark.parametrize("wrong", [2, -1, 0.5, "mild", [], {}, math.inf, object()])
def test_wrong_state_names_the_item_and_not_the_value(wrong):
    with pytest.raises(DataRefusedError) as refused:
        score_rpdai({"purpura": wrong})
    assert "purpura" in str(refused.value.message)
    assert "mild" not in str(refused.value.to_json())


def test_unknown_item_gets_a_suggestion():
    with pytest.raises(DataRefusedError) as refused:
        score_rpdai({"auricular_chondritits": True})
    assert str(refused.value.hint) == "did you mean 'auricular_chondritis'?"


@pytest.mark.parametrize(("value", "points"), [(0, 0), (20, 0), (20.1, 3), (300, 3)])
def test_crp_counts_above_20_mg_per_l(value, points):
    measured = {item: state for item, state in NOTHING.items() if item != "crp_above_20_mg_per_l"}
    assert score_rpdai(measured, crp=Measured(value, "mg/L")).score == points


@pytest.mark.parametrize(
    ("value", "unit", "points"),
    [(38, "C", 0), (38.1, "°C", 2), (100.4, "F", 0), (100.5, "F", 2), (36.6, "c", 0)],
)
def test_fever_counts_above_38_c(value, unit, points):
    measured = {item: state for item, state in NOTHING.items() if item != "fever"}
    assert score_rpdai(measured, temperature=Measured(value, unit)).score == points


@pytest.mark.parametrize(
    ("measured", "item"),
    [
        ({"crp": Measured(2.5, "mg/dL")}, "crp_above_20_mg_per_l"),
        ({"crp": Measured(200, "nmol/L")}, "crp_above_20_mg_per_l"),
        ({"crp": Measured(5, "")}, "crp_above_20_mg_per_l"),
        ({"crp": Measured(-1, "mg/L")}, "crp_above_20_mg_per_l"),
        ({"crp": Measured(math.nan, "mg/L")}, "crp_above_20_mg_per_l"),
        ({"temperature": Measured(311, "K")}, "fever"),
        ({"temperature": Measured(100.4, "C")}, "fever"),
        ({"temperature": Measured(38.5, "F")}, "fever"),
    ],
)
def test_units_are_never_guessed(measured, item):
    with pytest.raises(DataRefusedError) as refused:
        score_rpdai(NOTHING, **measured)
    assert item in str(refused.value.where)


def test_mg_per_dl_is_refused_with_its_factor():
    with pytest.raises(DataRefusedError) as refused:
        score_rpdai({}, crp=Measured(2.5, "mg/dL"))
    assert "multiply by 10" in str(refused.value.hint)


def test_measured_value_must_agree_with_its_item():
    with pytest.raises(DataRefusedError, match="contradicts"):
        score_rpdai(NOTHING, crp=Measured(21, "mg/L"))
    assert score_rpdai(NOTHING | {"crp_above_20_mg_per_l": 1}, crp=Measured(21, "mg/L")).score == 3


@given(profiles)
def test_frame_and_json_agree_with_the_score(items):
    result = score_rpdai(items)
    frame = result.frame()
    assert list(frame["item"]) == list(RPDAI_WEIGHTS)
    assert frame["points"].sum() == result.lower
    content = json.loads(json.dumps(result.to_json()))
    assert (content["lower"], content["upper"], content["window_days"]) == (result.lower, result.upper, 28)
