"""A bundle says the same before it is written and after it is read, for every model and any profile."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.errors import InvalidValueError
from responder.score import Bundle, row_digests, score_profile
from responder.score.consistency import require_consistent
from responder.score.storage import bundle_files, load_bundle, write_bundle
from responder.words import Given, Phrase, languages

NUMBERS = st.one_of(
    st.just(float("nan")),
    st.sampled_from([0.0, 0.5, 1.0, 9.0, 1e-300, 1e15, -1e15]),
    st.floats(-1e6, 1e6),
)


@pytest.fixture(scope="session")
def reloaded(any_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "one"
    write_bundle(any_bundle, folder)
    return load_bundle(folder)


@settings(max_examples=60)
@given(rows=st.lists(st.lists(NUMBERS, min_size=10, max_size=10), min_size=1, max_size=5))
def test_reading_back_changes_no_number(any_bundle, reloaded, rows):
    values = np.array(rows)
    values[:, :5] = np.where(np.isnan(values[:, :1]), np.nan, values[:, :5] > 0)  # a set is given whole or not at all
    pipeline = any_bundle.pipeline.logit(values)
    assert np.isfinite(pipeline).all()
    np.testing.assert_array_equal(reloaded.pipeline.logit(values), pipeline)  # asked for: 1e-12
    features = any_bundle.pipeline.features
    derived, missing = features.spec.derive(values), features.spec.missing(values, features.indicators)
    np.testing.assert_array_equal(
        reloaded.ensemble.logit(derived, missing), any_bundle.ensemble.logit(derived, missing)
    )


def test_score_of_the_bundle_is_that_of_the_fitted_pipeline(any_bundle, reloaded, profile):
    from responder.score import encode_profile

    values = encode_profile(any_bundle, profile).values
    score = score_profile(reloaded, profile, show_anyway=True)
    assert score.logit == pytest.approx(any_bundle.pipeline.logit(values)[0], abs=1e-12)
    assert score.probability == pytest.approx(1 / (1 + np.exp(-score.logit)), abs=1e-15)
    parts = sum(part.contribution for part in score.attributions)
    assert score.base_value + parts == pytest.approx(score.logit, abs=1e-8)
    assert score.attributions_exact


def test_a_bundle_of_before_has_no_conformal_sets(any_bundle, profile):
    content = any_bundle.to_json()
    del content["conformal"]
    old = Bundle.from_json(content)
    assert old.standing == any_bundle.standing
    score = score_profile(old, profile, show_anyway=True)
    assert score.conformal == ()
    assert score.probability == score_profile(any_bundle, profile, show_anyway=True).probability


def test_a_bundle_of_the_last_version_scores_as_it_did(root, tmp_path):
    """Its words are texts with a member a language; the numbers are those that the last version gave."""
    folder = root / "tests/score/data/last_version"
    content = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))["content"]
    old = load_bundle(folder)
    standing, model = content["standing"], content["model"]
    for language, ending in (("en", ""), ("zh", "_zh")):
        assert old.standing.in_language(language) == standing[f"sentence{ending}"]
        assert old.standing.illustration_in(language) == standing[f"illustration{ending}"]
        assert old.model.title.in_language(language) == model[f"title{ending}"]
    assert {name: getattr(old.standing, name) for name in ("kind", "n", "responders", "lpo_auc", "permutation_p")} == {
        "kind": "beats_chance", "n": 9, "responders": 6, "lpo_auc": 0.8, "permutation_p": 0.01,
    }  # fmt: skip
    write_bundle(old, tmp_path / "again")
    for bundle in (old, load_bundle(tmp_path / "again")):
        score = score_profile(bundle, {"organs": "ear", "rpdai": 9, "treg": 22})
        assert [reason.code for reason in score.reasons] == ["illustrative"]
        assert score.probability == pytest.approx(0.9221668440436886, abs=1e-12)
        limits = (score.interval.lower, score.interval.upper)
        assert limits == pytest.approx((0.26257045737963464, 0.998394882571851), abs=1e-12)
        assert score.stability == pytest.approx((0.9107489991984296, 0.9368168256203637), abs=1e-12)
        assert score.venn_abers == pytest.approx((0.8, 1.0), abs=1e-12)


def test_words_are_kept_as_codes_and_said_in_any_language(bundle, profile, tmp_path):
    names = (Given({"en": "age", "zh": "年龄"}), "RPDAI")
    statement = Phrase("reason.missing", {"traits": names})
    standing = dataclasses.replace(bundle.standing, statement=statement, illustration=Phrase("reason.illustrative"))
    model = dataclasses.replace(bundle.model, title=Phrase("score.patient"))
    spoken = dataclasses.replace(bundle, standing=standing, model=model)
    write_bundle(spoken, tmp_path / "b")
    text = (tmp_path / "b" / "bundle.json").read_text(encoding="utf-8")
    assert "replaced by" not in text
    found = load_bundle(tmp_path / "b")
    assert (found.standing, found.model) == (standing, model)
    for language in languages():
        told = score_profile(found, profile).to_json(language)["standing"]
        assert told["sentence"] == statement.in_language(language)
        assert told["illustration"] == Phrase("reason.illustrative").in_language(language)
        assert "statement" not in told


def test_the_same_bundle_gives_the_same_bytes(any_bundle, reloaded):
    assert bundle_files(any_bundle) == bundle_files(reloaded)


def test_trees_keep_the_text_of_the_library(make_bundle):
    lightgbm = pytest.importorskip("lightgbm")
    bundle = make_bundle("lightgbm", refits=20)
    booster = lightgbm.Booster(model_str=bundle_files(bundle)["model.txt"].decode())
    own = bundle.pipeline.decision.logit(bundle.background)
    np.testing.assert_allclose(booster.predict(bundle.background, raw_score=True), own, atol=1e-12)


def test_json_round_trip_keeps_every_field(bundle):
    again = Bundle.from_json(bundle.to_json())
    assert again.to_json() == bundle.to_json()
    assert again.study == bundle.study
    assert again.traits == bundle.traits
    assert again.standing == bundle.standing
    assert again.provenance == bundle.provenance


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda b: {"background": b.background[:-1]}, "background"),
        (lambda b: {"background": np.full_like(b.background, np.inf)}, "background"),
        (lambda b: {"traits": b.traits[::-1]}, "pipeline.features.spec.columns"),
        (lambda b: {"traits": ()}, "traits"),
        (lambda b: {"pseudonyms": ("P1",)}, "pseudonyms"),
        (lambda b: {"venn_abers": {"scores": np.zeros(1)}}, "venn_abers"),
        (lambda b: {"conformal": (*b.conformal, b.conformal[0])}, "conformal.level"),
        (
            lambda b: {"conformal": (dataclasses.replace(b.conformal[0], response_from=float("nan")),)},
            "conformal.response_from",
        ),
        (lambda b: {"standing": dataclasses.replace(b.standing, kind="splendid")}, "standing.kind"),
        (lambda b: {"standing": dataclasses.replace(b.standing, responders=10**6)}, "standing.responders"),
        (lambda b: {"standing": dataclasses.replace(b.standing, statement=7)}, "standing.statement"),
        (
            lambda b: {"standing": dataclasses.replace(b.standing, statement=Phrase("no.such.words"))},
            "standing.statement",
        ),
        (lambda b: {"standing": dataclasses.replace(b.standing, statement=Given({"zh": "x"}))}, "standing.statement"),
        (
            lambda b: {"applicability": dataclasses.replace(b.applicability, precision=np.zeros((2, 2)))},
            "applicability.precision",
        ),
    ],
)
def test_parts_that_do_not_fit_are_named(bundle, change, part):
    with pytest.raises(InvalidValueError) as refused:
        require_consistent(dataclasses.replace(bundle, **change(bundle)))
    assert refused.value.message.values["part"] == part


def test_row_digest_knows_the_patient_and_not_the_id():
    values = np.array([[1.0, 22.02, np.nan], [1.0, 22.03, np.nan]])
    one, two = row_digests(values, ["a", "b", "c"], "salt")
    assert one != two
    assert row_digests(values[:1] * (1 + 1e-15), ["a", "b", "c"], "salt") == (one,)
    assert row_digests(values[:1], ["a", "b", "c"], "pepper") != (one,)


def test_zero_is_the_same_patient_whatever_its_sign():
    assert row_digests(np.array([[-0.0, 1.0]]), ["a", "b"], "salt") == row_digests(
        np.array([[0.0, 1.0]]), ["a", "b"], "salt"
    )


def test_one_trait_and_two_refits_are_enough_and_one_refit_is_not(make_bundle):
    require_consistent(make_bundle("ridge:1", traits=("rpdai",), refits=2))
    with pytest.raises(InvalidValueError) as refused:
        require_consistent(make_bundle("ridge:1", traits=("rpdai",), refits=1))
    assert refused.value.message.values["part"] == "ensemble"
