"""From a model's name in an experiment to the pipeline that is refitted, the same for training and for the bundle."""

from __future__ import annotations

from responder.experiment.config import Experiment
from responder.experiment.estimators import estimator_model
from responder.models.registry import build_model
from responder.models.title import is_foreign
from responder.project import project_root
from responder.validate.imputed import ImputedPipeline
from responder.validate.refit import ModelPipeline, Pipeline, Table
from responder.validate.tune import TunedPipeline
from responder.validate.tuning_space import SPACES

__all__ = ["pipeline_for"]


def pipeline_for(table: Table, id_: str, wanted: Experiment) -> Pipeline:
    """Return the pipeline of one model.

    Parameters
    ----------
    table : Table
        The patients.
    id_ : str
        As `Experiment.pipeline_ids` names it: ``ridge:0.1``, or ``ridge:tuned`` where it is tuned inside every fit.
    wanted : Experiment
        Settings, tuning and seed.

    Raises
    ------
    ConfigError
        If the model or a setting is not known.
    """
    kind, _, argument = id_.partition(":")
    settings = wanted.settings.get(id_, wanted.settings.get(kind, {}))
    if is_foreign(id_) or argument != "tuned":
        model = estimator_model(wanted, id_) if is_foreign(id_) else build_model(id_, table.feature_table, settings)
        # the baseline looks at no feature
        is_imputed = table.imputation is not None and not model.is_baseline
        return ImputedPipeline(table, model) if is_imputed else ModelPipeline(table, model)
    tuning = wanted.tuning
    storage = tuning.storage
    if storage and "://" not in storage:
        storage = str(project_root() / storage)
    return TunedPipeline(
        table,
        SPACES[kind],
        settings,
        trials=tuning.trials,
        sampler=tuning.sampler,
        folds=tuning.inner_folds,
        seed=wanted.seed,
        storage=storage,
    )
