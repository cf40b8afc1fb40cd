"""Questions to the refit engine whose training sets leave a few patients out, answered from the fit of everybody.

Leave-one-out, leave-pair-out, the tournament and the permutation test ask such questions, by the ten thousand in a
larger cohort. `responder.models.left_out` says how they are fitted; here a table and a question become its arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.features.spec import FOLD_MARGIN_SD, weighted_median
from responder.models.base import Predictions, TrainingSets
from responder.models.labelings import distinct_labelings
from responder.models.left_out import LeftOutSets, fit_left_out, variances_left_out
from responder.models.logistic import Logistic
from responder.models.posterior import columns_looked_at
from responder.models.solver import Status, solve
from responder.validate.table import Refits, Table

__all__ = ["FEWEST_PATIENTS", "LeftOutAnswers", "can_be_shared", "fits_left_out", "predict_left_out"]

FEWEST_PATIENTS = 40
"""Below, two patients are too large a part of all for steps with everybody's curvature, and cold fits are cheap."""
MOST_LEFT_OUT = 3
SMALLEST_VARIANCE = 1e-4
"""Of a feature in a training set, in units of everybody's: below, a difference of sums of squares loses digits."""
NUMBERS_AT_ONCE = 2_000_000


def can_be_shared(table: Table, model: Logistic, refits: Refits) -> bool:
    """Return whether a question is of this kind: one penalised likelihood, few patients left out, the same number."""
    if not model.family.penalised or table.imputer is not None:
        return False
    if table.n < FEWEST_PATIENTS or len(refits.train) < 2:
        return False
    if len(columns_looked_at(model, len(table.feature_table.names))) > table.n:
        return False  # a design wider than long is fitted by its rows
    left_out = table.n - np.count_nonzero(refits.train, axis=1)
    few = left_out[0] <= MOST_LEFT_OUT and (left_out == left_out[0]).all()
    return bool(few and left_out[0] > 0 and ((refits.train == 0.0) | (refits.train == 1.0)).all())


@dataclass(frozen=True)
class LeftOutAnswers:
    """Fits of some of the training sets of a question.

    Attributes
    ----------
    here : ndarray of int, shape (S,)
        Which training sets of the question.
    coefficients : ndarray, shape (S, K, L)
        On standardised features, the intercept first.
    variance : ndarray, shape (S, a, L), optional
        Of the linear predictor of who is asked, where the model averages over its coefficients.
    rows : ndarray, shape (S, a, K)
        Who is asked, as each training set standardises them, an intercept first.
    status : ndarray, shape (S, L)
        See `responder.models.solver.Status`.
    answered : ndarray of bool, shape (S, L)
        Which fits are answered; the others are to be fitted cold.
    """

    here: IntArray
    coefficients: FloatArray
    variance: FloatArray | None
    rows: FloatArray
    status: FloatArray
    answered: BoolArray


def predict_left_out(table: Table, model: Logistic, refits: Refits) -> tuple[Predictions, BoolArray]:
    """Answer a question, and say which fits, shape (M, L), are answered; the others are to be fitted cold.

    Parameters
    ----------
    table : Table
        Of n patients.
    model : Logistic
        One of the penalised family.
    refits : Refits
        A question that `can_be_shared`.
    """
    shape = len(refits.train), refits.labels.shape[2]
    logit = np.full((shape[0], refits.ask.shape[1], shape[1]), np.nan)
    status, answered = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=bool)
    for found in fits_left_out(table, model, refits, columns_looked_at(model, len(table.feature_table.names))):
        one_class = (found.status == Status.ONE_CLASS)[:, None, :]
        own = model.logits(found.coefficients, found.variance, found.rows)
        logit[found.here] = np.where(one_class, np.nan, own)
        status[found.here], answered[found.here] = found.status, found.answered
    return Predictions(logit, status), answered


def fits_left_out(table: Table, model: Logistic, refits: Refits, columns: Sequence[int]) -> Iterator[LeftOutAnswers]:
    """Yield the fits of a question, so many at once as memory allows.

    Parameters
    ----------
    table : Table
        Of n patients.
    model : Logistic
        One of the penalised family.
    refits : Refits
        A question that `can_be_shared`.
    columns : sequence of int
        Features that the model looks at.
    """
    looked_at = list(columns)
    everybody = np.ones((1, table.n))
    whole = table.scaling(everybody)
    features = whole.apply(table.derived, table.missing)
    labelings, labeling_of = distinct_labelings(refits.labels)
    start = _fits_of_everybody(model, features, everybody, labelings)[:, [0, *(column + 1 for column in looked_at)]]
    out = np.nonzero(refits.train == 0.0)[1].reshape(len(refits.train), -1)
    size = len(looked_at) + 1
    asked = max(1, refits.ask.shape[1])
    numbers = asked * size * (refits.labels.shape[2] if model.family.with_information else 1) + refits.labels.shape[2]
    at_once = max(1, NUMBERS_AT_ONCE // numbers)
    for same in _same_medians(table, refits.train):
        values = table.scaling(refits.train[same[:1]]).filled(table.derived, table.missing)
        values = ((values - whole.mean) / whole.unit * ~whole.constant)[:, looked_at]
        for first in range(0, len(same), at_once):
            here = same[first : first + at_once]
            part = Refits(refits.train[here], refits.labels[here], refits.ask[here])
            yield LeftOutAnswers(here, *_answer(model, values, out[here], part, labelings, labeling_of[here], start))


def _fits_of_everybody(
    model: Logistic, features: FloatArray, everybody: FloatArray, labelings: FloatArray
) -> FloatArray:
    """Return the coefficients, shape (U, 1 + features), of the fits of everybody under each labeling."""
    problem = model.problem(TrainingSets(features, everybody, labelings.T[None]))
    return np.asarray(solve(problem, model.family).coefficients[0].T)


def _same_medians(table: Table, train: FloatArray) -> list[IntArray]:
    """Return the training sets in groups that fill gaps with the same values."""
    gaps = np.flatnonzero(np.isnan(table.derived).any(axis=0))
    if not gaps.size:
        return [np.arange(len(train))]
    _, which = np.unique(weighted_median(table.derived[:, gaps], train), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(which.ravel()[order])) + 1)


def _answer(
    model: Logistic,
    values: FloatArray,
    out: IntArray,
    refits: Refits,
    labelings: FloatArray,
    labeling_of: IntArray,
    start: FloatArray,
) -> tuple[FloatArray, FloatArray | None, FloatArray, FloatArray, BoolArray]:
    """Return coefficients (M, K, L), variance, rows (M, a, K), status (M, L) and which fits are answered (M, L)."""
    n, (sets, fits) = len(values), labeling_of.shape
    trained = n - out.shape[1]
    mean = (values.sum(axis=0) - values[out].sum(axis=1)) / trained
    variance = ((values**2).sum(axis=0) - (values[out] ** 2).sum(axis=1)) / trained - mean**2
    constant = ~values.any(axis=0)
    sd = np.where(constant, 1.0, np.sqrt(np.maximum(variance, SMALLEST_VARIANCE)))
    positive = labelings.sum(axis=1)[labeling_of] - labelings[labeling_of[:, :, None], out[:, None]].sum(axis=2)
    one_class = (positive <= 0) | (positive >= trained)
    possible = ~one_class & (constant | (variance > SMALLEST_VARIANCE)).all(axis=1)[:, None]
    set_of, fit_of = np.nonzero(possible)
    design = np.column_stack([np.ones(n), values])
    asked = LeftOutSets(design, out, mean, sd, labelings, set_of, labeling_of[set_of, fit_of])
    prior = model.prior(values.shape[1])
    found = fit_left_out(asked, start, prior)
    coefficients = np.zeros((sets, fits, design.shape[1]))
    coefficients[set_of, fit_of] = found.coefficients
    rows = _standardised(values, out, refits.ask, mean, sd)
    variance = None
    if model.family.with_information:
        variance = np.ones((sets, rows.shape[1], fits))
        own = variances_left_out(asked, start, found.coefficients, prior, rows[set_of])
        variance[set_of, :, fit_of] = own
    answered = one_class.copy()
    answered[set_of, fit_of] = found.settled
    status = np.where(one_class, Status.ONE_CLASS, Status.OK)
    return coefficients.transpose(0, 2, 1), variance, rows, status, answered


def _standardised(values: FloatArray, out: IntArray, ask: IntArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Return who is asked as each training set standardises them, an intercept first, shape (M, a, K).

    A value is held within the range of the training rows and `FOLD_MARGIN_SD` beyond, as `fit_scaling` says.
    """
    order = np.argsort(values, axis=0, kind="stable")
    columns = np.arange(values.shape[1])
    bounds = []
    for ends in (order[: out.shape[1] + 1], order[::-1][: out.shape[1] + 1]):
        # the outermost row that is not left out
        inside = (ends[None, :, :, None] != out[:, None, None, :]).all(axis=3).argmax(axis=1)
        bounds.append(values[ends[inside, columns], columns])
    held = np.clip(values[ask], (bounds[0] - FOLD_MARGIN_SD * sd)[:, None], (bounds[1] + FOLD_MARGIN_SD * sd)[:, None])
    standardised = (held - mean[:, None]) / sd[:, None]
    return np.concatenate([np.ones((*ask.shape, 1)), standardised], axis=2)
