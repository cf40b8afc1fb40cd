"""The registered model: MLflow runs this file to load a bundle and score tables, as the command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow.models
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from responder.score import load_bundle, score_table

__all__ = ["BundleModel"]


class BundleModel(PythonModel):
    """Score baseline profiles with a bundle; one row in, one row out."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read and check the bundle."""
        self.bundle = load_bundle(Path(context.artifacts["bundle"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return the scores of a table whose columns are traits.

        The parameter ``show_anyway`` gives the numbers also where the decision is to abstain.
        """
        columns = {str(name): model_input[name].tolist() for name in model_input}
        show_anyway = bool((params or {}).get("show_anyway", False))
        return pd.DataFrame(score_table(self.bundle, columns, show_anyway=show_anyway).columns)


mlflow.models.set_model(BundleModel())
