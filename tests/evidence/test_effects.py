"""Every kind of report, converted from simulated patients: the interval covers the true log odds per SD.

Oracle: the generating model. Among responders a marker is N(d, 1), among others N(0, 1), so log odds rise by d per SD.
Of 3000 simulated studies 95% are to be covered; the Monte Carlo error of that share is 0.4 points. Conversions from
what holds less than the patients (medians, a cut) are held to 93.5 to 98.
"""

import numpy as np
import pytest

from responder.evidence import effects
from responder.evidence.effects import spread_of_summary

STUDIES, RESPONDERS, OTHERS = 3000, 24, 18


@pytest.fixture(scope="module", params=[0.0, 0.8])
def simulated(request):
    """Marker values of responders and of others in many studies, and the true log odds per SD."""
    rng = np.random.default_rng(15)
    high = rng.normal(request.param, 1.0, (STUDIES, RESPONDERS))
    return high, rng.normal(0.0, 1.0, (STUDIES, OTHERS)), request.param


def coverage(found, truth):
    """Share of intervals that hold the truth."""
    value = np.array([f.value for f in found])
    error = np.array([f.standard_error for f in found])
    return np.mean(np.abs(value - truth) <= 1.959964 * error)


def test_means_cover_the_truth(simulated):
    high, low, truth = simulated
    rows = zip(high.mean(1), high.std(1, ddof=1), low.mean(1), low.std(1, ddof=1), strict=True)
    found = [effects.from_means(RESPONDERS, m, s, OTHERS, m0, s0) for m, s, m0, s0 in rows]
    assert 0.94 <= coverage(found, truth) <= 0.965
    assert np.mean([f.value for f in found]) == pytest.approx(truth, abs=0.02)


@pytest.mark.parametrize("kind", ["quartiles", "range", "both"])
def test_medians_cover_the_truth(simulated, kind):
    high, low, truth = simulated
    at = np.quantile(high, [0, 0.25, 0.5, 0.75, 1], axis=1), np.quantile(low, [0, 0.25, 0.5, 0.75, 1], axis=1)

    def group(n, of, i):
        quartiles = (of[1, i], of[3, i]) if kind != "range" else None
        extremes = (of[0, i], of[4, i]) if kind != "quartiles" else None
        return n, of[2, i], quartiles, extremes

    found = [effects.from_medians(group(RESPONDERS, at[0], i), group(OTHERS, at[1], i)) for i in range(STUDIES)]
    assert 0.935 <= coverage(found, truth) <= 0.98


def test_an_auc_covers_the_truth(simulated):
    high, low, truth = simulated
    auc = (high[:, :, None] > low[:, None, :]).mean((1, 2))
    assert 0.935 <= coverage([effects.from_auc(a, RESPONDERS, OTHERS) for a in auc], truth) <= 0.98


def test_counts_of_a_divided_marker_cover_the_truth(simulated):
    high, low, truth = simulated
    a, b = (high > 0.3).sum(1), (low > 0.3).sum(1)
    found = [
        effects.from_counts(int(i), RESPONDERS - int(i), int(j), OTHERS - int(j), divided=True)
        for i, j in zip(a, b, strict=True)
    ]
    assert 0.935 <= coverage(found, truth) <= 0.98


def test_a_correlation_covers_the_truth(simulated):
    high, low, truth = simulated
    y = np.r_[np.ones(RESPONDERS), np.zeros(OTHERS)]
    r = [np.corrcoef(x, y)[0, 1] for x in np.concatenate([high, low], axis=1)]
    assert 0.94 <= coverage([effects.from_correlation(one, RESPONDERS, OTHERS) for one in r], truth) <= 0.965


def test_a_p_with_its_direction_covers_the_truth(simulated):
    """Oracle: the two-sided p of a z test of two means with the known SD."""
    high, low, truth = simulated
    z = (high.mean(1) - low.mean(1)) / np.sqrt(1 / RESPONDERS + 1 / OTHERS)
    p = [2.0 * effects.NORMAL.cdf(-abs(one)) for one in z]
    found = [effects.from_p_value(one, RESPONDERS, OTHERS, higher=up > 0) for one, up in zip(p, z, strict=True)]
    assert 0.935 <= coverage(found, truth) <= 0.975


def test_no_association_covers_the_studies_that_would_say_so():
    """Oracle: of a true 0, every study that found nothing."""
    rng = np.random.default_rng(3)
    error = effects.standard_error_of_difference(0.0, RESPONDERS, OTHERS)
    truth = rng.normal(0.0, 0.4, 4000)
    said = np.abs(rng.normal(truth, error)) < 1.96 * error
    found = effects.from_no_association(RESPONDERS, OTHERS)
    assert np.mean(np.abs(truth[said]) <= 1.96 * found.standard_error) >= 0.95


def test_odds_ratios_per_sd_and_of_halves():
    """Oracle: Chinn 2000, d = log(OR) / 1.81; a Wald interval gives its standard error back."""
    half = effects.from_odds_ratio(3.0, 1.5, 6.0)
    assert half.value == pytest.approx(np.log(3.0) / 1.8138, abs=1e-4)
    one = effects.from_odds_ratio(*np.exp([0.4, 0.4 - 1.959964 * 0.2, 0.4 + 1.959964 * 0.2]), sds=1.0)
    assert (one.value, one.standard_error) == pytest.approx((0.4, 0.2), abs=1e-6)


def test_summaries_of_normal_samples_give_mean_and_sd():
    """Oracle: simulated normal samples; Wan 2014 calls the recovered SD nearly unbiased."""
    rng = np.random.default_rng(1)
    x = np.quantile(rng.normal(5.0, 2.0, (3000, 25)), [0, 0.25, 0.5, 0.75, 1], axis=1)
    sds = {
        "quartiles": np.mean([spread_of_summary(25, m, (a, b))[1] for _, a, m, b, _ in x.T]),
        "range": np.mean([spread_of_summary(25, m, None, (a, b))[1] for a, _, m, _, b in x.T]),
    }
    assert sds["range"] == pytest.approx(2.0, rel=0.03)
    assert sds["quartiles"] == pytest.approx(2.0, rel=0.08)


@pytest.mark.parametrize(
    "call",
    [
        lambda: effects.from_auc(1.2, 5, 5),
        lambda: effects.from_auc(0.7, 1, 5),
        lambda: effects.from_means(5, 1.0, 0.0, 5, 0.0, 1.0),
        lambda: effects.from_odds_ratio(2.0, 3.0, 4.0),
        lambda: effects.from_correlation(1.0, 5, 5),
        lambda: effects.from_p_value(0.0, 5, 5, higher=True),
        lambda: spread_of_summary(9, 1.0),
        lambda: effects.EffectPerSd(0.1, 0.0),
        lambda: effects.from_odds_ratio(2.0, 1.0, 4.0, sds=-1.0),
    ],
)
def test_what_cannot_be_converted_is_refused(call):
    with pytest.raises(ValueError, match=r"must|lies|needs"):
        call()
