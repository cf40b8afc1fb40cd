"""Do the parts of a bundle fit each other? A checksum says that nothing changed, not that it makes sense."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.features.spec import TOGETHER
from responder.models.decision import (
    ConstantDecision,
    Decision,
    KernelDecision,
    LaplaceDecision,
    LinearDecision,
    TreeDecision,
)

if TYPE_CHECKING:
    from responder.features.spec import FeatureSpec, Scaling
    from responder.score.bundle import Bundle

__all__ = ["require_consistent"]

TRANSFORMS = frozenset({"identity", "log", "log1p", "log_ratio", "level_count", "only", "deficit"})
KINDS = frozenset({"binary", "ordinal", "continuous", "count", "set"})
LIMITS = frozenset({"limit", "half", "missing"})
STANDINGS = frozenset({"beats_chance", "not_shown_to_beat_chance", "cannot_be_estimated"})


LARGEST_NUMBER = 1e50
"""Squares and ratios of numbers within this, and above its inverse, stay finite."""


def require_consistent(bundle: Bundle) -> None:
    """Check that shapes fit, numbers are finite and every index points at something.

    Raises
    ------
    ValueError
        With the part that does not fit.
    """
    for part in (bundle.study, bundle.model, bundle.standing, bundle.provenance):
        _kinds(part)
    for sheet in bundle.traits:
        _kinds(sheet)
        _kinds(sheet.code)
    for carried in (*bundle.carried.codes, *bundle.carried.rules, *chain(*bundle.carried.shared.values())):
        _kinds(carried)
    bundle.carried.refuse_unknown({sheet.name for sheet in bundle.traits})
    _traits(bundle)
    spec, indicators = bundle.pipeline.features.spec, bundle.pipeline.features.indicators
    _spec(spec, [sheet.name for sheet in bundle.traits])
    missing = {trait for together in indicators for trait in together.split(TOGETHER)}
    _require(missing <= set(spec.trait_columns), "a missing indicator belongs to no trait")
    p, k = len(spec.steps), len(spec.steps) + len(indicators)
    n = bundle.background.shape[0]
    _scaling(bundle.pipeline.features.scaling, 1, p, k)
    _decision(bundle.pipeline.decision, k)
    _shape(bundle.background, (n, k), "background")
    _require(n == bundle.standing.n and n > 0, "the background does not hold the n training patients")
    _standing(bundle)
    _ensemble(bundle, p, k)
    _venn_abers(bundle)
    _conformal(bundle)
    _next_patient(bundle, k)
    _applicability(bundle, p)
    _require(len(bundle.pseudonyms) in (0, n), "pseudonyms are not those of the training patients")
    _require(len(bundle.provenance.row_digests) in (0, n), "row digests are not those of the training patients")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


def _shape(array: Any, shape: tuple[int, ...], what: str) -> None:
    _require(np.shape(array) == shape, f"{what} has shape {np.shape(array)} where {shape} fits")
    # a NaN fails the comparison too
    _require(bool((np.abs(array) <= LARGEST_NUMBER).all()), f"{what} holds a number that is not finite, or absurd")


def _words(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(x, str) for pair in value.items() for x in pair)


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
    "Words": _words,
    "Mapping[str, str]": _words,
    "Mapping[str, float]": _mapping_of(_number),
    "Mapping[str, float] | None": _mapping_of(_number),  # a bundle's are compiled
    "Mapping[str, float | None]": _mapping_of(lambda value: value is None or _number(value)),
    "Mapping[str, int]": _mapping_of(lambda value: type(value) is int),
    "Mapping[str, Words]": _mapping_of(_words),
}


def _kinds(part: Any) -> None:
    """Check the fields of a dataclass against their annotations, so that no text turns up where a number belongs."""
    for field in dataclasses.fields(part):
        is_of_kind = _IS_OF_KIND.get(str(field.type))
        if is_of_kind is not None:
            _require(is_of_kind(getattr(part, field.name)), f"'{field.name}' is not of its kind")


def _traits(bundle: Bundle) -> None:
    names = [sheet.name for sheet in bundle.traits]
    _require(len(names) > 0 and len(set(names)) == len(names), "traits are not all different")
    for sheet in bundle.traits:
        code = sheet.code
        _require(code.kind in KINDS, "a trait is of no known kind")
        _require(
            code.limits in LIMITS and code.decimal_mark in ("", ".", ","), "a trait's cells are read in no known way"
        )
        _require(set(code.spellings.values()) <= set(code.levels), "a spelling leads to no level")
        levelled = code.kind == "ordinal" or (code.kind == "binary" and code.levels)
        _require(not levelled or set(code.level_values) == set(code.levels), "a level has no value")
        for bounds in (code.plausible, code.reference):
            _require(bounds is None or (len(bounds) == 2 and bounds[0] < bounds[1]), "a range does not rise")
    columns = tuple(column for code in bundle.codes for column in code.columns)
    _require(columns == bundle.columns, "the traits' columns are not those of the feature spec")


def _spec(spec: FeatureSpec, traits: list[str]) -> None:
    for part in (spec, *spec.steps):
        _kinds(part)
    width = len(spec.columns)
    _require(len(spec.steps) > 0, "there is no feature")
    _require(set(spec.trait_columns) <= set(traits), "the spec reads a trait that the bundle does not describe")
    _require(all(0 <= c < width for c in spec.trait_columns.values()), "a trait points at no column")
    for step in spec.steps:
        _require(step.transform in TRANSFORMS, "a feature has an unknown transform")
        _require(len(step.columns) > 0 and all(0 <= c < width for c in step.columns), "a feature points at no column")
        _require(set(step.traits) <= set(traits) and len(step.traits) > 0, "a feature is made of no known trait")
        if step.transform in {"log", "log_ratio"}:
            needed = 1 if step.transform == "log" else 2
            _require(len(step.columns) == needed, "a logarithm has not the columns it needs")
            _require(len(step.floors) >= needed and min(step.floors) >= 1 / LARGEST_NUMBER, "a logarithm has no floor")
        _require(step.transform != "deficit" or step.low >= 1 / LARGEST_NUMBER, "a deficit has no reference")
        _require(all(0 <= w < len(step.columns) for w in step.wanted), "a feature wants a level that is not there")


def _scaling(scaling: Scaling, sets: int, p: int, k: int) -> None:
    _shape(scaling.median, (sets, p), "median")
    for name in ("mean", "sd", "constant"):
        _shape(getattr(scaling, name), (sets, k), name)
    _require((scaling.low is None) == (scaling.high is None), "values are held at one end only")
    if scaling.low is not None and scaling.high is not None:
        _bounds(scaling.low, scaling.high, (sets, k))
    _require(bool((scaling.constant | (scaling.sd >= 1 / LARGEST_NUMBER)).all()), "a feature that varies has no spread")


def _bounds(low: Any, high: Any, shape: tuple[int, ...]) -> None:
    _shape(low, shape, "low")
    _shape(high, shape, "high")
    _require(bool((low <= high).all()), "the bounds that values are held within do not rise")


def _decision(decision: Decision, k: int) -> None:
    if isinstance(decision, ConstantDecision):
        _shape(decision.value, (), "the decision")
    elif isinstance(decision, LinearDecision):
        _shape(decision.coefficients, (k,), "coefficients")
        _shape(decision.intercept, (), "intercept")
    elif isinstance(decision, LaplaceDecision):
        _shape(decision.coefficients, (k + 1,), "coefficients")
        _shape(decision.covariance, (k + 1, k + 1), "covariance")
    elif isinstance(decision, KernelDecision):
        rows = len(decision.rows)
        _shape(decision.rows, (rows, k), "kernel rows")
        _shape(decision.dual, (rows,), "kernel weights")
        _shape(decision.reduction, (rows, rows), "kernel reduction")
        kernel = (decision.signal_variance, decision.length, decision.offset_variance)
        _require(all(map(_number, kernel)) and decision.length >= 1 / LARGEST_NUMBER, "the kernel is not one")
    else:
        assert isinstance(decision, TreeDecision)
        _shape(decision.base, (), "base of the trees")
        for tree in decision.trees:
            _tree(tree, k)


def _tree(tree: Any, k: int) -> None:
    """Children come after their parent, so that every walk ends in a leaf."""
    parts = {name: np.asarray(tree[name]) for name in ("feature", "threshold", "left", "right", "value")}
    nodes, leaves = parts["feature"].size, parts["value"].size
    for name in ("feature", "threshold", "left", "right"):
        _shape(parts[name].astype(float), (nodes,), f"{name} of a tree")
    _shape(parts["value"].astype(float), (leaves,), "leaves of a tree")
    _require(leaves == nodes + 1, "a tree has not one leaf more than splits")
    for name in ("feature", "left", "right"):
        _require(nodes == 0 or parts[name].dtype.kind == "i", f"{name} of a tree is not whole numbers")
    _require(
        nodes == 0 or bool(((parts["feature"] >= 0) & (parts["feature"] < k)).all()), "a tree splits on no feature"
    )
    for side in ("left", "right"):
        child = parts[side]
        inner = child >= 0
        _require(bool((child[inner] > np.flatnonzero(inner)).all()), "a tree runs in a circle")
        _require(bool((child[inner] < nodes).all() and (-1 - child[~inner] < leaves).all()), "a tree leads nowhere")


def _standing(bundle: Bundle) -> None:
    standing = bundle.standing
    _require(standing.kind in STANDINGS, "the standing is none that is known")
    _require(0 <= standing.responders <= standing.n, "there are more responders than patients")
    numbers = (standing.prevalence_lower, standing.prevalence, standing.prevalence_upper)
    _require(all(map(_number, numbers)), "the prevalence's interval is not finite")
    _require(0 <= numbers[0] <= numbers[1] <= numbers[2] <= 1, "the prevalence lies outside its interval")
    for name in ("lpo_auc", "lpo_auc_lower", "lpo_auc_upper", "permutation_p", "permutation_p_maxt"):
        value = getattr(standing, name)
        _require(value is None or 0 <= value <= 1, f"{name} is no share")


def _ensemble(bundle: Bundle, p: int, k: int) -> None:
    ensemble = bundle.ensemble
    draws = len(ensemble.intercepts)
    _require(len(ensemble) > 1, "the ensemble has fewer than two refits")
    _shape(ensemble.intercepts, (draws,), "ensemble intercepts")
    _shape(ensemble.slopes, (draws, k), "ensemble slopes")
    _shape(ensemble.medians, (draws, p), "ensemble medians")
    if not (np.isneginf(ensemble.lows).all() and np.isposinf(ensemble.highs).all()):
        _bounds(ensemble.lows, ensemble.highs, (draws, k))
    others = len(ensemble.scaling.median)
    _scaling(ensemble.scaling, others, p, k)
    if ensemble.forest is not None:
        ensemble.forest.require_sound(k, LARGEST_NUMBER)
    _require(
        others == len(ensemble.decisions) + (0 if ensemble.forest is None else len(ensemble.forest)),
        "the ensemble has not a scaling for each refit",
    )
    for decision in ensemble.decisions:
        _decision(decision, k)


def _venn_abers(bundle: Bundle) -> None:
    table = bundle.venn_abers
    wanted = {"scores", "p0_at", "p1_at", "p0_between", "p1_between"}
    _require(set(table) == wanted, "the Venn-Abers table has not its five columns")
    steps = len(table["scores"])
    _require(steps > 0 and bool((np.diff(table["scores"]) > 0).all()), "Venn-Abers scores do not rise")
    for name in sorted(wanted):
        _shape(table[name], (steps + (1 if name.endswith("between") else 0),), f"Venn-Abers {name}")
        shares = name == "scores" or bool(((table[name] >= 0) & (table[name] <= 1)).all())
        _require(shares, "a Venn-Abers probability is none")


def _conformal(bundle: Bundle) -> None:
    levels = [limits.level for limits in bundle.conformal]
    _require(len(set(levels)) == len(levels), "two conformal sets have one level")
    for limits in bundle.conformal:
        _kinds(limits)
        _require(0 < limits.level < 1, "a conformal level is none")


def _next_patient(bundle: Bundle, k: int) -> None:
    if bundle.next_patient is None:
        return
    posterior, coverage = bundle.next_patient.posterior, bundle.next_patient.coverage
    columns = posterior.columns
    _require(all(type(c) is int and 0 <= c < k for c in columns), "the interval looks at no feature")
    _require(len(set(columns)) == len(columns), "the interval looks at a feature twice")
    _shape(posterior.mean, (len(columns) + 1,), "the interval's mean")
    _shape(posterior.root, (len(columns) + 1, len(columns) + 1), "the interval's root")
    _require(bool((np.triu(posterior.root, 1) == 0).all()), "the interval's root is not lower triangular")
    _kinds(coverage)
    _require(coverage.reach > 0 and 0 < coverage.level < 1, "the interval reaches nowhere")
    _require(0 <= coverage.lowest <= coverage.highest <= 1, "the interval's coverage is no share")


def _applicability(bundle: Bundle, p: int) -> None:
    reference = bundle.applicability
    names = [sheet.name for sheet in bundle.traits]
    _require([trait.name for trait in reference.traits] == names, "the applicability traits are not the bundle's")
    for trait, code in zip(reference.traits, bundle.codes, strict=True):
        bounds = (trait.low, trait.high)
        known = all(map(_number, bounds))
        _require(bounds == (None, None) or known, "a training range is no range")
        _require(all(len(pattern) == len(code.columns) for pattern in trait.patterns), "a pattern has not its columns")
        _require(all(_number(x) for pattern in trait.patterns for x in pattern), "a pattern is not finite")
    lacked = {name for pattern in reference.missing_patterns for name in pattern}
    _require(lacked <= set(names), "a missing pattern names no trait")
    _shape(reference.precision, (p + 1, p + 1), "leverage matrix")
    _shape(reference.largest_leverage, (), "largest leverage")
    _shape(reference.nearest_distances, (bundle.standing.n,), "neighbour distances")
