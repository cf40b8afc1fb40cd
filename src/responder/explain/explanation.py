"""Out-of-fold Shapley values as the object of the shap package, and as a file that holds no code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.errors import DataRefusedError, UsageError
from responder.validate.verdict import VerdictKind
from responder.words import Spoken, languages, said

if TYPE_CHECKING:
    import pandas as pd
    import shap

__all__ = ["OutOfFoldExplanation", "read_explanation"]

SCHEMA = "responder/explanation/1"
ERROR_COLUMN = "shap_standard_error"
ARRAYS = {"values": 2, "data": 2, "base_values": 1, "outcome": 1}
"""Arrays of a file that has one row per patient, with their number of dimensions."""


@dataclass(frozen=True)
class OutOfFoldExplanation:
    """Shapley values of n patients for k features, each patient explained by the model that did not see them.

    Attributes
    ----------
    experiment, model : str
        Name of the experiment, id of the model.
    verdict : str
        What may be said of the model, over an ensemble of the ensemble: ``beats_chance`` or
        ``not_shown_to_beat_chance``. Of the latter the values tell how the model computes, and nothing about patients.
    patients : tuple of str
        Who was explained; who could not be, because one outcome class is left without them, is absent.
    outcome : ndarray of int, shape (n,)
        1 for a responder.
    feature_names : tuple of str
        As in ``shap.csv``.
    labels : Mapping[str, tuple of str]
        The same in words, by language.
    values : ndarray, shape (n, k)
        Shapley values, in logits.
    base_values : ndarray, shape (n,)
        Mean logit of the patients that each patient's model was trained on; with the values it adds up to the
        patient's out-of-fold logit.
    data : ndarray, shape (n, k)
        Values of the features before they are standardised; ``nan`` where missing.
    standard_error : ndarray, shape (n, k), or None
        Monte Carlo standard error of the values; None where they are exact.
    """

    experiment: str
    model: str
    verdict: str
    patients: tuple[str, ...]
    outcome: IntArray
    feature_names: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    values: FloatArray
    base_values: FloatArray
    data: FloatArray
    standard_error: FloatArray | None = None

    @classmethod
    def from_table(
        cls,
        table: pd.DataFrame,
        outcome: Mapping[str, int],
        label: Callable[[str], str | Spoken],
        *,
        experiment: str,
        model: str,
        verdict: str,
    ) -> OutOfFoldExplanation:
        """Return the explanation that a table of attributions holds.

        Parameters
        ----------
        table : DataFrame
            One row a patient and feature, all features of a patient together: `Attributions.frame`, or the rows of one
            model in ``shap.csv``.
        outcome : Mapping[str, int]
            Outcome of each patient.
        label : callable
            From the name of a feature to its label.
        experiment, model, verdict : str
            Name of the experiment, id and verdict of the model.

        Raises
        ------
        UsageError
            If nobody can be explained: the model cannot be estimated.
        """
        silent = table.empty or verdict == VerdictKind.CANNOT_BE_ESTIMATED.value
        if silent or (table := table.dropna(subset="logit")).empty:
            raise UsageError("model_not_explained", where=experiment, model=model)
        names = tuple(dict.fromkeys(table["feature"]))
        patients = tuple(str(patient) for patient in table["patient_id"].iloc[:: len(names)])
        shape = (len(patients), len(names))
        errors = table.get(ERROR_COLUMN)
        return cls(
            experiment=experiment,
            model=model,
            verdict=verdict,
            patients=patients,
            outcome=np.array([outcome[patient] for patient in patients], dtype=np.int64),
            feature_names=names,
            labels={language: tuple(said(label(name), language) for name in names) for language in languages()},
            values=table["shap"].to_numpy(float).reshape(shape),
            base_values=table["base"].to_numpy(float)[:: len(names)],
            data=table["value"].to_numpy(float).reshape(shape),
            # in a table of several models the exact ones have gaps here
            standard_error=None if errors is None or errors.isna().all() else errors.to_numpy(float).reshape(shape),
        )

    def to_shap(self, language: str | None = None) -> shap.Explanation:
        """Return the object that every plot and tool of shap takes; its ``instance_names`` are the patients.

        Parameters
        ----------
        language : str, optional
            Of the features' names: ``en`` or ``zh``; by default they are named as in ``shap.csv``.
        """
        import shap  # here, because it takes seconds and only who asks for its object needs it

        names = self.feature_names if language is None else self.labels.get(language, self.labels["en"])
        return shap.Explanation(
            self.values,
            base_values=self.base_values,
            data=self.data,
            feature_names=list(names),
            instance_names=list(self.patients),
            error_std=self.standard_error,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what a file holds, as JSON types; a missing value is None."""
        plain = {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in asdict(self).items()
        }
        gaps = [[None if np.isnan(value) else value for value in row] for row in plain["data"]]
        return {"schema": SCHEMA, **plain, "data": gaps}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> OutOfFoldExplanation:
        """Return what `to_json` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If a part is absent, of another kind, or does not fit the others.
        """
        arrays = {name: np.array(content[name], dtype=float) for name in ARRAYS}
        errors = content["standard_error"]
        found = cls(
            experiment=str(content["experiment"]),
            model=str(content["model"]),
            verdict=VerdictKind(content["verdict"]).value,
            patients=tuple(map(str, content["patients"])),
            outcome=arrays["outcome"].astype(np.int64),
            feature_names=tuple(map(str, content["feature_names"])),
            labels={str(language): tuple(map(str, names)) for language, names in content["labels"].items()},
            values=arrays["values"],
            base_values=arrays["base_values"],
            data=arrays["data"],
            standard_error=None if errors is None else np.array(errors, dtype=float),
        )
        shape = (len(found.patients), len(found.feature_names))
        shapes = [arrays[name].shape == shape[:dimensions] for name, dimensions in ARRAYS.items()]
        shapes += [len(names) == shape[1] for names in (found.labels["en"], *found.labels.values())]
        shapes += [found.standard_error is None or found.standard_error.shape == shape]
        known = np.isfinite(arrays["values"]).all() and np.isfinite(arrays["base_values"]).all()
        if not (all(shapes) and known):
            raise ValueError(shape)
        return found


def read_explanation(path: str | Path, language: str | None = None) -> shap.Explanation:
    """Read a file of ``responder explain RUN --shap FILE`` for shap; no code in it is run.

    Parameters
    ----------
    path : str or Path
        The file.
    language : str, optional
        Of the features' names: ``en`` or ``zh``; by default they are named as in ``shap.csv``.

    Returns
    -------
    shap.Explanation
        Values, base values, data, names of features and patients.

    Raises
    ------
    UsageError
        If there is no such file.
    DataRefusedError
        If it is another kind of file, of a later version, or was changed so that its parts do not fit.

    Examples
    --------
    >>> import tempfile
    >>> found = OutOfFoldExplanation(
    ...     experiment="demo",
    ...     model="ridge:1",
    ...     verdict="not_shown_to_beat_chance",
    ...     patients=("P1", "P2"),
    ...     outcome=np.array([1, 0]),
    ...     feature_names=("rpdai_baseline",),
    ...     labels={"en": ("RPDAI",)},
    ...     values=np.array([[0.5], [-0.25]]),
    ...     base_values=np.array([0.25, 0.75]),
    ...     data=np.array([[9.0], [np.nan]]),
    ... )
    >>> path = Path(tempfile.mkdtemp()) / "shap.json"
    >>> _ = path.write_text(json.dumps(found.to_json()))
    >>> explanation = read_explanation(path, "en")
    >>> explanation.shape, explanation.feature_names, explanation["P1"].values.tolist()
    ((2, 1), ['RPDAI'], [0.5])
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError("explanation_absent", where=str(path))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content["schema"]
        if schema == SCHEMA:
            return OutOfFoldExplanation.from_json(content).to_shap(language)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DataRefusedError("explanation_unreadable", where=str(path)) from error
    raise DataRefusedError("explanation_of_other_version", where=str(path), schema=str(schema), known=SCHEMA)
