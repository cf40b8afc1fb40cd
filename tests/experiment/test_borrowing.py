"""What borrowing gained: the same model at every weight, and what is said of it in every output."""

import dataclasses
import json
import re

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.evidence import load_predictors
from responder.experiment import resolve_experiment, run_experiment
from responder.experiment.borrowed import published_evidence
from responder.experiment.plan import plan_experiment
from responder.experiment.write import write_result
from responder.report.figures import draw_all, draw_evidence, possible_figures
from responder.report.files import files_of_patients
from responder.report.html import render_report
from responder.report.source import ReportInput
from responder.validate.loo import leave_one_out_predictions
from responder.validate.refit import ModelPipeline
from responder.words import Voice, languages, said

PRIOR = {"log_disease_duration": {"mean": -0.7, "sd": 0.4}, "rpdai_baseline": {"mean": -0.1, "sd": 0.1}}


def experiment(root, **more):
    return {
        "schema": "responder/experiment/1",
        "name": "borrowed",
        "study": "rp-ld-il2",
        "traits": ["disease_duration_years", "rpdai"],
        "models": ["prevalence", "borrow"],
        "cohort": {"path": str(root / "data/rp_ld_il2/cohort.csv")},
        "bootstrap": {"draws": 10},
        "borrow": {"weight": 0.4, "prior": PRIOR},
        **more,
    }


@pytest.fixture(scope="module")
def result(root):
    return run_experiment(resolve_experiment(experiment(root)))


def test_every_weight_is_the_model_with_that_weight(result, root):
    gained = result.model("borrow").borrowing
    assert [one.weight for one in gained.at] == [0.0, 0.25, 0.4, 0.5, 0.75, 1.0]
    assert gained.declared.weight == 0.4
    assert gained.without is gained.at[0]
    plan = plan_experiment(resolve_experiment(experiment(root)))
    model = plan.pipelines[1].model
    for one in (gained.without, gained.at[-1]):
        loo = leave_one_out_predictions(ModelPipeline(plan.table, model.at_weight(one.weight)), plan.cohort.outcome)
        np.testing.assert_allclose(one.probability, loo.probability, atol=1e-12)


def test_the_declared_weight_has_the_numbers_of_the_model(result):
    model = result.model("borrow")
    declared = model.borrowing.declared
    assert declared.lpo_auc == model.lpo.auc
    assert declared.permutation_p == model.permutation.p
    assert declared.brier_skill_loo == model.scores.brier_skill
    assert declared.verdict.kind is model.verdict.kind
    assert (declared.lower <= declared.probability).all()
    assert (declared.probability <= declared.upper).all()


def test_weights_left_run_from_nothing_to_all(result):
    left = [one.weight_left for one in result.model("borrow").borrowing.at]
    assert left == sorted(left)
    assert (left[0], left[-1]) == (0.0, 1.0)


def test_others_are_part_of_the_patients_behind(result):
    gained = result.model("borrow").borrowing
    assert 0 < gained.others_behind < gained.patients_behind
    assert 0 < gained.own_behind < gained.patients_behind


def test_each_borrowed_marker_stands_beside_the_patients(result):
    found = result.model("borrow").borrowing.conflicts
    assert [one.feature for one in found] == list(PRIOR)
    assert all(0 < one.p <= 1 and one.exact for one in found)


def test_the_result_holds_no_patient(result):
    told = json.dumps(result.to_json()["models"][1]["borrowing"])
    assert not any(id_ in told for id_ in result.cohort.ids)


def test_what_holds_rows_of_patients_is_named_from_what_is_written(result, tmp_path):
    folder = write_result(result, tmp_path / "run", {"report.html": "", "report_shareable.html": ""})
    named = ["report.html", "borrowing.csv", "predictions.csv", "shap.csv", "stability.csv", "figures/"]
    assert files_of_patients(folder) == named
    for path in folder.iterdir():
        holds = any(re.search(rf"\b{patient}\b", path.read_text(encoding="utf-8")) for patient in result.cohort.ids)
        assert not holds or path.name in named, path.name


@pytest.mark.parametrize("language", languages())
def test_the_report_says_what_was_gained(result, language):
    source = ReportInput.from_result(result)
    page = render_report(source, language, figures={})
    for sentence in result.model("borrow").borrowing.said:
        assert said(sentence, language) in page.replace("&#39;", "'")
    assert len(source.tables["borrowing"]) == 6 * result.cohort.n


def test_a_shareable_page_has_no_line_of_a_single_patient(result):
    """The tipping point has a line for every patient: it is drawn, and left out of a page that is given away."""
    source = ReportInput.from_result(result)
    assert possible_figures(source)["borrowed"](source, Voice("en", "report")).get_label()
    assert "borrowed" not in draw_all(source, of_patients=False)


def test_the_verdict_without_it_is_told_where_it_would_turn(result):
    from dataclasses import replace

    from responder.validate.verdict import Verdict, VerdictKind

    gained = result.model("borrow").borrowing
    other = replace(gained.at[-1], verdict=Verdict(VerdictKind.BEATS_CHANCE, None, gained.at[-1].verdict.statement))
    turned = replace(gained, at=(*gained.at[:-1], other))
    codes = [one.code for one in turned.said]
    assert "borrowing.turns" in codes
    assert turned.turns == (0.75, 1.0)
    assert turned.to_json()["turns"] == [0.75, 1.0]
    assert "borrowing.verdict_same" in codes
    at_one = replace(turned, prior=turned.prior.at_weight(1.0))
    assert "borrowing.verdict_other" in [one.code for one in at_one.said]


@pytest.mark.parametrize(
    ("borrow", "problem"),
    [
        ({}, "nothing to borrow"),
        ({"prior": {"rpdai_basline": {"mean": 0, "sd": 1}}}, "rpdai_basline"),
        ({"prior": {"rpdai_baseline": {"mean": 0, "sd": 0}}}, "sd"),
        ({"weight": 1.5, "prior": PRIOR}, "weight"),
    ],
)
def test_what_cannot_be_borrowed_is_refused(root, borrow, problem):
    with pytest.raises(ConfigError, match=problem):
        plan_experiment(resolve_experiment(experiment(root, borrow=borrow)))


def test_other_models_are_not_touched_by_what_is_borrowed(root):
    content = experiment(root, models=["prevalence", "ridge:1"])
    plan = plan_experiment(resolve_experiment(content))
    assert plan.table.borrowed is None


def test_what_others_measured_is_in_the_result_where_a_file_of_it_is_named(result, root):
    assert result.evidence is None
    assert "evidence" not in result.to_json()
    plan = plan_experiment(resolve_experiment(experiment(root)))
    file = load_predictors(root / "data/rp_ld_il2/predictors.toml")
    found = published_evidence(file, plan.cohort.study, plan.table.spec)
    assert [marker.feature for marker in found.markers] == ["log_disease_duration"]
    source = ReportInput.from_result(dataclasses.replace(result, evidence=found))
    assert possible_figures(source).keys() - possible_figures(ReportInput.from_result(result)).keys() == {"evidence"}
    page = render_report(source, "zh", figures=draw_evidence(source.evidence, "zh"))
    assert 'id="figure-evidence"' in page
    assert "Koreth" in page
