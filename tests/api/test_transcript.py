"""The question in Python from beginning to end, as somebody types it who has a table and no file beside it."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

import responder as rp
from responder.track.runs import read_run

BASELINE = ["rpdai", "treg_per_ul", "tcon_per_ul", "prednisone_mg_per_day"]
FEW = {"bootstrap.draws": 10, "validation.rebalanced_draws": 2, "permutation.alpha": 0.1}
"""At a tenth, for seven patients do not allow a p of a twentieth."""


@pytest.fixture
def without_dear_parts(monkeypatch):
    """Figures of a report and shap's own explainers are tested where they are; compiling these takes ten seconds."""
    monkeypatch.setattr("responder.api.analysis.draw_all", lambda source, language: {})
    monkeypatch.setattr("responder.report.write.drawings", lambda source, language, workers: {})
    monkeypatch.setattr(
        "responder.explain.foreign.find_spec",
        lambda name: None if name == "shap" else importlib.util.find_spec(name),
    )


@pytest.mark.usefixtures("without_dear_parts")
def test_from_a_data_frame_to_mlflow_and_the_next_patient(frame, tmp_path, monkeypatch):
    df = frame.assign(complete_response=(frame["rpdai_week12"] == 0).map({True: "yes", False: "no"}))
    df = df.drop(columns="rpdai_week12").drop(index=np.flatnonzero(df["complete_response"] == "yes")[:2])
    study = rp.Study.from_frame(df, outcome="complete_response", baseline=BASELINE)
    result = rp.train(df, study, models=["ridge:0.1", SVC(probability=True)], primary="ridge:0.1", seed=1, settings=FEW)
    assert repr(result.verdict).startswith("Not shown to beat chance: leave-pair-out AUC 0.")
    assert result.models["model"].tolist() == ["prevalence", "ridge:0.1", "sklearn:svc"]
    assert result.models["permutation_p"].notna().tolist() == [False, True, True]
    assert {*result.markers["trait"]} == {*BASELINE}
    assert result.markers.attrs["units"]["mean_absolute"] == "logit"
    assert isinstance(result.hypotheses, pd.DataFrame)
    assert result.hypotheses.empty  # a table declares none
    assert result.figure("markers").get_label()
    assert "Not shown to beat chance" in result.report(tmp_path / "report.html").read_text(encoding="utf-8")
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    tracked = result.track()
    logged = read_run(store, tracked.run_id)
    assert {model.name for model in logged.models} == {*result.models["model"]}
    score = result.scorer().score({"rpdai": 9, "treg_per_ul": 22, "tcon_per_ul": 550, "prednisone_mg_per_day": 10})
    assert score.decision == "abstained"
    assert score.reasons[0].code == "model_not_shown"
