"""Write a value of a study as TOML; an open question stands there as a table, with its sentence above."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from responder.study.questions import Question

__all__ = ["line", "value_text"]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def line(key: str, value: Any, language: str = "en", comment: str = "") -> list[str]:
    """Return ``key = value``, after a comment with the words of each open question in it.

    Examples
    --------
    >>> line("unit", "mg/L"), line("title", Question("title", "title"))[0]
    (['unit = "mg/L"'], '# ? What is the title of the study?')
    """
    above = [f"# ? {question.in_language(language)}" for question in _questions(value)]
    behind = f"  # {comment}" if comment else ""
    return [*above, f"{key} = {value_text(value)}{behind}"]


def value_text(value: Any) -> str:
    """Return a value as TOML on one line.

    Examples
    --------
    >>> value_text({"ND": "missing", "a b": 1.5}), value_text(["ear", "nose"]), value_text(True)
    ('{ ND = "missing", "a b" = 1.5 }', '["ear", "nose"]', 'true')
    """
    if isinstance(value, Question):
        return value_text(value.placeholder())
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {value_text(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _questions(value: Any) -> list[Question]:
    if isinstance(value, Question):
        return [value]
    if isinstance(value, Mapping):
        return [question for item in value.values() for question in _questions(item)]
    return []
