"""Borrowing from the patients of another cohort: what is read, refused, said and kept."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from responder.errors import ConfigError, DataRefusedError
from responder.experiment import resolve_experiment, run_experiment
from responder.experiment.borrowed import borrowed_prior
from responder.experiment.export import bundle_of
from responder.experiment.plan import open_cohort, plan_cohort, plan_experiment
from responder.experiment.provenance import provenance_of
from responder.report.html import render_report
from responder.report.source import ReportInput
from responder.validate.permutation import draw_labelings, permutation_test
from responder.words import languages, said

TRAITS = ["disease_duration_years", "prednisone_mg_per_day", "treg_per_ul", "tcon_per_ul"]
OWN = {"log_disease_duration": {"mean": -0.7, "sd": 0.4}}


@pytest.fixture(scope="module")
def tables(root):
    return {
        "lupus": {"path": str(root / "data/sle_planted_truth/cohort.csv"), "study": "sle-ld-il2", "weight": 0.5},
        "planted": {"path": str(root / "data/planted_truth/cohort.csv"), "weight": 1.0},
        "itself": {"path": str(root / "data/rp_ld_il2/cohort.csv"), "weight": 1.0},
    }


def asked(root, cohorts, **more):
    return resolve_experiment(
        {
            "schema": "responder/experiment/1",
            "name": "borrowed",
            "study": "rp-ld-il2",
            "traits": TRAITS,
            "models": ["prevalence", "borrow"],
            "cohort": {"path": str(root / "data/rp_ld_il2/cohort.csv")},
            "bootstrap": {"draws": 5},
            "borrow": {"cohort": cohorts, **more},
        }
    )


@pytest.fixture(scope="module")
def result(root, tables):
    return run_experiment(asked(root, {"lupus": tables["lupus"]}))


def test_another_disease_and_endpoint_are_said_with_what_counts(result):
    (other,) = result.model("borrow").borrowing.others
    assert (other.n, other.weight, other.is_other_study, other.is_other_endpoint) == (120, 0.5, True, True)
    assert {m.feature for m in other.markers} >= {"log_disease_duration", "treg_deficit"}
    assert all(m.share == pytest.approx(0.5 * m.overlap) and 0 < m.overlap < 1 for m in other.markers)
    codes = [one.code for one in result.model("borrow").borrowing.said]
    assert codes[:4] == [
        "borrowing.cohort", "borrowing.other_study", "borrowing.other_endpoint", "borrowing.cohort_illustration",
    ]  # fmt: skip


@pytest.mark.parametrize("language", languages())
def test_the_report_lists_each_marker_of_the_other_cohort(result, language):
    page = render_report(ReportInput.from_result(result), language, figures={})
    borrowing = result.model("borrow").borrowing
    for sentence in borrowing.said:
        assert said(sentence, language) in page.replace("&#39;", "'")
    assert borrowing.others[0].digest in page


def test_no_row_of_the_other_cohort_is_in_the_result_or_the_bundle(result, tables):
    told = json.dumps(result.to_json()) + json.dumps(bundle_of(result).to_json())
    there = pd.read_csv(tables["lupus"]["path"])
    assert not any(f'"{id_}"' in told for id_ in there["patient_id"])
    own = set(pd.read_csv(result.cohort.source)["treg_per_ul"])
    assert not any(f"{value}," in told for value in there["treg_per_ul"] if value not in own)


@pytest.mark.parametrize("who", ["planted", "lupus", "nobody"])
def test_the_exact_test_does_not_depend_on_which_labeling_happened(root, tables, who):
    """So its p is uniform over the labelings, whatever the other patients showed: at most a share a has p <= a."""
    resolved = asked(root, {who: tables[who]}) if who != "nobody" else asked(root, {}, prior=OWN, weight=0.0)
    cohort = open_cohort(resolved)[1]
    aucs = []
    for outcome in (cohort.outcome, cohort.outcome[::-1].copy()):
        plan = plan_cohort(resolved, dataclasses.replace(cohort, outcome=outcome))
        labelings = draw_labelings(outcome, most_exact=100, draws=99, rng=np.random.default_rng(0))
        aucs.append(permutation_test(plan.pipelines[1], labelings).auc)
    np.testing.assert_array_equal(*aucs)
    p = (aucs[0][None, :] >= aucs[0][:, None] - 1e-9).mean(axis=1)
    assert all((p <= alpha).mean() <= alpha for alpha in (0.05, 0.1, 0.2, 0.5))


def test_without_weight_nothing_is_borrowed(root, tables):
    with_it = plan_experiment(asked(root, {"lupus": {**tables["lupus"], "weight": 0.0}}, prior=OWN))
    without = plan_experiment(asked(root, {}, prior=OWN))
    assert with_it.table.borrowed.to_json() == without.table.borrowed.to_json()
    with pytest.raises(ConfigError, match="nothing to borrow"):
        plan_experiment(asked(root, {"lupus": {**tables["lupus"], "weight": 0.0}}))


def test_what_was_published_of_a_marker_is_where_its_power_prior_begins(root, tables):
    plan = plan_experiment(asked(root, {"lupus": tables["lupus"]}, prior=OWN))
    alone = plan_experiment(asked(root, {"lupus": tables["lupus"]}))
    one, other = plan.table.borrowed, alone.table.borrowed
    at, there = one.features.index("log_disease_duration"), other.features.index("log_disease_duration")
    assert one.mean[at] < other.mean[there]
    assert one.covariance[at, at] < OWN["log_disease_duration"]["sd"] ** 2
    assert borrowed_prior(plan.experiment.experiment.borrow, plan.table.spec).covariance.tolist() == [[0.4**2]]


def test_the_run_is_another_where_the_other_patients_are(root, tables):
    keys = []
    for weight in (0.5, 0.25):
        plan = plan_experiment(asked(root, {"lupus": {**tables["lupus"], "weight": weight}}))
        wanted = asked(root, {}, prior=OWN).experiment
        keys.append(provenance_of(plan.cohort, wanted, plan.table.borrowed)["key"])
    assert keys[0] != keys[1]


def changed(tables, folder, change):
    table = change(pd.read_csv(tables["planted"]["path"]))
    path = folder / "other.csv"
    table.to_csv(path, index=False)
    return {"other": {"path": str(path), "weight": 1.0}}


def test_a_patient_of_both_cohorts_is_refused(root, tables, tmp_path):
    with pytest.raises(DataRefusedError, match="exactly the values"):
        plan_experiment(asked(root, {"other": {**tables["itself"], "other_people": True}}))
    named = changed(tables, tmp_path, lambda t: t.assign(patient_id=[f"P{i:02d}" for i in range(1, len(t) + 1)]))
    with pytest.raises(DataRefusedError, match="in the other cohort: 9"):
        plan_experiment(asked(root, named))
    plan_experiment(asked(root, {"other": {**named["other"], "other_people": True}}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda t: t.sort_values("rpdai_week12").tail((t["rpdai_week12"] > 0).sum() + 1), "counts 1; at least 2"),
        (lambda t: t[["patient_id", "age_years", "rpdai_week12"]], "none of the traits"),
    ],
)
def test_a_cohort_that_tells_nothing_is_refused(root, tables, tmp_path, change, problem):
    with pytest.raises(DataRefusedError, match=problem):
        plan_experiment(asked(root, changed(tables, tmp_path, change)))


def test_values_on_treatment_count_as_declared(root, tables, tmp_path):
    other = changed(tables, tmp_path, lambda t: t.rename(columns={"treg_per_ul": "treg_per_ul_week4"}))["other"]
    later = {**other, "on_treatment": {"treg_per_ul": "treg_per_ul_week4"}}
    with pytest.raises(ConfigError, match="on_treatment_weight"):
        asked(root, {"other": later})
    (found,) = plan_experiment(asked(root, {"other": {**later, "on_treatment_weight": 0.2}})).others
    shares = {m.on_treatment: m.share / m.overlap for m in found.markers}
    assert shares == {True: pytest.approx(0.2), False: pytest.approx(1.0)}
    assert "borrowing.on_treatment" in [one.code for one in found.said]
    wrong = {**other, "on_treatment": {"treg_per_ul": "age_years"}, "on_treatment_weight": 0.2}
    with pytest.raises(ConfigError, match="no on-treatment trait 'age_years'"):
        plan_experiment(asked(root, {"other": wrong}))


def test_a_trait_may_be_mapped_and_the_overlap_left_aside(root, tables):
    lupus = {**tables["lupus"], "by_overlap": False, "traits": {"treg_per_ul": "tregs"}}
    with pytest.raises(ConfigError, match="tregs"):
        plan_experiment(asked(root, {"lupus": lupus}))
    (found,) = plan_experiment(asked(root, {"lupus": {**lupus, "traits": {"treg_per_ul": ""}}})).others
    assert list(found.absent) == ["treg_per_ul"]
    assert "borrowing.absent" in [one.code for one in found.said]
    assert {m.share for m in found.markers} == {0.5}
