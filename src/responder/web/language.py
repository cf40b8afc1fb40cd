"""In which language a request is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from responder.words import languages

__all__ = ["asked_language"]


def asked_language(scope: Mapping[str, Any], default: str) -> str:
    """Return the language that the address asks for, else the first known one of the browser's, else the default.

    Examples
    --------
    >>> asked_language({"query_string": b"lang=zh", "headers": []}, "en")
    'zh'
    >>> asked_language({"headers": [(b"accept-language", b"de, zh-CN;q=0.9, en;q=0.8")]}, "en")
    'zh'
    """
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [])
    accepted = [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == b"accept-language"]
    wanted = [*asked, *",".join(accepted).split(",")]
    codes = (text.partition(";")[0].strip().partition("-")[0].lower() for text in wanted)
    return next((code for code in codes if code in languages()), default)
