"""The cohort of a landmark analysis, from a table of visits: who is still followed and not yet responding, what rose.

Anderson, Cain and Gelber, J Clin Oncol 1983;1:710-719, doi 10.1200/JCO.1983.1.11.710; van Houwelingen, Scand J Stat
2007;34:70-85, doi 10.1111/j.1467-9469.2006.00529.x.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.cohort.checks import COHORT_CHECKS, Subject, run_checks
from responder.cohort.checks.collinear import COLLINEAR_CHECKS
from responder.cohort.checks.size import SIZE_CHECKS
from responder.cohort.cohort import Cohort
from responder.cohort.endpoint import evaluate_endpoint, measure_endpoint
from responder.cohort.findings import Finding, Findings
from responder.cohort.landmark import Landmark
from responder.cohort.places import shortened
from responder.cohort.rule import rule_results
from responder.errors import ConfigError, DataRefusedError, did_you_mean
from responder.features import compile_features
from responder.features.spec import FeatureStep
from responder.study.landmark import RiseScale, landmark_study, landmark_traits
from responder.study.model import Endpoint, Study
from responder.trial.rules import EXCLUDED, LANDMARK_RULES, MISSED_VISIT, NO_RISE
from responder.trial.visits import Visits
from responder.words import Phrase

__all__ = ["landmark_cohort"]

IDS_SHOWN = 10
REASONS = (
    "no_baseline", "not_applicable", "left", "not_seen", "responding", "unknown_status", "not_measured", "no_outcome",
)  # fmt: skip
"""Why a patient is left out, in the order in which they are asked: each patient counts once."""


def landmark_cohort(
    visits: Visits,
    week: float,
    rises: Sequence[str],
    *,
    scale: RiseScale = "log_ratio",
    adjust: Sequence[str] = (),
    endpoint: str = "",
) -> Cohort:
    r"""Return the patients still followed and not yet responding at a landmark, with what is known of them by then.

    Parameters
    ----------
    visits : Visits
        The treated cohort.
    week : float
        The landmark: a scheduled visit before the endpoint's week.
    rises : sequence of str
        Courses of the study's trial whose rise from baseline is looked at.
    scale : str
        ``log_ratio`` (fold rise) or ``difference``.
    adjust : sequence of str
        Baseline traits that enter beside the rises.
    endpoint : str
        Name of one of the study's endpoints; the first by default.

    Returns
    -------
    Cohort
        Of a study of its own, see `responder.study.landmark.landmark_study`; with refusals among its findings where
        too few remain. A patient whose rise is known in part stays, with the gap; one of whom no rise is known does
        not.

    Raises
    ------
    ConfigError
        If the study schedules no such visit, or has no such course, trait or endpoint, or the landmark is not before
        the endpoint's week.
    DataRefusedError
        If the table lacks what the endpoint or a rise is made of.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from responder.study import load_study
    >>> from responder.trial.intake import read_visits
    >>> lines = ["patient_id,week,rpdai,treg_per_ul"]
    >>> for patient, by_week in {"P1": (9, 0, 0), "P2": (9, 9, 0), "P3": (14, 14, 14), "P4": (9, 5, 5)}.items():
    ...     lines += [f"{patient},{week},{rpdai},{20 + 2 * week}" for week, rpdai in zip((0, 4, 12), by_week)]
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "visits.csv"
    >>> _ = path.write_text("\n".join(lines))
    >>> cohort = landmark_cohort(read_visits(path, load_study("rp-ld-il2")), 4, ["treg_per_ul"])
    >>> cohort.ids, cohort.outcome.tolist(), dict(cohort.landmark.excluded)
    (('P2', 'P3', 'P4'), [1, 0, 0], {'responding': 1})
    """
    rule = _endpoint(visits.study, endpoint, week)
    study = landmark_study(visits.study, week, rises, scale=scale, adjust=adjust)
    traits = landmark_traits(visits.study, week, rises, adjust)
    sources = {name: study.trait(name).repeats or name for name in traits}
    compared = visits.compared(rule)
    lacking = [name for name in sources.values() if study.trait(name).code.columns[0] not in visits.values]
    if compared is None or lacking:
        names = tuple(dict.fromkeys(lacking)) or visits.compared_traits(rule)
        raise DataRefusedError("landmark_lacks", where=visits.source, names=names)
    columns, values = _known_by(visits, study, traits, visits.design.weeks.index(week))
    spec = compile_features(study, traits)
    is_rise = [any(study.trait(name).timing == "on_treatment" for name in step.traits) for step in spec.steps]
    steps, risen = list(compress(spec.steps, is_rise)), spec.derive(values)[:, is_rise]
    response = evaluate_endpoint(rule, *compared)
    reasons = _reasons(visits, rule, week, np.asarray(np.isnan(risen).all(axis=1)), response)
    kept = np.array([not reason for reason in reasons])
    outcome, baseline = compared[0][kept], None if compared[1] is None else compared[1][kept]
    subject = Subject(
        study=study,
        endpoint=rule,
        source=visits.source,
        ids=tuple(patient for patient, keep in zip(visits.ids, kept, strict=True) if keep),
        headers=sources,
        columns=columns,
        values=values[kept],
        outcome=response[kept].astype(np.int64),
        outcome_values=outcome,
        measured=measure_endpoint(rule, outcome, baseline),
    )
    own = _excluded(visits, rule, week, reasons) + _without_rise(subject, steps, risen[kept], week)
    checks = rule_results(LANDMARK_RULES, own, applied=True)
    left_out = {reason: reasons.count(reason) for reason in REASONS if reason in reasons}
    # a later value goes with the earlier one: what that says of the rises is told of the features
    wanted = [check for check in COHORT_CHECKS if check not in COLLINEAR_CHECKS] if subject.n else SIZE_CHECKS
    found, results = run_checks(wanted, subject)
    compares = {name: study.trait(name).repeats or name for name in (rule.column, rule.compared_with) if name}
    origin = {name: visits.provenance.get(source) for name, source in {**sources, **compares}.items()}
    return Cohort(
        study=study,
        endpoint=rule,
        ids=subject.ids,
        columns=columns,
        values=subject.values,
        outcome=subject.outcome,
        provenance={name: kind for name, kind in origin.items() if kind is not None},
        findings=_of_the_visits(visits).adding([*own, *found], [*checks, *results]),
        source=visits.source,
        landmark=Landmark(week, float(rule.week or 0), visits.n, left_out),
        left_out=tuple(patient for patient, keep in zip(visits.ids, kept, strict=True) if not keep),
    )


def _endpoint(study: Study, name: str, week: float) -> Endpoint:
    """Return the endpoint, whose week must come after the landmark."""
    known = {endpoint.name: endpoint for endpoint in study.endpoints}
    if name and name not in known:
        near = did_you_mean(name, known)
        where = Phrase("place.study_endpoints", {"study": study.id, "endpoints": list(known)})
        raise ConfigError(
            "cohort_no_endpoint", where=where, hint=near, study=study.id, endpoint=name, names=list(known)
        )
    rule = known[name] if name else study.endpoint
    if rule.week is None or rule.week <= week:
        raise ConfigError("landmark_not_before", where="landmark.week", week=week, endpoint=rule.name)
    return rule


def _known_by(visits: Visits, study: Study, traits: Sequence[str], landmark: int) -> tuple[tuple[str, ...], FloatArray]:
    """Return the encoded columns of traits, and what each patient had in them at baseline or at the landmark."""
    columns, parts = [], []
    for trait in map(study.trait, traits):
        for column in trait.code.columns:
            columns.append(column)
            is_later = trait.timing == "on_treatment"
            parts.append(visits.values[trait.repeats if is_later else column][:, landmark if is_later else 0])
    return tuple(columns), np.column_stack(parts)


def _reasons(visits: Visits, rule: Endpoint, week: float, unmeasured: BoolArray, response: FloatArray) -> list[str]:
    """Return why each patient is left out, the first reason that holds; empty for those who are analysed."""
    seen, at = ~np.isnan(visits.weeks), visits.design.weeks.index(week)
    status = visits.met_by_week(rule, week)
    hold = {
        "no_baseline": ~seen[:, 0],
        "not_applicable": visits.not_applicable(rule),
        "left": visits.last_visit < at,
        "not_seen": ~seen[:, at],
        "responding": status == 1.0,
        "unknown_status": np.isnan(status),
        "not_measured": unmeasured,
        "no_outcome": np.isnan(response),
    }
    return [next((reason for reason in REASONS if hold[reason][i]), "") for i in range(visits.n)]


def _of_the_visits(visits: Visits) -> Findings:
    """Return what intake saw; who left early is told by the reasons here."""
    told = [finding for finding in visits.findings if finding.code != MISSED_VISIT.code]
    return Findings(tuple(told), visits.findings.checks)


def _excluded(visits: Visits, rule: Endpoint, week: float, reasons: Sequence[str]) -> list[Finding]:
    findings = []
    for reason in REASONS:
        who = [patient for patient, own in zip(visits.ids, reasons, strict=True) if own == reason]
        if who:
            values: dict[str, Any] = {"n": len(who), "of": visits.n, "names": shortened(who, IDS_SHOWN)}
            values |= {"week": week, "endpoint_week": rule.week}
            findings.append(EXCLUDED.found(reason, visits.source, **values))
    return findings


def _without_rise(subject: Subject, steps: Sequence[FeatureStep], risen: FloatArray, week: float) -> list[Finding]:
    findings = []
    for step, gaps in zip(steps, np.isnan(risen).T, strict=True):
        who = [patient for patient, gap in zip(subject.ids, gaps, strict=True) if gap]
        if who:
            values: dict[str, Any] = {"n": len(who), "of": subject.n, "names": shortened(who, IDS_SHOWN)}
            findings.append(NO_RISE.found("gap", subject.source, what=step.label, week=week, **values))
    return findings
