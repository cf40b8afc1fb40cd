"""Which models of an experiment are worked on side by side, and which one after another."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["short_first_longest"]


def short_first_longest(seconds: Mapping[str, float], most_seconds: float) -> list[str]:
    """Return the models that are one piece of work each, the longest first, so that none begins when others end.

    Parameters
    ----------
    seconds : Mapping of str to float
        Nominal computing time, by model.
    most_seconds : float
        Of a model that is one piece; what takes longer is shared out itself.

    Examples
    --------
    >>> short_first_longest({"ridge:1": 0.01, "gp": 0.4, "lightgbm": 80.0}, 1.0)
    ['gp', 'ridge:1']
    """
    short = [model for model, cost in seconds.items() if cost < most_seconds]
    return sorted(short, key=lambda model: -seconds[model])
