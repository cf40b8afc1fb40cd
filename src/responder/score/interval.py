"""The next patient's interval, from a bundle: what the training patients leave open about the true probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.posterior import NeutralPosterior
from responder.validate.patient_interval import PatientCoverage
from responder.words import Phrase

__all__ = ["OPEN_WIDTH", "NextPatient", "percent"]

OPEN_WIDTH = 0.8
"""An interval wider than this is said to leave nearly everything open."""


@dataclass(frozen=True)
class NextPatient:
    """How the interval of the next patient is computed, and what it held in simulated cohorts.

    Attributes
    ----------
    posterior : NeutralPosterior
        Of the linear predictor, on the standardised features that the model looks at.
    coverage : PatientCoverage
        Reach, level and simulated coverage.
    """

    posterior: NeutralPosterior
    coverage: PatientCoverage

    def logit_limits(self, features: FloatArray, logit: FloatArray) -> FloatArray:
        """Return the limits on the logit scale, shape (m, 2); the model's own `logit`, shape (m,), is never outside.

        Parameters
        ----------
        features : ndarray, shape (m, k)
            Standardised features.
        logit : ndarray, shape (m,)
            Of the model.
        """
        limits = self.posterior.interval(features, self.coverage.reach)
        return np.stack([np.minimum(limits[:, 0], logit), np.maximum(limits[:, 1], logit)], axis=1)

    @property
    def held(self) -> Phrase:
        """What such intervals held in simulated cohorts, in words."""
        coverage = self.coverage
        lowest, highest = coverage.percent
        key = "next_patient.held" if lowest < highest else "next_patient.held_one"
        return Phrase(key, {"n": coverage.n, "features": coverage.features, "lowest": lowest, "highest": highest})

    def to_json(self) -> dict[str, Any]:
        """Return the part of a bundle as JSON types."""
        return {"posterior": self.posterior.to_json(), "coverage": self.coverage.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> NextPatient:
        """Rebuild from `to_json`."""
        return cls(NeutralPosterior.from_json(content["posterior"]), PatientCoverage(**content["coverage"]))


def percent(share: float) -> str:
    """Return a share in whole percent; what is neither 0 nor 1 is never shown as if it were.

    Examples
    --------
    >>> percent(0.004), percent(0.46), percent(0.999), percent(1.0)
    ('<1%', '46%', '>99%', '100%')
    """
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"
