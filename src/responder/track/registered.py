"""Log a bundle as a pyfunc model with its signature, and register it under the study's name."""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
import math
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import responder
from responder.experiment.result import ExperimentResult
from responder.words import said_all, say

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import ModelSignature

__all__ = ["CHAMPION", "input_example", "register_bundle", "signature_of"]

CHAMPION = "champion"
MODEL_CODE = Path(__file__).with_name("pyfunc_model.py")
OF_SCORING = frozenset(
    {"score", "validate", "models", "features", "study", "cohort", "names", "values", "workers", "words"}
)
"""The packages that a registered model takes along: that of scores, and what it may import."""
_COMPARE_WITH_ENVIRONMENT = "warn_dependency_requirement_mismatches"
REQUIRED = ("mlflow", "numpy", "pandas", "scipy", "scikit-learn", "pydantic")


def signature_of(result: ExperimentResult) -> ModelSignature:
    """Return the signature of the input: one optional column a trait.

    Numbers are doubles (a gap must be allowed), traits with levels are texts.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    study = result.cohort.study
    inputs: list[ColSpec | TensorSpec] = []
    for name in result.cohort.traits:
        is_number = study.trait(name).kind in {"continuous", "count"}
        inputs.append(ColSpec("double" if is_number else "string", name, required=False))
    anyway = ParamSpec("show_anyway", "boolean", default=False)
    return ModelSignature(inputs=Schema(inputs), params=ParamSchema([anyway]))


def input_example(result: ExperimentResult) -> pd.DataFrame:
    """Return one made-up profile: the middle of the plausible or reference range of each trait, no patient's values."""
    import pandas as pd

    profile: dict[str, object] = {}
    for name in result.cohort.traits:
        trait = result.cohort.study.trait(name)
        if trait.levels:
            profile[name] = trait.levels[0].name
        elif trait.kind in {"continuous", "count"}:
            bounds = trait.reference or trait.plausible
            if bounds is None:
                profile[name] = 1.0
            else:
                middle = math.sqrt(bounds[0] * bounds[1]) if bounds[0] > 0 else bounds[1] / 10
                profile[name] = float(round(middle))
        else:
            profile[name] = "no"
    return pd.DataFrame([profile])


def register_bundle(uri: str, run_id: str, bundle: Path, result: ExperimentResult, language: str = "en") -> str:
    """Log the bundle to a run as a model and make it the champion of the study's registered model.

    A bundle of an experiment over an ensemble is registered without being champion.

    Parameters
    ----------
    uri : str
        The tracking store.
    run_id : str
        The primary model's run.
    bundle : Path
        Its folder.
    result : ExperimentResult
        For signature, name and verdict.
    language : str
        In which the model is described.

    Returns
    -------
    str
        The version under which it is registered.
    """
    import mlflow

    study = result.cohort.study
    with _using(uri), _code_of_scoring() as code:
        client = mlflow.MlflowClient(tracking_uri=uri)
        with mlflow.start_run(run_id=run_id):
            logged = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(MODEL_CODE),
                artifacts={"bundle": str(bundle)},
                code_paths=[str(code)],
                pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in REQUIRED],
                signature=signature_of(result),
                input_example=input_example(result),
            )
        with contextlib.suppress(mlflow.exceptions.MlflowException):
            # it exists from the second run on
            client.create_registered_model(study.id)
        made = client.create_model_version(study.id, logged.model_uri, run_id, model_id=logged.model_id)
        version = str(made.version)
        if result.ensemble is None:
            # what was fitted on one table of many that fit the facts is nobody's champion
            client.set_registered_model_alias(study.id, CHAMPION, version)
        client.update_registered_model(
            study.id, description=say("mlflow.registered", language, title=study.title.in_language(language))
        )
        notes = (result.verdict.statement, study.known_only, result.cohort.illustration)
        description = said_all([note for note in notes if note is not None], language)
        client.update_model_version(study.id, version, description=description)
    return version


@contextlib.contextmanager
def _code_of_scoring() -> Iterator[Path]:
    """Yield a folder of links to what scoring takes of this program: MLflow copies all that it is given, twice."""
    package = Path(responder.__file__).parent
    with tempfile.TemporaryDirectory() as base:
        code = Path(base) / package.name
        code.mkdir()
        try:
            for part in package.iterdir():
                if part.is_file() or part.name in OF_SCORING:
                    (code / part.name).symlink_to(part)
        except OSError:  # a system that makes no links: all of the code goes along
            code = package
        yield code


@contextlib.contextmanager
def _using(uri: str) -> Iterator[None]:
    """Make a store MLflow's own for a while, and keep its hints to those who write models by hand to itself.

    The registry looks a logged model up in the store of the process, whichever store its client was given. That the
    requirements fit this environment need not be asked: they are read from it, and MLflow would list every file of
    every package to ask.
    """
    import mlflow
    import mlflow.pyfunc
    import mlflow.utils.environment

    before = mlflow.get_tracking_uri()
    noise = logging.getLogger("mlflow")
    level = noise.level
    mlflow.set_tracking_uri(uri)
    noise.setLevel(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            patch.object(mlflow.utils.environment, _COMPARE_WITH_ENVIRONMENT),
            patch.object(mlflow.pyfunc, _COMPARE_WITH_ENVIRONMENT),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        noise.setLevel(level)
        mlflow.set_tracking_uri(before)
