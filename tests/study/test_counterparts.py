"""Traits of one study in another: found by name or as mapped, never where they are measured otherwise."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import ConfigError, DataRefusedError
from responder.study import find_counterparts, load_study

RP, SLE = load_study("rp-ld-il2"), load_study("sle-ld-il2")
NAMES = ("sex", "organs", "rpdai", "treg_per_ul", "tcon_per_ul")
CODES = [RP.trait(name).code for name in NAMES]


def test_by_name_and_what_is_missing_is_said():
    found = find_counterparts(CODES, SLE)
    assert found.pairs == {"sex": "sex", "treg_per_ul": "treg_per_ul", "tcon_per_ul": "tcon_per_ul"}
    assert found.missing == ("organs", "rpdai")
    assert found.renamed == {}


def test_as_a_person_maps_them():
    found = find_counterparts(CODES, SLE, {"rpdai": "sledai", "tcon_per_ul": ""})
    assert found.renamed == {"rpdai": "sledai"}
    assert found.missing == ("organs", "tcon_per_ul")


@pytest.mark.parametrize(
    ("mapped", "error", "words"),
    [
        ({"rpdia": "sledai"}, ConfigError, "'rpdia' is not one of the traits"),
        ({"rpdai": "sladai"}, ConfigError, "has no trait 'sladai'"),
        ({"rpdai": "sledai_week12"}, ConfigError, "not known at baseline"),
        ({"treg_per_ul": "cd4_per_ul", "tcon_per_ul": "cd4_per_ul"}, ConfigError, "two traits"),
        ({"rpdai": "pga"}, DataRefusedError, "of kind 'count' where it comes from, and of kind 'continuous' here"),
        (
            {"treg_per_ul": "treg_percent_of_cd4"},
            DataRefusedError,
            "in 'cells/ul' where it comes from, and in '%' here",
        ),
        ({"sex": "rash"}, DataRefusedError, "no = 0 and yes = 1 instead of female = 0 and male = 1"),
    ],
)
def test_what_is_refused(mapped, error, words):
    with pytest.raises(error, match=words) as refused:
        find_counterparts(CODES, SLE, mapped)
    assert refused.value.hint


def test_a_shared_name_with_another_unit_is_refused_too():
    codes = [dataclasses.replace(RP.trait("treg_per_ul").code, unit="10^9/L")]
    with pytest.raises(DataRefusedError, match="'treg_per_ul' is measured in"):
        find_counterparts(codes, SLE)


@given(st.sets(st.sampled_from([t.name for t in RP.baseline_traits])))
def test_a_study_is_its_own_counterpart(names):
    found = find_counterparts([RP.trait(name).code for name in names], RP)
    assert set(found.pairs) == set(found.pairs.values()) == names
    assert found.missing == ()
