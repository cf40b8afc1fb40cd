"""Shapley values of estimators that are not ours, by the explainers of the shap package, chosen by what fits.

All of them play the same game as our own kernels: interventional, on the logit scale, against the whole background.
shap would silently cut a background to 100 rows, so every masker is told its size.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np

from responder.arrays import FloatArray
from responder.models.decision import Decision
from responder.models.foreign import ForeignDecision
from responder.models.shapley import MOST_PLAYERS, Groups, ShapleyValues, shapley_values

__all__ = ["Explainer", "attribute", "explainer_of", "foreign_shapley", "rows_asked"]

Explainer = Literal["closed_form", "tree", "exact", "permutation", "own"]
"""``own`` are our kernels, where shap is not installed."""

MOST_ROWS = 50_000
"""Rows predicted for one patient up to which every coalition is counted."""

MOST_FEATURES = 14
PERMUTATIONS = 10
ADDITIVITY_TOLERANCE = 1e-5  # trees of some libraries are kept in single precision


def attribute(
    decision: Decision,
    rows: FloatArray,
    background: FloatArray,
    groups: Groups | None = None,
    *,
    weight: FloatArray | None = None,
    most_multiplications: float,
    rng: np.random.Generator,
) -> ShapleyValues:
    """Attribute the logit of profiles, by shap's explainers where the decision is foreign, else by our own kernels.

    Our own also serve where shap is not installed, and where the features of a group enter together, which shap's
    explainers do not offer; the quantity is the same. See `responder.models.shapley.shapley_values`.
    """
    alone = groups is None or all(len(group) == 1 for group in groups)
    if isinstance(decision, ForeignDecision) and alone and find_spec("shap") is not None:
        return foreign_shapley(decision, rows, background, weight=weight, seed=int(rng.integers(2**31)))
    return shapley_values(
        decision, rows, background, groups, weight=weight, most_multiplications=most_multiplications, rng=rng
    )


def explainer_of(decision: Decision, background: FloatArray) -> Explainer:
    """Return which explainer a decision gets.

    Coefficients have a closed form, which is shap's Linear explainer. Trees that add up to the logit get shap's Tree
    explainer; anything else the Exact one, up to `MOST_ROWS` predictions a patient, or the Permutation one.

    Parameters
    ----------
    decision : Decision
        A fitted decision.
    background : ndarray, shape (n, k)
        The whole background.
    """
    if not isinstance(decision, ForeignDecision):
        return "closed_form"
    if find_spec("shap") is None:
        return "own"
    if _tree(decision, background[:2], background) is not None:
        return "tree"
    k = background.shape[1]
    return "exact" if k <= MOST_FEATURES and 2**k * len(background) <= MOST_ROWS else "permutation"


def rows_asked(explainer: Explainer, features: int, background: int) -> int:
    """Return at most how many rows are predicted to explain one patient.

    Examples
    --------
    >>> rows_asked("exact", 6, 50), rows_asked("permutation", 20, 50), rows_asked("tree", 20, 50)
    (3200, 20500, 0)
    """
    if explainer == "own":
        explainer = "exact" if features <= MOST_PLAYERS else "permutation"
    if explainer == "exact":
        return int(2**features) * background
    return PERMUTATIONS * (2 * features + 1) * background if explainer == "permutation" else 0


def foreign_shapley(
    decision: ForeignDecision, rows: FloatArray, background: FloatArray, *, weight: FloatArray | None = None, seed: int
) -> ShapleyValues:
    """Attribute the logit of profiles to their features.

    Parameters
    ----------
    decision : ForeignDecision
        A fitted estimator.
    rows : ndarray, shape (m, k)
        Profiles, standardised.
    background : ndarray, shape (n, k)
        Rows that stand for "feature not known".
    weight : ndarray, shape (n,), optional
        How often each background row counts: whole numbers, such as those of a bootstrap sample.
    seed : int
        Of the random orders, where coalitions are too many to count.
    """
    if weight is not None:
        background = np.repeat(background, np.rint(weight).astype(np.int64), axis=0)
    logit, base = decision.logit(rows), float(decision.logit(background).mean())
    error = np.zeros(rows.shape)
    explainer = explainer_of(decision, background)
    values = _tree(decision, rows, background) if explainer == "tree" else None
    if values is None:
        import shap  # here, because it takes seconds, and its numba compiles on first use

        masker = shap.maskers.Independent(background, max_samples=len(background))
        with _quiet():
            if explainer == "permutation":
                values, error = _sampled(shap, decision, masker, rows, seed)
            else:
                most = 2 ** rows.shape[1] + 1
                values = shap.explainers.Exact(decision.logit, masker)(rows, max_evals=most, silent=True).values
    return ShapleyValues(np.asarray(values, dtype=float), base, logit, error, explainer != "permutation")


def _sampled(
    shap: Any, decision: ForeignDecision, masker: Any, rows: FloatArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return values and their standard errors; shap draws from NumPy's global state, which is put back."""
    before = np.random.get_state()  # noqa: NPY002 (not ours to choose)
    try:
        explainer = shap.explainers.Permutation(decision.logit, masker, seed=seed)
        most = PERMUTATIONS * (2 * rows.shape[1] + 1)
        found = explainer(rows, max_evals=most, error_bounds=True, silent=True)
    finally:
        np.random.set_state(before)  # noqa: NPY002
    # forward and backward passes through one order hang together: half of the passes count as independent
    return np.asarray(found.values), np.asarray(found.error_std) / np.sqrt(PERMUTATIONS)


def _tree(decision: ForeignDecision, rows: FloatArray, background: FloatArray) -> FloatArray | None:
    """Return the values by shap's Tree explainer, or None where it does not know the trees or they give no logit."""
    if not hasattr(decision.fitted, "predict_proba") or not _has_trees(decision.fitted):
        return None
    import shap

    masker = shap.maskers.Independent(background, max_samples=len(background))
    try:
        with _quiet():
            explainer = shap.TreeExplainer(decision.fitted, masker, feature_perturbation="interventional")
            values = np.asarray(explainer.shap_values(rows, check_additivity=False), dtype=float)
            base = float(np.ravel(explainer.expected_value)[-1])
    except Exception:  # noqa: BLE001 (shap raises whatever its reader of trees runs into; other explainers know them)
        return None
    if values.shape != rows.shape:
        return None
    logit = decision.logit(rows)
    adds_up = np.abs(base + values.sum(axis=1) - logit) <= ADDITIVITY_TOLERANCE * (1.0 + np.abs(logit))
    return values if adds_up.all() else None


def _has_trees(fitted: Any) -> bool:
    """Return whether it is worth asking: boosted trees are kept under one of these names, and add up to a logit."""
    if any(hasattr(fitted, name) for name in ("_predictors", "get_booster", "booster_")):
        return True
    return isinstance(getattr(fitted, "estimators_", None), np.ndarray)


class _quiet(warnings.catch_warnings):  # noqa: N801 (a context, named like those of the standard library)
    """Keep what shap and the estimators warn of from the terminal."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
