"""Trees that a walk could not end in, or that ask for a feature that is not there, are refused."""

import dataclasses

import numpy as np
import pytest

from responder.score.forest import Forest

FEATURES = 3
# one refit of one tree: feature 2 at 0.5, then, on the left, feature 0 at -1; leaves of -1, 0 and 2
SOUND = Forest(
    feature=np.array([[[2, 0]]]),
    threshold=np.array([[[0.5, -1.0]]]),
    left=np.array([[[1, -1]]]),
    right=np.array([[[-3, -2]]]),
    value=np.array([[[-1.0, 0.0, 2.0]]]),
    base=np.array([10.0]),
)


def test_a_walk_by_hand():
    rows = np.array([[-2.0, 9.0, 0.5], [-1.0, 9.0, 0.0], [0.0, 9.0, 0.5], [0.0, 9.0, 0.6]])
    assert SOUND.is_sound(FEATURES, 1e50)
    np.testing.assert_array_equal(SOUND.logit(rows[None])[:, 0], [9.0, 9.0, 10.0, 12.0])


@pytest.mark.parametrize(
    ("part", "at", "value"),
    [
        ("feature", 0, FEATURES),
        ("feature", 1, -1),
        ("left", 0, 0),  # a circle
        ("left", 1, 1),
        ("left", 0, 2),
        ("right", 1, -4),
        ("threshold", 0, np.inf),
        ("value", 2, np.nan),
        ("value", 2, 1e51),
    ],
)
def test_what_leads_nowhere_is_not_sound(part, at, value):
    broken = getattr(SOUND, part).copy()
    broken[0, 0, at] = value
    assert not dataclasses.replace(SOUND, **{part: broken}).is_sound(FEATURES, 1e50)


def test_shapes_that_do_not_fit_are_not_sound():
    for part in ("threshold", "left", "right", "value", "base"):
        shorter = getattr(SOUND, part)[..., :-1]
        assert not dataclasses.replace(SOUND, **{part: shorter}).is_sound(FEATURES, 1e50)
