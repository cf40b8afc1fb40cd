"""Checks of tuning: the threshold on both its sides, and choices that bootstrap refits do not repeat."""

import numpy as np
import pytest

from responder.cohort.findings import CheckStatus, Severity
from responder.features.spec import FeatureSpec, FeatureStep
from responder.models import build_model
from responder.plan import plain_features
from responder.validate.budget import PermutationPlan
from responder.validate.checks import (
    _budget,
    _smallest_p,
    _undetermined_setting,
    _weak_penalty,
    check_events,
    check_features,
    check_tuning,
)
from responder.validate.permutation import PermutationTest
from responder.validate.refit import Table
from responder.validate.tuning_report import TuningReport
from responder.words import Phrase


@pytest.mark.parametrize(
    ("n", "smaller", "trusted"), [(100, 30, True), (99, 40, False), (200, 29, False), (9, 3, False)]
)
def test_tuning_is_trusted_from_100_patients_with_30_in_the_smaller_class(n, smaller, trusted):
    for override in (False, True):
        result, finding = check_tuning(n, smaller, ("ridge",), override)
        assert result.status is (CheckStatus.PASSED if trusted else CheckStatus.FAILED)
        if trusted:
            assert finding is None
        else:
            assert finding.severity is (Severity.CAUTION if override else Severity.REFUSED)
    result, finding = check_tuning(n, smaller, (), False)
    assert (result.status, finding) == (CheckStatus.NOT_APPLICABLE, None)


def report_of(bootstrap):
    one = np.array([1.0])
    return TuningReport(
        "ridge:tuned", "grid", 5, ("c",), np.array([0.01]), np.array([100.0]), one[None], one, one, one[None],
        np.array(bootstrap)[:, None],
    )  # fmt: skip


def test_choices_that_span_half_of_what_was_searched_are_a_finding():
    narrow, wide = report_of([0.1] * 10 + [1.0] * 10), report_of([0.1] * 10 + [10.0] * 10)
    assert narrow.spread[0] == pytest.approx(0.25)
    assert wide.spread[0] == pytest.approx(0.5)
    assert _undetermined_setting("model", narrow)[0].status is CheckStatus.PASSED
    result, finding = _undetermined_setting("model", wide)
    assert result.status is CheckStatus.FAILED
    assert finding.code == "RSP310"
    assert finding.message == Phrase("RSP310.range.what", {"setting": "c", "lower": 0.1, "upper": 10.0})
    assert _undetermined_setting("model", report_of(np.empty(0)))[0].status is CheckStatus.NOT_APPLICABLE
    assert _undetermined_setting("model", None)[0].status is CheckStatus.NOT_APPLICABLE


def table_of(*columns):
    """A table whose features are the columns as they are."""
    names = tuple("abcdefgh"[: len(columns)])
    steps = tuple(FeatureStep(name, "identity", (j,), (name,)) for j, name in enumerate(names))
    spec = FeatureSpec(names, steps, {name: j for j, name in enumerate(names)}, dict.fromkeys(names, ""))
    return Table(spec, np.column_stack(columns).astype(float), {})


GAP = np.nan


def test_patients_are_counted_for_each_feature_that_is_fitted():
    six_gaps_together = [[1, GAP, 3, 4, 5, 9, 7, 8]] * 6
    result, finding = check_events(table_of(*six_gaps_together, [1] * 8), 4, "cohort.csv")
    assert result.status is CheckStatus.FAILED
    assert finding.code == "RSP204"
    # six features and their one indicator; the constant column is not fitted
    assert str(finding.message) == "4 patients in the smaller class for 7 features (0.57 per feature)"
    many = table_of(np.arange(20.0))
    assert check_events(many, 10, "cohort.csv")[0].status is CheckStatus.PASSED
    assert check_events(many, 1, "cohort.csv")[0].status is CheckStatus.NOT_APPLICABLE


IDS = ("P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P10")


@pytest.mark.parametrize(
    ("column", "message", "zh"),
    [
        ([0.027, 0, 0, 0, 0, 0, 0, 0, 0.228],
         "without P01 or P10, 'a' differs only in one patient, and P10 lies 22.5 SD beyond the others",
         "去掉 P01 或 P10 后，“a”只在一名患者中不同，且 P10 超出其余患者 22.5 个标准差"),
        ([0, 1, 0, 0, 1, 0, 0, 0, 0],
         "without P02 or P05, 'a' differs only in one patient", "去掉 P02 或 P05 后，“a”只在一名患者中不同"),
        ([0, 1, 0, 0, 0, 0, 0, 0, 0], "'a' differs only in one patient, P02", "“a”只在一名患者（P02）中不同"),
        ([1, 2, 3, 4, 5, 6, 7, 8, 90], "without P10, the 'a' of P10 lies 35.8 SD beyond all others",
         "去掉 P10 后，P10 的“a”超出其余所有患者 35.8 个标准差"),
    ],
)  # fmt: skip
def test_a_feature_that_rests_on_one_patient_is_named_with_patient_and_fold(column, message, zh):
    result, (finding,) = check_features(table_of(column), IDS)
    assert (result.code, result.status) == ("RSP311", CheckStatus.FAILED)
    assert (str(finding.message), finding.severity) == (message, Severity.CAUTION)
    assert finding.message.in_language("zh") == zh
    assert finding.hint == Phrase("RSP311.fix", {"sd": 1.0})
    assert finding.where == Phrase("place.feature", {"feature": "a"})
    assert result.title == Phrase("RSP311.title")


def test_one_gap_is_named_too_and_ordinary_features_are_not():
    ordinary = [3.1, 2.5, 4.0, 3.3, 2.9, 3.6, 2.2, 3.8, 3.0]
    result, findings = check_features(table_of(ordinary), IDS)
    assert (result.status, findings) == (CheckStatus.PASSED, [])
    gap = [GAP, *ordinary[1:]]
    assert [f.message for f in check_features(table_of(gap), IDS)[1]] == [
        Phrase("RSP311.alone.what", {"feature": "a_missing", "patient": "P01"})
    ]
    assert check_features(table_of([1, 2, 3, 9]), IDS[:4])[1] == []  # nothing can be told of so few


def permutation_of(auc):
    auc = np.array(auc, dtype=float)
    return PermutationTest(auc, auc, 0, True, "greater", 1, 1, True, np.arange(len(auc)))


def test_a_level_out_of_reach_is_a_finding_where_there_is_a_test():
    """Of 19 labelings without ties the smallest p is 1/19, above 0.05; of 20 it is 0.05, which reaches the level."""
    for labelings, status in ((19, CheckStatus.FAILED), (20, CheckStatus.PASSED)):
        result, finding = _smallest_p("model", permutation_of(np.linspace(1, 0, labelings)), 0.05)
        assert result.status is status
        assert (finding is None) == (status is CheckStatus.PASSED)
    assert finding is None
    for silent in (None, permutation_of([np.nan] * 20)):
        assert _smallest_p("model", silent, 0.05)[0].status is CheckStatus.NOT_APPLICABLE


def test_what_the_budget_cut_is_a_finding_where_there_is_a_test():
    whole = PermutationPlan(84, True, 36, 36, 1512, 1.0, is_cut=False)
    cut = PermutationPlan(84, True, 20, 36, 800, 1.0, is_cut=True)
    test = permutation_of(np.linspace(1, 0, 84))
    assert _budget("model", whole, test)[0].status is CheckStatus.PASSED
    result, finding = _budget("model", cut, test)
    assert result.status is CheckStatus.FAILED
    assert (finding.message.values["pairs"], finding.message.values["all_pairs"]) == (20, 36)
    for plan, permutation in ((None, test), (cut, None), (None, None)):
        assert _budget("model", plan, permutation)[0].status is CheckStatus.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("model", "features", "enough"),
    [("ridge:0.1", 2000, 0.0045), ("groupridge:0.1", 700, 0.012), ("ridge:0.01", 700, None), ("ridge:1", 20, None)],
)
def test_a_penalty_for_a_few_features_is_weak_for_thousands(model, features, enough):
    table = Table(plain_features(features), np.zeros((20, features)), {})
    result, finding = _weak_penalty("model", table, build_model(model, table.feature_table))
    if enough is None:
        assert finding is None
        assert result.status is (CheckStatus.PASSED if features > 20 else CheckStatus.NOT_APPLICABLE)
        return
    assert result.status is CheckStatus.FAILED
    assert f"{model.partition(':')[0]}:{enough} or less" in str(finding.hint)
    # what it recommends passes
    again = build_model(f"{model.partition(':')[0]}:{enough}", table.feature_table)
    assert _weak_penalty("model", table, again)[0].status is CheckStatus.PASSED


def test_a_penalty_is_asked_only_of_models_that_have_one():
    table = Table(plain_features(100), np.zeros((20, 100)), {})
    for model in ("prevalence", "logf:2", "gp", "lightgbm"):
        learner = build_model(model, table.feature_table)
        assert _weak_penalty("model", table, learner)[0].status is CheckStatus.NOT_APPLICABLE
    assert _weak_penalty("model", table, None)[0].status is CheckStatus.NOT_APPLICABLE
