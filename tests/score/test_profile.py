"""What a profile may say, what is refused, and that nothing else ever happens."""

import math
import random
from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.errors import DataRefusedError
from responder.score import encode_profile, encode_table, score_profile
from responder.study import is_missing


@pytest.mark.parametrize(
    ("key", "value", "column", "number"),
    [
        ("treg_per_ul", 22, 8, 22.0),
        ("Treg", "22", 8, 22.0),
        ("TREG-count", "0.022 10^9/L", 8, 22.0),
        ("treg_per_ul", {"value": 0.022, "unit": "G/L"}, 8, 22.0),
        ("treg_per_ul", {"value": 22, "unit": "cells/µl"}, 8, 22.0),
        ("treg_per_ul", {"value": None, "unit": "cells/µl"}, 8, math.nan),
        ("Duration (months)", 24, 5, 2.0),
        ("duration [years]", "2 years", 5, 2.0),
        ("disease_duration_years", "24 months", 5, 2.0),
        ("病程", 2, 5, 2.0),
        ("prednisone", Decimal("12.5"), 6, 12.5),
        ("rpdai", np.int64(9), 7, 9.0),
        ("rpdai", None, 7, math.nan),
        ("rpdai", "n/a", 7, math.nan),
        ("organs", "ear; airway", 1, 1.0),
        ("organs", ["trachea"], 1, 1.0),
        ("organs", "none", 1, 0.0),
        ("受累器官", "气道软骨炎", 1, 1.0),
    ],
)
def test_spellings_that_are_understood(bundle, key, value, column, number):
    profile = {key: value, "cd4_per_ul": 5, "tcon_per_ul": 500}
    encoded = encode_profile(bundle, profile)
    np.testing.assert_allclose(encoded.values[0, column], number, rtol=1e-12)
    assert encoded.ignored == ("cd4_per_ul",)


@pytest.mark.parametrize(
    ("profile", "what", "hint"),
    [
        ({"rpdia": 9}, "this model has no trait 'rpdia'", "rpdai"),
        ({"RPDAI": 9, "RPDAI baseline": 9}, "given twice", ""),
        ({"rpdai": "many"}, "not a number", "plain number"),
        ({"rpdai": 9.5}, "whole number", ""),
        ({"rpdai": 300}, "outside the plausible range (0 to 251 points)", ""),
        ({"rpdai": True}, "true/false", ""),
        ({"rpdai": float("inf")}, "finite", ""),
        ({"rpdai": 10**30}, "too large", ""),
        ({"rpdai": [9]}, "not a number", ""),
        ({"rpdai": {"value": 9, "units": "points"}}, "'value'", "unit"),
        ({"treg_per_ul": 0.022}, "plausible", "10^9/L"),
        ({"treg_per_ul": "22 mg"}, "unit that the trait does not know", "cells/ul"),
        ({"treg_per_ul": "2,222"}, "separate decimals or thousands", "point"),
        ({"rpdai": "1,5"}, "whole number", ""),
        ({"organs": "spleen"}, "not a level", "allowed"),
        ({"organs": ["ear", None]}, "not a level", ""),
        ({"organs": 7}, "not a list of levels", ""),
        ({"Duration (furlongs)": 2}, "unit in 'Duration (furlongs)' is not known", "years"),
        ({"CD4-": 2}, "no trait", ""),
        ({7: 9}, "not text", ""),
        ({}, "none of the model's traits is given", "rpdai"),
        ({"rpdai": None}, "none of the model's traits is given", ""),
        ({"patient_id": "P1"}, "none of the model's traits is given", ""),
        ({f"k{i}": 1 for i in range(2000)}, "more than 1087 keys", ""),
        ([("rpdai", 9)], "object", ""),
        ("rpdai", "object", ""),
        (None, "object", ""),
    ],
)
def test_refusals_say_what_and_how_to_fix_it(bundle, profile, what, hint):
    with pytest.raises(DataRefusedError) as refused:
        encode_profile(bundle, profile, "p.json")
    assert what in str(refused.value.message)
    assert hint in str(refused.value.hint)
    assert refused.value.hint
    assert "p.json" in str(refused.value.where)


def test_a_value_is_never_repeated_in_a_message(bundle):
    with pytest.raises(DataRefusedError) as refused:
        encode_profile(bundle, {"rpdai": "secret-7781"})
    assert "7781" not in str(refused.value.to_json())


def test_pseudonyms_are_shown_harmless(bundle):
    assert encode_profile(bundle, {"id": "P\x1b[31m1\n", "rpdai": 9}).patient == "P?[31m1"
    assert len(encode_profile(bundle, {"id": "x" * 5000, "rpdai": 9}).patient) == 200


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=5),
        st.sampled_from(["ear", "airway", "none", "22", "0.022 10^9/L", "1e5", "NaN", "-0", "９", "1_000", "9" * 400]),
        st.integers(min_value=10**300), st.decimals(), st.fractions(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["value", "unit", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)  # fmt: skip
keys = st.one_of(
    st.sampled_from(
        [
            "organs",
            "rpdai",
            "RPDAI ",
            "treg",
            "treg_per_ul",
            "tcon",
            "duration",
            "病程",
            "patient_id",
            "sex",
            "rpdai_week12",
        ]
    ),
    st.text(max_size=12),
)


def answer(bundle, profile):
    """The score of a profile, or its refusal; nothing else may happen."""
    try:
        return score_profile(bundle, profile), None
    except DataRefusedError as refused:
        return None, refused


def check(bundle, profile):
    score, refused = answer(bundle, profile)
    if refused is not None:
        assert refused.message
        assert refused.hint
        return "refused"
    assert (score.probability is None) == (score.decision == "abstained")
    if score.probability is not None:
        assert 0 < score.probability < 1
        assert math.isfinite(score.logit)
        assert score.stability[0] <= score.stability[1]
        assert score.venn_abers[0] <= score.venn_abers[1]
    else:
        assert any(reason.abstains for reason in score.reasons)
    # nothing is accepted in silence: a key was read, is a gap, names the patient, or is said to be ignored
    read = len(score.traits) - len(score.missing)
    gaps = sum(is_missing(value.get("value") if isinstance(value, dict) else value) for value in profile.values())
    assert read >= 1
    assert len(profile) <= read + gaps + len(score.ignored) + 1
    return score.decision


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(profile=st.dictionaries(keys, values, max_size=6))
def test_generated_profiles_are_scored_or_refused(bundle, profile):
    check(bundle, profile)


def test_ten_thousand_random_profiles(bundle):
    rng = random.Random(20)
    names = ["organs", "rpdai", "RPDAI ", "treg", "treg_per_ul", "tcon", "duration", "病程", "prednisone", "patient_id"]
    odd = ["sex", "rpdai_week12", "", "Duration (months)", "rpdia", "\x00", "treg (G/L)", "__proto__", "name\n", "年龄"]
    texts = [
        "ear",
        "airway",
        "none",
        "22",
        "0.022 10^9/L",
        "1e5",
        "NaN",
        "-0",
        "９",
        "1_000",
        "9" * 400,
        "\ud800",
        "=1+1",
    ]

    def value():
        return rng.choice(
            [
                lambda: rng.uniform(0, 30),
                lambda: rng.randint(0, 30),
                lambda: rng.gauss(0, 10 ** rng.randint(0, 300)),
                lambda: rng.choice(texts),
                lambda: rng.choice([None, True, False, math.nan, math.inf, 10**400, b"9", (), {}, [], {"value": 9}]),
                lambda: {"value": rng.uniform(0, 1), "unit": rng.choice(["10^9/L", "cells/ul", "mg", "", None])},
                lambda: rng.sample(["ear", "airway", "eye", "spleen", "", None], rng.randint(0, 3)),
                lambda: "".join(chr(rng.randrange(0x11000)) for _ in range(rng.randint(0, 6))),
            ]
        )()

    plausible = {"organs": "ear", "treg": "0.022 10^9/L", "treg_per_ul": 22, "tcon": 500, "duration": 2}
    seen = Counter()
    for _ in range(10_000):
        chosen = rng.sample(names, rng.randint(0, 5)) + rng.sample(odd, rng.random() < 0.1)
        sound = rng.random() < 0.5
        made = {name: plausible.get(name, 10) if sound and rng.random() < 0.9 else value() for name in chosen}
        seen[check(bundle, made)] += 1
    assert {"refused", "abstained", "scored_with_caution"} <= set(seen)
    assert min(seen.values()) > 100


@settings(max_examples=300)
@given(data=st.data())
def test_a_column_encodes_as_its_cells_do(bundle, data):
    key = data.draw(st.sampled_from(["rpdai", "treg", "organs", "duration", "prednisone"]))
    cell = st.one_of(
        st.sampled_from(
            ["", "9", " 9 ", "9.0", "22", "22.5", "ear", "ear;airway", "NA", "nan", "inf", "1_0", "٣", "-1"]
        ),
        st.integers(0, 300),
        st.floats(0, 300),
        st.none(),
        st.booleans(),
    )
    cells = data.draw(st.lists(cell, min_size=1, max_size=6))
    table = encode_table(bundle, {key: cells, "tcon": [500] * len(cells)})
    for row, value in enumerate(cells):
        _, refused = answer(bundle, {key: value, "tcon": 500})
        assert (row in table.refused) == (refused is not None)
        if refused is not None:
            assert table.refused[row] == refused.message
        else:
            alone = encode_profile(bundle, {key: value, "tcon": 500}).values[0]
            np.testing.assert_array_equal(table.values[row], alone)
