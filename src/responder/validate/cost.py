"""What a fit costs, nominally: measured once on a 2020s laptop core, and never on the clock of a run.

Budgets buy fits at these costs, and a plan adds them up. ``benchmarks/fits.py`` sets them beside what fits take.
"""

from __future__ import annotations

from responder.models.base import NamedModel
from responder.models.group_ridge import GroupRidgeModel
from responder.models.labelings import MOST_ROWS_FACTORED
from responder.models.left_out import COLUMNS_A_ROW
from responder.models.low_rank import is_low_rank
from responder.models.wide import MANY_COLUMNS
from responder.validate.left_out import FEWEST_PATIENTS

__all__ = ["seconds_of_fit", "seconds_of_sample_fit"]

ALSO_JUDGED = 3.0
"""What a ridge fit costs whose marginal likelihood is asked for, in ridge fits."""
PATIENTS_A_FEATURE = {"ridge": 1, "single": 1, "neutral": 1, "logf": 3, "bayes": 3}
"""From so many patients a feature on, fits that leave a few out settle when they start from that of everybody."""
AVERAGED = {"bayes": 2, "neutral": 1}
"""Kinds that ask for the variance at each estimate, over which their predictions are averaged, and of how many rows."""
FACTORS = {"firth": 12.0, "flac": 20.0, "bayes": 1.5, "neutral": 1.5, "borrow": 4.0, "logf": 1.2, "ml": 3.0}
"""In ridge fits."""
NEAR_SEPARATION = 3.0
"""How many more steps Firth's likelihood takes where two to four patients a feature all but separate the classes."""
SEPARATED = 0.2
"""Of its steps, where features outnumber patients."""


def seconds_of_fit(model: NamedModel, n: int, features: int) -> float:
    """Return the nominal cost of one of many refits that leave a few patients out.

    Parameters
    ----------
    model : NamedModel
        What is fitted.
    n, features : int
        Patients, and features that the model looks at.
    """
    k = features + 1
    if model.is_baseline:
        return 1e-6 + 1e-9 * n
    declared: float | None = getattr(model, "seconds_per_fit", None)
    if declared is not None:
        return declared
    if not model.batched:
        return 1.5e-3 + 1e-5 * n
    kind = model.id.partition(":")[0]
    if kind == "gp":
        return 2e-6 * n + 3e-9 * n**3 if n <= MOST_ROWS_FACTORED else 3e-4 + 3e-8 * n**2 + 2.2e-10 * n**3
    if kind in PATIENTS_A_FEATURE and n >= max(FEWEST_PATIENTS, PATIENTS_A_FEATURE[kind] * features):
        return 5e-6 + n * (6e-8 + 8e-9 * k) + _seconds_of_variance(n, k, AVERAGED.get(kind, 0))
    fits = ALSO_JUDGED * len(model.variances) if isinstance(model, GroupRidgeModel) else 1.0
    by_rows = is_low_rank(n, features) if kind == "bayes" else features > n
    if kind in {"ridge", "groupridge", "neutral", "bayes"} and by_rows:
        return fits * (4e-9 * (6 * n**2 + 2 * n**3) + 2e-9 * n * features)
    linear = 1e-6 + 4e-9 * (n * k * 6 + k**3 * 2)
    if kind in {"firth", "flac"}:
        return linear * FACTORS[kind] * (SEPARATED if k > n else NEAR_SEPARATION if 2 * k < n <= 4 * k else 1.0)
    if k >= MANY_COLUMNS:
        linear = _seconds_of_matrices(n + k if kind == "logf" else n, k)
    return fits * linear * FACTORS.get(kind, 1.0)


def seconds_of_sample_fit(model: NamedModel, n: int, features: int) -> float:
    """Return the nominal cost of a refit on a bootstrap sample or without a fold, and of everybody's logit from it.

    It has a design of its own, and starts from nothing. Parameters as of `seconds_of_fit`.
    """
    kind, k = model.id.partition(":")[0], features + 1
    own = seconds_of_fit(model, n, features)
    if model.is_baseline or not model.batched or kind == "gp" or features > n:
        return own
    if kind in {"firth", "flac"}:
        return 1e-4 + 2.0 * own
    rows = n + k if kind == "logf" else n
    linear = _seconds_of_matrices(rows, k) if k >= MANY_COLUMNS else 6e-5 + rows * k * (1e-7 + 1.2e-8 * k)
    return linear * {"borrow": 4.0, "ml": 3.0}.get(kind, 1.0)


def _seconds_of_variance(n: int, k: int, rows: int) -> float:
    """Return the nominal cost of the variance of rows, by steps or by the information of the fit."""
    if not rows:
        return 0.0
    return 1e-5 + (5e-9 * rows * n * k if k >= COLUMNS_A_ROW * rows else 5e-10 * n * k**2)


def _seconds_of_matrices(rows: int, k: int) -> float:
    """Return the nominal cost of a fit whose steps are products of whole matrices."""
    return 2e-4 + rows * k * (3e-8 + 4.5e-10 * k) + 5e-10 * k**3
