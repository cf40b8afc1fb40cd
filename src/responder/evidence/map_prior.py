"""What others measured of each marker, as the prior of a model: meta-analytic-predictive, and robust.

For every feature with published numbers: a hierarchical model of the studies (`responder.evidence.pooled`), what it
predicts of a further study, and as how many patients that counts. Predictors that were published with a direction and
no number are listed and carry nothing: an invented size would be a claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from responder.evidence.pooled import Pooled, pooled
from responder.evidence.predictors import Closeness, Predictor, Predictors
from responder.evidence.prior_size import effective_patients, two_normals
from responder.models.prior import BorrowedPrior
from responder.words import Given, Phrase, Spoken, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BORROWED_SHARE", "MapPrior", "MarkerEvidence", "PublishedEffect", "map_prior"]

BORROWED_SHARE: Mapping[Closeness, float] = {"same_disease_and_drug": 1.0, "same_drug": 0.5, "same_class": 0.25}
"""Share of a study's information that counts, by how near it is: an assumption, declared (a power prior's exponent)."""
TAU_SCALE = 0.5
"""Scale of the half-normal prior of the SD between studies, in log odds per SD of a marker."""


@dataclass(frozen=True, slots=True)
class PublishedEffect:
    """One study's report of a marker.

    Attributes
    ----------
    predictor : str
        Its id in the file.
    source : Given
        Where it was published; the disease it was seen in.
    disease : Given
    treatment : Given or None
        Under what; None where it was low-dose interleukin-2.
    closeness : str
    direction : str
        As published.
    caution : Given
        What limits it, as the file says.
    reported, converted : Phrase or None
        What was published, and how it becomes log odds per SD; None where no number was published.
    log_odds, reported_error, standard_error : float or None
        Per SD of the marker: as published, and with the error that counts, widened by `BORROWED_SHARE`.
    """

    predictor: str
    source: Given
    disease: Given
    treatment: Given | None
    closeness: str
    direction: str
    caution: Given
    reported: Phrase | None
    converted: Phrase | None
    log_odds: float | None
    reported_error: float | None
    standard_error: float | None

    @property
    def share(self) -> float:
        """Share of its information that counts."""
        return BORROWED_SHARE[cast("Closeness", self.closeness)]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {one.name: plain(getattr(self, one.name)) for one in fields(self)} | {"share": self.share}


@dataclass(frozen=True)
class MarkerEvidence:
    """What is known of one feature.

    Attributes
    ----------
    feature : str
    studies : tuple of PublishedEffect
        All that measure it, those without numbers too.
    posterior : Pooled or None
        None where no study published a number.
    response_share : float
        Expected share of responders.
    label : str or Spoken
        The feature in words.
    """

    feature: str
    studies: tuple[PublishedEffect, ...]
    posterior: Pooled | None
    response_share: float = 0.5
    label: str | Spoken = ""

    @cached_property
    def patients(self) -> float | None:
        """As how many patients of a new cohort the predictive counts, before the vague component is mixed in."""
        return None if self.posterior is None else effective_patients(two_normals(self.posterior), self.response_share)

    @property
    def disagree(self) -> bool:
        """Whether some found that more of it goes with response, and some that less of it does."""
        return {"higher", "lower"} <= {study.direction for study in self.studies}

    def to_json(self) -> dict[str, Any]:
        """Return the marker as JSON types."""
        return {
            "feature": self.feature,
            "label": plain(self.label),
            "studies": [study.to_json() for study in self.studies],
            "disagree": self.disagree,
            "posterior": None if self.posterior is None else self.posterior.to_json(),
            "patients": self.patients,
        }


@dataclass(frozen=True)
class MapPrior:
    """Evidence on every feature of a study, and the prior made of it.

    Attributes
    ----------
    markers : tuple of MarkerEvidence
        Features that some publication speaks of.
    prior : BorrowedPrior
        For the model ``borrow``: features with numbers alone.
    tau_scale : float
        Scale of tau's half-normal prior.
    """

    markers: tuple[MarkerEvidence, ...]
    prior: BorrowedPrior
    tau_scale: float

    @cached_property
    def patients(self) -> float:
        """Effective patients on the marker that most is known of; evidence on several markers is not more patients."""
        return max((marker.patients for marker in self.markers if marker.patients is not None), default=0.0)

    def frame(self) -> pd.DataFrame:
        """Return one row per feature."""
        import pandas as pd

        rows = []
        for marker in self.markers:
            found = {} if marker.posterior is None else marker.posterior.to_json()
            rows.append(
                {
                    "feature": marker.feature,
                    "studies": len(marker.studies),
                    "with_numbers": sum(study.log_odds is not None for study in marker.studies),
                    **{f"{name}_{what}": found[name][what] if found else np.nan
                       for name in ("mu", "tau", "next") for what in ("mean", "sd")},
                    "next_lower": found.get("next_lower", np.nan),
                    "next_upper": found.get("next_upper", np.nan),
                    "patients": np.nan if marker.patients is None else marker.patients,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return evidence and prior as JSON types."""
        return {
            "markers": [marker.to_json() for marker in self.markers],
            "prior": self.prior.to_json(),
            "tau_scale": self.tau_scale,
        }


def map_prior(
    predictors: Predictors,
    sd_of_feature: Mapping[str, float],
    *,
    weight: float = 0.5,
    vague_sd: float = 0.5,
    tau_scale: float = TAU_SCALE,
    response_share: float = 0.5,
    labels: Mapping[str, str | Spoken] | None = None,
) -> MapPrior:
    """Return what publications say of a study's features, and the robust prior made of it.

    Parameters
    ----------
    predictors : Predictors
        Published baseline predictors; on-treatment ones are not looked at.
    sd_of_feature : Mapping[str, float]
        SD of each feature of the study in its own unit, from its patients without their outcomes: published effects are
        per SD, the prior is per unit.
    weight, vague_sd : float
        See `BorrowedPrior`.
    tau_scale : float
        Scale of the half-normal prior of the SD between studies.
    response_share : float
        Expected share of responders, for the number of patients that evidence counts as.
    labels : Mapping of str to str or Spoken, optional
        Features in words; their names where there are none.

    Examples
    --------
    >>> from responder.evidence.predictors import Predictors
    >>> told = {"disease": "GVHD", "trait": "ratio", "features": ["ratio"], "direction": "higher", "n": "33",
    ...         "finding": "P = 0.003", "source": "a trial", "closeness": "same_drug",
    ...         "report": {"kind": "p_value", "p": 0.003, "higher": True, "responders": 20, "others": 13}}
    >>> file = Predictors.model_validate({"schema": "responder/predictors/1", "predictor": [{"id": "a", **told}]})
    >>> found = map_prior(file, {"ratio": 2.0})
    >>> found.prior.features, round(float(found.prior.mean[0]), 2)
    (('ratio',), 0.52)
    """
    markers, features, means, variances = [], [], [], []
    for feature, sd in sd_of_feature.items():
        spoken = predictors.of_feature(feature)
        if not spoken:
            continue
        studies, label = tuple(_effect(predictor) for predictor in spoken), (labels or {}).get(feature, feature)
        numbers = [(s.log_odds, s.standard_error) for s in studies if s.log_odds is not None and s.standard_error]
        if not numbers or not sd > 0.0:
            markers.append(MarkerEvidence(feature, studies, None, response_share, label))
            continue
        effects, errors = np.array(numbers, dtype=float).T
        posterior = pooled(effects, errors, tau_scale=tau_scale)
        markers.append(MarkerEvidence(feature, studies, posterior, response_share, label))
        mean, spread = posterior.mean_and_sd("next")
        features.append(feature)
        means.append(mean / sd)
        variances.append((spread / sd) ** 2)
    prior = BorrowedPrior(tuple(features), np.array(means), np.diag(variances), weight, vague_sd)
    return MapPrior(tuple(markers), prior, tau_scale)


def _effect(predictor: Predictor) -> PublishedEffect:
    report = predictor.report
    found = None if report is None else report.log_odds()
    share = BORROWED_SHARE[predictor.closeness]
    return PublishedEffect(
        predictor=predictor.id,
        source=predictor.source.given,
        disease=predictor.disease.given,
        treatment=predictor.treatment.given if predictor.other_treatment else None,
        closeness=predictor.closeness,
        direction=predictor.direction,
        caution=predictor.caution.given,
        reported=None if report is None else report.said,
        converted=None if report is None else report.converted,
        log_odds=None if found is None else found.value,
        reported_error=None if found is None else found.standard_error,
        standard_error=None if found is None else found.standard_error / sqrt(share),
    )
