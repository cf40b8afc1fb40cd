"""How many patients a rank-sum test of one score needs: what a hypothesis that is declared beforehand asks for."""

from __future__ import annotations

from statistics import NormalDist

from responder.plan.whole import whole_patients
from responder.validate.permutation import Side

__all__ = ["rank_test_size"]


def rank_test_size(
    auc: float, prevalence: float, *, alpha: float = 0.05, power: float = 0.8, side: Side = "two-sided"
) -> int:
    """Return the patients with whom a rank-sum test has this power.

    ``n = (z_alpha + z_power)^2 / (12 c (1 - c) (auc - 0.5)^2)``, c being the share of responders. The score is one that
    needs no training; a model that is trained on the same patients needs more.

    Parameters
    ----------
    auc : float
        Assumed chance that a responder has the higher score, not 0.5.
    prevalence : float
        Share of responders, strictly between 0 and 1.
    alpha, power : float
        Level of the test, and its power.
    side : str
        ``two-sided`` or ``greater``.

    References
    ----------
    Noether 1987, J Am Stat Assoc 82:645, doi 10.1080/01621459.1987.10478478 (for few patients an approximation).

    Examples
    --------
    The documented example of size.test.mann in the R package statpsych, 44 in each of two equal groups:

    >>> rank_test_size(0.3, 0.5, power=0.9)
    88
    """
    level = alpha / 2 if side == "two-sided" else alpha
    reach = NormalDist().inv_cdf(1.0 - level) + NormalDist().inv_cdf(power)
    # what rounds to a whole number is one, whatever the last digit of the quantiles
    return whole_patients(reach**2 / (12.0 * prevalence * (1.0 - prevalence) * (auc - 0.5) ** 2))
