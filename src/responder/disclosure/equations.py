"""What the fitted numbers of a bundle say of the outcomes, once the rows of its patients are known.

A fit ends where its gradient is zero, and the gradient of every likelihood here is linear in the outcomes: each fitted
coefficient is one linear equation in the n unknown outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from responder.arrays import FloatArray
from responder.models.decision import KernelDecision, LinearDecision, TreeDecision
from responder.models.posterior import INTERCEPT_SD, PREDICTOR_SD, NeutralPosterior
from responder.models.solver import expit
from responder.models.trees import SMALL_SAMPLE_PRESET
from responder.score.bundle import Bundle

__all__ = ["FITTED", "Equations", "equations_of", "penalty_of"]

FITTED = 1e-7
"""A fit ends when no linear predictor moves by more than 1e-5; Newton's method leaves its square."""
SINGLE_PRECISION = 0.05
"""Trees keep gradients in single precision; what their leaves count is whole."""
INTERCEPT_BOUND = 50.0
BISECTIONS = 100


@dataclass(frozen=True)
class Equations:
    """Linear equations in the outcomes of n patients.

    Attributes
    ----------
    source : str
        Part of the bundle that they come from: ``decision`` or ``posterior``.
    matrix : ndarray, shape (m, n)
    target : ndarray, shape (m,)
        matrix outcomes = target.
    tolerance : float
        How far the true outcomes may miss them.
    """

    source: str
    matrix: FloatArray
    target: FloatArray
    tolerance: float = FITTED


def equations_of(bundle: Bundle, rows: FloatArray) -> tuple[Equations, ...]:
    """Return the equations of the model itself, and of the posterior behind the interval of the next patient.

    Parameters
    ----------
    bundle : Bundle
    rows : ndarray, shape (n, k)
        Standardised features of its patients.
    """
    found = []
    decision = bundle.pipeline.decision
    if isinstance(decision, LinearDecision):
        linear = _linear(bundle.model.id, decision, rows, bundle.standing.responders)
        found += [] if linear is None else [Equations("decision", *linear)]
    elif isinstance(decision, KernelDecision):
        found.append(Equations("decision", *_kernel(decision)))
    elif isinstance(decision, TreeDecision):
        found.append(Equations("decision", *_trees(decision, rows, bundle.standing.prevalence), SINGLE_PRECISION))
    if bundle.next_patient is not None:
        found.append(Equations("posterior", *_posterior(bundle.next_patient.posterior, rows)))
    return tuple(found)


def penalty_of(model: str) -> Callable[[FloatArray], FloatArray] | None:
    """Return the gradient of a linear model's penalty in its coefficients; None where the id does not say it.

    Examples
    --------
    >>> gradient = penalty_of("ridge:0.1")
    >>> gradient(np.array([0.5])).tolist()
    [5.0]
    """
    kind, _, argument = model.partition(":")
    if kind == "ridge":
        return lambda beta: beta / float(argument or 1.0)
    if kind == "single":
        return lambda beta: beta
    if kind == "logf":
        return lambda beta: float(argument or 1.0) * (expit(beta) - 0.5)
    return np.zeros_like if kind in {"ml", "firth"} else None


def _design(rows: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(rows)), rows])


def _linear(
    model: str, decision: LinearDecision, rows: FloatArray, responders: int
) -> tuple[FloatArray, FloatArray] | None:
    """Return X' y = X' p + the penalty's gradient; of Firth's likelihood p is p - h (1/2 - p), h the leverages."""
    penalty = penalty_of(model)
    if penalty is None:
        return None
    used = np.flatnonzero(decision.coefficients) if model.startswith("single") else np.arange(rows.shape[1])
    design = _design(rows[:, used])
    slopes = decision.coefficients[used]
    part = rows[:, used] @ slopes
    if model == "firth":
        return np.asarray(design.T), design.T @ _firth_fitted(design, part, responders)
    fitted = expit(decision.intercept + part)
    return np.asarray(design.T), design.T @ fitted + np.append(0.0, penalty(slopes))


def _firth_fitted(design: FloatArray, part: FloatArray, responders: int) -> FloatArray:
    """Return what stands for p in Firth's score equations, at the intercept that was fitted before it was re-estimated.

    The bundle has the re-estimated one; the fitted one follows from the number of responders.
    """

    def stand_in(intercept: float) -> FloatArray:
        p = expit(intercept + part)
        root = np.sqrt(p * (1.0 - p))[:, None] * design
        leverage = np.einsum("ij,ji->i", root, np.linalg.pinv(root))
        return np.asarray(p - leverage * (0.5 - p))

    low, high = -INTERCEPT_BOUND, INTERCEPT_BOUND
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if stand_in(middle).sum() < responders else (low, middle)
    return stand_in((low + high) / 2.0)


def _posterior(posterior: NeutralPosterior, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    design = _design(rows[:, list(posterior.columns)])
    precision = np.full(design.shape[1], len(posterior.columns) / PREDICTOR_SD**2)
    precision[0] = INTERCEPT_SD**-2
    return np.asarray(design.T), design.T @ expit(design @ posterior.mean) + precision * posterior.mean


def _kernel(decision: KernelDecision) -> tuple[FloatArray, FloatArray]:
    """Return each outcome on its own: at the mode the dual weights are outcome less probability."""
    square = ((decision.rows[:, None, :] - decision.rows[None, :, :]) ** 2).sum(axis=2)
    kernel = decision.signal_variance * np.exp(square / (-2.0 * decision.length**2)) + decision.offset_variance
    return np.eye(len(decision.rows)), decision.dual + expit(kernel @ decision.dual)


def _trees(decision: TreeDecision, rows: FloatArray, prevalence: float) -> tuple[FloatArray, FloatArray]:
    """Return an equation a leaf: its value is a Newton step from the trees before it (Chen and Guestrin 2016, eq. 5).

    The first tree holds the log-odds of the prevalence, from which boosting starts, in all of its leaves.
    """
    rate, ridge = SMALL_SAMPLE_PRESET["learning_rate"], SMALL_SAMPLE_PRESET["lambda_l2"]
    start = float(np.log(prevalence / (1.0 - prevalence)))
    logit = np.full(len(rows), start)
    matrix, target = [], []
    for number, tree in enumerate(decision.trees):
        own = TreeDecision((tree,)).logit(rows) - (start if number == 0 else 0.0)
        p = expit(logit)
        if len(tree["value"]) > 1:
            for value in np.unique(own):
                leaf = own == value
                matrix.append(leaf.astype(float))
                target.append(p[leaf].sum() + value / rate * ((p * (1.0 - p))[leaf].sum() + ridge))
        logit = logit + own
    return np.array(matrix).reshape(-1, len(rows)), np.array(target)
