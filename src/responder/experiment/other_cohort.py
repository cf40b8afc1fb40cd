"""Another cohort whose patients are borrowed: read once, turned into a summary, and never among those left out.

Only baseline values of the cohort at hand are looked at, for how much a marker overlaps and for the SDs: no outcome.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort import Cohort, load_cohort
from responder.cohort.carried import carried_values
from responder.cohort.table import ReadOptions
from responder.errors import ConfigError, DataRefusedError
from responder.evidence.power_prior import CohortSummary, overlap
from responder.experiment.config import OtherCohortSection
from responder.experiment.resolve import ResolvedExperiment
from responder.features.compile import label_of_feature
from responder.features.spec import FeatureSpec
from responder.names.suggest import suggest
from responder.study import Study, load_study
from responder.study.counterparts import find_counterparts
from responder.validate.result import Result
from responder.words import Given, Phrase, Spoken

__all__ = ["OtherCohort", "OtherMarker", "read_other_cohorts"]

LEAST_OF_A_CLASS = 2
MEASURED = ("continuous", "count")
NUMBERS_OF_A_PERSON = 3
"""Measured values that must agree, with all else that is known of both, before two rows are one person."""


@dataclass(frozen=True, slots=True)
class OtherMarker(Result):
    """What another cohort showed of one feature, before it is discounted.

    Attributes
    ----------
    feature : str
    label : str or Spoken
        In words.
    log_odds, sd : float
        Per SD of the cohort at hand, the other features held fixed.
    overlap : float
        Share that the baseline values of the two cohorts have in common; 1 where it is not to count.
    share : float
        Of the other cohort's information on it that is borrowed: the weight, times the overlap, times that of values on
        treatment.
    on_treatment : bool
        Whether it was measured on treatment there.
    """

    feature: str
    label: str | Spoken
    log_odds: float
    sd: float
    overlap: float
    share: float
    on_treatment: bool


@dataclass(frozen=True)
class OtherCohort:
    """Another cohort, without any of its rows.

    Attributes
    ----------
    name : str
        As the experiment calls it.
    file, digest : str
        Its table, and what identifies the data set.
    n, responders : int
    study, endpoint : Given
        What was measured there, and what counted as response.
    is_other_study, is_other_endpoint : bool
        Whether they differ from those at hand.
    weight : float
        Declared share of its information.
    markers : tuple of OtherMarker
        Features that both cohorts have.
    absent : Mapping[str, Given]
        Traits in use that it lacks, with their labels.
    illustration : Phrase or None
        What its values rest on where they were not observed.
    left : CohortSummary
        What is borrowed.
    """

    name: str
    file: str
    digest: str
    n: int
    responders: int
    study: Given
    endpoint: Given
    is_other_study: bool
    is_other_endpoint: bool
    weight: float
    markers: tuple[OtherMarker, ...]
    absent: Mapping[str, Given]
    illustration: Phrase | None
    left: CohortSummary

    @property
    def said(self) -> tuple[Phrase, ...]:
        """Who they are, how much of them counts, and what is different about them."""
        shares = [marker.share for marker in self.markers if marker.share]
        least, most = (min(shares), max(shares)) if shares else (0.0, 0.0)
        who = {"name": self.name, "n": self.n, "responders": self.responders, "markers": len(shares)}
        found = [Phrase("borrowing.cohort", {**who, "least": least, "most": most, "weight": self.weight})]
        if self.is_other_study:
            found.append(Phrase("borrowing.other_study", {"name": self.name, "study": self.study}))
        if self.is_other_endpoint:
            found.append(Phrase("borrowing.other_endpoint", {"name": self.name, "endpoint": self.endpoint}))
        if self.absent:
            found.append(Phrase("borrowing.absent", {"name": self.name, "traits": list(self.absent.values())}))
        later = [marker.label for marker in self.markers if marker.on_treatment]
        if later:
            found.append(Phrase("borrowing.on_treatment", {"name": self.name, "markers": later}))
        if self.illustration is not None:
            found.append(Phrase("borrowing.cohort_illustration", {"name": self.name, "rests": self.illustration}))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the joint summary, whose marginals stand in `markers`, as JSON types."""
        told = ("name", "file", "digest", "n", "responders", "is_other_study", "is_other_endpoint", "weight")
        return {
            **{key: getattr(self, key) for key in told},
            "study": self.study.to_json(),
            "endpoint": self.endpoint.to_json(),
            "markers": [marker.to_json() for marker in self.markers],
            "absent": list(self.absent),
            "illustration": None if self.illustration is None else self.illustration.to_json(),
        }


def read_other_cohorts(resolved: ResolvedExperiment, cohort: Cohort, spec: FeatureSpec) -> tuple[OtherCohort, ...]:
    """Read and summarise the cohorts that an experiment borrows from.

    Parameters
    ----------
    resolved : ResolvedExperiment
        Its ``[borrow.cohort.NAME]`` say which; files are relative to the experiment.
    cohort : Cohort
        The patients at hand.
    spec : FeatureSpec
        Features in use.

    Raises
    ------
    ConfigError
        If a study, endpoint or trait is not known.
    DataRefusedError
        If a table is refused, has no marker in common, too few of an outcome, or a patient of the cohort at hand.
    """
    return tuple(
        _read(name, wanted, resolved, cohort, spec) for name, wanted in resolved.experiment.borrow.cohort.items()
    )


def _read(
    name: str, wanted: OtherCohortSection, resolved: ResolvedExperiment, cohort: Cohort, spec: FeatureSpec
) -> OtherCohort:
    beside, where = resolved.path.parent, f"borrow.cohort.{name}"
    study = load_study(wanted.study, beside=beside) if wanted.study else cohort.study
    as_baseline = _with_later_values(study, wanted, where)
    there = load_cohort(
        Path(os.path.normpath(beside / wanted.path)),
        as_baseline,
        endpoint=wanted.endpoint or None,
        options=ReadOptions(where=wanted.where),
    )
    smaller = min(there.responders, there.n - there.responders)
    if smaller < LEAST_OF_A_CLASS:
        raise DataRefusedError("borrow_cohort_few", where=there.source, n=smaller, least=LEAST_OF_A_CLASS)
    codes = [cohort.study.trait(trait).code for trait in cohort.traits]
    given = {**wanted.traits, **wanted.on_treatment}
    shared = find_counterparts(codes, as_baseline, given, where=f"{where}.traits")
    values, lacking = carried_values(there, codes, shared.pairs)
    _refuse_same_people(wanted, cohort, there, values, named=not resolved.experiment.cohort.pseudonyms)
    names = spec.feature_names()
    features, own = spec.derive(values), spec.derive(cohort.values)
    known = [i for i in range(len(names)) if not np.isnan(features[:, i]).all() and np.nanstd(own[:, i]) > 0.0]
    if not known:
        raise DataRefusedError("borrow_cohort_no_marker", where=there.source, names=list(cohort.traits))
    summary = CohortSummary.of([names[i] for i in known], features[:, known], there.outcome)
    markers = tuple(
        _marker(summary, column, names.index(feature), (own, features), wanted, cohort, spec)
        for column, feature in enumerate(summary.features)
    )
    shares = {marker.feature: marker.share / wanted.weight if wanted.weight else 0.0 for marker in markers}
    same_study = there.study.id == cohort.study.id
    return OtherCohort(
        name,
        Path(wanted.path).name,
        there.digest,
        there.n,
        there.responders,
        there.study.title.given,
        there.endpoint.label.given,
        not same_study,
        not same_study or there.endpoint.name != cohort.endpoint.name,
        wanted.weight,
        markers,
        {
            trait: cohort.study.trait(trait).label.given
            for trait in cohort.traits
            if trait in (*shared.missing, *lacking)
        },
        there.illustration,
        summary.discounted(wanted.weight, shares),
    )


def _marker(
    summary: CohortSummary,
    column: int,
    index: int,
    features: tuple[FloatArray, FloatArray],
    wanted: OtherCohortSection,
    cohort: Cohort,
    spec: FeatureSpec,
) -> OtherMarker:
    feature = summary.features[column]
    own, other = (part[:, index] for part in features)
    sd = float(np.nanstd(own))
    common = overlap(own, other) if wanted.by_overlap else 1.0
    later = bool({*spec.traits_of_features()[index]} & {*wanted.on_treatment})
    share = wanted.weight * common * (wanted.on_treatment_weight if later else 1.0)
    return OtherMarker(
        feature,
        label_of_feature(cohort.study, spec, feature),
        float(summary.mean[column]) * sd,
        float(np.sqrt(summary.covariance[column, column])) * sd,
        common,
        share,
        later,
    )


def _with_later_values(study: Study, wanted: OtherCohortSection, where: str) -> Study:
    """Return the study with the named on-treatment traits as if they were of baseline, in the place of those."""
    later = {trait.name for trait in study.traits if trait.timing == "on_treatment"}
    for name in wanted.on_treatment.values():
        if name not in later:
            hint = suggest(name, sorted(later)) or None
            raise ConfigError("borrow_not_on_treatment", where=f"{where}.on_treatment", hint=hint, name=name)
    if not wanted.on_treatment:
        return study
    asked = {*wanted.on_treatment.values()}
    vouched = {"timing": "baseline", "known_before_treatment": True}
    traits = tuple(t.model_copy(update=vouched) if t.name in asked else t for t in study.traits)
    return study.model_copy(update={"traits": traits})


def _refuse_same_people(
    wanted: OtherCohortSection, cohort: Cohort, there: Cohort, values: FloatArray, *, named: bool
) -> None:
    """Refuse patients of the cohort at hand: their outcomes would be known to the models that leave them out."""
    measured = [cohort.columns.index(t.name) for t in map(cohort.study.trait, cohort.traits) if t.kind in MEASURED]
    both = ~np.isnan(cohort.values)[:, None] & ~np.isnan(values)
    alike = ((cohort.values[:, None] == values) | ~both).all(axis=2)
    alike &= both[:, :, measured].sum(axis=2) >= NUMBERS_OF_A_PERSON
    shared: Sequence[str] = [one for one, found in zip(cohort.ids, alike.any(axis=1), strict=True) if found]
    case = "borrow_cohort_same_rows"
    if not shared and named and not wanted.other_people:
        shared, case = [one for one in cohort.ids if one in set(there.ids)], "borrow_cohort_same_ids"
    if shared:
        some = ", ".join(shared[:5]) + (" ..." if len(shared) > 5 else "")
        where = Phrase("place.patients_of_file", {"file": there.source, "patients": some})
        raise DataRefusedError(case, where=where, n=len(shared))
