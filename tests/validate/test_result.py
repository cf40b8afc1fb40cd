"""Results as JSON types: nested results, mappings, arrays, and numbers that JSON does not have."""

import json
from dataclasses import dataclass
from enum import Enum

import numpy as np

from responder.validate.result import Result
from responder.words import Phrase


class Side(Enum):
    ONE = "one"


@dataclass(frozen=True)
class Inner(Result):
    share: float


@dataclass(frozen=True)
class Outer(Result):
    inner: tuple[Inner, ...]
    by_number: dict[int, Inner]
    side: Side
    values: np.ndarray
    said: Phrase


def test_everything_becomes_plain():
    phrase = Phrase("check.patients", {"n": 9})
    told = Outer((Inner(0.5), Inner(np.inf)), {3: Inner(np.nan)}, Side.ONE, np.array([1.0, np.nan]), phrase).to_json()
    assert told == {
        "inner": [{"share": 0.5}, {"share": None}],
        "by_number": {"3": {"share": None}},
        "side": "one",
        "values": [1.0, None],
        "said": phrase.to_json(),
    }
    json.dumps(told, allow_nan=False)
