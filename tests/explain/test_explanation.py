"""Out-of-fold values for shap: the same numbers by both ways, every plot draws them, and the file holds no code."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import shap

from responder.errors import DataRefusedError, UsageError
from responder.experiment import resolve_experiment, run_experiment, write_result
from responder.explain import OutOfFoldExplanation, read_explanation
from responder.report import ReportInput

QUICK = ['models=["prevalence", "ridge:1", "firth"]', 'primary="ridge:1"', "bootstrap.draws=20"]


@pytest.fixture(scope="module")
def result(root):
    return run_experiment(resolve_experiment(root / "experiments/rp_ld_il2.toml", settings=QUICK))


@pytest.fixture
def file(result, tmp_path):
    """The file of a model of a run folder, as the command writes it."""

    def write(model):
        source = ReportInput.from_folder(write_result(result, tmp_path / "run"))
        path = tmp_path / "shap.json"
        path.write_text(json.dumps(source.explanation(source.model(model)).to_json(), allow_nan=False))
        return path

    return write


def gappy(**changes):
    """Two patients, two features, one gap; part of the plots cannot be drawn of one feature."""
    parts = {
        "experiment": "e",
        "model": "m",
        "verdict": "not_shown_to_beat_chance",
        "patients": ("P1", "NA", "03"),
        "outcome": np.array([1, 0, 1]),
        "feature_names": ("a", "b"),
        "labels": {"en": ("A", "B"), "zh": ("甲", "乙")},
        "values": np.array([[0.5, 0.1], [-0.25, 0.2], [0.1, -0.3]]),
        "base_values": np.array([0.25, 0.75, 0.5]),
        "data": np.array([[9.0, 1.0], [np.nan, 2.0], [3.0, 1.0]]),
    }
    return OutOfFoldExplanation(**{**parts, **changes})


@pytest.mark.parametrize("model", ["ridge:1", "firth"])
def test_values_add_up_to_the_out_of_fold_prediction(result, model):
    explanation = result.explanation(model)
    probability = result.model(model).loo.probability
    total = explanation.base_values + explanation.values.sum(axis=1)
    assert total == pytest.approx(np.log(probability / (1 - probability)), abs=1e-9)
    assert explanation.instance_names == list(result.cohort.ids)
    assert explanation.feature_names == list(result.model(model).attributions.names)


def test_equals_shap_with_the_others_as_background(result):
    """shap's linear explainer, for the model refitted without the patient and the n - 1 others as its background."""
    from responder.models import build_model
    from responder.validate.refit import ModelPipeline

    table, outcome = result.table, result.cohort.outcome
    pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    ours = result.explanation()
    for patient in (0, 4):
        others = np.arange(len(outcome)) != patient
        fitted = pipeline.fit(outcome, others.astype(float))
        features = fitted.features.transform(table.values)
        linear = (fitted.decision.coefficients, fitted.decision.intercept)
        explainer = shap.LinearExplainer(linear, shap.maskers.Independent(features[others], max_samples=len(outcome)))
        assert ours.values[patient] == pytest.approx(explainer.shap_values(features[[patient]])[0], abs=1e-9)
        assert ours.base_values[patient] == pytest.approx(explainer.expected_value, abs=1e-9)


def test_the_file_of_a_run_is_the_result(result, file):
    # tables of a run keep ten digits
    ours, read = result.explanation(), read_explanation(file("ridge:1"))
    assert read.values == pytest.approx(ours.values, abs=1e-9)
    assert read.base_values == pytest.approx(ours.base_values, abs=1e-9)
    assert read.data == pytest.approx(ours.data, rel=1e-9, nan_ok=True)
    assert (read.feature_names, read.instance_names) == (ours.feature_names, ours.instance_names)
    content = json.loads(file("ridge:1").read_text())
    assert content["verdict"] == result.model("ridge:1").verdict.kind.value
    assert content["outcome"] == result.cohort.outcome.tolist()


def test_features_are_named_in_a_language(result, file):
    for language, label in (("en", "RPDAI"), ("zh", "RPDAI评分")):
        assert label in result.explanation(language=language).feature_names
        assert label in read_explanation(file("firth"), language).feature_names
    assert "rpdai_baseline" in result.explanation().feature_names


@pytest.mark.parametrize("kind", ["result", "gap"])
@pytest.mark.parametrize("plot", ["beeswarm", "waterfall", "scatter", "heatmap", "bar"])
def test_the_plots_of_shap_draw_it(result, kind, plot):
    explanation = result.explanation(language="en") if kind == "result" else gappy().to_shap()
    of_plot = {"waterfall": explanation[0], "scatter": explanation[:, explanation.feature_names[0]]}
    getattr(shap.plots, plot)(of_plot.get(plot, explanation), show=False)
    assert plt.gcf().axes
    assert any(axes.has_data() for axes in plt.gcf().axes)
    plt.close("all")


def test_a_slice_keeps_patient_and_feature():
    explanation = gappy().to_shap()
    assert explanation["NA"].values.tolist() == [-0.25, 0.2]
    assert explanation[1:, "b"].base_values.tolist() == [0.75, 0.5]


@pytest.mark.parametrize("error", [None, np.full((3, 2), 0.01)])
def test_a_file_gives_back_what_was_written(error):
    found = gappy(standard_error=error)
    back = OutOfFoldExplanation.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)))
    assert back.to_json() == found.to_json()
    assert np.isnan(back.data[1, 0])


def test_who_could_not_be_explained_is_left_out(result):
    table = result.model("ridge:1").attributions.frame()
    table.loc[table["patient_id"] == "P02", ["shap", "base", "logit"]] = np.nan
    about = {"experiment": "e", "model": "m", "verdict": "not_shown_to_beat_chance"}
    found = OutOfFoldExplanation.from_table(table, dict.fromkeys(result.cohort.ids, 1), str, **about)
    assert found.patients == tuple(one for one in result.cohort.ids if one != "P02")
    assert np.isfinite(found.values).all()
    with pytest.raises(UsageError, match="nothing to explain"):
        OutOfFoldExplanation.from_table(table.assign(logit=np.nan), {}, str, **about)


def test_nothing_is_explained_of_a_model_that_cannot_be_estimated(result, file):
    with pytest.raises(UsageError, match="'prevalence' cannot be estimated"):
        result.explanation("prevalence")
    with pytest.raises(UsageError, match="'prevalence' cannot be estimated"):
        file("prevalence")
    with pytest.raises(KeyError):
        result.explanation("lightgbm")


def changed(**parts):
    return json.dumps({**gappy().to_json(), **parts})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "cos\nsystem\n(S'true'\ntR.",  # a pickle: read as text, never run
        changed(values=[[0.5, 0.1]]),
        changed(values=[[0.5, None]] * 3),
        changed(base_values=[0.1, 0.2]),
        changed(data=[[1.0, "2"], [1.0], [2.0, 3.0]]),
        changed(feature_names=["a"]),
        changed(labels={"zh": ["甲", "乙"]}),
        changed(labels={"en": ["A"]}),
        changed(standard_error=[[0.1]]),
        changed(patients=["P1"]),
        changed(verdict="certain"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, text):
    path = tmp_path / "shap.json"
    path.write_text(text)
    with pytest.raises(DataRefusedError, match="not a file of out-of-fold Shapley values") as caught:
        read_explanation(path)
    assert caught.value.where == str(path)


def test_an_absent_and_a_later_file(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read_explanation(tmp_path / "none.json")
    path = tmp_path / "later.json"
    path.write_text(changed(schema="responder/explanation/2"))
    with pytest.raises(DataRefusedError, match="this version reads responder/explanation/1"):
        read_explanation(str(path))
