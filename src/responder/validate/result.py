"""What every validation result shares: a table for people, plain JSON for programs."""

from __future__ import annotations

import dataclasses
import math
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.words import Given, Phrase, said_in

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result"]


class Result:
    """Base of the frozen dataclasses that validation returns."""

    def frame(self) -> pd.DataFrame:
        """Return the result as a table; here one row of the scalar fields, sentences in English."""
        import pandas as pd

        told = said_in(self.to_json(), "en")
        row = {name: value for name, value in told.items() if not isinstance(value, list | dict)}
        return pd.DataFrame([row])

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON types; what is not a finite number becomes ``None``, a phrase its code."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Phrase | Given):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
