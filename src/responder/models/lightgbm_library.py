"""LightGBM's own library, called without its Python package.

The package imports scikit-learn, which imports most of SciPy: a second before the first of some thousand fits, each of
which is a matter of a millisecond, half of it spent in the package. What is called here is LightGBM's documented C
interface (https://lightgbm.readthedocs.io/en/stable/C-API.html) with the same values, so that fits are the same bytes.
"""

from __future__ import annotations

import ctypes
import functools
import json
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np

from responder.arrays import FloatArray

__all__ = ["Booster", "TrainingData", "parameter_text"]

FLOAT32, FLOAT64 = 0, 1
ROWS = 1
RAW_SCORE = 1
ALL_TREES = -1
FIRST_BUFFER_BYTES = 1 << 18
# the package ends a model's text so; readers of LightGBM look for it
NO_CATEGORIES = "\npandas_categorical:null\n"


class TrainingData:
    """Rows that LightGBM has binned, whose labels may be exchanged.

    Parameters
    ----------
    features : ndarray of shape (n, k)
        The rows.
    labels : ndarray of shape (n,)
        Their outcomes.
    weight : ndarray of shape (n,), optional
        How much each row counts; all alike by default.
    parameters : str
        As `parameter_text` writes them.

    Raises
    ------
    OSError
        If the library, or one that it needs, is missing.
    """

    def __init__(
        self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None, *, parameters: str
    ) -> None:
        self.parameters = parameters.encode()
        rows, handle = np.ascontiguousarray(features, dtype=np.float64), ctypes.c_void_p()
        _call(
            "LGBM_DatasetCreateFromMat", rows.ctypes, FLOAT64, *rows.shape, ROWS, self.parameters, None,
            ctypes.byref(handle),
        )  # fmt: skip
        self.handle = handle
        finalize(self, _call, "LGBM_DatasetFree", handle)
        self.label(labels)
        if weight is not None:
            self._set("weight", weight)

    def label(self, labels: FloatArray) -> None:
        """Give the rows these outcomes."""
        self._set("label", labels)

    def _set(self, field: str, values: FloatArray) -> None:
        single = np.ascontiguousarray(values, dtype=np.float32)
        _call("LGBM_DatasetSetField", self.handle, field.encode(), single.ctypes, len(single), FLOAT32)


class Booster:
    """A number of trees, fitted to the labels that the data have now.

    Parameters
    ----------
    data : TrainingData
        What is fitted to.
    rounds : int
        Most trees; fewer where nothing is left to split.
    """

    def __init__(self, data: TrainingData, rounds: int) -> None:
        self._data = data  # LightGBM refers to it
        handle, finished = ctypes.c_void_p(), ctypes.c_int()
        _call("LGBM_BoosterCreate", data.handle, data.parameters, ctypes.byref(handle))
        self._handle = handle
        finalize(self, _call, "LGBM_BoosterFree", handle)
        update, told = _library().LGBM_BoosterUpdateOneIter, ctypes.byref(finished)
        for _ in range(rounds):
            _require(update(handle, told))
            if finished.value:
                break

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the sum of the leaves of each row, of shape (m,)."""
        rows, found = np.ascontiguousarray(features, dtype=np.float64), np.empty(len(features))
        # the default of as many threads as cores costs a hundred times the prediction itself
        _call(
            "LGBM_BoosterPredictForMat", self._handle, rows.ctypes, FLOAT64, *rows.shape, ROWS, RAW_SCORE, 0,
            ALL_TREES, b"num_threads=1", ctypes.byref(ctypes.c_int64()), found.ctypes,
        )  # fmt: skip
        return found

    def trees(self) -> list[dict[str, Any]]:
        """Return each tree as LightGBM dumps it: its root, with its children within."""
        return [tree["tree_structure"] for tree in json.loads(self._text("LGBM_BoosterDumpModel"))["tree_info"]]

    def to_text(self) -> str:
        """Return the model as LightGBM writes it to a file."""
        return self._text("LGBM_BoosterSaveModelToString") + NO_CATEGORIES

    def _text(self, function: str) -> str:
        room, needed = FIRST_BUFFER_BYTES, ctypes.c_int64()
        while True:
            buffer = ctypes.create_string_buffer(room)
            _call(function, self._handle, 0, ALL_TREES, 0, ctypes.c_int64(room), ctypes.byref(needed), buffer)
            if needed.value <= room:
                return buffer.value.decode()
            room = needed.value


def parameter_text(parameters: Mapping[str, Any]) -> str:
    """Return parameters as LightGBM's library takes them.

    Examples
    --------
    >>> parameter_text({"num_leaves": 3, "monotone_constraints": [1, 0], "verbosity": -1})
    'num_leaves=3 monotone_constraints=1,0 verbosity=-1'
    """

    def one(value: object) -> str:
        return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    return " ".join(f"{name}={one(value)}" for name, value in parameters.items())


@functools.cache
def _library() -> ctypes.CDLL:
    """Load the library from where the package keeps it."""
    spec = find_spec("lightgbm")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'lightgbm'", name="lightgbm")
    ending = {"win32": "dll", "darwin": "dylib"}.get(sys.platform, "so")
    package = Path(spec.origin).parent
    places = [folder / f"lib_lightgbm.{ending}" for folder in (package / "bin", package / "lib", package.parent)]
    library = ctypes.CDLL(str(next((place for place in places if place.is_file()), places[1])))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _call(function: str, *arguments: object) -> None:
    call: Callable[..., int] = getattr(_library(), function)
    _require(call(*arguments))


def _require(status: int) -> None:
    """Raise what LightGBM says of a call that failed."""
    if status != 0:
        raise RuntimeError(_library().LGBM_GetLastError().decode())
