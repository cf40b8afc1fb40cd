"""What a bundle keeps of the cohort that it was trained on, and what a run does once."""

import numpy as np
import pytest

from responder.experiment import bundle_of, resolve_experiment, run_experiment
from responder.models import logistic

DRAWS = 20


@pytest.fixture
def samples_fitted(monkeypatch):
    """The training weights of every fit of the logistic family that is of a bootstrap sample: counts, not 0 and 1."""
    seen, solve = [], logistic.solve

    def spy(problem, family):
        own = np.repeat(problem.weight, problem.labels.shape[2], axis=0)
        seen.extend(own[(own > 1).any(axis=1)])
        return solve(problem, family)

    monkeypatch.setattr(logistic, "solve", spy)
    return seen


@pytest.mark.parametrize("keeps", [False, True])
def test_pseudonyms_are_kept_only_where_asked_for(root, keeps, samples_fitted):
    resolved = resolve_experiment(
        root / "experiments/rp_ld_il2.toml",
        flags={
            "models": ["prevalence", "ridge:0.1"],
            "bootstrap.draws": DRAWS,
            "validation.tournament": False,
            "output.pseudonyms": keeps,
        },
        environment={},
    )
    result = run_experiment(resolved)
    bundle = bundle_of(result)
    assert bundle.pseudonyms == (result.cohort.ids if keeps else ())
    assert ("P01" in str(bundle.to_json())) is keeps
    intervals = result.primary_model.patient_intervals
    assert bundle.next_patient.coverage == intervals.coverage
    predictions = result.predictions()
    own = predictions[predictions["model"] == "ridge:0.1"]
    assert (own["interval_lower"] <= own["probability_loo"]).all()
    assert (own["probability_loo"] <= own["interval_upper"]).all()
    assert result.model("prevalence").patient_intervals is None
    assert result.primary_model.to_json()["patient_intervals"]["widest"] <= 1.0
    # stability, ranks and the band of the bundle: each sample was fitted for all three of them at once
    assert len(samples_fitted) == DRAWS == len(bundle.ensemble) == result.primary_model.stability.n_refits
    assert result.primary_model.ranks.refits == DRAWS


def test_without_a_stability_analysis_a_score_has_a_band_all_the_same(root):
    resolved = resolve_experiment(
        root / "experiments/rp_ld_il2.toml",
        flags={"models": ["prevalence", "ridge:0.1"], "bootstrap.draws": 0, "validation.tournament": False},
        environment={},
    )
    result = run_experiment(resolved)
    assert (result.primary_model.stability, result.primary_model.ranks) == (None, None)
    assert len(bundle_of(result).ensemble) == 200
