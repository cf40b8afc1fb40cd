"""A run with multiple imputation, from its table to a bundle that completes a profile by itself."""

import json

import numpy as np
import pandas as pd
import pytest

from responder.experiment import bundle_of, resolve_experiment, run_experiment
from responder.features import FittedFeatures
from responder.report.methods import describe_methods
from responder.report.source import ReportInput
from responder.score import load_bundle, score_profile, write_bundle
from responder.words import Voice

SMALL = (
    "models=['prevalence', 'ridge:0.1', 'firth']",
    "traits=['disease_duration_years', 'rpdai', 'treg_per_ul']",
    "primary='ridge:0.1'",
    "imputation.method='multiple'",
    "imputation.draws=4",
    "bootstrap.draws=20",
    "permutation.most_exact=100",
)


@pytest.fixture(scope="module")
def result(root, tmp_path_factory):
    table = pd.read_csv(root / "data/rp_ld_il2/cohort.csv")
    table.loc[2, "treg_per_ul"] = np.nan
    table.loc[[4, 5], "disease_duration_years"] = np.nan
    path = tmp_path_factory.mktemp("gaps") / "cohort.csv"
    table.to_csv(path, index=False)
    flags = {"cohort.path": str(path)}
    return run_experiment(
        resolve_experiment(root / "experiments/rp_ld_il2.toml", flags=flags, settings=SMALL, environment={})
    )


def test_imputation_stands_in_the_place_of_indicators(result):
    assert not [name for name in result.table.feature_table.names if name.endswith("_missing")]
    assert all(np.isfinite(model.loo.logit).all() for model in result.models)


def test_the_permutation_test_is_exact_still(result):
    test = next(m for m in result.models if m.id == "ridge:0.1").permutation
    assert test.labelings == 84
    assert test.exact
    # copies know no label: over all labelings, responders and others change places and the mean is that of chance
    assert float(np.mean(test.auc)) == pytest.approx(0.5, abs=0.02)


def test_coefficients_are_pooled_by_rubins_rules(result):
    found = next(m for m in result.models if m.id == "firth").coefficients
    assert found.imputations == 4
    assert all(c.lower < c.estimate < c.upper and 0 <= c.p <= 1 for c in found.coefficients)


def test_shapley_values_add_up_to_the_pooled_logit(result):
    model = next(m for m in result.models if m.id == "ridge:0.1")
    found = model.attributions
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.logit, atol=1e-9)
    np.testing.assert_allclose(found.logit, model.loo.logit, atol=1e-3)


def test_the_bundle_completes_a_profile_as_training_does(result, tmp_path):
    write_bundle(bundle_of(result), tmp_path / "b")
    told = json.loads((tmp_path / "b/bundle.json").read_text(encoding="utf-8"))
    assert told["schema"] == "responder/bundle/2"
    bundle = load_bundle(tmp_path / "b")
    assert isinstance(bundle.pipeline.features, FittedFeatures)
    profile = {"disease_duration_years": 2, "rpdai": 9}
    score = score_profile(bundle, profile, show_anyway=True)
    primary = next(m for m in result.models if m.id == "ridge:0.1")
    row = np.array([[2.0, 9.0, np.nan]])
    assert score.logit == pytest.approx(float(primary.fitted.logit(row)[0]), abs=1e-12)
    assert score.missing == ("treg_per_ul",)
    said = next(reason for reason in score.reasons if reason.code == "missing")
    assert "imputed 4 times" in said.in_language("en")
    assert "填补 4 次" in said.in_language("zh")
    assert score_profile(bundle, profile, show_anyway=True) == score


def test_a_bundle_whose_regressions_do_not_fit_is_refused(result, tmp_path):
    from dataclasses import replace

    from responder.errors import InvalidValueError
    from responder.score.consistency import require_consistent

    bundle = bundle_of(result)
    features = bundle.pipeline.features
    wrong = replace(features.imputation, slopes=features.imputation.slopes[..., :1])
    pipeline = replace(bundle.pipeline, features=replace(features, imputation=wrong))
    with pytest.raises(InvalidValueError, match=r"imputation\.slopes"):
        require_consistent(replace(bundle, pipeline=pipeline))


@pytest.mark.parametrize(("language", "word"), [("en", "imputed 4 times"), ("zh", "填补 4 次")])
def test_reports_say_how_gaps_were_filled(result, language, word):
    methods = describe_methods(ReportInput.from_result(result), Voice(language, "report"))
    assert word in methods.paragraphs[0]
    assert {"sisk2023", "marshall2009"} <= {reference.key for reference in methods.cited}
