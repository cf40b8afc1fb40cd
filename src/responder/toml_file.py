"""Read a TOML file into a validated model; every mistake names the file, the key and how to fix it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from responder.errors import ConfigError, InvalidValueError, did_you_mean
from responder.words import Phrase, Spoken, knows

__all__ = ["StrictModel", "parse_model", "parse_toml", "read_toml", "read_toml_model"]

MAX_FILE_BYTES = 4_000_000
MOST_PROBLEMS_SHOWN = 5
MOST_LEVELS = 32
"""Of tables and lists within each other; no file of this program needs more than eight."""
_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")
# of so long a key every part is looked up from the first one on: its square in time
_LONG_KEY = re.compile(rf"""(?<![\w-])(?:["']?[\w-]+["']?[ \t]*\.[ \t]*){{{MOST_LEVELS}}}""")
_QUOTED = re.compile(r"'([^']*)'")


class StrictModel(BaseModel):
    """Base of every file model: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, arbitrary_types_allowed=False)


ModelT = TypeVar("ModelT", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    ConfigError
        If the file is absent, too large, not UTF-8 or not TOML.
    """
    if not path.is_file():
        near = did_you_mean(path.name, [p.name for p in path.parent.glob("*.toml")])
        raise ConfigError("toml_no_file", where=str(path), hint=near or "", path=str(path))
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ConfigError("toml_too_large", where=str(path))
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise ConfigError("toml_not_utf8", where=str(path)) from error


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Parse TOML.

    Parameters
    ----------
    text : str
        The content.
    where : str
        Name of the source, for the message.

    Raises
    ------
    ConfigError
        If it is not TOML, or nested deeper than `MOST_LEVELS`.
    """
    if _LONG_KEY.search(text):
        raise ConfigError("toml_too_deep", where=where, most=MOST_LEVELS)
    try:
        content = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError("toml_too_deep", where=where, most=MOST_LEVELS) from error
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        if position is None:
            raise ConfigError("toml_syntax_at_end", where=where) from error
        raise ConfigError("toml_syntax", where=where, line=int(position[1]), column=int(position[2])) from error
    if _levels(content) > MOST_LEVELS:
        raise ConfigError("toml_too_deep", where=where, most=MOST_LEVELS)
    return content


def _levels(content: Mapping[str, Any]) -> int:
    """Return how deep tables and lists lie within each other, without following them by recursion."""
    depth, level = 0, list[Any]([content])
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def parse_model(
    content: dict[str, Any], model: type[ModelT], where: str, *, overridden: Mapping[str, str | Spoken] | None = None
) -> ModelT:
    """Validate a mapping against a model, turning every complaint into one `ConfigError`.

    Parameters
    ----------
    content : dict
        What the file says.
    model : type
        A pydantic model that refuses unknown keys.
    where : str
        Name of the source, for the message.
    overridden : Mapping[str, str or Phrase], optional
        Dotted keys that did not come from there, and where each came from.

    Returns
    -------
    BaseModel
        The validated model.

    Raises
    ------
    ConfigError
        With the key of the first problems, and "did you mean" for an unknown key.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        every = error.errors(include_url=False)
        # a list whose entry is wrong is also called too short: the entry is what is to be fixed
        problems = [p for p in every if not (p["type"] == "too_short" and any(_within(q, p) for q in every))]
        found = [_problem(dict(p), model) for p in problems[:MOST_PROBLEMS_SHOWN]]
        messages = [message for message, _ in found]
        if len(problems) > MOST_PROBLEMS_SHOWN:
            messages.append(Phrase("toml.more", {"n": len(problems) - MOST_PROBLEMS_SHOWN}))
        message = reduce(lambda one, other: Phrase("toml.one_then_other", {"one": one, "other": other}), messages)
        hint = next((hint for _, hint in found if hint), Phrase("toml.fix"))
        raise ConfigError(message, where=_origin(problems[0]["loc"], where, overridden or {}), hint=hint) from error


def read_toml_model(path: Path, model: type[ModelT]) -> ModelT:
    """Read and validate a TOML file; see `read_toml` and `parse_model`."""
    return parse_model(read_toml(path), model, str(path))


def _within(problem: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    inner, outer = problem["loc"], other["loc"]
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _problem(problem: dict[str, Any], model: type[BaseModel]) -> tuple[Phrase, Phrase | None]:
    """Return what one pydantic error says, and how to fix it where that is known."""
    kind, context = problem["type"], problem.get("ctx", {})
    path = ".".join(map(str, problem["loc"]))
    if kind == "extra_forbidden":
        allowed = _keys_at(model, problem["loc"][:-1])
        known = Phrase("hint.known_keys", {"names": sorted(allowed)}) if allowed else None
        return Phrase("toml.unknown_key", {"key": path}), did_you_mean(str(problem["loc"][-1]), allowed) or known
    if kind == "missing":
        return Phrase("toml.missing_key", {"key": path}), Phrase("toml.add_key", {"key": problem["loc"][-1]})
    said, hint = _said(kind, context)
    return (Phrase("toml.at", {"key": path, "problem": said}) if path else said), hint


def _said(kind: str, context: Mapping[str, Any]) -> tuple[Phrase, Phrase | None]:
    error = context.get("error")
    if isinstance(error, InvalidValueError):
        return error.message, error.hint
    if not knows(f"toml.{kind}"):
        return Phrase("toml.not_valid", {"why": kind}), None
    values: dict[str, Any] = {name: _plain(value) for name, value in context.items()}
    if kind == "literal_error":
        values["expected"] = _QUOTED.findall(str(values["expected"])) or values["expected"]
    return Phrase(f"toml.{kind}", values), None


def _plain(value: Any) -> str | int | float:
    """Return a bound as it is said: 0 for 0.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | float) else str(value)


def _origin(path: tuple[Any, ...], where: str, overridden: Mapping[str, str | Spoken]) -> str | Spoken:
    """Return where the key at a path came from; where keys contradict each other, all places that had a say."""
    if not path:
        places = [where, *dict.fromkeys(overridden.values())]
        return Phrase("place.several", {"places": places}) if overridden else where
    depths = (".".join(map(str, path[:depth])) for depth in range(len(path), 0, -1))
    return next((overridden[key] for key in depths if key in overridden), where)


def _keys_at(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Return the keys that a model allows at a path, walking through lists and optional members."""
    current: type[BaseModel] = model
    for part in path:
        field = current.model_fields.get(part) if isinstance(part, str) else None
        if field is None and isinstance(part, str):
            field = next((f for f in current.model_fields.values() if f.alias == part), None)
        if field is not None:
            inner = _model_in(field.annotation)
            if inner is None:
                return []
            current = inner
    return [field.alias or name for name, field in current.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
