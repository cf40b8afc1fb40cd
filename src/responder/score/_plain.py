"""Answers that are a few plain fields."""

from __future__ import annotations

from typing import Any

__all__ = ["Plain"]


class Plain:
    """Base of the frozen dataclasses whose fields are JSON types already."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return dict(vars(self))
