"""One analysis of the reference cohort, from a data frame, that the tests of the Python interface share."""

import pandas as pd
import pytest

import responder


@pytest.fixture(scope="session")
def frame(root):
    return pd.read_csv(root / "data/rp_ld_il2/cohort.csv")


@pytest.fixture(scope="session")
def settings():
    return {"bootstrap.draws": 20, "validation.rebalanced_draws": 2}


@pytest.fixture(scope="session")
def analysis(root, frame, settings):
    """The reference experiment with fewer models and refits; its provenance as the file beside the table says it."""
    traits = ["organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul"]
    simulated = {"treg_per_ul", "tcon_per_ul"}
    return responder.train(
        frame,
        "rp-ld-il2",
        models=["ridge:0.1", "firth"],
        primary="ridge:0.1",
        traits=traits,
        provenance={n: "simulated" if n in simulated else "reconstructed" for n in [*traits, "rpdai_week12"]},
        predictors=root / "data/rp_ld_il2/predictors.toml",
        settings=settings,
        name="rp_ld_il2",
        title="RP on low-dose IL-2: who reaches RPDAI 0 at week 12?",
    )
