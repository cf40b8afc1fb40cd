"""Do the parts of a bundle fit each other? A checksum says that nothing changed, not that it makes sense."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from responder.errors import InvalidValueError
from responder.features.imputation import ChainedRegressions
from responder.features.spec import TOGETHER, FeatureSpec, Scaling
from responder.models.borrowed_decision import BorrowedDecision
from responder.models.decision import (
    ConstantDecision,
    Decision,
    KernelDecision,
    LaplaceDecision,
    LinearDecision,
    TreeDecision,
)
from responder.models.low_rank import LowRank
from responder.score.bundle import Bundle
from responder.words import Given, Phrase

__all__ = ["require_consistent"]

TRANSFORMS = frozenset(
    {"identity", "log", "log1p", "log_ratio", "difference", "level_count", "only", "deficit", "positive"}
)
KINDS = frozenset({"binary", "ordinal", "continuous", "count", "set"})
LIMITS = frozenset({"limit", "half", "missing"})
STANDINGS = frozenset({"beats_chance", "not_shown_to_beat_chance", "cannot_be_estimated"})


MOST_DRAWS = 1000
LARGEST_NUMBER = 1e50
"""Squares and ratios of numbers within this, and above its inverse, stay finite."""


def require_consistent(bundle: Bundle) -> None:
    """Check that shapes fit, numbers are finite and every index points at something.

    Raises
    ------
    InvalidValueError
        With the part that does not fit, by its place in ``bundle.json``.
    """
    for name in ("study", "model", "standing", "provenance"):
        _kinds(getattr(bundle, name), name)
    for sheet in bundle.traits:
        _kinds(sheet, "traits")
        _kinds(sheet.code, "traits.code")
    for carried in (*bundle.carried.codes, *bundle.carried.rules, *chain(*bundle.carried.shared.values())):
        _kinds(carried, "carried")
    try:
        bundle.carried.refuse_unknown({sheet.name for sheet in bundle.traits})
    except ValueError as error:
        raise InvalidValueError("bundle_part", part="carried") from error
    _criteria(bundle)
    _traits(bundle)
    spec, indicators = bundle.pipeline.features.spec, bundle.pipeline.features.indicators
    _spec(spec, [sheet.name for sheet in bundle.traits])
    missing = {trait for together in indicators for trait in together.split(TOGETHER)}
    _require(missing <= set(spec.trait_columns), "pipeline.features.indicators")
    p, k = len(spec.steps), len(spec.steps) + len(indicators)
    n = bundle.background.shape[0]
    _scaling(bundle.pipeline.features.scaling, 1, p, k, "pipeline.features.scaling")
    _imputation(bundle.pipeline.features.imputation, len(spec.columns), "pipeline.features.imputation")
    _decision(bundle.pipeline.decision, k, "pipeline.decision")
    _shape(bundle.background, (n, k), "background")
    _require(n == (1 if bundle.shareable else bundle.standing.n) and n > 0, "background")
    _standing(bundle)
    if bundle.shareable:
        _without_patients(bundle)
    else:
        _ensemble(bundle, p, k)
        _venn_abers(bundle)
    _conformal(bundle)
    _next_patient(bundle, k)
    _applicability(bundle, p)
    _require(len(bundle.pseudonyms) in (0, bundle.standing.n), "pseudonyms")
    _require(len(bundle.provenance.row_digests) in (0, bundle.standing.n), "provenance.row_digests")


def _require(holds: bool, part: str, case: str = "bundle_part", **values: Any) -> None:
    if not holds:
        raise InvalidValueError(case, part=part, **values)


def _shape(array: Any, shape: tuple[int, ...], part: str) -> None:
    _require(np.shape(array) == shape, part, "bundle_shape", shape=str(np.shape(array)), wanted=str(shape))
    # a NaN fails the comparison too
    _require(bool((np.abs(array) <= LARGEST_NUMBER).all()), part, "bundle_number")


def _words(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(x, str) for pair in value.items() for x in pair)


def _can_be_said(value: Any) -> bool:
    """Return whether there are words: a code may come from a newer catalogue, or from anywhere.

    English stands for all languages: every catalogue has the same keys with the same places.
    """
    if isinstance(value, Given) and not _words(value.by_language):
        return False
    try:
        return isinstance(value, Phrase | Given) and bool(value.in_language("en"))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return False


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def _mapping_of(of: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(isinstance(k, str) and of(v) for k, v in value.items())


def _pair(value: Any) -> bool:
    return value is None or (isinstance(value, tuple) and len(value) == 2 and all(map(_number, value)))


_IS_OF_KIND: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int,
    "float": _number,
    "float | None": lambda value: value is None or _number(value),
    "tuple[float, float] | None": _pair,
    "tuple[int, ...]": lambda value: isinstance(value, tuple) and all(type(x) is int for x in value),
    "tuple[float, ...]": lambda value: isinstance(value, tuple) and all(map(_number, value)),
    "tuple[str, ...]": lambda value: isinstance(value, tuple) and all(isinstance(x, str) for x in value),
    "Words": _can_be_said,
    "Words | None": lambda value: value is None or _can_be_said(value),
    "ByLanguage": _words,
    "Mapping[str, str]": _words,
    "Mapping[str, float]": _mapping_of(_number),
    "Mapping[str, float] | None": _mapping_of(_number),  # a bundle's are compiled
    "Mapping[str, float | None]": _mapping_of(lambda value: value is None or _number(value)),
    "Mapping[str, int]": _mapping_of(lambda value: type(value) is int),
    "Mapping[str, ByLanguage]": _mapping_of(_words),
}


def _kinds(part: Any, name: str) -> None:
    """Check the fields of a dataclass against their annotations, so that no text turns up where a number belongs."""
    for field in dataclasses.fields(part):
        is_of_kind = _IS_OF_KIND.get(str(field.type))
        if is_of_kind is not None:
            _require(is_of_kind(getattr(part, field.name)), f"{name}.{field.name}", "bundle_kind")


def _criteria(bundle: Bundle) -> None:
    criteria = bundle.criteria
    within = chain(*(group.criteria for group in criteria.sets))
    tests = chain(*(criterion.tests for group in criteria.sets for criterion in group.criteria))
    for part in (*criteria.codes, *criteria.rules, *criteria.sets, *within, *tests):
        _kinds(part, "criteria")
    for code in criteria.codes:
        _require(code.kind in KINDS and code.limits in LIMITS, "criteria.codes")
    try:
        criteria.refuse_unknown()
    except ValueError as error:
        raise InvalidValueError("bundle_part", part="criteria") from error


def _traits(bundle: Bundle) -> None:
    names = [sheet.name for sheet in bundle.traits]
    _require(len(names) > 0 and len(set(names)) == len(names), "traits")
    for sheet in bundle.traits:
        code = sheet.code
        _require(code.kind in KINDS, "traits.code.kind")
        _require(code.limits in LIMITS, "traits.code.limits")
        _require(code.decimal_mark in {"", ".", ","}, "traits.code.decimal_mark")
        _require(set(code.spellings.values()) <= set(code.levels), "traits.code.spellings")
        levelled = code.kind == "ordinal" or (code.kind == "binary" and code.levels)
        _require(not levelled or set(code.level_values) == set(code.levels), "traits.code.level_values")
        for name, bounds in (("plausible", code.plausible), ("reference", code.reference)):
            _require(bounds is None or (len(bounds) == 2 and bounds[0] < bounds[1]), f"traits.code.{name}")
    columns = tuple(column for code in bundle.codes for column in code.columns)
    _require(columns == bundle.columns, "pipeline.features.spec.columns")


def _spec(spec: FeatureSpec, traits: list[str]) -> None:
    name = "pipeline.features.spec"
    for part in (spec, *spec.steps):
        _kinds(part, name)
    width = len(spec.columns)
    _require(len(spec.steps) > 0, f"{name}.steps")
    _require(set(spec.trait_columns) <= set(traits), f"{name}.trait_columns")
    _require(all(0 <= c < width for c in spec.trait_columns.values()), f"{name}.trait_columns")
    for step in spec.steps:
        _require(step.transform in TRANSFORMS, f"{name}.steps.transform")
        _require(len(step.columns) > 0 and all(0 <= c < width for c in step.columns), f"{name}.steps.columns")
        _require(set(step.traits) <= set(traits) and len(step.traits) > 0, f"{name}.steps.traits")
        if step.transform in {"log", "log_ratio"}:
            _require(len(step.columns) in ((1,) if step.transform == "log" else (2, 4)), f"{name}.steps.columns")
            floors = len(step.floors) >= len(step.columns) and min(step.floors) >= 1 / LARGEST_NUMBER
            _require(floors, f"{name}.steps.floors")
        _require(step.transform != "difference" or len(step.columns) in {2, 4}, f"{name}.steps.columns")
        _require(step.transform != "deficit" or step.low >= 1 / LARGEST_NUMBER, f"{name}.steps.low")
        _require(all(0 <= w < len(step.columns) for w in step.wanted), f"{name}.steps.wanted")


def _scaling(scaling: Scaling, sets: int, p: int, k: int, name: str) -> None:
    _shape(scaling.median, (sets, p), f"{name}.median")
    for part in ("mean", "sd", "constant"):
        _shape(getattr(scaling, part), (sets, k), f"{name}.{part}")
    _require((scaling.low is None) == (scaling.high is None), name)
    if scaling.low is not None and scaling.high is not None:
        _bounds(scaling.low, scaling.high, (sets, k), name)
    _require(bool((scaling.constant | (scaling.sd >= 1 / LARGEST_NUMBER)).all()), f"{name}.sd")


def _imputation(imputation: ChainedRegressions | None, width: int, name: str) -> None:
    if imputation is None:
        return
    c, m = len(imputation.scales), imputation.draws
    columns = imputation.columns
    _require(c > 0 and len(set(columns)) == c and all(type(j) is int and 0 <= j < width for j in columns), name)
    _require(1 <= m <= MOST_DRAWS and imputation.seed >= 0, name)
    for scale in imputation.scales:
        _kinds(scale, f"{name}.scales")
        _require(scale.transform in {"identity", "log", "log1p"}, f"{name}.scales.transform")
        _require(scale.transform != "log" or scale.floor >= 1 / LARGEST_NUMBER, f"{name}.scales.floor")
        _require(all(map(_number, scale.levels)), f"{name}.scales.levels")
    _shape(imputation.centre, (1, c), f"{name}.centre")
    _shape(imputation.spread, (1, c), f"{name}.spread")
    _require(bool((imputation.spread >= 1 / LARGEST_NUMBER).all()), f"{name}.spread")
    _bounds(imputation.low, imputation.high, (1, c), name)
    for part in ("intercept", "noise"):
        _shape(getattr(imputation, part), (1, m, c), f"{name}.{part}")
    _shape(imputation.slopes, (1, m, c, c), f"{name}.slopes")


def _bounds(low: Any, high: Any, shape: tuple[int, ...], name: str) -> None:
    _shape(low, shape, f"{name}.low")
    _shape(high, shape, f"{name}.high")
    _require(bool((low <= high).all()), name)


def _decision(decision: Decision, k: int, name: str) -> None:
    if isinstance(decision, ConstantDecision):
        _shape(decision.value, (), f"{name}.value")
    elif isinstance(decision, LinearDecision):
        _shape(decision.coefficients, (k,), f"{name}.coefficients")
        _shape(decision.intercept, (), f"{name}.intercept")
    elif isinstance(decision, LaplaceDecision):
        _shape(decision.coefficients, (k + 1,), f"{name}.coefficients")
        if isinstance(decision.covariance, LowRank):
            _low_rank(decision.covariance, k + 1, f"{name}.covariance")
        else:
            _shape(decision.covariance, (k + 1, k + 1), f"{name}.covariance")
    elif isinstance(decision, BorrowedDecision):
        _require(len(decision.parts) == 2, f"{name}.parts")
        for part in decision.parts:
            _decision(part, k, f"{name}.parts")
        _shape(decision.precision, (k + 1, k + 1), f"{name}.precision")
        _shape(decision.weights, (2,), f"{name}.weights")
        _require(bool((decision.weights >= 0).all()) and abs(decision.weights.sum() - 1) < 1e-6, f"{name}.weights")
    elif isinstance(decision, KernelDecision):
        rows = len(decision.rows)
        _shape(decision.rows, (rows, k), f"{name}.rows")
        _shape(decision.dual, (rows,), f"{name}.dual")
        _shape(decision.reduction, (rows, rows), f"{name}.reduction")
        kernel = (decision.signal_variance, decision.length, decision.offset_variance)
        _require(all(map(_number, kernel)) and decision.length >= 1 / LARGEST_NUMBER, name)
    else:
        assert isinstance(decision, TreeDecision)
        _shape(decision.base, (), f"{name}.base")
        for tree in decision.trees:
            _tree(tree, k, f"{name}.trees")


def _tree(tree: Any, k: int, name: str) -> None:
    """Children come after their parent, so that every walk ends in a leaf."""
    parts = {part: np.asarray(tree[part]) for part in ("feature", "threshold", "left", "right", "value")}
    nodes, leaves = parts["feature"].size, parts["value"].size
    for part in ("feature", "threshold", "left", "right"):
        _shape(parts[part].astype(float), (nodes,), f"{name}.{part}")
    _shape(parts["value"].astype(float), (leaves,), f"{name}.value")
    _require(leaves == nodes + 1, f"{name}.value")
    for part in ("feature", "left", "right"):
        _require(nodes == 0 or parts[part].dtype.kind == "i", f"{name}.{part}")
    _require(nodes == 0 or bool(((parts["feature"] >= 0) & (parts["feature"] < k)).all()), f"{name}.feature")
    for side in ("left", "right"):
        child = parts[side]
        inner = child >= 0
        _require(bool((child[inner] > np.flatnonzero(inner)).all()), f"{name}.{side}")
        _require(bool((child[inner] < nodes).all() and (-1 - child[~inner] < leaves).all()), f"{name}.{side}")


def _standing(bundle: Bundle) -> None:
    standing = bundle.standing
    _require(standing.kind in STANDINGS, "standing.kind")
    _require(0 <= standing.responders <= standing.n, "standing.responders")
    numbers = (standing.prevalence_lower, standing.prevalence, standing.prevalence_upper)
    _require(all(map(_number, numbers)), "standing.prevalence")
    _require(0 <= numbers[0] <= numbers[1] <= numbers[2] <= 1, "standing.prevalence")
    for name in ("lpo_auc", "lpo_auc_lower", "lpo_auc_upper", "permutation_p", "permutation_p_maxt"):
        value = getattr(standing, name)
        _require(value is None or 0 <= value <= 1, f"standing.{name}")


def _without_patients(bundle: Bundle) -> None:
    """Check that a bundle that says so has indeed no rows of patients, and nothing that reveals them."""
    left_out = {
        "ensemble": bundle.ensemble is None,
        "next_patient": bundle.next_patient is None,
        "venn_abers": not bundle.venn_abers,
        "conformal": not bundle.conformal,
        "pseudonyms": not bundle.pseudonyms,
        "provenance.row_digests": not bundle.provenance.row_digests,
        "pipeline.decision": not isinstance(bundle.pipeline.decision, KernelDecision),
        "pipeline.features.scaling.low": bundle.pipeline.features.scaling.low is not None,
    }
    for part, holds in left_out.items():
        _require(holds, part)


def _ensemble(bundle: Bundle, p: int, k: int) -> None:
    ensemble = bundle.ensemble
    _require(ensemble is not None, "ensemble")
    assert ensemble is not None
    draws = len(ensemble.intercepts)
    _require(len(ensemble) > 1, "ensemble")
    _shape(ensemble.intercepts, (draws,), "ensemble.linear.intercepts")
    _shape(ensemble.slopes, (draws, k), "ensemble.linear.slopes")
    _shape(ensemble.medians, (draws, p), "ensemble.linear.medians")
    if not (np.isneginf(ensemble.lows).all() and np.isposinf(ensemble.highs).all()):
        _bounds(ensemble.lows, ensemble.highs, (draws, k), "ensemble.linear")
    others = len(ensemble.scaling.median)
    _scaling(ensemble.scaling, others, p, k, "ensemble.scaling")
    if ensemble.forest is not None:
        _require(ensemble.forest.is_sound(k, LARGEST_NUMBER), "ensemble.forest")
    kept = len(ensemble.decisions) + (0 if ensemble.forest is None else len(ensemble.forest))
    _require(others == kept, "ensemble.scaling")
    for decision in ensemble.decisions:
        _decision(decision, k, "ensemble.decisions")


def _venn_abers(bundle: Bundle) -> None:
    table = bundle.venn_abers
    wanted = {"scores", "p0_at", "p1_at", "p0_between", "p1_between"}
    _require(set(table) == wanted, "venn_abers")
    steps = len(table["scores"])
    _require(steps > 0 and bool((np.diff(table["scores"]) > 0).all()), "venn_abers.scores")
    for name in sorted(wanted):
        _shape(table[name], (steps + (1 if name.endswith("between") else 0),), f"venn_abers.{name}")
        shares = name == "scores" or bool(((table[name] >= 0) & (table[name] <= 1)).all())
        _require(shares, f"venn_abers.{name}")


def _conformal(bundle: Bundle) -> None:
    levels = [limits.level for limits in bundle.conformal]
    _require(len(set(levels)) == len(levels), "conformal.level")
    for limits in bundle.conformal:
        _kinds(limits, "conformal")
        _require(0 < limits.level < 1, "conformal.level")


def _next_patient(bundle: Bundle, k: int) -> None:
    if bundle.next_patient is None:
        return
    posterior, coverage = bundle.next_patient.posterior, bundle.next_patient.coverage
    columns, name = posterior.columns, "next_patient.posterior"
    _require(all(type(c) is int and 0 <= c < k for c in columns), f"{name}.columns")
    _require(len(set(columns)) == len(columns), f"{name}.columns")
    _shape(posterior.mean, (len(columns) + 1,), f"{name}.mean")
    if isinstance(posterior.spread, LowRank):
        _low_rank(posterior.spread, len(columns) + 1, f"{name}.covariance")
    else:
        _shape(posterior.spread, (len(columns) + 1, len(columns) + 1), f"{name}.root")
        _require(bool((np.triu(posterior.spread, 1) == 0).all()), f"{name}.root")
    _kinds(coverage, "next_patient.coverage")
    _require(coverage.reach > 0 and 0 < coverage.level < 1, "next_patient.coverage")
    _require(0 <= coverage.lowest <= coverage.highest <= 1, "next_patient.coverage")


def _low_rank(form: LowRank, size: int, name: str) -> None:
    _shape(form.diagonal, (size,), f"{name}.diagonal")
    _shape(form.factor, (len(form.factor), size), f"{name}.factor")
    _shape(form.centre, (size,), f"{name}.centre")


def _applicability(bundle: Bundle, p: int) -> None:
    reference, name = bundle.applicability, "applicability"
    names = [sheet.name for sheet in bundle.traits]
    _require([trait.name for trait in reference.traits] == names, f"{name}.traits")
    for trait, code in zip(reference.traits, bundle.codes, strict=True):
        bounds = (trait.low, trait.high)
        _require(bounds == (None, None) or all(map(_number, bounds)), f"{name}.traits.low")
        _require(all(len(pattern) == len(code.columns) for pattern in trait.patterns), f"{name}.traits.patterns")
        _require(all(_number(x) for pattern in trait.patterns for x in pattern), f"{name}.traits.patterns")
    lacked = {name for pattern in reference.missing_patterns for name in pattern}
    _require(lacked <= set(names), f"{name}.missing_patterns")
    if isinstance(reference.precision, LowRank):
        _low_rank(reference.precision, p + 1, f"{name}.precision")
    else:
        _shape(reference.precision, (p + 1, p + 1), f"{name}.precision")
    _shape(reference.largest_leverage, (), f"{name}.largest_leverage")
    kept = 0 if bundle.shareable else bundle.standing.n
    _shape(reference.nearest_distances, (kept,), f"{name}.nearest_distances")
