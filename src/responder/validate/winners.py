"""By how much are the cohorts that beat chance too good? The winner's curse, from a simulation shipped as data."""

from __future__ import annotations

from dataclasses import dataclass

from responder.validate.result import Result
from responder.validate.simulated import Learner, nearest_rows

__all__ = ["WinnersCurse", "winners_curse"]

TABLE = "winners_curse.json"
MODERATE = 2
"""Position of the moderate effect among those simulated."""
FEWEST_WINNERS = 0.02
"""Share of cohorts that beat chance below which their mean is not told: too few were simulated."""


@dataclass(frozen=True, slots=True)
class WinnersCurse(Result):
    """What simulated cohorts of a size and split showed that came out as beating chance.

    Attributes
    ----------
    true_auc : float
        Mean true AUC of the pipeline in all of these cohorts: a moderate effect.
    winners_auc : float
        Mean leave-pair-out AUC of those that beat chance.
    share : float
        Share of the cohorts that beat chance.
    n_responders, n_non_responders : int
        Class sizes asked for.
    extrapolated : bool
        True where the size or split lies outside those simulated and the nearest was used.
    simulated : Learner
        The model that was simulated.
    """

    true_auc: float
    winners_auc: float
    share: float
    n_responders: int
    n_non_responders: int
    extrapolated: bool
    simulated: Learner


def winners_curse(learner: Learner, n_responders: int, n_non_responders: int) -> WinnersCurse | None:
    """Return by how much winners of a moderate effect are too good; None where hardly any cohort won.

    A result that is looked at because it is significant overstates the effect the more, the fewer patients there are.
    The effect is that of traits with which the true log-likelihood ratio has an AUC of 0.775.

    Parameters
    ----------
    learner : Learner
        The model, and how many features it looks at.
    n_responders, n_non_responders : int
        Class sizes.

    References
    ----------
    Ioannidis 2008, Epidemiology 19:640 (why most discovered true associations are inflated).

    Examples
    --------
    >>> found = winners_curse(Learner("ridge:0.1", 6), 15, 15)
    >>> found.winners_auc > found.true_auc + 0.05
    True
    """
    nearest = nearest_rows((TABLE,), learner, n_responders, n_non_responders)
    if any(row["auc"][MODERATE] is None or row["share"][MODERATE] < FEWEST_WINNERS for row, _ in nearest.rows):
        return None
    return WinnersCurse(
        true_auc=nearest.mean(lambda row: row["expected_auc"][MODERATE]),
        winners_auc=nearest.mean(lambda row: row["auc"][MODERATE]),
        share=nearest.mean(lambda row: row["share"][MODERATE]),
        n_responders=n_responders,
        n_non_responders=n_non_responders,
        extrapolated=nearest.outside,
        simulated=nearest.simulated,
    )
