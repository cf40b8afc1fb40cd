"""The fixed settings that an experiment may give a kind of model, with their bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from responder.errors import ConfigError
from responder.models.title import NUMBER_BY_DEFAULT
from responder.toml_file import StrictModel, parse_model

__all__ = ["checked_settings"]

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]
Whole = Annotated[int, Field(ge=1, le=10_000)]


class _GaussianProcess(StrictModel):
    """See `responder.models.gp.GaussianProcessModel`."""

    signal_variance: Positive | None = None
    length: Positive | None = None
    offset_variance: NotNegative | None = None


class _Bayes(StrictModel):
    """See `responder.models.bayes.BayesModel`."""

    prior_sd: Positive | None = None
    intercept_sd: Positive | None = None


class _Borrow(StrictModel):
    """See `responder.models.borrow.BorrowModel`; what is borrowed is said in ``[borrow]``."""

    intercept_sd: Positive | None = None


class _GroupRidge(StrictModel):
    """See `responder.models.group_ridge.GroupRidgeModel`."""

    groups: dict[str, tuple[str, ...]] | None = None


class _SingleMarker(StrictModel):
    """See `responder.models.logistic.SingleMarkerModel`."""

    c: Positive | None = None


class _LightGbm(StrictModel):
    """LightGBM's own parameters that change how trees grow; all else is fixed, so that a run can be repeated.

    LightGBM ignores names that it does not know, so a slip would pass in silence.
    """

    rounds: Whole | None = None
    num_leaves: Annotated[int, Field(ge=2, le=128)] | None = None
    max_depth: Annotated[int, Field(ge=1, le=16)] | None = None
    learning_rate: Share | None = None
    min_data_in_leaf: Whole | None = None
    min_data_in_bin: Whole | None = None
    min_sum_hessian_in_leaf: NotNegative | None = None
    min_gain_to_split: NotNegative | None = None
    lambda_l1: NotNegative | None = None
    lambda_l2: NotNegative | None = None
    path_smooth: NotNegative | None = None
    feature_fraction: Share | None = None
    max_bin: Annotated[int, Field(ge=2, le=255)] | None = None


_KINDS: Mapping[str, type[StrictModel]] = {
    "bayes": _Bayes,
    "borrow": _Borrow,
    "gp": _GaussianProcess,
    "groupridge": _GroupRidge,
    "lightgbm": _LightGbm,
    "single": _SingleMarker,
}


def checked_settings(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a kind of model, checked.

    Raises
    ------
    ConfigError
        If the kind has no such setting, or none of that value.

    Examples
    --------
    >>> checked_settings("gp", {"length": 2})
    {'length': 2.0}
    """
    if not given:
        return {}
    if kind not in _KINDS:
        case = "model_penalty_in_name" if kind in NUMBER_BY_DEFAULT else "model_no_settings"
        raise ConfigError(case, where=f"settings.{kind}", kind=kind)
    return parse_model(dict(given), _KINDS[kind], f"settings.{kind}").model_dump(exclude_unset=True)
