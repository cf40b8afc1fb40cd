"""Bayesian logistic regression beside the posterior itself; the contract and the solver hold the rest of the family."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from responder.models import FeatureTable, TrainingSets, build_model
from responder.models.logistic import ridge_path
from responder.models.solver import expit

TABLE = FeatureTable(("a", "b"), (("a",), ("b",)))


def posterior_probability(x, y, prior_sd=1.0, intercept_sd=5.0, points=31):
    """Return the mean probability of each row under the posterior, summed over a grid of 4 and 6 prior SDs."""
    axes = [np.linspace(-4 * intercept_sd, 4 * intercept_sd, 4 * points)]
    axes += [np.linspace(-6 * prior_sd, 6 * prior_sd, points)] * x.shape[1]
    theta = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")])
    prior = -0.5 * (theta[0] / intercept_sd) ** 2 - 0.5 * np.square(theta[1:] / prior_sd).sum(axis=0)
    logit = theta[0] + x @ theta[1:]
    log_posterior = prior - np.logaddexp(0.0, (1 - 2 * y[:, None]) * logit).sum(axis=0)
    weight = np.exp(log_posterior - log_posterior.max())
    return expit(logit) @ weight / weight.sum()


@pytest.mark.parametrize("c", [0.1, 2.0])
def test_ridge_by_name_and_on_a_path_is_that_of_scikit_learn(c):
    rng = np.random.default_rng(11)
    x = rng.normal(size=(30, 2))
    y = (x[:, 0] + rng.normal(size=30) > 0).astype(float)
    theirs = LogisticRegression(C=c, tol=1e-12, max_iter=5000).fit(x, y).decision_function(x)
    np.testing.assert_allclose(build_model(f"ridge:{c}", TABLE).decide(x, y).logit(x), theirs, atol=1e-6)
    sets = TrainingSets(x[None], np.ones((1, 30)), y[None, :, None])
    path = ridge_path(sets, np.arange(30)[None], np.array([c, 5.0]))
    np.testing.assert_allclose(path[0, 0, :, 0], theirs, atol=1e-6)


@pytest.mark.parametrize(("n", "tolerance"), [(9, 0.07), (20, 0.05), (50, 0.03)])
def test_laplace_is_near_the_posterior_and_nearer_with_more_patients(n, tolerance):
    """The approximation's error is that which the changelog tells; the oracle is the sum over a grid."""
    rng = np.random.default_rng(1)
    for _ in range(4):
        x = rng.normal(size=(n, 2))
        y = (rng.random(n) < expit(1.5 * x[:, 0] + 0.5)).astype(float)
        y[:2] = [0, 1]
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        sets = TrainingSets(x[None], np.ones((1, n)), y[None, :, None])
        found = expit(build_model("bayes", TABLE).predict(sets, np.arange(n)[None]).logit[0, :, 0])
        np.testing.assert_allclose(found, posterior_probability(x, y), atol=tolerance)
