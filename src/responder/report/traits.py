"""What the tables of a run say of its traits: which carry the predictions, which go together, which are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.explain.correlation import CLUSTER_ABOVE, Correlations, correlations
from responder.report.source import ReportInput

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "feature_correlations",
    "high_correlations",
    "missing_pattern",
    "ranked_features",
    "rests_on_one_patient",
]


def ranked_features(model: Mapping[str, Any]) -> list[str]:
    """Return the features of a model, largest mean absolute Shapley value first."""
    return [row["name"] for row in model["importance"] if row["mean_absolute"] > 0]


def rests_on_one_patient(source: ReportInput, model: str = "") -> tuple[str, str] | None:
    """Return the patient without whom another feature would come first, and that feature; None if there is none."""
    table = source.table("shap", model)
    wide = table.assign(size=table["shap"].abs()).pivot(index="patient_id", columns="feature", values="size")
    order = list(dict.fromkeys(table["feature"]))
    wide = wide.loc[:, order].dropna()
    if len(wide) < 2 or wide.shape[1] < 2:
        return None
    first = wide.mean().idxmax()
    patient = wide[first].idxmax()
    instead = wide.drop(index=patient).mean().idxmax()
    return None if instead == first else (str(patient), str(instead))


def feature_correlations(source: ReportInput) -> Correlations:
    """Return the correlations of the features that vary, over the patients in whom both are known."""
    rows = _rows(source)
    wide = rows.pivot(index="patient_id", columns="feature", values="value")
    names = [name for name in dict.fromkeys(rows["feature"]) if wide[name].nunique() > 1]
    return correlations(wide[names].to_numpy(float), names)


def high_correlations(source: ReportInput) -> list[tuple[str, str, float]]:
    """Return the pairs of features with |r| above 0.7, strongest first."""
    found = feature_correlations(source)
    high = np.argwhere(np.triu(np.abs(found.pearson) > CLUSTER_ABOVE, 1)).tolist()
    pairs = [(found.names[i], found.names[j], float(found.pearson[i, j])) for i, j in high]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))


def missing_pattern(source: ReportInput) -> pd.DataFrame:
    """Return whether each trait is missing in each patient, shape (patients, traits); empty where nothing is."""
    rows = _rows(source)
    missing = rows.assign(missing=rows["value"].isna()).pivot_table(
        index="patient_id", columns="trait", values="missing", aggfunc="any", sort=False
    )
    single = [name for name in missing if "+" not in str(name)]
    missing = missing.loc[:, single].astype(bool)
    return missing.loc[:, missing.any()]


def _rows(source: ReportInput) -> pd.DataFrame:
    rows = source.table("shap")
    return rows[~rows["feature"].str.endswith("_missing")]
