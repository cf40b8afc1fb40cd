"""Coded findings of validation: what a reader must know before believing a model's numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.cohort.findings import CheckResult, CheckStatus, Finding, Severity
from responder.cohort.rule import Rule
from responder.features.spec import FOLD_MARGIN_SD
from responder.models.base import NamedModel
from responder.models.group_ridge import GroupRidgeModel
from responder.models.logistic import RidgeModel
from responder.models.posterior import PREDICTOR_SD, columns_looked_at
from responder.models.solver import Status
from responder.models.title import is_foreign
from responder.validate.budget import PermutationPlan
from responder.validate.loo import LeaveOneOut
from responder.validate.near_constant import FAR_BEYOND_SD, NearConstant, near_constant_features
from responder.validate.pairs import TIE_TOLERANCE, PairMatrix
from responder.validate.permutation import PermutationTest
from responder.validate.refit import Table
from responder.validate.tuning_report import TuningReport
from responder.words import Phrase

__all__ = [
    "RESTS_ON_ONE",
    "TUNING_MIN_N",
    "TUNING_MIN_SMALLER_CLASS",
    "check_events",
    "check_features",
    "check_model",
    "check_tuning",
    "of_model",
]

TUNING_MIN_N = 100
TUNING_MIN_SMALLER_CLASS = 30
ARTEFACT_DIFFERENCE = 0.10
UNDETERMINED_SPREAD = 0.5
EVENTS_PER_FEATURE = 10
RESTS_ON_ONE = "RSP311"

Check = tuple[CheckResult, Finding | None]


ENOUGH_EVENTS = Rule("RSP204", Severity.CAUTION)
CONSTANT = Rule("RSP301", Severity.CAUTION)
ONE_CLASS = Rule("RSP302", Severity.CAUTION)
SEPARATION = Rule("RSP303", Severity.CAUTION)
TOO_MANY_PARAMETERS = Rule("RSP304", Severity.CAUTION)
POOLED_ARTEFACT = Rule("RSP305", Severity.NOTE)
WITHIN_REACH = Rule("RSP306", Severity.CAUTION)
WITHIN_BUDGET = Rule("RSP307", Severity.NOTE)
ALL_PAIRS = Rule("RSP308", Severity.NOTE)
TUNING = Rule("RSP309", Severity.REFUSED)
DETERMINED = Rule("RSP310", Severity.CAUTION)
NO_ONE_ALONE = Rule("RSP311", Severity.CAUTION)
STRONG_PENALTY = Rule("RSP315", Severity.CAUTION)


def check_model(
    model: str,
    *,
    is_baseline: bool,
    unpenalised: bool,
    table: Table,
    outcome: NDArray[Any],
    loo: LeaveOneOut,
    lpo: PairMatrix,
    permutation: PermutationTest | None,
    plan: PermutationPlan | None,
    tuning: TuningReport | None,
    alpha: float,
    silent: bool = False,
    learner: NamedModel | None = None,
) -> list[Check]:
    """Run every check of one validated model; each reports passed, failed or not applicable.

    Of a model that cannot be estimated (`silent`), and of the baseline, no AUC is told.
    """
    where = Phrase("place.model", {"model": model})
    checks = [
        _constant(where, loo, lpo, is_baseline),
        _one_class(where, loo),
        _not_applicable(SEPARATION) if is_foreign(model) else _separation(where, loo),
        _more_parameters_than_patients(where, table, unpenalised),
        _pooled_artefact(where, outcome, loo, lpo, silent or is_baseline),
        _smallest_p(where, permutation, alpha),
        _budget(where, plan, permutation),
        _sampled_pairs(where, lpo),
        _undetermined_setting(where, tuning),
        _weak_penalty(where, table, learner),
    ]
    return of_model(checks, model)


def of_model(checks: Iterable[Check], model: str) -> list[Check]:
    """Return checks whose titles say which model they are of."""
    return [
        (replace(result, title=Phrase("check.of_model", {"title": result.title, "model": model})), found)
        for result, found in checks
    ]


def check_tuning(n: int, smaller_class: int, tuned: tuple[str, ...], override: bool) -> Check:
    """Refuse tuning below n = 100 with 30 in the smaller class, unless it is overridden.

    Tuned penalties in small data correlate negatively with the optimal ones (Sinkovec et al. 2021,
    doi 10.1186/s12874-021-01374-y; Riley et al. 2021, doi 10.1016/j.jclinepi.2020.12.005).
    """
    if not tuned:
        return _not_applicable(TUNING)
    if n >= TUNING_MIN_N and smaller_class >= TUNING_MIN_SMALLER_CLASS:
        return _checked(TUNING)
    rule = replace(TUNING, severity=Severity.CAUTION) if override else TUNING
    needed: dict[str, Any] = {"needed": TUNING_MIN_N, "needed_smaller": TUNING_MIN_SMALLER_CLASS}
    return _checked(rule, rule.found("early", "tuning.models", models=tuned, n=n, smaller=smaller_class, **needed))


def check_events(table: Table, smaller_class: int, source: str) -> Check:
    """Count patients of the smaller class for each feature that is fitted: that varies, equal gaps counted once."""
    features = int((~table.scaling(np.ones((1, table.n))).constant).sum()) if table.n else 0
    if not features or smaller_class < 2:
        return _not_applicable(ENOUGH_EVENTS)
    ratio = smaller_class / features
    if ratio >= EVENTS_PER_FEATURE:
        return _checked(ENOUGH_EVENTS)
    numbers: dict[str, Any] = {"smaller": smaller_class, "n": features, "ratio": ratio}
    return _checked(ENOUGH_EVENTS, ENOUGH_EVENTS.found("few", source, **numbers))


def check_features(table: Table, ids: Sequence[str]) -> tuple[CheckResult, list[Finding]]:
    """Name every feature that one patient carries, in the cohort or in a leave-one-out fold."""
    findings = [_rests_on_one(found, ids) for found in near_constant_features(table)]
    return NO_ONE_ALONE.result(_status(findings)), findings


def _rests_on_one(found: NearConstant, ids: Sequence[str]) -> Finding:
    far: dict[str, Any] = {"patient": ids[found.farthest], "sd": found.beyond_sd}
    fold: dict[str, Any] = {"without": _either([ids[i] for i in found.without])}
    case, values = "fold", fold
    if found.everywhere:
        case, values = "alone", {"patient": ids[found.alone[0]]}
    elif not found.without:
        case, values = "far", far
    elif found.beyond_sd > FAR_BEYOND_SD:
        case, values = "fold_far", far | fold
    where, hint = Phrase("place.feature", {"feature": found.feature}), Phrase("RSP311.fix", {"sd": FOLD_MARGIN_SD})
    return NO_ONE_ALONE.found(case, where, hint, feature=found.feature, **values)


def _either(names: Sequence[str]) -> str | Phrase:
    """Return names as alternatives."""
    some: str | Phrase = "".join(names[:1])
    for name in names[1:]:
        some = Phrase("list.either", {"one": some, "other": name})
    return some


def _checked(rule: Rule, finding: Finding | None = None) -> Check:
    return rule.result(_status([finding] if finding else [])), finding


def _status(findings: Iterable[Finding]) -> CheckStatus:
    return CheckStatus.FAILED if any(findings) else CheckStatus.PASSED


def _not_applicable(rule: Rule) -> Check:
    return rule.result(CheckStatus.NOT_APPLICABLE), None


def _constant(where: Phrase, loo: LeaveOneOut, lpo: PairMatrix, is_baseline: bool) -> Check:
    if is_baseline:
        return _not_applicable(CONSTANT)
    return _checked(CONSTANT, CONSTANT.found("model", where) if loo.is_constant or lpo.is_constant else None)


def _one_class(where: Phrase, loo: LeaveOneOut) -> Check:
    failed = int((loo.status == Status.ONE_CLASS).sum())
    return _checked(ONE_CLASS, ONE_CLASS.found("folds", where, n=failed) if failed else None)


def _separation(where: Phrase, loo: LeaveOneOut) -> Check:
    separated = int(np.isin(loo.status, (Status.SEPARATED, Status.NOT_CONVERGED)).sum())
    found = SEPARATION.found("folds", where, count=separated, of=len(loo.status)) if separated else None
    return _checked(SEPARATION, found)


def _more_parameters_than_patients(where: Phrase, table: Table, unpenalised: bool) -> Check:
    if not unpenalised:
        return _not_applicable(TOO_MANY_PARAMETERS)
    parameters, patients = len(table.feature_table.names) + 1, table.n - 2
    if parameters <= patients:
        return _checked(TOO_MANY_PARAMETERS)
    found = TOO_MANY_PARAMETERS.found("fit", where, parameters=parameters, patients=patients)
    return _checked(TOO_MANY_PARAMETERS, found)


def _weak_penalty(where: Phrase, table: Table, learner: NamedModel | None) -> Check:
    """Ask what a ridge penalty expects of a patient, where features outnumber patients.

    A coefficient per SD has the prior variance C, so the log odds of a patient like those trained on have the variance
    C times the number of features: a penalty must grow with that number (Hoerl, Kennard and Baldwin 1975, Commun Stat
    4:105, have it proportional).
    """
    features = 0 if learner is None else len(columns_looked_at(learner, len(table.feature_table.names)))
    if not isinstance(learner, RidgeModel | GroupRidgeModel) or features <= table.n:
        return _not_applicable(STRONG_PENALTY)
    sd = math.sqrt(learner.c * features)
    if sd <= PREDICTOR_SD * (1.0 + 1e-9):
        return _checked(STRONG_PENALTY)
    # two digits, and never more than it may be
    kind, allowed = learner.id.partition(":")[0], PREDICTOR_SD**2 / features
    unit = 10.0 ** (math.floor(math.log10(allowed)) - 1)
    numbers: dict[str, Any] = {"sd": sd, "features": features, "n": table.n, "most": PREDICTOR_SD}
    enough = float(f"{math.floor(allowed / unit + 1e-9) * unit:.2g}")
    return _checked(STRONG_PENALTY, STRONG_PENALTY.found("weak", where, kind=kind, enough=enough, **numbers))


def _pooled_artefact(where: Phrase, outcome: NDArray[Any], loo: LeaveOneOut, lpo: PairMatrix, silent: bool) -> Check:
    if silent or np.isnan(loo.logit).any() or lpo.pairs == 0:
        return _not_applicable(POOLED_ARTEFACT)
    pooled = _pooled_auc(loo.logit[outcome == 1], loo.logit[outcome == 0])
    if abs(pooled - lpo.auc) <= ARTEFACT_DIFFERENCE:
        return _checked(POOLED_ARTEFACT)
    return _checked(POOLED_ARTEFACT, POOLED_ARTEFACT.found("auc", where, pooled=pooled, auc=lpo.auc))


def _pooled_auc(responders: FloatArray, others: FloatArray) -> float:
    """Return the share of pairs ranked rightly, ties counted half, without listing them."""
    ranked = np.sort(others)
    below = np.searchsorted(ranked, responders - TIE_TOLERANCE, "left").sum()
    not_above = np.searchsorted(ranked, responders + TIE_TOLERANCE, "right").sum()
    return float(below + not_above) / (2 * len(responders) * len(others))


def _smallest_p(where: Phrase, permutation: PermutationTest | None, alpha: float) -> Check:
    if permutation is None or not permutation.is_estimable:
        return _not_applicable(WITHIN_REACH)
    smallest = permutation.smallest_attainable_p
    found = WITHIN_REACH.found("level", where, alpha=alpha, smallest=smallest) if smallest > alpha else None
    return _checked(WITHIN_REACH, found)


def _budget(where: Phrase, plan: PermutationPlan | None, permutation: PermutationTest | None) -> Check:
    if plan is None or permutation is None:
        return _not_applicable(WITHIN_BUDGET)
    if not plan.is_cut:
        return _checked(WITHIN_BUDGET)
    looked_at: dict[str, Any] = {"labelings": plan.labelings, "pairs": plan.pairs, "all_pairs": plan.all_pairs}
    return _checked(WITHIN_BUDGET, WITHIN_BUDGET.found("cut", where, **looked_at))


def _sampled_pairs(where: Phrase, lpo: PairMatrix) -> Check:
    if not lpo.sampled:
        return _checked(ALL_PAIRS)
    numbers: dict[str, Any] = {"pairs": lpo.pairs, "of": lpo.wins.possible, "error": lpo.standard_error}
    return _checked(ALL_PAIRS, ALL_PAIRS.found("sample", where, **numbers))


def _undetermined_setting(where: Phrase, tuning: TuningReport | None) -> Check:
    if tuning is None or not len(tuning.bootstrap):
        return _not_applicable(DETERMINED)
    widest = int(tuning.spread.argmax())
    if tuning.spread[widest] < UNDETERMINED_SPREAD:
        return _checked(DETERMINED)
    lower, upper = (float(limit) for limit in tuning.bootstrap_range[:, widest])
    setting = tuning.parameters[widest]
    return _checked(DETERMINED, DETERMINED.found("range", where, setting=setting, lower=lower, upper=upper))
