"""One registry: how experiments name models, and how a name becomes a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from responder.errors import ConfigError, did_you_mean, known_names
from responder.models.base import FeatureTable, Model
from responder.models.bayes import BayesModel, expected_log_odds
from responder.models.borrow import BorrowModel
from responder.models.gp import GaussianProcessModel
from responder.models.group_ridge import GroupRidgeModel
from responder.models.logistic import (
    FirthModel,
    FlacModel,
    LogFModel,
    MaximumLikelihoodModel,
    RidgeModel,
    SingleMarkerModel,
)
from responder.models.marker_groups import numbered_groups
from responder.models.prevalence import Prevalence
from responder.models.settings import checked_settings
from responder.models.title import FOREIGN_KIND, NUMBER_BY_DEFAULT
from responder.models.trees import LightGbm
from responder.words import Phrase

__all__ = ["DEFAULT_MODELS", "NOT_POOLED", "build_model", "model_kinds", "same_model"]

DEFAULT_MODELS = ("prevalence", "ridge:0.1", "ridge:1", "logf:2", "firth", "gp", "bayes", "lightgbm")

NOT_POOLED = frozenset({"gp", "bayes", "borrow", "lightgbm", FOREIGN_KIND})
"""Kinds without one linear predictor, whose coefficients Rubin's rules could pool over imputed copies of a cohort."""

TAKING_AN_ARGUMENT = frozenset({*NUMBER_BY_DEFAULT, "single"})

Settings = Mapping[str, Any]
Factory = Callable[[str, str, FeatureTable, Settings], Model]


def _number(id_: str, argument: str) -> float:
    if not argument:
        return NUMBER_BY_DEFAULT[id_]
    try:
        value = float(argument)
    except ValueError as error:
        raise ConfigError("model_no_number", where=_place(id_), text=argument) from error
    if not 0 < value < 1e6:
        raise ConfigError("model_no_positive_number", where=_place(id_), text=argument)
    return value


def _place(id_: str) -> Phrase:
    return Phrase("place.model", {"model": id_})


def _plain(kind: Callable[..., Model]) -> Factory:
    def make(id_: str, _argument: str, _table: FeatureTable, _settings: Settings) -> Model:
        return kind(id=id_)

    return make


def _ridge(id_: str, argument: str, _table: FeatureTable, _settings: Settings) -> Model:
    return RidgeModel(id_, c=_number(id_, argument))


def _group_ridge(id_: str, argument: str, table: FeatureTable, settings: Settings) -> Model:
    return GroupRidgeModel(id_, numbered_groups(table, settings.get("groups")), c=_number(id_, argument))


def _logf(id_: str, argument: str, _table: FeatureTable, _settings: Settings) -> Model:
    return LogFModel(id_, m=_number(id_, argument))


def _single(id_: str, argument: str, table: FeatureTable, settings: Settings) -> Model:
    columns = tuple(
        i
        for i, (name, traits) in enumerate(zip(table.names, table.traits, strict=True))
        if name == argument or traits == (argument,)
    )
    if not columns:
        known = {*table.names, *(t for traits in table.traits for t in traits)}
        hint = did_you_mean(argument, known) or known_names(sorted(known))
        raise ConfigError("model_unknown_marker", where="models", hint=hint, name=argument, model=id_)
    return SingleMarkerModel(id_, **{"c": 1.0, **settings}, columns=columns)


def _bayes(id_: str, _argument: str, table: FeatureTable, settings: Settings) -> Model:
    return BayesModel(id_, expected=expected_log_odds(table), **settings)


def _borrow(id_: str, _argument: str, table: FeatureTable, settings: Settings) -> Model:
    if table.borrowed is None or not set(table.borrowed.features) & set(table.names):
        raise ConfigError("borrow_nothing", where="borrow", names=list(table.names))
    return BorrowModel(id_, table.names, table.borrowed, **settings)


def _gp(id_: str, _argument: str, _table: FeatureTable, settings: Settings) -> Model:
    return GaussianProcessModel(id_, **settings)


def _lightgbm(id_: str, _argument: str, table: FeatureTable, settings: Settings) -> Model:
    others = dict(settings)
    rounds = others.pop("rounds", 30)
    monotone = tuple(int((e > 0) - (e < 0)) for e in expected_log_odds(table))
    return LightGbm(id_, rounds, others, monotone)


def _prevalence(id_: str, _argument: str, _table: FeatureTable, _settings: Settings) -> Model:
    return Prevalence(id_)


_FACTORIES: dict[str, Factory] = {
    "prevalence": _prevalence,
    "ridge": _ridge,
    "groupridge": _group_ridge,
    "logf": _logf,
    "firth": _plain(FirthModel),
    "flac": _plain(FlacModel),
    "ml": _plain(MaximumLikelihoodModel),
    "gp": _gp,
    "single": _single,
    "bayes": _bayes,
    "borrow": _borrow,
    "lightgbm": _lightgbm,
}


def model_kinds() -> tuple[str, ...]:
    """Return the kinds of model that the registry knows."""
    return tuple(_FACTORIES)


def same_model(one: str, other: str) -> bool:
    """Return whether two names are of one model.

    Examples
    --------
    >>> same_model("ridge:0.1", "ridge:0.10"), same_model("ridge", "ridge:0.1"), same_model("ridge:1", "ridge:10")
    (True, True, False)
    """
    (kind, _, argument), (other_kind, _, other_argument) = one.partition(":"), other.partition(":")
    if kind != other_kind or kind not in NUMBER_BY_DEFAULT:
        return one == other
    return _number(one, argument) == _number(other, other_argument)


def build_model(id_: str, table: FeatureTable, settings: Settings | None = None) -> Model:
    """Build a model by its name.

    Parameters
    ----------
    id_ : str
        ``kind`` or ``kind:argument``: ``ridge:0.1``, ``logf:2``, ``single:organs``, ``firth``, ``gp`` ...
    table : FeatureTable
        The features it will see.
    settings : Mapping, optional
        Fixed settings of the kind, as an experiment's ``[settings.KIND]``.

    Raises
    ------
    ConfigError
        If the kind, its argument or a setting is not known, or a setting has no such value.

    Examples
    --------
    >>> print(build_model("ridge:0.1", FeatureTable(("age",), (("age_years",),))).title)
    Ridge logistic (C = 0.1)
    """
    kind, _, argument = id_.partition(":")
    if kind not in _FACTORIES:
        hint = did_you_mean(kind, _FACTORIES) or known_names(_FACTORIES)
        raise ConfigError("no_model", where="models", hint=hint, name=kind)
    if argument and kind not in TAKING_AN_ARGUMENT:
        raise ConfigError("model_no_argument", where="models", model=id_, kind=kind)
    return _FACTORIES[kind](id_, argument, table, checked_settings(kind, settings or {}))
