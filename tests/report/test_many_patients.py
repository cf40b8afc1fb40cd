"""Figures of thousands of patients: one picture in place of thousands of shapes, and nothing outside the axes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from responder.report.figures.probabilities import draw_calibration
from responder.report.style import MOST_SHAPES, svg_text
from responder.words import Voice

FOUND = {"mean_predicted": 0.5, "observed": 0.5, "events": 0, "n": 0, "curve_is_drawable": True,
         "slope": {"value": 1.0, "lower": 0.9, "upper": 1.1}}  # fmt: skip


@pytest.fixture
def calibrated():
    """A function that draws the calibration of so many patients."""

    def drawn(n):
        rng = np.random.default_rng(n)
        table = pd.DataFrame({"probability_loo": rng.uniform(0.2, 0.8, n), "outcome": np.arange(n) % 2})
        result = {"id": "ridge:1", "calibration": {**FOUND, "events": n // 2, "n": n}}
        source = SimpleNamespace(
            n=n, model=lambda _: result, table=lambda *_: table, model_title=lambda *_: "ridge",
            beats_chance=lambda _: True, study=SimpleNamespace(known_at_week=0), illustration=lambda _: "",
        )  # fmt: skip
        return draw_calibration(source, Voice("en", "report"))

    return drawn


def test_the_marks_of_thousands_are_one_picture(calibrated):
    few, many = svg_text(calibrated(60)), svg_text(calibrated(6 * MOST_SHAPES))
    assert few.count("<image") == 0
    assert many.count("<image") == 1  # what is drawn without a break becomes one
    assert len(many) < 4 * len(few)


def test_stacks_of_thousands_stay_within_their_axes(calibrated):
    for n in (60, 6000):
        (axes,) = calibrated(n).axes
        heights = np.concatenate([line.get_ydata() for line in axes.lines])
        assert heights.min() >= 0
        assert heights.max() <= 1
