"""Whose mean is told: only that of winners of whom enough were simulated."""

import pytest

from responder.validate import winners
from responder.validate.simulated import Learner
from responder.validate.winners import winners_curse


def row(auc, share):
    return {"auc": [None, None, auc], "expected_auc": [0.5, 0.6, 0.7], "share": [0.0, 0.0, share]}


@pytest.fixture
def simulated(monkeypatch):
    """Set the rows of the table that are nearest."""

    class Nearest:
        outside = False
        simulated = Learner("ridge:0.1", 6)

        def __init__(self, *rows):
            self.rows = [(one, 1 / len(rows)) for one in rows]

        def mean(self, value):
            return sum(weight * value(one) for one, weight in self.rows)

    return lambda *rows: monkeypatch.setattr(winners, "nearest_rows", lambda *_: Nearest(*rows))


def told():
    return winners_curse(Learner("ridge:0.1", 6), 5, 5)


def test_one_in_fifty_winners_is_enough(simulated):
    simulated(row(0.9, 0.02), row(0.8, 0.04))
    assert (told().winners_auc, told().share, told().true_auc) == pytest.approx((0.85, 0.03, 0.7))


@pytest.mark.parametrize("rows", [[row(0.9, 0.019)], [row(None, 0.5)], [row(0.9, 0.5), row(0.9, 0.01)]])
def test_fewer_or_none_is_not_told(simulated, rows):
    simulated(*rows)
    assert told() is None
