"""Read a TOML file into a validated model; every mistake names the file, the key and the mend."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from responder.errors import ConfigError, did_you_mean

__all__ = ["StrictModel", "parse_model", "parse_toml", "read_toml", "read_toml_model"]

MAX_FILE_BYTES = 4_000_000
MOST_PROBLEMS_SHOWN = 5


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
        raise ConfigError(f"no such file: {path}", where=str(path), hint=near or "check the path")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ConfigError("the file is too large for a TOML description", where=str(path), hint="check the path")
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise ConfigError("the file is not UTF-8 text", where=str(path), hint="save it as UTF-8") from error


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
        If it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", where=where, hint="mend the line named") from error


def parse_model(
    content: dict[str, Any], model: type[ModelT], where: str, *, overridden: Mapping[str, str] | None = None
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
    overridden : Mapping[str, str], optional
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
        every = error.errors(include_url=False, include_context=False)
        # a list whose entry is wrong is also called too short: the entry is what is to be mended
        problems = [p for p in every if not (p["type"] == "too_short" and any(_within(q, p) for q in every))]
        found = [_problem(dict(p), model) for p in problems[:MOST_PROBLEMS_SHOWN]]
        texts = [text for text, _ in found]
        if len(problems) > MOST_PROBLEMS_SHOWN:
            texts.append(f"and {len(problems) - MOST_PROBLEMS_SHOWN} more")
        hint = next((hint for _, hint in found if hint), "mend the key named")
        origin = _origin(problems[0]["loc"], where, overridden or {})
        raise ConfigError("; ".join(texts), where=origin, hint=hint) from error


def read_toml_model(path: Path, model: type[ModelT]) -> ModelT:
    """Read and validate a TOML file; see `read_toml` and `parse_model`."""
    return parse_model(read_toml(path), model, str(path))


def _within(problem: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    inner, outer = problem["loc"], other["loc"]
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _problem(problem: dict[str, Any], model: type[BaseModel]) -> tuple[str, str]:
    """Return (message, hint) of one pydantic error."""
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        allowed = _keys_at(model, problem["loc"][:-1])
        word = str(problem["loc"][-1])
        near = did_you_mean(word, allowed)
        known = "known keys: " + ", ".join(sorted(allowed)) if allowed else ""
        return f"unknown key '{path}'", near or known
    if problem["type"] == "missing":
        return f"key '{path}' is missing", f"add '{problem['loc'][-1]}'"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"'{path}': {message[:1].lower()}{message[1:]}" if path else message, ""


def _origin(path: tuple[Any, ...], where: str, overridden: Mapping[str, str]) -> str:
    """Return where the key at a path came from; where keys contradict each other, all places that had a say."""
    if not path:
        return ", ".join(dict.fromkeys([where, *overridden.values()]))
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
