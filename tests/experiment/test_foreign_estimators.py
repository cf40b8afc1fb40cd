"""Estimators that are not ours through the whole path: the same numbers as ours, and a word on what goes wrong."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from tests.models.test_foreign import Probabilities, Weighted

import responder
from responder.cli.trained import describe_result
from responder.errors import UsageError
from responder.report import write_report
from responder.score import load_bundle
from responder.score.storage import no_bundle_file
from responder.words import said

TRAITS = ["rpdai", "treg_per_ul", "tcon_per_ul"]
CHEAP = {"bootstrap.draws": 10, "validation.rebalanced_draws": 2, "permutation.alpha": 0.1}
"""At a tenth, for seven patients do not allow a p of a twentieth."""
OURS, THEIRS = "ridge:0.1", "sklearn:logisticregression"

MAY_DIFFER = {
    "primary": "the model's name",
    "models/id": "the model's name",
    "models/title/code": "the model's name",
    "models/title/values/c": "the model's name",
    "models/title/values/kind": "the model's name",
    "models/title/values/name": "the model's name",
    "models/metrics/rebalanced_loo_auc": "secondary, and asked only of models that are refitted in batches",
    "experiment": "what was asked",
    "checks": "three checks are of foreign estimators alone: RSP312, RSP313, RSP314",
    "provenance/key": "a digest of what was asked",
}
"""Fields of result.json in which a foreign logistic regression may differ from our own, and why."""


@pytest.fixture(scope="module")
def seven(root):
    """The reference cohort without two of its responders: 35 labelings instead of 84."""
    table = pd.read_csv(root / "data/rp_ld_il2/cohort.csv")
    responded = np.flatnonzero(table["rpdai_week12"] == 0)
    return table.drop(index=responded[:2])


def trained(table, models, **more):
    return responder.train(
        table, "rp-ld-il2", models=models, traits=TRAITS, provenance="simulated", settings=CHEAP, seed=1, **more
    )


def differences(one, other, place=()):
    """Say where two JSON contents differ: keys without the places in lists; numbers by more than 1e-6."""
    if isinstance(one, dict) and isinstance(other, dict) and place != ("experiment",):
        for key in {**one, **other}:
            if key in one and key in other:
                yield from differences(one[key], other[key], (*place, key))
            else:
                yield "/".join((*place, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for first, second in zip(one, other, strict=True):
            yield from differences(first, second, place)
    elif isinstance(one, float) and isinstance(other, float):
        if one != pytest.approx(other, abs=1e-6, rel=0):
            yield "/".join(place)
    elif one != other:
        yield "/".join(place)


def test_logistic_regression_is_our_ridge_in_every_number_of_a_run(seven):
    """scikit-learn's C is ours: the result and the tables beside it, field by field, to 1e-6."""
    theirs = LogisticRegression(C=0.1, tol=1e-12, max_iter=10_000)
    runs = [trained(seven, [model], primary=name) for name, model in ((OURS, OURS), (THEIRS, theirs))]
    one, other = (json.loads(json.dumps(run.to_json()).replace(THEIRS, OURS)) for run in runs)
    one, other = (content | {"primary": run.result.primary} for content, run in zip((one, other), runs, strict=True))
    one["models"][1]["id"], other["models"][1]["id"] = OURS, THEIRS
    assert one["models"][1]["permutation"]["exact"]
    assert one["models"][1]["permutation"]["labelings"] == 35
    assert one["models"][1]["metrics"].keys() >= {"lpo_auc", "permutation_p", "brier_loo"}
    assert set(differences(one, other)) == set(MAY_DIFFER)
    for table in ("predictions", "permutations", "stabilities", "attributions", "coefficients"):
        ours, found = (getattr(run.result, table)() for run in runs)
        pd.testing.assert_frame_equal(ours, found.replace(THEIRS, OURS), rtol=0, atol=1e-6, obj=table)
    for table in ("markers", "hypotheses"):
        ours, found = (getattr(run, table) for run in runs)
        pd.testing.assert_frame_equal(ours, found, rtol=0, atol=1e-6, obj=table)


class RefusesConstants(ClassifierMixin, BaseEstimator):
    """It cannot be fitted without P10, who alone has a deficit of Treg cells."""

    def fit(self, X, y):
        if np.ptp(X[:, -1]) == 0:
            raise RuntimeError("a feature is constant")
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        yes = 1 / (1 + np.exp(X[:, 0]))
        return np.column_stack([1 - yes, yes])


class NeedsWeights(Weighted):
    """Like a booster of another package."""


class LikeTabPFN(Probabilities):
    """`fit` and `predict_proba` and nothing else."""


@pytest.fixture(scope="module")
def run(seven):
    """One run of a support vector machine, named beforehand, and of estimators with something wrong or odd."""
    hasty = LogisticRegression(max_iter=1, solver="newton-cholesky")
    selector = make_pipeline(SelectKBest(k=1), LogisticRegression(C=0.1))
    models = [SVC(), RefusesConstants(), hasty, NeedsWeights(), LikeTabPFN(), selector]
    return trained(seven, models, primary="sklearn:svc", language="zh")


def findings_of(run, code):
    return [finding for finding in run.result.findings if finding.code == code]


def test_every_kind_of_estimator_gets_all_that_ours_get(run):
    assert [model.id.removeprefix("sklearn:") for model in run.result.models[1:]] == [
        "svc", "refusesconstants", "logisticregression", "needsweights", "liketabpfn", "pipeline",
    ]  # fmt: skip
    for model in run.result.models[1:]:
        assert model.permutation.exact
        assert (model.permutation.labelings, len(model.loo.logit)) == (35, 7)
    estimated = [model for model in run.result.models[1:] if model.has_auc]
    assert len(estimated) >= 4  # ties leave some without a p below a tenth, however they order the patients
    for model in estimated:
        assert model.metrics.keys() >= {"lpo_auc", "lpo_auc_lower", "permutation_p", "brier_loo"}
        np.testing.assert_allclose(
            model.attributions.values.sum(axis=1) + model.attributions.base, model.attributions.logit, atol=1e-9
        )
    json.dumps(run.to_json(), allow_nan=False)


def test_folds_that_fail_are_counted_with_the_first_error(run):
    """RSP312: in leave-one-out one fold of seven; pairs of them are ties, so that the test stays one of a procedure."""
    (finding,) = findings_of(run, "RSP312")
    model = run.result.model("sklearn:refusesconstants")
    assert finding.where.values["model"] == model.id
    assert finding.message.values["problem"] == "RuntimeError: a feature is constant"
    assert (finding.message.values["loo"], finding.message.values["of_loo"]) == (1, 7)
    assert finding.message.values["lpo"] == model.lpo.failed > 0
    assert finding.message.values["tested"] == model.permutation.failed > 0
    for language, word in (("en", "1 of 7 in leave-one-out"), ("zh", "a feature is constant")):
        assert word in said(finding.message, language)


def test_fits_that_do_not_settle_are_counted(run):
    (finding,) = findings_of(run, "RSP313")
    assert finding.where.values["model"] == "sklearn:logisticregression"
    assert finding.message.values["count"] == finding.message.values["of"] == 7


def test_margins_are_no_probabilities(run):
    (finding,) = findings_of(run, "RSP314")
    assert finding.where.values["model"] == "sklearn:svc"
    assert "CalibratedClassifierCV" in said(finding.hint, "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_terminal_tables_and_report_say_it_in_the_readers_language(run, language, tmp_path, monkeypatch):
    """Figures are left out: drawing them takes most of the time, and is tested where figures are."""
    monkeypatch.setattr("responder.report.write.drawings", lambda *_: {})
    why = said(run.result.no_bundle, language)
    assert "SVC" in why
    terminal = describe_result(run.result, tmp_path, None, language)
    assert why in terminal
    assert [code for code in ("RSP312", "RSP313", "RSP314") if code in terminal] == ["RSP312", "RSP313", "RSP314"]
    table = responder.Analysis(run.result, language).findings.set_index("code")
    assert table.loc["RSP314", "message"] == said(findings_of(run, "RSP314")[0].message, language)
    pages = write_report(run.result, tmp_path, languages=(language,))
    page = next(path for path in pages if path.suffix == ".html").read_text(encoding="utf-8")
    assert why in page
    assert said(findings_of(run, "RSP313")[0].message, language) in page


def test_an_estimator_that_is_code_scores_nobody_and_says_why(run, tmp_path):
    """Not that it is a landmark model, which is what was said of every model without a bundle."""
    with pytest.raises(UsageError) as refused:
        run.scorer()
    assert str(refused.value) == str(run.result.no_bundle)
    for name, content in no_bundle_file(run.result.no_bundle).items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=r"SVC\) is code"):
        load_bundle(tmp_path)
