"""Populations: the AUC is the one that was asked for, by an independent count."""

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.plan import normal_population, plain_features, study_population
from responder.study import load_study

TRAITS = ["organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul"]


@pytest.fixture(scope="module")
def rp():
    return load_study("rp-ld-il2")


def measured(population, effect, n=6000):
    """Return prevalence and AUC of drawn outcomes, by Mann and Whitney's count."""
    rng = np.random.default_rng(5)
    _, linear = population.draw(n, rng)
    logit = effect.intercept + effect.factor * linear
    y = rng.random(n) < 1 / (1 + np.exp(-logit))
    higher = logit[y][:, None] - logit[~y][None]
    return y.mean(), ((higher > 0) + 0.5 * (higher == 0)).mean()


@pytest.mark.parametrize("auc", [0.65, 0.8, 0.9])
@pytest.mark.parametrize("kind", ["normal", "study"])
def test_drawn_patients_have_the_assumed_auc_and_prevalence(kind, auc, rp):
    """Monte Carlo of 6,000 patients: within 4 standard errors (AUC about 0.006, prevalence 0.006)."""
    population = normal_population(plain_features(7)) if kind == "normal" else study_population(rp, TRAITS, (), {})
    effect = population.effect(auc, 0.4)
    prevalence, found = measured(population, effect)
    assert prevalence == pytest.approx(0.4, abs=0.025)
    assert found == pytest.approx(auc, abs=0.025)


def test_chance_is_no_effect():
    effect = normal_population(plain_features(3)).effect(0.5, 0.25)
    assert effect.factor == 0
    assert effect.intercept == pytest.approx(np.log(0.25 / 0.75))


def test_what_is_out_of_reach_is_refused(rp):
    with pytest.raises(ConfigError, match="out of reach") as refused:
        study_population(rp, ["organs"], (), {}).effect(0.9, 0.3)  # 44% have an airway: it cannot be in the 30% alone
    assert "from 0.5 to 0." in str(refused.value.hint)
    with pytest.raises(ConfigError, match="out of reach"):
        normal_population(plain_features(3)).effect(0.4, 0.5)


def test_a_study_that_does_not_cover_the_traits_has_no_population(rp):
    assert study_population(rp, ["prednisone_mg_per_day"], (), {}) is None  # nothing is planted on it
    assert study_population(rp, [*TRAITS, "no_such_trait"], (), {}) is None
    assert study_population(rp.model_copy(update={"simulation": None}), TRAITS, (), {}) is None


def test_features_keep_their_names_and_declared_directions():
    spec = normal_population(plain_features(2), {"x2": -0.5})
    values, linear = spec.draw(50, np.random.default_rng(0))
    assert [step.name for step in spec.spec.steps] == ["x1", "x2"]
    assert np.allclose(linear, (values[:, 0] - values[:, 1]) / np.sqrt(2))
    assert np.array_equal(spec.spec.derive(values), values)


def test_study_features_are_those_of_the_experiment(rp):
    population = study_population(rp, TRAITS, ("log_treg", "organs"), {})
    assert {step.name.split("=")[0] for step in population.spec.steps} == {"log_treg", "organs"}
    values, linear = population.draw(20, np.random.default_rng(0))
    assert values.shape == (20, len(population.spec.columns))
    assert np.isfinite(linear).all()
