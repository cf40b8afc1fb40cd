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
        """Return the scores of a table whose columns are traits."""
        columns = {str(name): model_input[name].tolist() for name in model_input}
        return pd.DataFrame(score_table(self.bundle, columns).columns)


mlflow.models.set_model(BundleModel())
