import numpy as np
import pytest

from responder.models import FeatureTable, build_model
from responder.models.base import TrainingSets
from responder.models.posterior import (
    INTERCEPT_SD,
    PREDICTOR_SD,
    NeutralPosterior,
    columns_looked_at,
    neutral_posteriors,
)


def cohort(n=20, k=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat([1.0, 0.0], [n // 3, n - n // 3])
    x = rng.standard_normal((n, k)) + labels[:, None] * 0.8
    return (x - x.mean(0)) / x.std(0), labels


def test_it_is_the_laplace_posterior_of_the_bayesian_model_with_the_same_priors():
    """The project's own `bayes`, whose mode and covariance are tested against SciPy; to rounding."""
    x, labels = cohort()
    names = tuple("abcd")
    settings = {"prior_sd": PREDICTOR_SD / 2.0, "intercept_sd": INTERCEPT_SD}
    bayes = build_model("bayes", FeatureTable(names, tuple((name,) for name in names)), settings).decide(x, labels)
    posterior = NeutralPosterior.fit(x, labels, range(4))
    np.testing.assert_allclose(posterior.mean, bayes.coefficients, atol=1e-12)
    np.testing.assert_allclose(posterior.spread @ posterior.spread.T, bayes.covariance, atol=1e-12)


def test_limits_are_mean_and_sd_of_the_linear_predictor():
    x, labels = cohort()
    posterior = NeutralPosterior.fit(x, labels, (0, 2))
    rows = np.column_stack([np.ones(len(x)), x[:, [0, 2]]])
    half = 2.0 * np.sqrt(np.einsum("ij,jk,ik->i", rows, posterior.spread @ posterior.spread.T, rows))
    expected = np.column_stack([rows @ posterior.mean - half, rows @ posterior.mean + half])
    np.testing.assert_allclose(posterior.interval(x, 2.0), expected, atol=1e-12)


def test_a_patient_alone_gets_the_same_bits_as_among_others():
    x, labels = cohort(n=60, k=11)
    posterior = NeutralPosterior.fit(x, labels, range(11))
    together = posterior.interval(x, 2.1)
    alone = np.concatenate([posterior.interval(row[None], 2.1) for row in x])
    assert (together == alone).all()


def test_separated_patients_leave_a_finite_interval():
    x = np.linspace(-1.5, 1.5, 10)[:, None]
    interval = NeutralPosterior.fit(x, (x[:, 0] > 0).astype(float), (0,)).interval(x, 2.1)
    assert np.isfinite(interval).all()
    assert (np.diff(interval, axis=1) > 2.0).all()


def test_one_class_has_no_posterior():
    x, labels = cohort()
    sets = TrainingSets(np.stack([x, x]), np.ones((2, 20)), np.stack([labels, np.ones(20)])[:, :, None])
    mean, root = neutral_posteriors(sets, range(4))
    assert np.isfinite(mean[0]).all()
    assert np.isnan(mean[1]).all()
    assert np.isfinite(root[0]).all()
    assert np.isnan(root[1]).all()


def test_it_looks_where_the_model_looks():
    table = FeatureTable(("a", "b", "c"), (("a",), ("b",), ("c",)))
    seen = {id_: columns_looked_at(build_model(id_, table), 3) for id_ in ("ridge", "gp", "single:b", "prevalence")}
    assert seen == {"ridge": (0, 1, 2), "gp": (0, 1, 2), "single:b": (1,), "prevalence": ()}
    x, labels = cohort()
    bare = NeutralPosterior.fit(x, labels, ()).interval(x, 2.0)
    assert (bare == bare[0]).all()


def test_json_keeps_every_bit():
    x, labels = cohort()
    posterior = NeutralPosterior.fit(x, labels, (3, 1))
    again = NeutralPosterior.from_json(posterior.to_json())
    assert again.columns == (3, 1)
    assert (again.interval(x, 2.1) == posterior.interval(x, 2.1)).all()


@pytest.mark.parametrize(("auc_shift", "share"), [(0.0, 0.5), (0.75, 0.5), (0.75, 0.25)])
def test_it_holds_the_true_probability_of_new_patients(auc_shift, share):
    """120 cohorts of 15 with six features, three of them informative; the truth in closed form (seeded).

    Of the same patients the refit band of the default model holds about half: see decision 19.
    """
    rng = np.random.default_rng(19)
    cohorts, n, k = 120, 15, 6
    shift = np.where(np.arange(k) < 3, auc_shift, 0.0)
    labels = np.tile((np.arange(n) < round(share * n)).astype(float), (cohorts, 1))
    x = rng.standard_normal((cohorts, n, k)) + labels[:, :, None] * shift
    new_labels = rng.random((cohorts, 40)) < share
    new = rng.standard_normal((cohorts, 40, k)) + new_labels[:, :, None] * shift
    truth = np.log(share / (1 - share)) + (new - shift / 2) @ shift
    mean, sd = x.mean(1, keepdims=True), x.std(1, keepdims=True)
    found = neutral_posteriors(TrainingSets((x - mean) / sd, np.ones((cohorts, n)), labels[:, :, None]), range(k))
    held = []
    for c in range(cohorts):
        limits = NeutralPosterior(tuple(range(k)), found[0][c], found[1][c]).interval((new[c] - mean[c]) / sd[c], 2.1)
        held.append(((limits[:, 0] <= truth[c]) & (truth[c] <= limits[:, 1])).mean())
    assert np.mean(held) >= 0.95
