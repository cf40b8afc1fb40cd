"""Write a result's files beside the run: all of them or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from responder.cohort.characteristics import characteristics
from responder.csv_text import csv_text
from responder.experiment.result import ExperimentResult
from responder.staging import replace_folder

__all__ = ["dump_json", "result_files", "write_result"]


def dump_json(content: Any) -> str:
    """Return JSON text with sorted keys and exact floats; a number that is not finite is refused, not written."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def result_files(result: ExperimentResult) -> dict[str, str]:
    """Return the text of every file that a result is kept in, by file name: all that a report is drawn from."""
    borrowed = result.borrowed()
    tables = {
        **({"ensemble": result.ensemble.frame()} if result.ensemble is not None else {}),
        **({"borrowing": borrowed} if not borrowed.empty else {}),
        **({"left_out": result.left_out()} if result.cohort.left_out else {}),
        **({"screen": result.screen.frame()} if result.screen is not None else {}),
        "models": result.frame(),
        "characteristics": characteristics(result.cohort),
        "predictions": result.predictions(),
        "permutation": result.permutations(),
        "stability": result.stabilities(),
        "shap": result.attributions(),
        "coefficients": result.coefficients(),
    }
    csv = {f"{name}.csv": csv_text(frame, float_format="%.10g") for name, frame in tables.items()}
    study = result.cohort.study.model_dump(mode="json", by_alias=True)
    return {"result.json": dump_json(result.to_json()), "study.json": dump_json(study), **csv}


def write_result(result: ExperimentResult, folder: Path, more: Mapping[str, str] | None = None) -> Path:
    """Write ``result.json`` and the tables of a result into a folder, replacing an older result as a whole.

    Parameters
    ----------
    result : ExperimentResult
        What is written.
    folder : Path
        Where: it is replaced in one step.
    more : Mapping[str, str], optional
        Text of further files, by name.

    Returns
    -------
    Path
        The folder.
    """
    replace_folder(folder, {**result_files(result), **(more or {})})
    return folder
