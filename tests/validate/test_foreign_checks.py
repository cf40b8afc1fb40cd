"""Checks of estimators that are not ours, each on both its sides."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from tests.validate.test_refit import make_table

from responder.cohort.findings import CheckStatus
from responder.models import Status
from responder.models.foreign import foreign_model
from responder.validate.foreign_checks import check_foreign
from responder.validate.loo import LeaveOneOut
from responder.validate.pairs import PairMatrix
from responder.validate.permutation import PermutationTest
from responder.validate.scored_pairs import ScoredPairs

N = 9


def statuses(*codes):
    status = np.full(N, Status.OK, dtype=np.uint8)
    status[: len(codes)] = codes
    return LeaveOneOut(np.zeros(N), 0.0, status)


def checked(loo, failed_pairs=0, permutation=None, estimator=None):
    table, outcome = make_table(0, N, missing=0.0)
    pairs = PairMatrix(ScoredPairs.of(np.ones((3, 6))), np.arange(3), np.arange(3, 9), failed=failed_pairs)
    model = foreign_model(estimator or LogisticRegression(), "own")
    return dict(
        zip(
            ("every", "converges", "probabilities"),
            check_foreign(table, model, outcome, loo, pairs, permutation),
            strict=True,
        )
    )


def test_where_every_fit_succeeds_and_settles_nothing_is_found():
    for result, finding in checked(statuses()).values():
        assert (result.status, finding) == (CheckStatus.PASSED, None)


TESTED = PermutationTest(np.ones(4), np.ones(4), 0, True, "greater", 40, 36, True, np.arange(4), failed=5)


@pytest.mark.parametrize(
    ("loo", "failed_pairs", "permutation", "expected"),
    [
        (statuses(Status.FAILED), 0, None, (1, 0, 0)),
        (statuses(), 2, None, (0, 2, 0)),
        (statuses(), 0, TESTED, (0, 0, 5)),
        (statuses(Status.FAILED), 2, TESTED, (1, 2, 5)),
    ],
)
def test_fits_that_failed_are_counted_wherever_they_did(loo, failed_pairs, permutation, expected):
    result, finding = checked(loo, failed_pairs, permutation)["every"]
    assert (result.status, finding.code) == (CheckStatus.FAILED, "RSP312")
    told = finding.message.values
    assert (told["loo"], told["lpo"], told["tested"]) == expected
    assert (told["of_loo"], told["of_lpo"], told["of_tested"]) == (N, 18, 40 if permutation else 0)


def test_what_the_estimator_said_is_told():
    _, finding = checked(statuses(Status.FAILED), estimator=KNeighborsClassifier(50))["every"]
    assert "n_neighbors" in str(finding.message.values["problem"])


@pytest.mark.parametrize("folds", [1, 3])
def test_folds_that_did_not_settle_are_counted(folds):
    result, finding = checked(statuses(*[Status.NOT_CONVERGED] * folds))["converges"]
    assert (result.status, finding.code) == (CheckStatus.FAILED, "RSP313")
    assert (finding.message.values["count"], finding.message.values["of"]) == (folds, N)
