"""The experiment that goes with a drafted study, so that nobody has to write one by hand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from responder.cohort.join import parse_join
from responder.cohort.read import table_path
from responder.cohort.table import ReadOptions
from responder.words import say

__all__ = ["Chosen", "draft_experiment", "experiment_name"]

PRIMARY = "ridge:0.1"


@dataclass(frozen=True)
class Chosen:
    """What a person chose for an experiment before any result; what is empty is left at its default.

    Attributes
    ----------
    traits, models : tuple of str
        In use.
    primary : str
        The model that is judged.
    seed : int or None
        Of everything random.
    alpha : float or None
        Level of the permutation test.
    """

    traits: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    primary: str = PRIMARY
    seed: int | None = None
    alpha: float | None = None


def experiment_name(file: str | Path, otherwise: str = "my_cohort") -> str:
    """Return a name for an experiment after a file, fit for a folder; another where the file's has no Latin letter.

    Examples
    --------
    >>> experiment_name("data/My table 2.xlsx#Sheet1"), experiment_name("队列14.csv")
    ('My_table_2', 'my_cohort')
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", table_path(file).stem).strip("_-")
    return name if re.search(r"[A-Za-z]", name) else otherwise


def draft_experiment(
    table: str | Path,
    study: str,
    target: Path,
    options: ReadOptions | None = None,
    language: str = "en",
    chosen: Chosen | None = None,
) -> str:
    """Return an experiment as TOML: all baseline traits, the usual models, one of them named beforehand.

    Parameters
    ----------
    table : str or Path
        The cohort's table.
    study : str
        Id of a shipped study, or the path of a study file.
    target : Path
        Where the experiment will be written: paths in it are relative to its folder.
    options : ReadOptions, optional
        How the table is read.
    language : str
        Of comments.
    chosen : Chosen, optional
        Traits, models, primary model, seed and level.
    """
    wanted = chosen or Chosen()
    reading = options or ReadOptions()
    file, _, sheet = str(table).partition("#") if not Path(table).exists() else (str(table), "", "")
    told = f"study = {_text(_relative(study, target) if study.endswith('.toml') else study)}"
    lines = [
        f"# {say('experiment.head', language)}",
        'schema = "responder/experiment/1"',
        f"name = {_text(experiment_name(target))}",
        told,
        *([] if wanted.seed is None else [f"seed = {wanted.seed}"]),
        *([f"models = {_list(wanted.models)}"] if wanted.models else []),
        f"primary = {_text(wanted.primary)}  # {say('experiment.primary', language)}",
        f"traits = {_list(wanted.traits)}"
        if wanted.traits
        else f"# traits = [...]  # {say('experiment.traits', language)}",
        "",
        "[cohort]",
        f"path = {_text(_relative(file, target))}",
    ]
    if reading.sheet or sheet:
        lines.append(f"sheet = {_text(reading.sheet or sheet)}")
    if reading.encoding:
        lines.append(f"encoding = {_text(reading.encoding)}")
    if reading.join:
        lines.append(f"join = {_list([_moved(spec, target) for spec in reading.join])}")
    if reading.where:
        lines.append("where = { " + ", ".join(f"{_text(k)} = {_text(v)}" for k, v in reading.where.items()) + " }")
    if wanted.alpha is not None:
        lines += ["", "[permutation]", f"alpha = {wanted.alpha!r}"]
    return "\n".join(lines) + "\n"


def _moved(spec: str, target: Path) -> str:
    """Return what joins a table as seen from the experiment's folder."""
    file = parse_join(spec).file
    return _relative(file, target) + spec[len(file) :]


def _relative(path: str, target: Path) -> str:
    """Return a path as seen from the experiment's folder; as it is where there is no way (another drive)."""
    try:
        return Path(os.path.relpath(path, target.parent)).as_posix()
    except ValueError:
        return path


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
