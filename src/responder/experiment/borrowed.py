"""What an experiment borrows from other people: fixed from files alone, before any outcome is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from responder.arrays import FloatArray
from responder.errors import ConfigError, did_you_mean, known_names
from responder.evidence import MapPrior, Predictors, load_predictors, map_prior
from responder.evidence.power_prior import power_prior
from responder.experiment.config import BorrowSection
from responder.experiment.other_cohort import OtherCohort
from responder.experiment.resolve import ResolvedExperiment
from responder.features.compile import label_of_feature
from responder.features.spec import FeatureSpec
from responder.models.prior import BorrowedPrior
from responder.study.model import Study

__all__ = ["borrowed_prior", "published_evidence", "published_predictors"]


def published_predictors(resolved: ResolvedExperiment) -> Predictors | None:
    """Return the published predictors that an experiment names; None where it names none."""
    file = resolved.experiment.predictors
    return load_predictors(resolved.path.parent / file) if file else None


def published_evidence(published: Predictors | None, study: Study, spec: FeatureSpec) -> MapPrior | None:
    """Return what others measured of the features in use, per SD; None where nothing is known of them.

    Parameters
    ----------
    published : Predictors, optional
        The experiment's file.
    study, spec : Study, FeatureSpec
        For the features in use, and what they are called.
    """
    if published is None:
        return None
    labels = {name: label_of_feature(study, spec, name) for name in spec.feature_names()}
    found = map_prior(published, dict.fromkeys(labels, 1.0), labels=labels)
    return found if found.markers else None


def borrowed_prior(
    wanted: BorrowSection,
    spec: FeatureSpec,
    published: Predictors | None = None,
    values: FloatArray | None = None,
    others: Sequence[OtherCohort] = (),
) -> BorrowedPrior:
    """Return the prior of the model ``borrow``: what was published of a feature, or what the experiment says of it.

    Where patients of other cohorts are borrowed, that is the initial prior of a power prior (`responder.evidence
    .power_prior`); features of theirs that nothing was published of begin with the vague component.

    Parameters
    ----------
    wanted : BorrowSection
        As the experiment says it.
    spec : FeatureSpec
        Features in use.
    published : Predictors, optional
        Of these, the ones with numbers enter; the experiment's own entry of a feature takes their place.
    values : ndarray, shape (n, k), optional
        Encoded baseline values of the cohort, for the SDs to which published effects refer. No outcome is looked at.
    others : sequence of OtherCohort
        Cohorts whose patients are borrowed; they need `values`.

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
            hint = did_you_mean(name, names) or known_names(names)
            raise ConfigError("borrow_no_feature", where="borrow.prior", hint=hint, name=name)
    known = {name: (entry.mean, entry.sd) for name, entry in entries.items()}
    spread = {} if values is None else dict(zip(names, np.nanstd(spec.derive(values), axis=0).tolist(), strict=True))
    if published is not None and spread:
        pooled = map_prior(published, spread).prior
        found = zip(pooled.features, pooled.mean.tolist(), np.sqrt(np.diag(pooled.covariance)).tolist(), strict=True)
        known = {name: (mean, sd) for name, mean, sd in found} | known
    shown = dict.fromkeys(name for other in others for name in other.left.features)
    initial = known | {name: (0.0, wanted.vague_sd / spread[name]) for name in shown if name not in known}
    return BorrowedPrior(*power_prior(initial, [other.left for other in others]), wanted.weight, wanted.vague_sd)
