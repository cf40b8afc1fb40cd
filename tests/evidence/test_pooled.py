"""The hierarchical model against other programs and published examples.

Oracles: metafor 3.8-1 (``rma``) and bayesmeta 3.4, run on the same numbers under R 4.2.2; the published outputs of
RBesT 1.9-0 (its articles "Introduction (normal)", "Customizing RBesT plots" and "Getting started"), which sample and so
scatter; for ulcerative colitis the mixture of beta distributions of Schmidli et al. 2014 (doi 10.1111/biom.12242), as
RBesT's own code quotes it.
"""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import beta

from responder.evidence import NormalMixture, Pooled, effective_patients, pooled, two_normals

CROHN = np.array([[74, -51], [166, -49], [328, -36], [20, -47], [25, -90], [58, -54]], dtype=float)
CROHN_SD = 88.0
ERRORS = CROHN_SD / np.sqrt(CROHN[:, 0])
SPONDYLITIS = np.array([[107, 23], [44, 12], [51, 19], [39, 9], [139, 39], [20, 6], [78, 9], [35, 10]], dtype=float)
COLITIS = np.array([[56, 6], [63, 9], [121, 18], [123, 7]], dtype=float)
BCG = np.array(  # log relative risk and its variance: metafor's dat.bcg
    [
        (-0.88931133392, 0.325584765004), (-1.5853886572, 0.194581121398), (-1.3480731483, 0.415367965368),
        (-1.44155119002, 0.020010031902), (-0.21754732221, 0.05121017217), (-0.78611558582, 0.006905618456),
        (-1.6208982236, 0.223017247572), (0.01195233352, 0.003961579298), (-0.46941764874, 0.056434210463),
        (-1.37134480347, 0.073024793613), (-0.33935882834, 0.012412213972), (0.4459134006, 0.5325058452),
        (-0.01731394822, 0.071404659684),
    ]
)  # fmt: skip
NODES, NODE_WEIGHT = np.polynomial.hermite_e.hermegauss(30)
NODE_WEIGHT = NODE_WEIGHT / NODE_WEIGHT.sum()


@pytest.fixture(scope="module")
def crohn():
    """Changes under placebo in Crohn's disease; SD of a patient 88, tau half-normal(44), mu N(0, 88)."""
    return with_prior(pooled(CROHN[:, 1], ERRORS, tau_scale=CROHN_SD / 2), 0.0, CROHN_SD)


def with_prior(flat, mean, sd):
    """Give mu the normal prior of an oracle instead of a flat one: conjugate at each tau, weighed by its evidence."""
    precision = flat.mu_sd**-2 + sd**-2
    spread = flat.mu_sd**2 + sd**2
    weight = flat.weight * np.exp(-0.5 * (flat.mu - mean) ** 2 / spread) / np.sqrt(spread)
    mu = (flat.mu / flat.mu_sd**2 + mean / sd**2) / precision
    return Pooled(mu, precision**-0.5, flat.tau, weight / weight.sum())


def integrated(log_likelihood, mu, tau, *, tau_scale, mu_prior):
    """Integrate a hierarchical model of any likelihood on a grid of mu and tau, by the trapezoidal rule."""
    log_weight = log_likelihood(mu[:, None], tau[None, :]) - 0.5 * (tau[None, :] / tau_scale) ** 2
    log_weight = log_weight - 0.5 * ((mu[:, None] - mu_prior[0]) / mu_prior[1]) ** 2
    edge = np.ones(len(tau))
    edge[[0, -1]] = 0.5
    weight = np.exp(log_weight - log_weight.max()) * edge
    weight /= weight.sum()
    grid_mu, grid_tau = np.broadcast_arrays(mu[:, None], tau[None, :])
    kept = weight > 1e-12
    return Pooled(grid_mu[kept], np.zeros(kept.sum()), grid_tau[kept], weight[kept] / weight[kept].sum())


def of_counts(counts, mu):
    """Posterior of log odds with binomial counts, tau half-normal(1) and mu N(0, 2); and the next study's rate."""

    def log_likelihood(mu, tau):
        eta = mu[..., None] + tau[..., None] * NODES
        terms = [np.log((np.exp(r * eta - n * np.logaddexp(0, eta) + 60) * NODE_WEIGHT).sum(-1)) for n, r in counts]
        return np.sum(terms, axis=0)

    found = integrated(log_likelihood, mu, np.linspace(0.0, 3.0, 81), tau_scale=1.0, mu_prior=(0.0, 2.0))
    rate = expit(found.mu[:, None] + found.tau[:, None] * NODES)
    mean = (rate @ NODE_WEIGHT) @ found.weight
    return found, mean, np.sqrt((rate**2 @ NODE_WEIGHT) @ found.weight - mean**2)


def log_odds(counts):
    """Log odds of each study with their standard errors."""
    n, r = counts.T
    return np.log(r / (n - r)), np.sqrt(1 / r + 1 / (n - r))


@pytest.mark.parametrize(
    ("effects", "errors", "scale", "fixed", "reml", "ml"),
    [
        (CROHN[:, 1], ERRORS, 44.0, (-44.76602086, 3.397202321), (-49.69977065, 5.860846339, 9.837271757), 7.491061722),
        (*(BCG.T[0], BCG.T[1] ** 0.5), 0.5, (-0.4302851637, 0.04049875171), (-0.7145323422, 0.1797815161, 0.5596813898),
         0.5291768488),
    ],
    ids=["Crohn", "BCG"],
)  # fmt: skip
def test_metafor_gives_the_same_fixed_effect_and_the_same_tau(effects, errors, scale, fixed, reml, ml):
    """Oracle: metafor, where the estimands coincide.

    At tau = 0 ours is its fixed-effect model (to 1e-7). With mu integrated out flat, the likelihood of tau is the
    restricted one (its REML), and without the SD of mu the profile likelihood (its ML): the maxima are found to one
    step of our grid, and there mu and its SD are those of its random-effects model.
    """
    found = pooled(effects, errors, tau_scale=scale)
    assert (found.mu[0], found.mu_sd[0]) == pytest.approx(fixed, abs=1e-7)
    weight = found.weight * np.where(np.isin(found.tau, found.tau[[0, -1]]), 2.0, 1.0)
    restricted = np.log(np.maximum(weight, 1e-300)) + 0.5 * (found.tau / scale) ** 2
    for likelihood, tau in ((restricted, reml[2]), (restricted - np.log(found.mu_sd), ml)):
        assert abs(found.tau[likelihood.argmax()] - tau) <= found.tau[1]
    at = [np.interp(reml[2], found.tau, values) for values in (found.mu, found.mu_sd)]
    assert at == pytest.approx(reml[:2], rel=2e-4)


@pytest.mark.parametrize(
    ("effects", "errors", "scale", "prior", "mu", "tau", "median"),
    [
        (CROHN[:, 1], ERRORS, 44.0, (0.0, 88.0), (-49.8174, 8.5622), (14.4245, 9.7934), -48.5446),
        (CROHN[:, 1], ERRORS, 44.0, None, (-50.3231, 8.7873), (14.5882, 9.8688), -48.8725),
        (*log_odds(SPONDYLITIS), 1.0, (0.0, 2.0), (-1.0750, 0.1791), (0.3381, 0.2105), -1.0732),
        (*log_odds(COLITIS), 1.0, (0.0, 2.0), (-2.0120, 0.3415), (0.4838, 0.3576), -2.0180),
        (
            np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16]),
            np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6]), 25.0, (0.0, 50.0), (7.9921, 5.0425),
            (6.0834, 4.9992), 7.9306,
        ),
    ],
    ids=["Crohn", "Crohn, flat", "spondylitis", "colitis", "eight schools"],
)  # fmt: skip
def test_bayesmeta_gives_the_same_posterior(effects, errors, scale, prior, mu, tau, median):
    """Oracle: bayesmeta, whose own accuracy setting (delta = 0.01) leaves it about 0.1% of an SD from the integral."""
    found = pooled(effects, errors, tau_scale=scale)
    if prior is not None:
        found = with_prior(found, *prior)
    near = 0.003 * mu[1]
    assert found.mean_and_sd("mu") == pytest.approx(mu, abs=near)
    assert found.mean_and_sd("tau") == pytest.approx(tau, abs=near)
    assert found.quantile(0.5) == pytest.approx(median, abs=near)


def test_rbest_gives_the_same_prior_in_crohns_disease(crohn):
    """Oracle: RBesT's two published runs: tau 14.0 (9.44), 14.3 (9.99); next study -50.3 (19.1), -50.0 (19.3)."""
    assert crohn.mean_and_sd("tau") == pytest.approx((14.15, 9.72), abs=0.4)
    assert crohn.mean_and_sd("next") == pytest.approx((-50.15, 19.2), abs=0.4)
    assert [crohn.quantile(p) for p in (0.025, 0.5, 0.975)] == pytest.approx([-92.0, -48.65, -14.05], abs=2.7)


def test_counts_of_responders_in_ankylosing_spondylitis():
    """Oracle: known values, to .002; RBesT's own published run: tau .387 (.215), next study's rate .255 (.0864)."""
    found, mean, sd = of_counts(SPONDYLITIS, np.linspace(-3.2, 0.8, 101))
    assert found.mean_and_sd("tau") == pytest.approx((0.379, 0.210), abs=0.002)
    assert (mean, sd) == pytest.approx((0.258, 0.087), abs=0.002)
    assert [expit(found.quantile(p)) for p in (0.025, 0.5, 0.975)] == pytest.approx([0.111, 0.249, 0.471], abs=0.002)


def test_counts_of_responders_in_colitis():
    """Oracle: Schmidli's two-component mixture, .77 Beta(6.2, 50.8) + .23 Beta(1.0, 4.7), itself an approximation."""
    grid = (np.arange(20000) + 0.5) / 20000
    density = 0.77 * beta.pdf(grid, 6.2, 50.8) + 0.23 * beta.pdf(grid, 1.0, 4.7)
    density /= density.sum()
    theirs = np.array([density @ grid, *np.interp([0.025, 0.5, 0.975], np.cumsum(density), grid)])
    found, mean, sd = of_counts(COLITIS, np.linspace(-4.8, 1.0, 101))
    assert [mean, *(expit(found.quantile(p)) for p in (0.025, 0.5, 0.975))] == pytest.approx(theirs, abs=0.01)
    assert sd == pytest.approx(np.sqrt(density @ (grid - theirs[0]) ** 2), abs=0.01)


def test_one_grid_and_two_grids_agree(crohn):
    """Oracle: the same model with mu on a grid of its own."""

    def log_likelihood(mu, tau):
        variance = ERRORS[:, None, None] ** 2 + tau**2
        return (-0.5 * (CROHN[:, 1, None, None] - mu) ** 2 / variance - 0.5 * np.log(variance)).sum(axis=0)

    grid = np.linspace(-160.0, 60.0, 221), np.linspace(0.0, 264.0, 481)
    other = integrated(log_likelihood, *grid, tau_scale=44.0, mu_prior=(0.0, 88.0))
    for name in ("mu", "tau", "next"):
        assert crohn.mean_and_sd(name) == pytest.approx(other.mean_and_sd(name), abs=0.01)
    assert crohn.quantile(0.975) == pytest.approx(other.quantile(0.975), abs=0.05)


def test_two_normals_follow_the_predictive(crohn):
    mixture = two_normals(crohn)
    at, grid = np.linspace(-140.0, 40.0, 60), np.linspace(-400, 300, 7001)
    ours = np.cumsum(mixture.components(grid).sum(0)) * 0.1
    assert np.interp(at, grid, ours) == pytest.approx(crohn.below(at), abs=0.02)


def test_a_mixture_counts_as_rbest_says():
    """Oracle: RBesT's published mixture in Crohn's disease counts as 39 patients (SD 88), with 20% vague as 28."""
    weight = np.array([0.40083877, 0.33497275, 0.06418848]) / 0.8
    mean, sd = np.array([-51.42408665, -47.25917128, -55.07086416]), np.array([19.04525409, 7.85193726, 44.57325])
    robust = NormalMixture(np.append(0.8 * weight, 0.2), np.append(mean, -50.0), np.append(sd, CROHN_SD))
    at = np.linspace(-700.0, 600.0, 20001)
    for mixture, patients in ((NormalMixture(weight, mean, sd), 39), (robust, 28)):
        density = mixture.components(at).sum(axis=0)
        expected = (density @ mixture.information(at)) / density.sum()
        assert round(expected * CROHN_SD**2) == patients


def test_conflicting_studies_widen_the_prior_by_themselves():
    errors = np.array([0.3, 0.3])
    agree, conflict = (pooled(np.array(y), errors, tau_scale=0.5) for y in ([0.5, 0.5], [1.3, -0.3]))
    assert conflict.mean_and_sd("tau")[0] > 1.2 * agree.mean_and_sd("tau")[0]
    assert conflict.mean_and_sd("next")[1] > 1.2 * agree.mean_and_sd("next")[1]
    assert effective_patients(two_normals(conflict)) < effective_patients(two_normals(agree))


def test_nothing_to_pool_is_refused():
    for effects, errors in ([], []), ([0.1], [0.0]):
        with pytest.raises(ValueError, match="must"):
            pooled(np.array(effects), np.array(errors), tau_scale=0.5)
