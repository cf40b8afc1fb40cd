"""The smallest size with enough power, bracketed and interpolated."""

import pytest

from responder.plan import Needed, PowerPoint, SimulatedPower
from responder.words import Phrase


def point(n, power, auc=0.8):
    return PowerPoint(auc, n, n // 2, 10, power, 0.0, *[0.5] * 6)


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        ((0.1, 0.5, 0.9), Needed(0.8, 0.8, 20, 40, 34)),
        ((0.1, 0.2, 0.3), Needed(0.8, 0.8, 40, None, None)),
        ((0.8, 0.9, 1.0), Needed(0.8, 0.8, None, 10, None)),
        ((0.9, 0.5, 0.9), Needed(0.8, 0.8, 20, 40, 34)),  # one lucky size decides nothing
        ((0.1, 0.799, 0.8), Needed(0.8, 0.8, 20, 40, 40)),
    ],
)
def test_size_needed_is_bracketed(powers, expected):
    points = tuple(point(n, power) for n, power in zip((10, 20, 40), powers, strict=True))
    found = SimulatedPower(
        points, "ridge:0.1", Phrase("study_plan.source.no_study"), 0.05, "greater", 99, 10, 1
    ).needed(0.8, 0.8)
    assert found == expected
    assert str(found.size)
