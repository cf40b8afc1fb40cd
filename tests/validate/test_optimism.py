"""Bootstrap optimism and .632+: hand-worked cases, plain loops, and the truth of simulated cohorts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.validate.test_refit import make_table

from responder.errors import NotEstimableError
from responder.models import build_model
from responder.models.solver import expit
from responder.validate.optimism import bootstrap_performance, point_632_plus
from responder.validate.refit import ModelPipeline, Refits
from responder.validate.splits import stratified_bootstrap


def refitted(name, table, outcome, draws=60, seed=0):
    pipeline = ModelPipeline(table, build_model(name, table.feature_table))
    counts = stratified_bootstrap(outcome, draws, np.random.default_rng(seed))
    everybody = np.broadcast_to(np.arange(table.n), counts.shape)
    logit = pipeline.predict(Refits.of_outcome(counts, outcome, everybody)).logit[:, :, 0]
    return pipeline.fit(outcome).logit(table.values), logit, counts


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        # by hand: R = .25 / .5 = .5, w = .632 / (1 - .368 * .5) = .77451
        ((0.0, 0.25, 0.5), (0.25 * 0.77450980, 0.5, 0.77450980)),
        # no overfitting at all: the plain .632 weight on two equal errors
        ((0.2, 0.2, 0.5), (0.2, 0.0, 0.632)),
        # out of bag worse than no information: equation 32 is .368 no information + .632 out of bag
        ((0.1, 0.7, 0.5), (0.368 * 0.5 + 0.632 * 0.7, 1.0, 1.0)),
        # apparent error above no information: no rate is defined, and none is assumed
        ((0.6, 0.7, 0.5), (0.368 * 0.6 + 0.632 * 0.7, 0.0, 0.632)),
        # by luck better out of bag than on the training patients
        ((0.3, 0.2, 0.5), (0.368 * 0.3 + 0.632 * 0.2, 0.0, 0.632)),
    ],
)
def test_632_plus_by_hand(errors, expected):
    assert point_632_plus(*errors) == pytest.approx(expected, abs=1e-8)


@given(st.floats(0, 0.5), st.floats(0, 1), st.floats(0.01, 1))
def test_632_plus_is_equation_32(apparent, out_of_bag, no_information):
    """Efron and Tibshirani 1997: the .632 estimate, and a correction in which out of bag is bounded."""
    estimate, overfitting, weight = point_632_plus(apparent, out_of_bag, no_information)
    assert 0.0 <= overfitting <= 1.0
    assert 0.632 <= weight <= 1.0 + 1e-12
    plain, bounded = 0.368 * apparent + 0.632 * out_of_bag, min(out_of_bag, no_information)
    correction = (bounded - apparent) * 0.368 * 0.632 * overfitting / (1 - 0.368 * overfitting)
    assert estimate == pytest.approx(plain + correction, abs=1e-12)
    assert min(apparent, out_of_bag) - 1e-12 <= estimate <= max(apparent, out_of_bag) + 1e-12


def test_it_equals_plain_loops():
    table, outcome = make_table(2, 25)
    apparent, logit, counts = refitted("ridge:10", table, outcome)
    found = bootstrap_performance(outcome, apparent, logit, counts)
    p = expit(logit)
    by_patient = [np.mean([(p[b, i] - outcome[i]) ** 2 for b in range(60) if counts[b, i] == 0]) for i in range(25)]
    assert found.brier.out_of_bag == pytest.approx(np.mean(by_patient))
    ones, others = np.flatnonzero(outcome == 1), np.flatnonzero(outcome == 0)
    by_pair = []
    for i in ones:
        for j in others:
            unseen = [b for b in range(60) if counts[b, i] == 0 and counts[b, j] == 0]
            if unseen:
                by_pair.append(np.mean([logit[b, i] > logit[b, j] for b in unseen]))
    assert found.auc.out_of_bag == pytest.approx(np.mean(by_pair))
    optimism_auc, optimism_brier = [], []
    for b in range(60):
        sample = np.repeat(np.arange(25), counts[b].astype(int))
        z, y = logit[b, sample], outcome[sample]
        # copies of one patient never meet: they share an outcome
        on_sample = (z[y == 1][:, None] > z[y == 0][None]).mean()
        on_cohort = (logit[b, ones][:, None] > logit[b, others][None]).mean()
        optimism_auc.append(on_sample - on_cohort)
        optimism_brier.append(np.mean((p[b] - outcome) ** 2) - np.mean((p[b, sample] - y) ** 2))
    assert found.auc.optimism == pytest.approx(np.mean(optimism_auc))
    assert found.auc.optimism_corrected == pytest.approx(found.auc.apparent - np.mean(optimism_auc))
    assert found.brier.optimism == pytest.approx(np.mean(optimism_brier))
    assert found.brier.optimism_corrected == pytest.approx(found.brier.apparent + np.mean(optimism_brier))
    whole = expit(apparent)
    crossed = np.mean([(whole[j] - outcome[i]) ** 2 for i in range(25) for j in range(25)])
    assert found.brier.no_information == pytest.approx(crossed)
    assert found.frame()["measure"].tolist() == ["auc", "brier"]


def test_a_sample_of_pairs_is_within_its_standard_error_of_all(monkeypatch):
    table, outcome = make_table(2, 60)
    apparent, logit, counts = refitted("ridge:10", table, outcome)
    whole = bootstrap_performance(outcome, apparent, logit, counts)
    assert (whole.pairs, whole.auc_sampling_error) == (outcome.sum() * (60 - outcome.sum()), 0.0)
    monkeypatch.setattr("responder.validate.optimism.MOST_PAIRS", 200)
    with pytest.raises(ValueError, match="generator"):
        bootstrap_performance(outcome, apparent, logit, counts)
    found = bootstrap_performance(outcome, apparent, logit, counts, rng=np.random.default_rng(0))
    assert found.pairs == 200
    assert abs(found.auc.out_of_bag - whole.auc.out_of_bag) < 3 * found.auc_sampling_error
    assert found.auc.optimism == whole.auc.optimism


def test_a_memory_of_noise_is_unmasked():
    """Nearest neighbours know every training label: .632+ says one half where .632 alone would say .816."""
    n, outcome = 40, np.tile([0, 1], 20)
    rng = np.random.default_rng(0)
    counts = stratified_bootstrap(outcome, 400, rng)
    memory = 4.0 * (2 * outcome - 1)
    refits = np.where(counts > 0, memory, 4.0 * np.sign(rng.normal(size=(400, n))))
    found = bootstrap_performance(outcome, memory.astype(float), refits, counts)
    assert found.auc.apparent == 1.0
    assert found.auc.out_of_bag == pytest.approx(0.5, abs=0.02)
    assert found.auc.estimate_632plus == pytest.approx(0.5, abs=0.03)


def test_refits_that_failed_are_counted_and_too_few_are_refused():
    table, outcome = make_table(0, 20)
    apparent, logit, counts = refitted("ridge:1", table, outcome)
    broken = logit.copy()
    broken[3] = np.nan
    found = bootstrap_performance(outcome, apparent, broken, counts)
    without = np.arange(60) != 3
    assert (found.n_refits, found.n_discarded) == (59, 1)
    assert found.auc == bootstrap_performance(outcome, apparent, logit[without], counts[without]).auc
    with pytest.raises(NotEstimableError):
        bootstrap_performance(outcome, apparent, logit[:1], np.ones((1, 20)))


def test_it_is_near_the_truth():
    """Over 40 cohorts of 120 with a weak signal the apparent AUC is too high, and both corrections are not."""
    found, true = [], []
    for seed in range(40):
        table, _ = make_table(seed, 3120, missing=0.0)
        risk = np.random.default_rng(seed + 1000).normal(0, 10, 3120) + table.values[:, 2]
        everybody = (risk > np.median(risk)).astype(int)
        cohort = type(table)(table.spec, table.values[:120], {})
        outcome = everybody[:120]
        apparent, logit, counts = refitted("ridge:1", cohort, outcome, draws=80, seed=seed)
        found.append(bootstrap_performance(outcome, apparent, logit, counts).auc)
        pipeline = ModelPipeline(cohort, build_model("ridge:1", cohort.feature_table))
        z = pipeline.fit(outcome).logit(table.values[120:])
        true.append((z[everybody[120:] == 1][:, None] > z[everybody[120:] == 0][None]).mean())
    bias = {
        name: np.array([getattr(f, name) for f in found]) - true
        for name in ("apparent", "optimism_corrected", "estimate_632plus")
    }
    error = {name: own.std(ddof=1) / np.sqrt(len(own)) for name, own in bias.items()}
    assert bias["apparent"].mean() > 3 * error["apparent"]
    for name in ("optimism_corrected", "estimate_632plus"):
        assert abs(bias[name].mean()) < 2.5 * error[name]
        assert abs(bias[name].mean()) < bias["apparent"].mean() / 2
