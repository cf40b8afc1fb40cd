"""Optuna, kept at arm's length: candidates drawn from a seed, and one search that can be stored and resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from responder.arrays import FloatArray
from responder.errors import ConfigError
from responder.validate.tuning_space import Space

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

__all__ = ["Sampler", "random_candidates", "search"]

Sampler = Literal["grid", "tpe", "random"]


def random_candidates(space: Space, trials: int, seed: int) -> FloatArray:
    """Return settings drawn by Optuna's random sampler, shape (trials, parameters); the same for the same seed."""
    import optuna

    with _quiet():
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
        asked = [study.ask(_distributions(space)).params for _ in range(trials)]
    return np.array([[params[name] for name in space.names] for params in asked], dtype=float)


def search(
    space: Space,
    trials: int,
    objective: Callable[[FloatArray], float],
    *,
    seed: int,
    candidates: FloatArray | None = None,
    storage: str = "",
    name: str = "",
) -> tuple[FloatArray, FloatArray]:
    """Try settings one after another, and return all of them with what they cost.

    Parameters
    ----------
    space : Space
        What is tuned.
    trials : int
        How many settings are tried, where no candidates are given.
    objective : callable
        From one setting, shape (parameters,), to its loss.
    seed : int
        Of the sampler. A resumed search proposes all settings again, in the same order, and looks up what is known.
    candidates : ndarray, shape (T, parameters), optional
        Settings to try; by default a tree-structured Parzen estimator proposes them (Bergstra et al. 2011, NeurIPS 24).
    storage : str
        Path of a journal file or URL of a database that keeps the trials; trials found there are not repeated.
        Empty: memory.
    name : str
        Of the study in the storage: it must stand for data, labels and settings.

    Returns
    -------
    settings : ndarray, shape (T, parameters)
        In the order of trial.
    losses : ndarray, shape (T,)

    Raises
    ------
    ConfigError
        If the storage cannot be opened.
    """
    import optuna

    settings, losses = [], []
    with _quiet():
        kept = _open(storage, name) if storage else None
        found = {_key(space, trial.params): trial.value for trial in kept.get_trials()} if kept else {}
        startup = max(2, trials // 3)
        proposer = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup))
        for number in range(trials if candidates is None else len(candidates)):
            if candidates is not None:
                proposer.enqueue_trial(_params(space, candidates[number]))
            trial = proposer.ask(_distributions(space))
            setting = np.array([trial.params[name] for name in space.names], dtype=float)
            loss = found.get(_key(space, trial.params))
            if loss is None:
                loss = objective(setting)
                if kept is not None:
                    kept.add_trial(
                        optuna.trial.create_trial(params=trial.params, distributions=_distributions(space), value=loss)
                    )
            proposer.tell(trial, loss)
            settings.append(setting)
            losses.append(loss)
    return np.array(settings), np.array(losses)


def _params(space: Space, setting: FloatArray) -> dict[str, float]:
    return {p.name: p.number(value) for p, value in zip(space.parameters, setting, strict=True)}


def _key(space: Space, params: dict[str, float]) -> tuple[str, ...]:
    """Return what a setting is found by again: a database may round the last digit."""
    return tuple(f"{params[name]:.12g}" for name in space.names)


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    from optuna.distributions import FloatDistribution, IntDistribution

    return {
        p.name: IntDistribution(int(p.low), int(p.high), log=True)
        if p.integer
        else FloatDistribution(p.low, p.high, log=True)
        for p in space.parameters
    }


def _open(storage: str, name: str) -> optuna.Study:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    try:
        kept: str | optuna.storages.BaseStorage = storage
        if "://" not in storage:
            Path(storage).parent.mkdir(parents=True, exist_ok=True)
            kept = optuna.storages.JournalStorage(JournalFileBackend(storage))
        return optuna.create_study(study_name=name, storage=kept, load_if_exists=True)
    except Exception as error:  # each database driver has its own
        raise ConfigError("tuning_storage", where="tuning.storage", why=str(error)) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna, which logs every study and trial, quiet for a while."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
