"""Ask in Python what an experiment file asks: the same door, the same run, the same result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.api.analysis import Analysis
from responder.cohort import load_cohort
from responder.cohort.data_frame import FRAME
from responder.experiment import resolve_experiment, run_experiment
from responder.experiment.ensemble_facts import ensemble_facts
from responder.experiment.headline import Progress, no_progress
from responder.experiment.plan import plan_cohort
from responder.experiment.resolve import put_setting
from responder.models import DEFAULT_MODELS
from responder.models.title import FOREIGN_KIND
from responder.study import Study, load_study
from responder.workers import open_workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["train"]

BASELINE = "prevalence"


def train(
    table: pd.DataFrame | str | Path,
    study: Study | str,
    *,
    models: Sequence[Any] = DEFAULT_MODELS,
    primary: str = "",
    traits: Sequence[str] = (),
    endpoint: str = "",
    strata: str = "",
    provenance: Mapping[str, str] | str | None = None,
    predictors: str | Path = "",
    seed: int = 2025,
    settings: Mapping[str, Any] | None = None,
    name: str = "analysis",
    title: str = "",
    language: str = "en",
    workers: int | str = 1,
    progress: Progress = no_progress,
) -> Analysis:
    """Train, validate and explain models on a cohort; nothing is written to disk.

    What ``responder train`` does with an experiment file: the table passes the same intake, every model the same
    validation, and the same seed gives the same numbers.

    Parameters
    ----------
    table : DataFrame, str or Path
        One row a patient; or a file.
    study : Study or str
        What is measured: `Study.from_frame`, a shipped study by its id, or the path of a study file.
    models : sequence of str or estimator
        Names of the registry (``"ridge:0.1"``, ``"firth"``, ``"single:TRAIT"`` ...) and classifiers of scikit-learn's
        interface, which are called ``sklearn:NAME`` after their class in small letters. The baseline, ``prevalence``,
        is always among them.
    primary : str
        The model named beforehand: its verdict leads. By default the first, and the verdict is on the best of all.
    traits : sequence of str
        Baseline traits in use; by default all of the study that the table has.
    endpoint : str
        Name of one of the study's endpoints; the first by default.
    strata : str
        Column (centre, batch) within which outcomes are exchanged.
    provenance : Mapping[str, str] or str, optional
        Column to ``observed``, ``reconstructed`` or ``simulated``, or one of them for all. Values count as observed
        where neither this nor a ``provenance.toml`` beside the file says otherwise.
    predictors : str or Path
        File of published predictors with which hypotheses are compared.
    seed : int
        The same seed gives the same result.
    settings : Mapping, optional
        Any other key of an experiment: ``{"bootstrap.draws": 200, "permutation.side": "two-sided"}``.
    name, title : str
        Of the analysis.
    language : str
        In which it is shown: ``en`` or ``zh``.
    workers : int or str
        Processes, or the address of a cluster's scheduler, that slow models are shared out to
        (`responder.workers.open_workers`); results do not depend on it.
    progress : callable, optional
        Told (step, done, of how many).

    Returns
    -------
    Analysis
        What was found, and what it can be shown as.

    Raises
    ------
    ResponderError
        If the question or the cohort is refused: ``str(error)`` says what, ``error.where`` where, ``error.hint`` how to
        fix it.

    Examples
    --------
    >>> import pandas as pd
    >>> crp = [3.0, 40, 8, 22, 5, 31, 12, 9, 28, 4]
    >>> df = pd.DataFrame({"crp": crp, "complete_response": [1, 0, 1, 0, 1, 0, 0, 1, 1, 0]})
    >>> study = Study.from_frame(df, outcome="complete_response", baseline=["crp"])
    >>> asked = {"bootstrap.draws": 20, "permutation.draws": 99}
    >>> result = train(df, study, models=["ridge:0.1"], primary="ridge:0.1", settings=asked)
    >>> result.verdict.kind.value, result.models["model"].tolist()
    ('not_shown_to_beat_chance', ['prevalence', 'ridge:0.1'])
    """
    known = load_study(study) if isinstance(study, str) else study
    names, estimators = _named(models)
    asked = {
        "schema": "responder/experiment/1",
        "name": name,
        "title": title,
        "study": known.id,
        "seed": seed,
        "models": names,
        "primary": primary,
        "predictors": str(predictors),
        "traits": list(traits),
        "cohort": {
            "path": str(table) if isinstance(table, str | Path) else FRAME,
            "endpoint": endpoint,
            "strata": strata,
        },
        **({"estimators": estimators} if estimators else {}),
    }
    for key, value in (settings or {}).items():
        put_setting(asked, key, value, where="settings")
    resolved = resolve_experiment(asked)
    cohort = load_cohort(
        table,
        known,
        endpoint=endpoint or None,
        traits=list(traits) or None,
        options=resolved.read_options,
        provenance=_of_columns(provenance, known),
        strata=strata or None,
    )
    plan = replace(plan_cohort(resolved, cohort), facts=ensemble_facts(resolved, cohort))
    with open_workers(workers) as opened:
        return Analysis(run_experiment(plan, progress=progress, workers=opened), language)


def _named(models: Sequence[Any]) -> tuple[list[str], dict[str, Any]]:
    """Return the names of all models, the baseline among them, and the estimators by the name in theirs."""
    names: list[str] = []
    estimators: dict[str, Any] = {}
    for model in models:
        if isinstance(model, str):
            names.append(model)
            continue
        kind = type(model).__name__.lower()
        number = 1 + sum(known.rstrip("0123456789").rstrip("_") == kind for known in estimators)
        own = kind if number == 1 else f"{kind}_{number}"
        estimators[own] = model
        names.append(f"{FOREIGN_KIND}:{own}")
    return [*([] if BASELINE in names else [BASELINE]), *names], estimators


def _of_columns(provenance: Mapping[str, str] | str | None, study: Study) -> Mapping[str, str] | None:
    return dict.fromkeys(study.names, provenance) if isinstance(provenance, str) else provenance
