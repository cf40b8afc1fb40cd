"""What an experiment borrows from other people: fixed from files alone, before any outcome is looked at."""

from __future__ import annotations

import numpy as np

from responder.errors import ConfigError, did_you_mean
from responder.experiment.config import BorrowSection
from responder.features.spec import FeatureSpec
from responder.models.prior import BorrowedPrior
from responder.words import Phrase

__all__ = ["borrowed_prior"]


def borrowed_prior(wanted: BorrowSection, spec: FeatureSpec) -> BorrowedPrior:
    """Return the prior of the model ``borrow``.

    Parameters
    ----------
    wanted : BorrowSection
        As the experiment says it.
    spec : FeatureSpec
        Features in use.

    Raises
    ------
    ConfigError
        If an entry is of no feature in use.

    Examples
    --------
    >>> from responder.experiment.config import OwnPrior
    >>> from responder.features import compile_features
    >>> from responder.study import load_study
    >>> spec = compile_features(load_study("rp-ld-il2"), ["rpdai"])
    >>> borrowed_prior(BorrowSection(prior={"rpdai_baseline": OwnPrior(mean=-0.2, sd=0.1)}), spec).mean.tolist()
    [-0.2]
    """
    entries = wanted.prior
    names = spec.feature_names()
    for name in entries:
        if name not in names:
            hint = did_you_mean(name, names) or Phrase("hint.known", {"names": list(names)})
            raise ConfigError("borrow_no_feature", where="borrow.prior", hint=hint, name=name)
    mean = np.array([entry.mean for entry in entries.values()])
    covariance = np.diag([entry.sd**2 for entry in entries.values()])
    return BorrowedPrior(tuple(entries), mean, covariance, wanted.weight, wanted.vague_sd)
