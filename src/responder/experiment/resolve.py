"""The values of an experiment after flags, environment, file and defaults: each knows its source."""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from responder.cohort.join import located
from responder.cohort.table import ReadOptions
from responder.errors import ConfigError, did_you_mean
from responder.experiment.config import Experiment
from responder.project import without_password
from responder.toml_file import parse_model, read_toml
from responder.words import Phrase, Spoken

__all__ = ["ResolvedExperiment", "put_setting", "resolve_experiment"]

# flags that are not named by the first part of their key
FLAGS = {"tuning.models": "--tune"}
ENVIRONMENT_PREFIX = "RESPONDER_"
IN_PYTHON = "responder.train"
"""What stands for the file of an experiment that was given in Python."""
# variables of that prefix that steer the program and are no keys of an experiment
RESERVED_VARIABLES = frozenset(
    {
        "RESPONDER_DEBUG",
        "RESPONDER_LANG",
        "RESPONDER_PROGRESS",
        "RESPONDER_PYTHON",
        "RESPONDER_TOKEN",
        "RESPONDER_WORKERS",
    }
)


@dataclass(frozen=True)
class ResolvedExperiment:
    """An experiment after flags, environment, file and defaults have had their say.

    Attributes
    ----------
    experiment : Experiment
        The result.
    path : Path
        The experiment file.
    sources : Mapping[str, str]
        Dotted key to ``flag``, ``--set``, ``environment``, ``file`` or ``default``.
    """

    experiment: Experiment
    path: Path
    sources: Mapping[str, str]

    @property
    def cohort_path(self) -> Path:
        """The cohort's file; a path given by flag is relative to the working directory, else to the experiment."""
        given = Path(self.experiment.cohort.path)
        if given.is_absolute() or self.sources.get("cohort.path") != "file":
            return given
        return Path(os.path.normpath(self.path.parent / given))

    @property
    def read_options(self) -> ReadOptions:
        """How the cohort's file is read; joined files are relative to the experiment file, too."""
        cohort = self.experiment.cohort
        is_own = self.sources.get("cohort.join") == "file"
        join = tuple(located(spec, self.path.parent) if is_own else spec for spec in cohort.join)
        return ReadOptions(
            encoding=cohort.encoding, sheet=cohort.sheet, join=join, where=cohort.where, pseudonyms=cohort.pseudonyms
        )

    def to_json(self) -> dict[str, Any]:
        """Return every value with its source; of an address, without the password."""
        values = _flatten(self.experiment.model_dump(mode="json", by_alias=True, exclude={"title"}))
        values["title"] = self.experiment.title.to_json()
        for key in ("tracking.uri", "tuning.storage"):
            values[key] = without_password(values[key])
        sources = {"title": self.sources.get("title.en", "default"), **self.sources}
        return {key: {"value": value, "source": sources.get(key, "default")} for key, value in values.items()}


def resolve_experiment(
    path: str | Path | Mapping[str, Any],
    *,
    flags: Mapping[str, Any] | None = None,
    settings: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> ResolvedExperiment:
    """Read an experiment file and apply what the caller overrides.

    Parameters
    ----------
    path : str, Path or Mapping
        The experiment's TOML file; or its content, given in Python, which no environment variable overrides.
    flags : Mapping, optional
        Dotted key to value, from command-line flags: the strongest.
    settings : sequence of str, optional
        ``a.b=3`` of ``--set``; values are TOML, bare words are taken as text.
    environment : Mapping, optional
        Variables such as ``RESPONDER_PERMUTATION__DRAWS=199`` (``__`` for the dot); the process's by default.

    Returns
    -------
    ResolvedExperiment
        The experiment and the source of each value.

    Raises
    ------
    ConfigError
        For an unknown key, a wrong value, or a setting that cannot be read.
    """
    in_python = isinstance(path, Mapping)
    content = copy.deepcopy(dict(path)) if isinstance(path, Mapping) else read_toml(Path(path))
    path = Path(IN_PYTHON) if isinstance(path, Mapping) else Path(path)
    sources = dict.fromkeys(_flatten(content), "argument" if in_python else "file")
    overridden: dict[str, str | Spoken] = {}
    variables = environment if environment is not None else {} if in_python else os.environ
    for name in sorted(variables):
        if name.startswith(ENVIRONMENT_PREFIX) and name not in RESERVED_VARIABLES:
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", ".")
            overridden[key] = Phrase("place.environment_variable", {"name": name})
            put_setting(content, key, _value(variables[name]), overridden[key])
            sources[key] = "environment"
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator or not key.strip():
            raise ConfigError("setting_not_key_value", where="--set", setting=setting)
        put_setting(content, key.strip(), _value(text), "--set")
        sources[key.strip()] = overridden[key.strip()] = "--set"
    for key, value in (flags or {}).items():
        overridden[key] = FLAGS.get(key, f"--{key.partition('.')[0]}")
        put_setting(content, key, value, overridden[key])
        sources[key] = "flag"
    return ResolvedExperiment(parse_model(content, Experiment, str(path), overridden=overridden), path, sources)


def _value(text: str) -> Any:
    """Return a value written in TOML, or the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def put_setting(content: dict[str, Any], dotted: str, value: Any, where: str | Spoken) -> None:
    """Set a dotted key of an experiment's content.

    Parameters
    ----------
    content : dict
        The experiment as its file says it; it is changed.
    dotted : str
        Such as ``bootstrap.draws``.
    value : object
        What it becomes.
    where : str or Phrase
        Who asked for it.

    Raises
    ------
    ConfigError
        For a key that no experiment has, or one inside a value.

    Examples
    --------
    >>> content = {"name": "a"}
    >>> put_setting(content, "bootstrap.draws", 20, "--set")
    >>> content
    {'name': 'a', 'bootstrap': {'draws': 20}}
    """
    *parents, last = dotted.split(".")
    model: type[BaseModel] | None = Experiment
    at = content
    for depth, part in enumerate([*parents, last]):
        if model is not None:
            allowed = [field.alias or name for name, field in model.model_fields.items()]
            if part not in allowed:
                hint = did_you_mean(part, allowed) or Phrase("hint.known_keys", {"names": allowed})
                raise ConfigError(Phrase("toml.unknown_key", {"key": dotted}), where=where, hint=hint)
            annotation = model.model_fields[part].annotation if part in model.model_fields else None
            model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
        if depth < len(parents):
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise ConfigError("setting_inside_value", where=where, key=dotted, part=part)
    at[last] = value


def _flatten(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat.update(_flatten(value, f"{dotted}."))
        else:
            flat[dotted] = value
    return flat
