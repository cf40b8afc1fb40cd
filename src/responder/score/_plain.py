"""Answers that are a few plain fields."""

from __future__ import annotations

from typing import Any

from responder.words import said_in

__all__ = ["Plain"]


class Plain:
    """Base of the frozen dataclasses whose fields are JSON types already, or words."""

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the fields by name, words in a language; a statement is the key `sentence`."""
        told = {"sentence" if name == "statement" else name: value for name, value in vars(self).items()}
        return {name: said_in(value, language) for name, value in told.items()}
