"""The feature spec: from encoded baseline values to standardised features, with NumPy alone.

Training and scoring share these functions, so they cannot disagree. Deriving a feature looks at one row only;
imputing and scaling look at the training rows only, and do so for many training sets at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.features.imputation import ChainedRegressions
from responder.words import Given, Phrase, Spoken, from_json, plain

__all__ = [
    "FOLD_MARGIN_SD",
    "TOGETHER",
    "FeatureSpec",
    "FeatureStep",
    "FittedFeatures",
    "Scaling",
    "fit_scaling",
    "weighted_median",
]

SMALLEST_RELATIVE_SD = 1e-12
MEDIANS_AT_ONCE = 100_000
"""Weights that are summed up together, of as many columns as that allows."""
FOLD_MARGIN_SD = 1.0
"""How far beyond the range of its training rows a feature may reach, in their SD; it is held there (decision 16)."""

MISSING = "_missing"
"""Ends the name of the indicator that a trait is missing."""

TOGETHER = "+"
"""Joins the traits that are missing in the same patients: they have one missing indicator."""


@dataclass(frozen=True)
class FeatureStep:
    """One derived feature.

    Attributes
    ----------
    name : str
        Name of the feature, ``organs=airway`` for one level of a set.
    transform : str
        ``identity``, ``log``, ``log1p``, ``log_ratio``, ``difference``, ``level_count``, ``only``,
        ``deficit`` or ``positive``.
    columns : tuple of int
        Encoded columns that it is made from.
    traits : tuple of str
        Traits that it is made from.
    group, construct : str
        For explanation: group of traits, and construct measured.
    label : Phrase or Given
        How people name it.
    floors : tuple of float
        Lowest plausible value of each column, below which a logarithm is not taken.
    low : float
        Lower end of the reference range, for ``deficit``.
    wanted : tuple of int
        For ``only``: positions within `columns` of the levels that may be present.
    """

    name: str
    transform: str
    columns: tuple[int, ...]
    traits: tuple[str, ...]
    group: str = ""
    construct: str = ""
    label: str | Spoken = ""
    floors: tuple[float, ...] = ()
    low: float = 0.0
    wanted: tuple[int, ...] = ()

    def derive(self, values: FloatArray) -> FloatArray:
        """Return the feature of each row; ``nan`` where a part is missing.

        Parameters
        ----------
        values : ndarray, shape (n, columns of the spec)
            Encoded values.
        """
        part = values[:, self.columns]
        first = part[:, 0]
        if self.transform == "identity":
            return first.copy()
        if self.transform == "log":
            return np.log(np.maximum(first, self.floors[0]))
        if self.transform == "log1p":
            return np.log1p(np.maximum(first, 0.0))
        if self.transform == "log_ratio":
            logs = np.log(np.maximum(part, self.floors[: part.shape[1]]))
            ratio = logs[:, 0] - logs[:, 1]
            return ratio if part.shape[1] == 2 else ratio - (logs[:, 2] - logs[:, 3])
        if self.transform == "difference":
            if part.shape[1] == 2:
                return first - part[:, 1]
            with np.errstate(divide="ignore", invalid="ignore"):
                change = first / part[:, 1] - part[:, 2] / part[:, 3]
            return np.where(np.isfinite(change), change, np.nan)
        if self.transform == "deficit":
            return np.maximum(0.0, 1.0 - first / self.low)
        if self.transform == "positive":
            return np.where(np.isnan(first), np.nan, (first > 0).astype(float))
        if self.transform == "level_count":
            return np.asarray(part.sum(axis=1))
        wanted = np.isin(np.arange(part.shape[1]), self.wanted)
        only = (part[:, wanted].sum(axis=1) > 0) & (part[:, ~wanted].sum(axis=1) == 0)
        return np.where(np.isnan(part).any(axis=1), np.nan, only.astype(float))

    @property
    def plain_label(self) -> str | Spoken:
        """How people name what it measures, with its logarithm undone."""
        if isinstance(self.label, Phrase) and self.label.code == "feature.log":
            undone: Spoken = self.label.values["feature"]
            return undone
        return self.label

    @property
    def value_label(self) -> str | Spoken:
        """What goes beside a value as people write it: no logarithm, and no level where the value is one's name."""
        if isinstance(self.label, Phrase) and self.label.code == "feature.level" and "=" not in self.name:
            trait: Spoken = self.label.values["feature"]
            return trait
        return self.plain_label

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON types."""
        return {**asdict(self), "label": plain(self.label)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> FeatureStep:
        """Rebuild a step from `to_json`; older ones have their label as a text for each of two languages."""
        given = dict(content)
        label, translated = given["label"], given.pop("label_zh", "")
        given["label"] = Given({"en": label, "zh": translated}) if translated else from_json(label)
        return cls(**{**given, **{key: tuple(given[key]) for key in ("columns", "traits", "floors", "wanted")}})


@dataclass(frozen=True)
class FeatureSpec:
    """How encoded columns become features.

    Attributes
    ----------
    columns : tuple of str
        The encoded columns it reads, in order.
    steps : tuple of FeatureStep
        The derived features.
    trait_columns : Mapping[str, int]
        First encoded column of each trait: where a trait's missingness is read.
    trait_groups : Mapping[str, str]
        Group of each trait.
    """

    columns: tuple[str, ...]
    steps: tuple[FeatureStep, ...]
    trait_columns: Mapping[str, int]
    trait_groups: Mapping[str, str]

    def derive(self, values: FloatArray) -> FloatArray:
        """Return the features of each row, shape (n, len(steps)); ``nan`` where a part is missing."""
        if not self.steps:
            return np.empty((values.shape[0], 0))
        derived = np.take(values, [step.columns[0] for step in self.steps], axis=1)
        for feature, step in enumerate(self.steps):
            if step.transform != "identity":
                derived[:, feature] = step.derive(values)
        return derived

    def missing_patterns(self, values: FloatArray) -> tuple[str, ...]:
        """Return the traits missing in at least one row; those missing in the same rows as one, ``a+b``.

        Six equal indicators would share one effect and be penalised a sixth as much as one.
        """
        together: dict[bytes, list[str]] = {}
        for trait, column in self.trait_columns.items():
            gaps = np.isnan(values[:, column])
            if gaps.any():
                together.setdefault(gaps.tobytes(), []).append(trait)
        return tuple(TOGETHER.join(traits) for traits in together.values())

    def missing(self, values: FloatArray, indicators: tuple[str, ...]) -> FloatArray:
        """Return the missing indicators, shape (n, len(indicators)): the share of each one's traits that is missing.

        Among the patients that `missing_patterns` was read from the share is 0 or 1.
        """
        shares = [
            np.isnan(values[:, [self.trait_columns[t] for t in together.split(TOGETHER)]]).mean(axis=1)
            for together in indicators
        ]
        return np.column_stack(shares) if shares else np.empty((values.shape[0], 0))

    def feature_names(self, indicators: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the names of all features, missing indicators last."""
        return (*(s.name for s in self.steps), *(f"{t}{MISSING}" for t in indicators))

    def traits_of_features(self, indicators: tuple[str, ...] = ()) -> tuple[tuple[str, ...], ...]:
        """Return, for each feature, the traits that it is made from."""
        return (*(s.traits for s in self.steps), *(tuple(t.split(TOGETHER)) for t in indicators))

    def groups_of_features(self, indicators: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return, for each feature, the group of its traits."""
        groups = (dict.fromkeys(self.trait_groups.get(t, "") for t in i.split(TOGETHER)) for i in indicators)
        return (*(s.group for s in self.steps), *(TOGETHER.join(filter(None, each)) for each in groups))

    def to_json(self) -> dict[str, Any]:
        """Return the spec as JSON types."""
        return {**asdict(self), "steps": [step.to_json() for step in self.steps]}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> FeatureSpec:
        """Rebuild a spec from `to_json`."""
        return cls(
            columns=tuple(content["columns"]),
            steps=tuple(map(FeatureStep.from_json, content["steps"])),
            trait_columns=dict(content["trait_columns"]),
            trait_groups=dict(content["trait_groups"]),
        )


@dataclass(frozen=True)
class Scaling:
    """Imputation and scaling fitted on M training sets at once.

    Attributes
    ----------
    median : ndarray, shape (M, p)
        What a missing feature is replaced with: the median of the training rows (0 where none is known).
    mean, sd : ndarray, shape (M, k)
        Of the training rows, k = p features + q missing indicators; `sd` is the population SD.
    constant : ndarray of bool, shape (M, k)
        Columns without variation among the training rows: they become 0 for everybody.
    low, high : ndarray, shape (M, k), optional
        What values are held within before they are standardised: the range of the training rows and
        `FOLD_MARGIN_SD` of their SD to either side. None in bundles from before they were held.
    """

    median: FloatArray
    mean: FloatArray
    sd: FloatArray
    constant: BoolArray
    low: FloatArray | None = None
    high: FloatArray | None = None

    def filled(self, derived: FloatArray, missing: FloatArray) -> FloatArray:
        """Return features and indicators, not standardised, gaps filled by the first training set, shape (n, k)."""
        return np.asarray(_imputed(derived, missing, self.median[:1])[0])

    @property
    def unit(self) -> FloatArray:
        """By what each feature is divided, shape (M, k)."""
        return np.where(self.constant, 1.0, self.sd)

    def of_set(self, index: int) -> Scaling:
        """Return the fit of one training set, M = 1."""
        here = slice(index, index + 1)
        low, high = (None if bound is None else bound[here] for bound in (self.low, self.high))
        return Scaling(self.median[here], self.mean[here], self.sd[here], self.constant[here], low, high)

    def apply(self, derived: FloatArray, missing: FloatArray, *, held: bool = True) -> FloatArray:
        """Return the standardised features, shape (M, n, k).

        Parameters
        ----------
        derived : ndarray, shape (n, p)
            Features with ``nan`` where missing.
        missing : ndarray, shape (n, q)
            Missing indicators.
        held : bool
            Whether values are held within what the training rows can speak of, as every model sees them.
        """
        full = _imputed(derived, missing, self.median)
        if held and self.low is not None and self.high is not None:
            full = np.clip(full, self.low[:, None, :], self.high[:, None, :])
        standardised = full - self.mean[:, None, :]
        standardised /= self.unit[:, None, :]
        return np.where(self.constant[:, None, :], 0.0, standardised) if self.constant.any() else standardised


def fit_scaling(
    derived: FloatArray,
    missing: FloatArray,
    weights: FloatArray,
    *,
    margin_sd: float | None = FOLD_MARGIN_SD,
    order: IntArray | None = None,
) -> Scaling:
    """Fit median imputation, standardisation and the bounds of values on many training sets.

    A feature that is nearly constant in a training set has an SD close to 0 there, and would throw a patient who was
    left out arbitrarily far. No outcome is looked at, and no training row is moved.

    Parameters
    ----------
    derived : ndarray, shape (n, p)
        Features, ``nan`` where missing.
    missing : ndarray, shape (n, q)
        Missing indicators.
    weights : ndarray, shape (M, n)
        How often each row is in each training set: 0/1, or counts of a bootstrap sample.
    margin_sd : float, optional
        How far beyond their range values may reach, in SD of the training rows; None holds nothing.
    order : ndarray of int, shape (n, p), optional
        `ascending` of the features, where it is known already: all training sets of a table share it.

    Returns
    -------
    Scaling
        One fit a training set.

    Examples
    --------
    >>> x = np.array([[1.0], [3.0], [np.nan], [50.0]])
    >>> fit = fit_scaling(x, np.zeros((4, 0)), np.array([[1.0, 1.0, 1.0, 0.0]]))
    >>> float(fit.median[0, 0])
    2.0
    >>> float(fit.high[0, 0].round(2)), fit.apply(x, np.zeros((4, 0)))[0, :, 0].round(2).tolist()
    (3.82, [-1.22, 1.22, 0.0, 2.22])
    """
    median = weighted_median(derived, weights, order)
    full = _imputed(derived, missing, median)
    total = weights.sum(axis=1, keepdims=True)
    share = (weights / total)[:, None, :]
    mean = np.matmul(share, full)[:, 0, :]
    centred = full - mean[:, None, :]
    sd = np.sqrt(np.matmul(share, centred * centred)[:, 0, :])
    constant = sd <= SMALLEST_RELATIVE_SD * np.maximum(1.0, np.abs(mean))
    if margin_sd is None:
        return Scaling(median, mean, sd, constant)
    trained = (weights > 0)[:, :, None]
    low = np.where(trained, full, np.inf).min(axis=1) - margin_sd * sd
    high = np.where(trained, full, -np.inf).max(axis=1) + margin_sd * sd
    return Scaling(median, mean, sd, constant, low, high)


def _imputed(derived: FloatArray, missing: FloatArray, median: FloatArray) -> FloatArray:
    """Return features and indicators with gaps filled, shape (M, n, p + q), to be read alone."""
    sets, rows = median.shape[0], derived.shape[0]
    gaps = np.isnan(derived)
    if not missing.shape[1] and not gaps.any():
        return np.broadcast_to(derived[None], (sets, *derived.shape))
    filled = np.where(gaps[None], median[:, None, :], derived[None])
    return np.concatenate([filled, np.broadcast_to(missing[None], (sets, rows, missing.shape[1]))], axis=2)


def ascending(values: FloatArray) -> IntArray:
    """Return the rows of each column, shape (n, p), from the lowest value to the highest, and then the gaps."""
    return np.argsort(values, axis=0, kind="stable")


def weighted_median(values: FloatArray, weights: FloatArray, order: IntArray | None = None) -> FloatArray:
    """Return the median of the known values of each column under each set of weights, shape (M, p).

    Columns without gaps get theirs too: the next patient may lack what no training patient lacked.
    """
    (sets, rows), size = weights.shape, values.shape[1]
    result = np.zeros((sets, size))
    rising = ascending(values) if order is None else order
    at_once = max(1, MEDIANS_AT_ONCE // max(1, sets * rows))
    for start in range(0, size, at_once):
        part, here = values[:, start : start + at_once], rising[:, start : start + at_once]
        weighed = weights[:, here]
        gaps = np.isnan(part)
        if gaps.any():
            weighed *= ~np.take_along_axis(gaps, here, axis=0)
        cumulative = np.cumsum(weighed, axis=1, out=weighed)
        half = cumulative[:, -1:] / 2.0
        lower = (cumulative >= half).argmax(axis=1)
        upper = (cumulative > half).argmax(axis=1)
        columns = np.arange(part.shape[1])
        middle = (part[here[lower, columns], columns] + part[here[upper, columns], columns]) / 2.0
        result[:, start : start + at_once] = np.where(half[:, 0] > 0, middle, 0.0)
    return result


@dataclass(frozen=True)
class FittedFeatures:
    """A spec fitted on one training set: all that is needed to turn a profile into features.

    Attributes
    ----------
    spec : FeatureSpec
        How features are derived.
    indicators : tuple of str
        Traits with a missing indicator, those missing somewhere in the training rows; ``a+b`` is one indicator of
        traits that were missing together.
    scaling : Scaling
        With M = 1.
    imputation : ChainedRegressions, optional
        What fills gaps, with M = 1; without it, the medians of `scaling` do.
    """

    spec: FeatureSpec
    indicators: tuple[str, ...]
    scaling: Scaling
    imputation: ChainedRegressions | None = None

    @classmethod
    def fit(cls, spec: FeatureSpec, values: FloatArray) -> FittedFeatures:
        """Fit on encoded training values, shape (n, columns)."""
        indicators = spec.missing_patterns(values)
        weights = np.ones((1, values.shape[0]))
        return cls(spec, indicators, fit_scaling(spec.derive(values), spec.missing(values, indicators), weights))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the standardised features."""
        return self.spec.feature_names(self.indicators)

    def derive(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return derived features (n, p) and missing indicators (n, q) of encoded values.

        Under multiple imputation a gap is the mean over the m completed rows, so that a model that is linear in its
        features gives the mean of its m linear predictors; otherwise it stays ``nan``.
        """
        derived = self.spec.derive(values)
        if self.imputation is not None:
            used = np.isnan(values[:, self.imputation.columns]).any(axis=1)
            completed = self.imputation.complete(values[used])[0]
            each = self.spec.derive(completed.reshape(-1, values.shape[1]))
            derived[used] = each.reshape(*completed.shape[:2], len(self.spec.steps)).mean(axis=0)
        return derived, self.spec.missing(values, self.indicators)

    def transform(self, values: FloatArray) -> FloatArray:
        """Return the standardised features of encoded values, shape (n, k)."""
        return np.asarray(self.scaling.apply(*self.derive(values))[0])

    def to_json(self) -> dict[str, Any]:
        """Return the fitted spec as JSON types."""
        scaling = {key: part[0].tolist() for key, part in vars(self.scaling).items() if part is not None}
        imputation = {} if self.imputation is None else {"imputation": self.imputation.to_json()}
        return {"spec": self.spec.to_json(), "indicators": list(self.indicators), "scaling": scaling, **imputation}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> FittedFeatures:
        """Rebuild a fitted spec from `to_json`."""
        fitted = content["scaling"]
        kinds = {field.name: bool if field.name == "constant" else float for field in fields(Scaling)}
        scaling = Scaling(**{k: np.asarray([fitted[k]], dtype=kind) for k, kind in kinds.items() if k in fitted})
        imputation = ChainedRegressions.from_json(content["imputation"]) if "imputation" in content else None
        return cls(FeatureSpec.from_json(content["spec"]), tuple(content["indicators"]), scaling, imputation)
