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
