"""Coded findings of validation: what a reader must know before believing a model's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.cohort.findings import CheckResult, CheckStatus, Finding, Severity
from responder.features.spec import FOLD_MARGIN_SD, fit_scaling
from responder.models.solver import Status
from responder.validate.budget import PermutationPlan
from responder.validate.loo import LeaveOneOut
from responder.validate.near_constant import FAR_BEYOND_SD, NearConstant, near_constant_features
from responder.validate.pairs import LeavePairOut
from responder.validate.permutation import PermutationTest
from responder.validate.refit import Table
from responder.validate.tuning_report import TuningReport

__all__ = [
    "RESTS_ON_ONE",
    "TUNING_MIN_N",
    "TUNING_MIN_SMALLER_CLASS",
    "check_events",
    "check_features",
    "check_model",
    "check_tuning",
]

TUNING_MIN_N = 100
TUNING_MIN_SMALLER_CLASS = 30
ARTEFACT_DIFFERENCE = 0.10
UNDETERMINED_SPREAD = 0.5
EVENTS_PER_FEATURE = 10
RESTS_ON_ONE = "RSP311"

Check = tuple[CheckResult, Finding | None]


def check_model(
    model: str,
    *,
    is_baseline: bool,
    unpenalised: bool,
    table: Table,
    outcome: NDArray[Any],
    loo: LeaveOneOut,
    lpo: LeavePairOut,
    permutation: PermutationTest | None,
    plan: PermutationPlan | None,
    tuning: TuningReport | None,
    alpha: float,
    silent: bool = False,
) -> list[Check]:
    """Run every check of one validated model; each reports passed, failed or not applicable.

    Of a model that cannot be estimated (`silent`), and of the baseline, no AUC is told.
    """
    where = f"model {model}"
    return [
        _constant(where, loo, lpo, is_baseline),
        _one_class(where, loo),
        _separation(where, loo),
        _more_parameters_than_patients(where, table, unpenalised),
        _pooled_artefact(where, outcome, loo, lpo, silent or is_baseline),
        _smallest_p(where, permutation, alpha),
        _budget(where, plan, permutation),
        _sampled_pairs(where, lpo),
        _undetermined_setting(where, tuning),
    ]


def check_tuning(n: int, smaller_class: int, tuned: tuple[str, ...], override: bool) -> Check:
    """Refuse tuning below n = 100 with 30 in the smaller class, unless it is overridden.

    Tuned penalties in small data correlate negatively with the optimal ones (Sinkovec et al. 2021,
    doi 10.1186/s12874-021-01374-y; Riley et al. 2021, doi 10.1016/j.jclinepi.2020.12.005).
    """
    title = "tuning below its threshold"
    if not tuned:
        return CheckResult("RSP309", title, CheckStatus.NOT_APPLICABLE), None
    if n >= TUNING_MIN_N and smaller_class >= TUNING_MIN_SMALLER_CLASS:
        return CheckResult("RSP309", title, CheckStatus.PASSED), None
    finding = Finding(
        "RSP309",
        Severity.CAUTION if override else Severity.REFUSED,
        f"tuning {', '.join(tuned)} with n = {n} and {smaller_class} in the smaller class; "
        f"it is trusted from n = {TUNING_MIN_N} with {TUNING_MIN_SMALLER_CLASS}",
        "tuning.models",
        "fix the shrinkage beforehand, or set tuning.override = true and say so in the report",
    )
    return CheckResult("RSP309", title, CheckStatus.FAILED), finding


def check_events(table: Table, smaller_class: int, source: str) -> Check:
    """Count patients of the smaller class for each feature that is fitted: that varies, equal gaps counted once."""
    title = "at least 10 patients of the smaller class a feature"
    features = int((~fit_scaling(table.derived, table.missing, np.ones((1, table.n))).constant).sum()) if table.n else 0
    if not features or smaller_class < 2:
        return _not_applicable("RSP204", title)
    ratio = smaller_class / features
    finding = None
    if ratio < EVENTS_PER_FEATURE:
        finding = Finding(
            "RSP204",
            Severity.CAUTION,
            f"{smaller_class} patients in the smaller class for {features} features ({ratio:.2g} each)",
            source,
            "use fewer traits, chosen beforehand; trust penalised models and the permutation test only",
        )
    return _result("RSP204", title, finding)


def check_features(table: Table, ids: Sequence[str]) -> tuple[CheckResult, list[Finding]]:
    """Name every feature that one patient carries, in the cohort or in a leave-one-out fold."""
    title = "no feature rests on one patient in a fold"
    findings = [_rests_on_one(found, ids) for found in near_constant_features(table)]
    return CheckResult(RESTS_ON_ONE, title, CheckStatus.FAILED if findings else CheckStatus.PASSED), findings


def _rests_on_one(found: NearConstant, ids: Sequence[str]) -> Finding:
    far = ids[found.farthest]
    if found.everywhere:
        message = f"'{found.feature}' differs in one patient alone, {ids[found.alone[0]]}"
    elif not found.without:
        message = f"without {far}, '{found.feature}' of {far} lies {found.beyond_sd:.1f} SD beyond all others"
    else:
        without = " or ".join(ids[i] for i in found.without)
        message = f"without {without}, '{found.feature}' differs in one patient alone"
        if found.beyond_sd > FAR_BEYOND_SD:
            message = f"{message}, and {far} lies {found.beyond_sd:.1f} SD beyond the others"
    return Finding(
        RESTS_ON_ONE,
        Severity.CAUTION,
        message,
        f"feature {found.feature}",
        f"out-of-fold values are held {FOLD_MARGIN_SD:g} SD beyond their fold; do not read this feature's rank",
    )


def _result(code: str, title: str, finding: Finding | None) -> Check:
    return CheckResult(code, title, CheckStatus.FAILED if finding else CheckStatus.PASSED), finding


def _not_applicable(code: str, title: str) -> Check:
    return CheckResult(code, title, CheckStatus.NOT_APPLICABLE), None


def _constant(where: str, loo: LeaveOneOut, lpo: LeavePairOut, is_baseline: bool) -> Check:
    title = "constant prediction"
    if is_baseline:
        return _not_applicable("RSP301", title)
    finding = None
    if loo.is_constant or lpo.is_constant:
        finding = Finding(
            "RSP301",
            Severity.CAUTION,
            "the model gives every patient the same prediction",
            where,
            "it has no AUC, no p and no explanation; give it more patients or other settings",
        )
    return _result("RSP301", title, finding)


def _one_class(where: str, loo: LeaveOneOut) -> Check:
    failed = int((loo.status == Status.ONE_CLASS).sum())
    finding = None
    if failed:
        finding = Finding(
            "RSP302",
            Severity.CAUTION,
            f"{failed} leave-one-out fits had one outcome class only",
            where,
            "no prediction exists for those patients; the smaller class needs at least 3 patients",
        )
    return _result("RSP302", "one outcome class in a fold", finding)


def _separation(where: str, loo: LeaveOneOut) -> Check:
    separated = int(np.isin(loo.status, (Status.SEPARATED, Status.NOT_CONVERGED)).sum())
    finding = None
    if separated:
        finding = Finding(
            "RSP303",
            Severity.CAUTION,
            f"the classes separate in {separated} of {len(loo.status)} leave-one-out fits: "
            "maximum likelihood does not exist",
            where,
            "use a penalised model (ridge, logf, firth); its coefficients stay finite",
        )
    return _result("RSP303", "separation", finding)


def _more_parameters_than_patients(where: str, table: Table, unpenalised: bool) -> Check:
    title = "more parameters than patients"
    if not unpenalised:
        return _not_applicable("RSP304", title)
    parameters = len(table.feature_table.names) + 1
    finding = None
    if parameters > table.n - 2:
        finding = Finding(
            "RSP304",
            Severity.CAUTION,
            f"{parameters} parameters against {table.n - 2} patients in a leave-pair-out fit: "
            "the estimates are one of many that fit as well (the smallest is taken)",
            where,
            "read its coefficients as one of many; prefer ridge or log-F, or name fewer traits",
        )
    return _result("RSP304", title, finding)


def _pooled_artefact(where: str, outcome: NDArray[Any], loo: LeaveOneOut, lpo: LeavePairOut, silent: bool) -> Check:
    title = "pooled leave-one-out artefact"
    if silent or np.isnan(loo.logit).any() or lpo.pairs == 0:
        return _not_applicable("RSP305", title)
    difference = loo.logit[outcome == 1][:, None] - loo.logit[outcome == 0][None, :]
    pooled = float(((np.sign(np.where(np.abs(difference) <= 1e-10, 0.0, difference)) + 1.0) / 2.0).mean())
    finding = None
    if abs(pooled - lpo.auc) > ARTEFACT_DIFFERENCE:
        finding = Finding(
            "RSP305",
            Severity.NOTE,
            f"pooling leave-one-out scores would have given an AUC of {pooled:.2f} instead of {lpo.auc:.2f}: "
            "each fold has its own prevalence",
            where,
            "discrimination is read from leave-pair-out only",
        )
    return _result("RSP305", title, finding)


def _smallest_p(where: str, permutation: PermutationTest | None, alpha: float) -> Check:
    title = "significance within reach"
    if permutation is None or not permutation.is_estimable:
        return _not_applicable("RSP306", title)
    finding = None
    if permutation.smallest_attainable_p > alpha:
        finding = Finding(
            "RSP306",
            Severity.CAUTION,
            f"no labeling of these patients reaches p <= {alpha:g}: the smallest attainable is "
            f"{permutation.smallest_attainable_p:.3g}",
            where,
            "more patients are needed before a test can decide",
        )
    return _result("RSP306", title, finding)


def _budget(where: str, plan: PermutationPlan | None, permutation: PermutationTest | None) -> Check:
    title = "permutation test within its budget"
    if plan is None or permutation is None:
        return _not_applicable("RSP307", title)
    finding = None
    if plan.is_cut:
        finding = Finding(
            "RSP307",
            Severity.NOTE,
            f"the permutation test looked at {plan.labelings} labelings and {plan.pairs} of {plan.all_pairs} pairs",
            where,
            "raise permutation.budget_seconds to look at more; the p is valid, its resolution is coarser",
        )
    return _result("RSP307", title, finding)


def _sampled_pairs(where: str, lpo: LeavePairOut) -> Check:
    finding = None
    if lpo.sampled:
        finding = Finding(
            "RSP308",
            Severity.NOTE,
            f"leave-pair-out scored a seeded sample of {lpo.pairs} of {lpo.wins.size} pairs "
            f"(Monte Carlo standard error {lpo.standard_error:.4f})",
            where,
            "raise validation.most_pairs to score all",
        )
    return _result("RSP308", "all pairs scored", finding)


def _undetermined_setting(where: str, tuning: TuningReport | None) -> Check:
    title = "tuned settings are determined"
    if tuning is None or not len(tuning.bootstrap):
        return _not_applicable("RSP310", title)
    finding = None
    widest = int(tuning.spread.argmax())
    if tuning.spread[widest] >= UNDETERMINED_SPREAD:
        lower, upper = tuning.bootstrap_range[:, widest]
        finding = Finding(
            "RSP310",
            Severity.CAUTION,
            f"90% of bootstrap refits chose {tuning.parameters[widest]} from {lower:.3g} to {upper:.3g}: "
            "these patients do not determine it",
            where,
            "prefer a model whose shrinkage was fixed beforehand",
        )
    return _result("RSP310", title, finding)
