"""What would change the answer."""

import dataclasses

import numpy as np
import pytest

from responder.score import score_profile, what_would_change


def with_error(bundle, fraction):
    sheets = tuple(
        dataclasses.replace(s, measuring_error_fraction=fraction) if s.name == "treg_per_ul" else s
        for s in bundle.traits
    )
    return dataclasses.replace(bundle, traits=sheets)


def test_measuring_error_moves_the_answer_as_far_as_its_values_do(bundle, profile):
    bundle = with_error(bundle, 0.1)
    found = what_would_change(bundle, profile)
    (trait,) = found.traits
    assert (trait.name, trait.why) == ("treg_per_ul", "measuring_error")
    assert (trait.low, trait.high) == pytest.approx((22 * (1 - 0.196), 22 * (1 + 0.196)))
    tried = [
        score_profile(bundle, {**profile, "treg_per_ul": x}, show_anyway=True).probability
        for x in np.linspace(trait.low, trait.high, 33)
    ]
    assert (trait.lower, trait.upper) == pytest.approx((min(tried), max(tried)), abs=1e-12)
    assert found.probability == score_profile(bundle, profile).probability
    assert "rpdai" in found.not_declared
    assert "organs" not in found.not_declared


def test_missing_traits_range_over_what_was_seen(bundle, profile):
    del profile["organs"], profile["rpdai"]
    found = what_would_change(bundle, profile)
    by_name = {trait.name: trait for trait in found.traits}
    assert set(by_name) == {"organs", "rpdai"}
    assert by_name["organs"].low is None
    seen = bundle.applicability.traits[0].patterns
    levels = bundle.sheet("organs").code.levels
    tried = [
        score_profile(bundle, {**profile, "organs": [n for n, on in zip(levels, p, strict=True) if on]}).probability
        for p in seen
    ]
    assert by_name["organs"].lower == pytest.approx(min(tried), abs=1e-12)
    assert by_name["organs"].upper == pytest.approx(max(tried), abs=1e-12)
    assert [t.width for t in found.traits] == sorted((t.width for t in found.traits), reverse=True)


def test_nothing_is_told_where_the_bundle_abstains(make_bundle, profile):
    bundle = make_bundle("ridge:1", kind="not_shown_to_beat_chance", refits=20)
    found = what_would_change(bundle, profile)
    assert found.probability is None
    assert found.traits == ()
    del profile["rpdai"]
    assert what_would_change(bundle, profile, show_anyway=True).traits


def test_an_error_beyond_what_is_plausible_is_tried_up_to_its_limit(bundle, profile):
    sheet = bundle.sheet("treg_per_ul")
    assert sheet.code.plausible == (0.5, 500.0)
    (trait,) = what_would_change(with_error(bundle, 0.2), {**profile, "treg_per_ul": 450}, show_anyway=True).traits
    assert (trait.low, trait.high) == (pytest.approx(450 * (1 - 0.392)), 500.0)
    anything = dataclasses.replace(sheet, code=dataclasses.replace(sheet.code, plausible=None))
    sheets = tuple(anything if one.name == sheet.name else one for one in bundle.traits)
    free = with_error(dataclasses.replace(bundle, traits=sheets), 0.2)
    (trait,) = what_would_change(free, {**profile, "treg_per_ul": 450}, show_anyway=True).traits
    assert trait.high == pytest.approx(450 * 1.392)
