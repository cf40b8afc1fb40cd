"""What an analysis can be shown as: tables with units, figures, report, files, a scorer, a notebook's first screen."""

import contextlib
import json
from types import SimpleNamespace

import pandas as pd
import pytest

import responder
from responder.errors import UsageError
from responder.report import ReportInput


def test_tables_hold_what_the_result_holds_with_units(analysis):
    models = analysis.models
    assert models["model"].tolist() == ["prevalence", "ridge:0.1", "firth"]
    assert models["lpo_auc"].tolist() == [m.metrics["lpo_auc"] for m in analysis.result.models]
    assert models.attrs["units"]["log_loss_loo"] == "nat"
    markers = analysis.markers
    assert markers["mean_absolute"].is_monotonic_decreasing
    assert set(markers["feature"]) == set(analysis.result.primary_model.attributions.names)
    assert markers.set_index("feature").loc["log_treg", ["trait", "unit"]].tolist() == ["treg_per_ul", "cells/ul"]
    assert markers.attrs["units"]["mean_absolute"] == "logit"
    hypotheses = analysis.hypotheses
    assert set(hypotheses["hypothesis"]) == {h.id for h in analysis.result.hypotheses}
    assert hypotheses.attrs["units"]["log_odds_per_sd"] == "logit/SD"


def test_the_verdict_and_the_answer_are_the_results(analysis):
    assert analysis.verdict is analysis.result.verdict
    assert repr(analysis) == repr(analysis.answer) == analysis.answer.in_language("en")
    assert repr(analysis.verdict) == analysis.verdict.statement.in_language("en")


def test_what_a_notebook_shows_of_a_cohort_and_a_study_names_no_patient(analysis):
    cohort = analysis.result.cohort
    assert repr(cohort) == "Cohort('rp-ld-il2', n=9, responders=6)"
    assert repr(cohort.study).startswith("Study('rp-ld-il2', traits=['sex', 'age_years', ")


def test_what_python_shows_of_a_result_is_one_line(analysis):
    result, primary = analysis.result, analysis.result.primary_model
    assert repr(primary) == f"<{primary.id}: AUC {primary.lpo.auc:.2f}, not shown to beat chance>"
    assert repr(result) == f"<ExperimentResult {result.name}: 9 patients, {primary!r}>"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_notebook_shows_the_answer(analysis, language):
    page = responder.Analysis(analysis.result, language)._repr_html_()
    assert f'lang="{language}"' in page
    for heading, lines in analysis.answer.sections:
        assert heading.in_language(language) in page
        assert page.count("<li>") >= len(lines)


def test_figures_are_those_of_the_report(analysis):
    assert {"markers", "attributions", "permutation", "predictions", "patient"} <= set(analysis.figures)
    drawn = analysis.figure("markers")
    assert drawn.get_label()
    assert drawn.get_label() == analysis.figure("attributions").get_label()
    assert "P04" in analysis.figure("patient", patient="P04").get_label()


@pytest.mark.parametrize(
    ("asked", "words", "hint"),
    [
        ({"name": "markrs"}, "no figure 'markrs'", "did you mean 'markers'?"),
        ({"name": "ensemble"}, "no figure 'ensemble'", ""),
        ({"name": "patient", "patient": "P99"}, "no patient 'P99'", ""),
    ],
)
def test_a_figure_that_is_not_there_is_refused(analysis, asked, words, hint):
    with pytest.raises(UsageError, match=words) as caught:
        analysis.figure(**asked)
    assert hint in str(caught.value.hint)


@pytest.fixture
def without_figures(monkeypatch):
    """Drawing takes most of the time, and is tested where figures are."""
    monkeypatch.setattr("responder.api.analysis.draw_all", lambda source, language: {})
    monkeypatch.setattr("responder.report.write.drawings", lambda *_: {})


@pytest.mark.usefixtures("without_figures")
def test_it_is_saved_as_the_command_line_saves_a_run(analysis, tmp_path):
    folder = analysis.save(tmp_path / "run")
    written = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(analysis.to_json()))
    assert ReportInput.from_folder(folder).name == "rp_ld_il2"
    one_page = analysis.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert one_page == (folder / "report.html").read_text(encoding="utf-8")


def test_it_scores_new_patients(analysis, frame, tmp_path):
    scorer = analysis.scorer()
    profile = {"organs": ["ear_nose"], "rpdai": 9, "treg_per_ul": 22, "tcon_per_ul": 550}
    found = scorer.score(profile)
    assert found.decision == "abstained"
    assert repr(found).splitlines()[0] == "abstained: no individual probability"
    assert "  - This model has not been shown to beat chance." in repr(found)
    shown = scorer.score(profile, show_anyway=True).probability
    assert f"probability of response: {shown:.2f}" in repr(scorer.score(profile, show_anyway=True))
    assert f"应答概率：{shown:.2f}" in scorer.score(profile, show_anyway=True).in_language("zh")
    scorer.save(tmp_path / "models" / "one")
    again = responder.Scorer.load(tmp_path / "models" / "one")
    assert again.score(profile, show_anyway=True).probability == shown
    many = pd.DataFrame({key: [value] * 2 for key, value in profile.items()}, index=["A", "B"])
    assert again.score_frame(many, show_anyway=True).loc["B", "probability"] == pytest.approx(shown, abs=1e-12)
    assert repr(scorer) == "Scorer('rp_ld_il2', 'ridge:0.1')"


@pytest.mark.usefixtures("without_figures")
def test_it_is_tracked_as_a_training_run(analysis, monkeypatch):
    """The store itself is tested where it is: it is given a whole run, and the bundle beside it."""
    logged = {}

    class Store(contextlib.nullcontext):
        @classmethod
        def start(cls, resolved, project, study, language):
            logged.update(experiment=resolved.experiment.name, study=study, language=language)
            return cls(SimpleNamespace(log=cls.log))

        @staticmethod
        def log(result, folder, bundle):
            logged.update(files={path.name for path in folder.iterdir()}, bundle=(bundle / "bundle.json").is_file())

    monkeypatch.setattr("responder.api.analysis.TrackedRun", Store)
    analysis.track(language="zh")
    assert {"result.json", "shap.csv", "report.zh.html"} <= logged.pop("files")
    assert logged == {"experiment": "rp_ld_il2", "study": "rp-ld-il2", "language": "zh", "bundle": True}


def test_a_landmark_model_that_does_not_beat_chance_scores_nobody(landmark_result):
    analysis = responder.Analysis(landmark_result)
    if landmark_result.no_bundle is None:
        assert analysis.scorer().bundle.name == landmark_result.name
    else:
        with pytest.raises(UsageError, match="not shown to beat chance"):
            analysis.scorer()
