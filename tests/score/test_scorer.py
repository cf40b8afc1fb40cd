"""The answer for one profile: what it rests on, when it is held back, and what it says then."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from responder.cli.score_card import card
from responder.features.spec import TOGETHER
from responder.models.shapley import least_multiplications
from responder.score import RESEARCH_USE, Bundle, attributions, encode_profile, score_profile
from responder.score.outcomes import outcome_set
from responder.score.reasons import REASONS
from responder.validate.conformal import ConformalLimits
from responder.validate.stability import stability
from responder.validate.venn_abers import venn_abers
from responder.web.drawing import waterfall
from responder.words import languages
from responder.words.say import catalogue


def codes(score):
    return {reason.code for reason in score.reasons}


def test_a_profile_inside_the_cohort_is_scored(bundle, profile):
    score = score_profile(bundle, profile)
    assert score.decision == "scored"
    assert score.reasons == ()
    assert score.patient == "P77"
    assert score.stability[0] < score.probability < score.stability[1]
    interval = venn_abers(dict(bundle.venn_abers), score.logit)
    assert score.venn_abers == (interval.p0[0], interval.p1[0])
    assert {check.state for check in score.traits} == {"in_range"}


def test_half_of_the_traits_are_enough_and_fewer_are_not(bundle):
    """Six traits: three missing call for caution, four hold the probability back."""
    given = {"organs": "ear", "rpdai": 9, "prednisone_mg_per_day": 15}
    half = score_profile(bundle, given)
    assert (len(half.missing), half.decision) == (3, "scored_with_caution")
    assert "mostly_missing" not in codes(half)
    del given["prednisone_mg_per_day"]
    fewer = score_profile(bundle, given)
    assert (len(fewer.missing), fewer.decision) == (4, "abstained")


def test_stability_and_effective_size_are_those_of_the_stability_analysis(any_bundle, profile):
    from responder.score import encode_profile

    values = encode_profile(any_bundle, profile).values
    features = any_bundle.pipeline.features
    refits = any_bundle.ensemble.logit(features.spec.derive(values), features.spec.missing(values, features.indicators))
    score = score_profile(any_bundle, profile, show_anyway=True)
    n = any_bundle.standing.n
    expected = stability(1 / (1 + np.exp(-refits.T)), [score.probability], patients=n)
    assert score.stability == pytest.approx((expected.lower[0], expected.upper[0]), abs=1e-12)
    size = score.effective_sample_size
    assert (np.nan if size is None else size) == pytest.approx(expected.effective_sample_size[0], rel=1e-6, nan_ok=True)
    assert size is None or size <= n


@pytest.mark.parametrize(
    ("kind", "code"),
    [("not_shown_to_beat_chance", "model_not_shown"), ("cannot_be_estimated", "model_not_estimable")],
)
def test_a_model_of_no_shown_worth_abstains_and_gives_the_prevalence(make_bundle, profile, kind, code):
    bundle = make_bundle("ridge:1", kind=kind, refits=20)
    score = score_profile(bundle, profile)
    assert score.decision == "abstained"
    assert codes(score) == {code}
    held_back = (score.probability, score.logit, score.stability, score.venn_abers, score.effective_sample_size)
    assert held_back == (None,) * 5
    assert score.attributions == ()
    assert score.base_value is None
    answer = score.to_json()["prevalence"]
    assert answer["estimate"] == bundle.standing.responders / bundle.standing.n
    assert answer["lower"] < answer["estimate"] < answer["upper"]


def test_a_model_that_cannot_be_estimated_explains_nothing_whoever_insists(make_bundle, profile):
    bundle = make_bundle("ridge:1", kind="cannot_be_estimated", refits=20)
    score = score_profile(bundle, profile, show_anyway=True)
    assert score.probability is not None
    assert (score.attributions, score.base_value, score.effective_sample_size) == ((), None, None)


def test_the_next_patient_gets_conformal_sets_in_words(bundle, profile):
    """As `validate.conformal` would give them from all out-of-fold scores, from two numbers a level."""
    score = score_profile(bundle, profile)
    assert [found.level for found in score.conformal] == [0.8, 0.9]
    for found, limits in zip(score.conformal, bundle.conformal, strict=True):
        response, other = limits.possible(score.logit)
        assert (
            found.outcomes
            == {
                (True, True): "both",
                (True, False): "response",
                (False, True): "non_response",
                (False, False): "neither",
            }[bool(response[0]), bool(other[0])]
        )
    told = score.to_json()["conformal"][0]
    assert told["sentence"].startswith("at 80% confidence: ")
    assert score.to_json("zh")["conformal"][0]["sentence"].startswith("置信度 80%：")
    assert score_profile(replace(bundle, conformal=()), profile).conformal == ()


def test_a_level_for_which_both_classes_are_too_small_says_so():
    found = outcome_set(ConformalLimits(0.9, None, None), 3.0)
    assert (
        found.in_language("en")
        == "at 90% confidence: nothing can be ruled out, because each class would need 9 patients"
    )
    assert "9 名患者" in found.in_language("zh")
    half = outcome_set(ConformalLimits(0.8, -1.0, None), 3.0)
    assert half.in_language("en").startswith(
        "at 80% confidence: both outcomes remain possible; non-response can never be ruled out"
    )


def test_show_anyway_gives_the_numbers_and_keeps_the_decision(make_bundle, profile):
    beats, not_shown = (
        make_bundle("ridge:1", kind=kind, refits=20) for kind in ("beats_chance", "not_shown_to_beat_chance")
    )
    score = score_profile(not_shown, profile, show_anyway=True)
    assert score.decision == "abstained"
    assert score.shown_anyway
    assert score.probability == score_profile(beats, profile).probability
    assert not score_profile(beats, profile, show_anyway=True).shown_anyway


@pytest.mark.parametrize(
    ("change", "code", "trait"),
    [
        ({"rpdai": 200}, "far_outside", "rpdai"),
        ({"treg_per_ul": 400}, "far_outside", "treg_per_ul"),
        ({"disease_duration_years": 55}, "far_outside", "disease_duration_years"),
    ],
)
def test_a_profile_outside_the_domain_abstains_and_names_the_trait(bundle, profile, change, code, trait):
    score = score_profile(bundle, {**profile, **change})
    assert score.decision == "abstained"
    reason = next(reason for reason in score.reasons if reason.code == code)
    assert reason.abstains
    assert trait in reason.traits
    for language in languages():
        assert bundle.sheet(trait).label(language) in reason.in_language(language)
    assert score.probability is None


def test_a_value_that_the_model_takes_at_the_edge_is_told_with_the_number(any_bundle, profile):
    far, farther = ({**profile, "rpdai": rpdai} for rpdai in (150, 250))
    shown = score_profile(any_bundle, far, show_anyway=True)
    reason = next(reason for reason in shown.reasons if reason.code == "held_at_edge")
    assert reason.traits == ("rpdai",)
    assert not reason.abstains
    assert {"far_outside", "held_at_edge"} <= codes(shown)
    again = score_profile(any_bundle, farther, show_anyway=True)
    assert (again.logit, *again.stability) == pytest.approx((shown.logit, *shown.stability), abs=1e-9)
    # likeness is judged by what was measured
    assert again.neighbour.distance > shown.neighbour.distance + 1.0
    assert "held_at_edge" not in codes(score_profile(any_bundle, profile, show_anyway=True))


@pytest.mark.parametrize("model", ["ridge:1", "gp", "lightgbm"])
def test_a_bundle_from_before_values_were_held_scores_as_it_did(make_bundle, profile, model):
    bundle = make_bundle(model, refits=20)
    content = json.loads(json.dumps(bundle.to_json()))
    for scaling in (content["pipeline"]["features"]["scaling"], content["ensemble"]["scaling"]):
        del scaling["low"], scaling["high"]
    for name in ("lows", "highs"):
        content["ensemble"]["linear"].pop(name, None)
    before = Bundle.from_json(content)
    inside, far = profile, {**profile, "rpdai": 200}
    assert score_profile(before, inside).logit == score_profile(bundle, inside).logit
    found = score_profile(before, far, show_anyway=True)
    assert "far_outside" in codes(found)
    assert "held_at_edge" not in codes(found)
    if model == "ridge:1":
        values = encode_profile(before, far).values
        measured = before.pipeline.features.scaling.apply(
            before.pipeline.features.spec.derive(values), np.zeros((1, len(before.pipeline.features.indicators)))
        )[0]
        assert found.logit == pytest.approx(float(before.pipeline.decision.logit(measured)[0]))
        assert measured.max() > 10
    assert json.loads(json.dumps(before.to_json())) == content


def test_a_level_that_nobody_had_abstains(make_bundle, profile):
    bundle = make_bundle("ridge:1", small=True)  # nobody in the reference cohort had eye disease
    score = score_profile(bundle, {**profile, "organs": ["ear", "eye"], "rpdai": 9})
    assert "level_not_seen" in codes(score)
    assert score.decision == "abstained"


def test_values_of_nobody_observed_call_for_caution(make_bundle, profile):
    score = score_profile(make_bundle("ridge:1", small=True), {**profile, "rpdai": 9})
    assert score.decision == "scored_with_caution"
    assert "illustrative" in codes(score)


def test_missing_traits_are_allowed_and_said(bundle, profile):
    del profile["treg_per_ul"], profile["tcon_per_ul"]
    score = score_profile(bundle, profile)
    assert score.decision == "scored_with_caution"
    assert score.missing == ("treg_per_ul", "tcon_per_ul")
    assert codes(score) - {"interval_open"} == {"missing", "missing_pattern_not_seen"}
    assert score.probability is not None


def test_mostly_missing_abstains(bundle):
    score = score_profile(bundle, {"organs": "ear", "rpdai": 9})
    assert "mostly_missing" in codes(score)
    assert score.decision == "abstained"


def test_outside_the_range_but_near_calls_for_caution(bundle, profile):
    edge = bundle.applicability.traits[2]
    score = score_profile(bundle, {**profile, edge.name: edge.high + 0.5})
    assert score.decision == "scored_with_caution"
    assert "outside_range" in codes(score)


def test_attributions_of_a_linear_model_are_its_coefficients(bundle, profile):
    from responder.score import encode_profile

    row = bundle.pipeline.features.transform(encode_profile(bundle, profile).values)[0]
    contributions = bundle.pipeline.decision.coefficients * (row - bundle.background.mean(axis=0))
    made_of = bundle.pipeline.features.spec.traits_of_features(bundle.pipeline.features.indicators)
    for part in score_profile(bundle, profile).attributions:
        own = sum(c for c, traits in zip(contributions, made_of, strict=True) if "+".join(traits) == part.name)
        assert part.contribution == pytest.approx(own, abs=1e-12)


def test_json_is_plain_and_says_what_it_is_for(any_bundle, profile):
    for show_anyway, language in itertools.product((False, True), languages()):
        answer = score_profile(any_bundle, profile, show_anyway=show_anyway).to_json(language)
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer
        assert answer["research_use"] == RESEARCH_USE.in_language(language)
        assert answer["standing"]["n"] == 40


def test_every_reason_is_said_in_every_language():
    words = {language: catalogue(language) for language in languages()}
    for code in REASONS:
        said = {language: words[language][f"reason.{code}"] for language in words}
        assert all(text.endswith((".", "。")) for text in said.values())
        assert len({"{traits}" in text for text in said.values()}) == 1


def test_a_ratio_far_outside_is_named_as_the_ratio(make_bundle, profile):
    bundle = make_bundle("ridge:1", small=True)
    profile = {**profile, "treg_per_ul": 500, "tcon_per_ul": 12}
    score = score_profile(bundle, profile, show_anyway=True)
    (far,) = [reason for reason in score.reasons if reason.code == "far_outside"]
    assert "Treg/Tcon ratio" in str(far.statement)


def test_traits_missing_together_are_named_together(bundle, profile):
    """An indicator of two traits is a feature after those of the spec: it has no label of its own."""
    fitted = bundle.pipeline.features
    together = TOGETHER.join(("rpdai", "treg_per_ul"))
    features = replace(fitted, indicators=(together, *fitted.indicators[1:]))
    score = score_profile(replace(bundle, pipeline=replace(bundle.pipeline, features=features)), profile)
    (label,) = [part.label for part in score.attributions if part.name == "rpdai+treg_per_ul"]
    for language in languages():
        names = [bundle.sheet(name).label(language) for name in ("rpdai", "treg_per_ul")]
        assert label.in_language(language) == " + ".join(names)


def test_a_costly_explanation_is_estimated_within_its_budget_or_withheld(make_bundle, profile, monkeypatch):
    """A Gaussian process enumerates 2^6 mixtures with every training patient: past the budget, random orders do."""
    bundle = make_bundle("gp")
    whole = score_profile(bundle, profile, show_anyway=True)
    assert whole.attributions_exact
    assert {part.standard_error for part in whole.attributions} == {None}
    least = least_multiplications(bundle.pipeline.decision, 1, len(bundle.background), len(whole.attributions))
    monkeypatch.setattr(attributions, "MOST_MULTIPLICATIONS_A_PROFILE", 1.01 * least)
    found = score_profile(bundle, profile, show_anyway=True)
    assert not found.attributions_exact
    exact = {part.name: part.contribution for part in whole.attributions}
    for part in found.attributions:
        assert part.standard_error > 0
        assert part.contribution == pytest.approx(exact[part.name], abs=5 * part.standard_error)
    assert found.base_value + sum(part.contribution for part in found.attributions) == pytest.approx(found.logit)
    monkeypatch.setattr(attributions, "MOST_MULTIPLICATIONS_A_PROFILE", 0.9 * least)
    withheld = score_profile(bundle, profile, show_anyway=True)
    assert (withheld.attributions, withheld.attributions_exact) == ((), False)
    assert withheld.base_value == pytest.approx(whole.base_value)
    assert withheld.probability == whole.probability
    for language, sentence in (("en", "not shown: with this many patients"), ("zh", "计算耗时过长")):
        assert sentence in card(bundle, withheld, None, language)
    assert waterfall(withheld, "en") is None
    assert withheld.to_json("en")["attributions"]["contributions"] == []
