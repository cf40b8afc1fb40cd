"""Compile the features of a study, for the traits in use, into a spec that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from responder.errors import ConfigError, known_names
from responder.features.spec import MISSING, TOGETHER, FeatureSpec, FeatureStep
from responder.names.suggest import suggest
from responder.study.model import Feature, Study
from responder.study.trait import Trait
from responder.words import Phrase, Spoken

__all__ = ["compile_features", "encoded_columns", "encoded_levels", "label_of_feature", "label_of_traits"]

LOGARITHMS = frozenset({"log", "log1p", "log_ratio"})


def encoded_columns(study: Study, traits: Sequence[str]) -> tuple[str, ...]:
    """Return the numeric columns that the traits become, in order."""
    return tuple(column for name in traits for column in study.trait(name).code.columns)


def encoded_levels(study: Study, traits: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return the values that each encoded column of a trait with levels may take; columns of numbers are absent.

    Examples
    --------
    >>> from responder.study import load_study
    >>> encoded_levels(load_study("rp-ld-il2"), ["sex", "organs", "treg_per_ul"])["organs=airway"]
    (0.0, 1.0)
    """
    levels: dict[str, tuple[float, ...]] = {}
    for trait in map(study.trait, traits):
        if trait.kind in {"binary", "ordinal", "set"}:
            values = tuple(sorted(set(map(float, trait.code.level_values.values())))) or (0.0, 1.0)
            levels |= dict.fromkeys(trait.code.columns, values)
    return levels


def compile_features(
    study: Study, traits: Sequence[str], *, only: Sequence[str] = (), of_hypotheses: bool = False
) -> FeatureSpec:
    """Compile the features of the traits in use.

    A declared feature is used when all its traits are; a trait that no declared feature uses enters as it is.

    Parameters
    ----------
    study : Study
        The study.
    traits : sequence of str
        Baseline traits in use.
    only : sequence of str, optional
        Names of the features to keep (of the feature, or of one level of it).
    of_hypotheses : bool
        Whether to add what may be tested as part of a hypothesis and never reaches a model: the features that are
        declared for that, and every trait as it is.

    Returns
    -------
    FeatureSpec
        The compiled spec.

    Raises
    ------
    ConfigError
        If `only` names a feature that does not exist for these traits, or no feature is left.

    Examples
    --------
    >>> from responder.study import load_study
    >>> spec = compile_features(load_study("rp-ld-il2"), ["organs", "treg_per_ul", "tcon_per_ul"])
    >>> [step.name for step in spec.steps][:3]
    ['organs=ear_nose', 'organs=airway', 'organ_count']
    """
    columns = encoded_columns(study, traits)
    wanted = {"models", "hypotheses"} if of_hypotheses else {"models"}
    declared = [f for f in study.features if f.used_by in wanted and set(f.of) <= set(traits)]
    covered = set() if of_hypotheses else {name for feature in declared for name in feature.of}
    features: list[Feature] = []
    for name in traits:
        features.extend(f for f in declared if f.of[0] == name)
        if name not in covered:
            features.append(_as_it_is(study.trait(name)))
    named: dict[str, FeatureStep] = {}
    for step in (step for feature in features for step in _steps(study, feature, columns)):
        named.setdefault(step.name, step)  # the declared one, where a trait as it is has the same name
    steps = list(named.values())
    if only:
        known = {s.name for s in steps} | {s.name.split("=")[0] for s in steps}
        for name in only:
            if name not in known:
                hint = suggest(name, known) or known_names(sorted(known))
                raise ConfigError("feature_unknown", where="features", hint=hint, name=name)
        steps = [s for s in steps if s.name in only or s.name.split("=")[0] in only]
    if not steps:
        raise ConfigError("feature_none_left", where="traits")
    used = {name for step in steps for name in step.traits}
    first = {name: columns.index(study.trait(name).code.columns[0]) for name in traits if name in used}
    return FeatureSpec(columns, tuple(steps), first, {name: study.trait(name).group for name in first})


def label_of_feature(study: Study, spec: FeatureSpec, name: str) -> str | Spoken:
    """Return the label of a feature or a missing indicator; the name itself where there is none such.

    Parameters
    ----------
    study : Study
        The study.
    spec : FeatureSpec
        The features in use.
    name : str
        As attributions name it.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> spec = compile_features(study, ["treg_per_ul", "rpdai"])
    >>> str(label_of_feature(study, spec, "rpdai_baseline")), str(label_of_feature(study, spec, "rpdai_missing"))
    ('RPDAI', 'RPDAI: not measured')
    """
    for step in spec.steps:
        if step.name == name:
            return step.label if str(step.label) else name
    known = {trait.name: trait.label.given for trait in study.traits}
    traits = name.removesuffix(MISSING).split(TOGETHER)
    if not name.endswith(MISSING) or not known.keys() >= set(traits):
        return name
    labels: list[Spoken] = [known[trait] for trait in traits]
    return Phrase("feature.not_measured", {"feature": reduce(_together, labels)})


def label_of_traits(study: Study, spec: FeatureSpec, name: str) -> Spoken:
    """Return the label of a trait, or of several joined by ``+``: of the one feature that is made of just these.

    Parameters
    ----------
    study : Study
        The study.
    spec : FeatureSpec
        The features in use.
    name : str
        As attributions and ranks by trait name it.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> spec = compile_features(study, ["treg_per_ul", "tcon_per_ul", "rpdai"])
    >>> str(label_of_traits(study, spec, "treg_per_ul+tcon_per_ul")), str(label_of_traits(study, spec, "rpdai"))
    ('Treg/Tcon ratio', 'RPDAI')
    """
    traits = tuple(name.split(TOGETHER))
    made = [step.plain_label for step in spec.steps if step.traits == traits]
    named = len(traits) > 1 or study.trait(traits[0]).kind == "binary"  # of two levels, the one that is meant
    if named and len(made) == 1 and isinstance(made[0], Spoken):
        return made[0]
    labels: list[Spoken] = [study.trait(trait).label.given for trait in traits]
    return reduce(_together, labels)


def _together(first: Spoken, second: Spoken) -> Spoken:
    return Phrase("feature.together", {"first": first, "second": second})


def _as_it_is(trait: Trait) -> Feature:
    transform = "levels" if trait.kind == "set" else "identity"
    return Feature(name=trait.name, transform=transform, of=(trait.name,), label=trait.label)


def _steps(study: Study, feature: Feature, columns: tuple[str, ...]) -> list[FeatureStep]:
    traits = [study.trait(name) for name in feature.of]
    at = tuple(columns.index(column) for trait in traits for column in trait.code.columns)
    group = "+".join(dict.fromkeys(trait.group for trait in traits))
    construct = feature.construct_ or "+".join(feature.of)

    own: Spoken = feature.label.given

    def step(name: str, transform: str, cols: tuple[int, ...], label: Spoken = own) -> FeatureStep:
        return FeatureStep(name, transform, cols, feature.of, group, construct, label)

    levels = traits[0].levels
    chosen = feature.levels or tuple(level.name for level in levels)
    if feature.transform == "levels":
        found = []
        for index, level in enumerate(levels):
            if level.name in chosen:
                label = Phrase("feature.level", {"feature": own, "level": level.shown.given})
                found.append(step(f"{feature.name}={level.name}", "identity", (at[index],), label))
        return found
    if feature.transform == "level_count":
        kept = tuple(at[i] for i, level in enumerate(levels) if level.name in chosen)
        return [step(feature.name, "level_count", kept)]
    if feature.transform == "only":
        wanted = tuple(i for i, level in enumerate(levels) if level.name in chosen)
        return [replace(step(feature.name, "only", at), wanted=wanted)]
    if feature.transform == "identity" and traits[0].kind == "binary" and levels:
        # of two named levels, that which counts as 1: "higher" and "for" then say which one is meant
        higher = max(levels, key=lambda level: traits[0].code.level_values[level.name])
        own = Phrase("feature.level", {"feature": own, "level": higher.shown.given})
    if feature.transform in LOGARITHMS:
        own = Phrase("feature.log", {"feature": own})
    floors = tuple(trait.plausible[0] if trait.plausible else 0.0 for trait in traits)
    low = traits[0].reference[0] if traits[0].reference else 0.0
    return [replace(step(feature.name, feature.transform, at, own), floors=floors, low=low)]
