"""The question of the Python interface from beginning to end, as a reader would type it."""

import pandas as pd
import pytest

import responder as rp


@pytest.fixture
def df(frame):
    """The reference cohort without two responders, with its response as a column of yes and no."""
    table = frame.assign(complete_response=(frame["rpdai_week12"] == 0).astype(int))
    table = table.drop(index=table.index[table["complete_response"] == 1][:2])
    return table[["patient_id", "rpdai", "treg_per_ul", "tcon_per_ul", "complete_response"]]


def test_a_frame_an_estimator_and_every_attribute(df, tmp_path, monkeypatch):
    """At a level of a tenth, for seven patients allow no p of a twentieth; tracking is tested where it is."""
    from sklearn.svm import SVC

    monkeypatch.setattr("responder.report.write.draw_all", lambda source, language: {})
    study = rp.Study.from_frame(df, outcome="complete_response", baseline=["rpdai", "treg_per_ul", "tcon_per_ul"])
    settings = {"permutation.alpha": 0.1, "bootstrap.draws": 10, "validation.rebalanced_draws": 2}
    models = ["ridge:0.1", SVC(probability=True)]
    result = rp.train(df, study, models=models, primary="ridge:0.1", seed=1, settings=settings)
    assert str(result.verdict.statement).startswith("Not shown to beat chance")
    assert result.models["model"].tolist() == ["prevalence", "ridge:0.1", "sklearn:svc"]
    assert result.models["lpo_auc"].notna().all()
    assert set(result.markers["feature"]) == {"rpdai", "treg_per_ul", "tcon_per_ul"}
    assert result.hypotheses.empty
    for table in (result.models, result.markers, result.hypotheses):
        assert isinstance(table, pd.DataFrame)
        assert set(table.attrs["units"]) <= set(table.columns)
    assert result.figure("markers").axes
    assert result.report(tmp_path / "report.html").stat().st_size > 10_000
    score = result.scorer().score({"rpdai": 9, "treg_per_ul": 20, "tcon_per_ul": 500})
    assert score.decision == "abstained"
    assert result.explanation("sklearn:svc").shape == result.explanation().shape == (7, 3)
    assert 'lang="en"' in result._repr_html_()
