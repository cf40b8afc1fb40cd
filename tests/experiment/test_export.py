"""What a bundle keeps of the cohort that it was trained on."""

import pytest

from responder.experiment import bundle_of, resolve_experiment, run_experiment


@pytest.mark.parametrize("keeps", [False, True])
def test_pseudonyms_are_kept_only_where_asked_for(root, keeps):
    resolved = resolve_experiment(
        root / "experiments/rp_ld_il2.toml",
        flags={
            "models": ["prevalence", "ridge:0.1"],
            "bootstrap.draws": 20,
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
