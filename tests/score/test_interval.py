"""The next patient's interval: beside the probability wherever that is given, and never without it inside."""

import dataclasses

import numpy as np
import pytest

from responder.cli.score_card import card
from responder.errors import InvalidValueError
from responder.models.posterior import NeutralPosterior
from responder.models.solver import expit
from responder.score import Bundle, score_profile, score_table
from responder.score.consistency import require_consistent
from responder.score.evaluate import evaluate
from responder.score.interval import OPEN_WIDTH, NextPatient, percent
from responder.score.storage import load_bundle, write_bundle


def test_no_probability_lies_outside_its_interval(any_bundle):
    """Patients like those of the cohort, and such as nobody was; for every model of the registry."""
    rng = np.random.default_rng(8)
    values = np.abs(rng.normal(20, 30, (200, len(any_bundle.columns))))
    values[:, :5] = values[:, :5] > 20
    values[rng.random(200) < 0.2, 7] = np.nan
    found = evaluate(any_bundle, values, show_anyway=True)
    assert (found.interval[:, 0] <= found.probability).all()
    assert (found.probability <= found.interval[:, 1]).all()
    assert ((found.interval >= 0) & (found.interval <= 1)).all()


def test_the_interval_is_that_of_the_posterior(bundle, profile):
    score = score_profile(bundle, profile)
    coverage = bundle.next_patient.coverage
    x = evaluate(bundle, np.array([[1, 0, 0, 0, 0, 2.0, 10.0, 10.0, 20.0, 500.0]])).features
    posterior = bundle.next_patient.posterior
    assert isinstance(posterior, NeutralPosterior)
    assert posterior.columns == tuple(range(x.shape[1]))
    limits = expit(posterior.interval(x, coverage.reach))
    wide = evaluate(bundle, np.array([[1, 0, 0, 0, 0, 2.0, 10.0, 10.0, 20.0, 500.0]])).interval
    np.testing.assert_allclose(wide, limits, atol=1e-12)
    assert score.interval.level == coverage.level == 0.95
    assert (score.interval.lowest, score.interval.n) == (coverage.lowest, coverage.n)


def test_it_is_wider_than_the_refit_band_of_a_shrunken_model(make_bundle, profile):
    score = score_profile(make_bundle("ridge:0.1"), profile)
    assert score.interval.upper - score.interval.lower > score.stability[1] - score.stability[0]


def test_reading_back_changes_no_bit(any_bundle, profile, tmp_path):
    write_bundle(any_bundle, tmp_path / "one")
    again, before = load_bundle(tmp_path / "one"), score_profile(any_bundle, profile, show_anyway=True)
    after = score_profile(again, profile, show_anyway=True)
    assert (after.interval.lower, after.interval.upper) == (before.interval.lower, before.interval.upper)
    assert after.interval.statement == before.interval.statement


def test_a_table_gives_the_same_limits(bundle, profile):
    score = score_profile(bundle, profile)
    flat = {**profile, "organs": "airway;nose"} if isinstance(profile["organs"], list) else profile
    columns = score_table(bundle, {name: [flat[name]] * 3 for name in flat}).columns
    alone = score_profile(bundle, flat)
    assert columns["interval_lower"].tolist() == [alone.interval.lower] * 3
    assert columns["interval_upper"].tolist() == [alone.interval.upper] * 3
    assert columns["interval_coverage"].tolist() == [score.interval.lowest] * 3


def test_where_the_model_abstains_there_is_none(make_bundle, profile):
    score = score_profile(make_bundle("ridge:1", kind="not_shown_to_beat_chance"), profile)
    assert score.interval is None
    assert score.to_json()["interval"] is None


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "cannot settle the question: any probability from"), ("zh", "训练队列不足以作出判断")],
)
def test_nearly_everything_possible_is_said_in_words(make_bundle, profile, lang, words):
    bundle = make_bundle("ridge:1", small=True)
    score = score_profile(bundle, profile, show_anyway=True)
    assert score.interval.upper - score.interval.lower > OPEN_WIDTH
    reason = next(reason for reason in score.reasons if reason.code == "interval_open")
    assert not reason.abstains
    assert words in reason.in_language(lang)
    assert words in card(bundle, score, None, lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_card_names_interval_and_coverage_beside_the_probability(bundle, profile, lang):
    score = score_profile(bundle, profile)
    lines = card(bundle, score, None, lang).splitlines()
    at = next(i for i, line in enumerate(lines) if "95%" in line and f"{score.interval.lower:.2f}" in line)
    assert f"{score.probability:.2f}" in lines[at - 1]
    assert any(score.interval.statement.in_language(lang) in line for line in lines)
    assert f"{int(100 * score.interval.lowest)}%" in score.interval.statement.in_language(lang)


def test_a_bundle_of_before_scores_without_and_says_so(bundle, profile):
    content = bundle.to_json()
    del content["next_patient"]
    old = Bundle.from_json(content)
    score, new = score_profile(old, profile), score_profile(bundle, profile)
    assert (score.probability, score.stability) == (new.probability, new.stability)
    assert score.interval is None
    assert score.decision == "scored_with_caution"
    assert "no_interval" in {reason.code for reason in score.reasons}
    assert "train it again" in card(old, score, None, "en")
    assert np.isnan(score_table(old, {name: ["1"] for name in ("rpdai",)}).columns["interval_lower"]).all()


def test_an_interval_that_fits_no_feature_is_refused(bundle):
    posterior = bundle.next_patient.posterior
    for broken, part in (
        (dataclasses.replace(posterior, columns=(99, *posterior.columns[1:])), "columns"),
        (dataclasses.replace(posterior, columns=(0, *posterior.columns[:-1])), "columns"),
        (dataclasses.replace(posterior, mean=posterior.mean[:-1]), "mean"),
        (dataclasses.replace(posterior, mean=posterior.mean * np.nan), "mean"),
        (dataclasses.replace(posterior, spread=posterior.spread.T), "root"),
    ):
        with pytest.raises(InvalidValueError) as refused:
            require_consistent(
                dataclasses.replace(bundle, next_patient=NextPatient(broken, bundle.next_patient.coverage))
            )
        assert refused.value.message.values["part"] == f"next_patient.posterior.{part}"
    silent = dataclasses.replace(bundle.next_patient.coverage, reach=0.0)
    with pytest.raises(InvalidValueError, match=r"next_patient\.coverage"):
        require_consistent(dataclasses.replace(bundle, next_patient=NextPatient(posterior, silent)))


def test_one_share_is_said_once_and_two_as_a_range(bundle):
    posterior, coverage = bundle.next_patient.posterior, bundle.next_patient.coverage
    for highest, words in ((0.969, "for 96% of"), (0.97, "for 96% to 97% of")):
        held = NextPatient(posterior, dataclasses.replace(coverage, lowest=0.961, highest=highest)).held
        assert words in held.in_language("en")


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (1e-9, "<1%"), (0.01, "1%"), (0.5, "50%"), (0.99, "99%"), (0.9901, ">99%"), (1.0, "100%")],
)
def test_only_what_is_nearly_0_or_1_is_said_as_less_or_more(share, words):
    assert percent(share) == words
