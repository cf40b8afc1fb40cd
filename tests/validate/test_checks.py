"""Checks of tuning: the threshold on both its sides, and choices that bootstrap refits do not repeat."""

import numpy as np
import pytest

from responder.cohort.findings import CheckStatus, Severity
from responder.validate.checks import _undetermined_setting, check_tuning
from responder.validate.tuning_report import TuningReport


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
    assert "chose c from 0.1 to 10" in finding.message
    assert _undetermined_setting("model", report_of(np.empty(0)))[0].status is CheckStatus.NOT_APPLICABLE
    assert _undetermined_setting("model", None)[0].status is CheckStatus.NOT_APPLICABLE
