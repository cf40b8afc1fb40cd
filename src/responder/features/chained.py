"""Fit chained regressions on many training sets at once, and complete each of them m times.

Every column with gaps is regressed on all others, in turn, by Bayesian ridge regression; coefficients are drawn from
their posterior and the gaps from the regression, and so on for some rounds, in m chains of their own. That is what
scikit-learn's ``IterativeImputer(BayesianRidge(), sample_posterior=True)`` does m times for one training set; leaving
out every pair of sixty patients asks for 1,770 of them. No outcome is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.features.imputation import ROUNDS, ChainedRegressions, ColumnScale, MultipleImputation
from responder.features.spec import FeatureSpec, FittedFeatures, Scaling, fit_scaling

__all__ = ["BayesianRidgeFit", "ImputedSet", "SetImputer", "bayesian_ridge", "column_scales"]

NUMBERS_AT_ONCE = 2_000_000
MOST_REMEMBERED = 25_000_000
STEPS_OF_EVIDENCE = 30
FLAT_PRIOR = 1e-6
SECONDS_A_REGRESSION = 3e-5
SMALLEST_SPREAD = 1e-12


def column_scales(spec: FeatureSpec, imputation: MultipleImputation) -> tuple[ColumnScale, ...]:
    """Return the columns that the features are made of, each on the scale on which the model takes it."""
    scales = []
    for column in sorted({column for step in spec.steps for column in step.columns}):
        levels = tuple(imputation.levels.get(spec.columns[column], ()))
        transform, floor = "identity", 0.0
        for step in spec.steps:
            if column in step.columns and step.transform in {"log", "log_ratio", "log1p"} and not levels:
                transform = "log1p" if step.transform == "log1p" else "log"
                floor = step.floors[step.columns.index(column)]
        scales.append(ColumnScale(column, transform, floor, levels))
    return tuple(scales)


@dataclass(frozen=True)
class BayesianRidgeFit:
    """Posterior of S linear regressions without intercept.

    Attributes
    ----------
    slopes : ndarray, shape (S, k)
        Posterior mean.
    root : ndarray, shape (S, k, k)
        Symmetric root of the posterior covariance.
    noise : ndarray, shape (S,)
        Residual SD.
    """

    slopes: FloatArray
    root: FloatArray
    noise: FloatArray


def bayesian_ridge(products: FloatArray, moments: FloatArray, square: FloatArray, rows: FloatArray) -> BayesianRidgeFit:
    """Fit S ridge regressions whose penalty and noise maximise the evidence, from centred sums.

    Parameters
    ----------
    products : ndarray, shape (S, k, k)
        X'X.
    moments : ndarray, shape (S, k)
        X'y.
    square, rows : ndarray, shape (S,)
        y'y, and the number of rows.

    Notes
    -----
    MacKay 1992, Neural Computation 4:415, doi 10.1162/neco.1992.4.3.415, as in scikit-learn's ``BayesianRidge``, with
    its nearly flat priors of the two precisions.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0])
    >>> fit = bayesian_ridge(np.array([[[x @ x]]]), np.array([[x @ x]]), np.array([x @ x]), np.array([3.0]))
    >>> fit.slopes.round(3).tolist()
    [[1.0]]
    """
    values, vectors = np.linalg.eigh(products)
    values = np.maximum(values, 0.0)
    turned = np.matmul(moments[:, None, :], vectors)[:, 0]
    precision = 1.0 / (square / np.maximum(rows, 1.0) + np.finfo(float).eps)
    penalty = np.ones_like(precision)
    for _ in range(STEPS_OF_EVIDENCE):
        own = turned / (values + (penalty / precision)[:, None])
        error = np.maximum(square - (own * (2.0 * turned - values * own)).sum(axis=1), 0.0)
        told = precision[:, None] * values
        used = (told / (penalty[:, None] + told)).sum(axis=1)
        penalty = (used + 2.0 * FLAT_PRIOR) / ((own**2).sum(axis=1) + 2.0 * FLAT_PRIOR)
        precision = (np.maximum(rows - used, 0.0) + 2.0 * FLAT_PRIOR) / (error + 2.0 * FLAT_PRIOR)
    own = turned / (values + (penalty / precision)[:, None])
    root = 1.0 / np.sqrt(penalty[:, None] + precision[:, None] * values)
    return BayesianRidgeFit(
        np.matmul(vectors, own[:, :, None])[:, :, 0],
        np.matmul(vectors * root[:, None, :], vectors.transpose(0, 2, 1)),
        1.0 / np.sqrt(precision),
    )


@dataclass(frozen=True)
class ImputedSet:
    """One training set, completed m times.

    Attributes
    ----------
    regressions : ChainedRegressions
        With M = 1.
    rows : ndarray of int, shape (g,)
        Patients with a gap.
    drawn : ndarray, shape (m, g, p)
        Their derived features in each copy.
    mean : ndarray, shape (g, p)
        Their derived features as of new patients: the mean over the draws of `ChainedRegressions.complete`.
    scaling : Scaling
        Of the m copies together, M = 1.
    """

    regressions: ChainedRegressions
    rows: IntArray
    drawn: FloatArray
    mean: FloatArray
    scaling: Scaling

    def copies(self, derived: FloatArray) -> FloatArray:
        """Return the standardised features of everybody in each copy, shape (m, n, p)."""
        full = np.broadcast_to(derived, (len(self.drawn), *derived.shape)).copy()
        full[:, self.rows] = self.drawn
        flat = full.reshape(-1, full.shape[2])
        return np.asarray(self.scaling.apply(flat, np.zeros((len(flat), 0)))[0]).reshape(full.shape)

    def expected(self, derived: FloatArray) -> FloatArray:
        """Return the standardised features of everybody as of new patients, shape (n, p)."""
        full = derived.copy()
        full[self.rows] = self.mean
        return np.asarray(self.scaling.apply(full, np.zeros((len(full), 0)))[0])


@dataclass(frozen=True)
class SetImputer:
    """The training sets of one table, imputed and remembered: models and labelings share them.

    Attributes
    ----------
    spec : FeatureSpec
        How features are derived.
    values : ndarray, shape (n, columns)
        Encoded values.
    imputation : MultipleImputation
        What is asked for.

    Examples
    --------
    >>> from responder.features.spec import FeatureStep
    >>> steps = tuple(FeatureStep(name, "identity", (at,), (name,)) for at, name in enumerate("ab"))
    >>> spec = FeatureSpec(("a", "b"), steps, {"a": 0, "b": 1}, {})
    >>> values = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 31.0], [4.0, 39.0], [5.0, np.nan], [6.0, 61.0]])
    >>> (found,) = SetImputer(spec, values, MultipleImputation()).sets(np.ones((1, 6)))
    >>> found.mean.round().tolist(), found.drawn.shape
    ([[5.0, 50.0]], (20, 1, 2))
    """

    spec: FeatureSpec
    values: FloatArray
    imputation: MultipleImputation
    _known: dict[bytes, ImputedSet] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def scales(self) -> tuple[ColumnScale, ...]:
        """The columns and their scales."""
        return column_scales(self.spec, self.imputation)

    @cached_property
    def gaps(self) -> BoolArray:
        """Where a column is missing, shape (n, c)."""
        return np.isnan(self.values[:, [scale.column for scale in self.scales]])

    @cached_property
    def _random(self) -> tuple[FloatArray, FloatArray]:
        """Standard normal numbers for gaps, (rounds, m, n, c), and for coefficients, (rounds, m, c, c)."""
        m, (n, c) = self.imputation.draws, self.gaps.shape
        rng = np.random.default_rng([self.imputation.seed, 1])
        return rng.standard_normal((ROUNDS, m, n, c)), rng.standard_normal((ROUNDS, m, c, c))

    def seconds_per_set(self) -> float:
        """Return the nominal cost of imputing one training set, on an ordinary core."""
        with_gaps = int(self.gaps.any(axis=0).sum())
        return SECONDS_A_REGRESSION * self.imputation.draws * (ROUNDS * with_gaps + len(self.scales) - with_gaps)

    def sets(self, train: FloatArray) -> list[ImputedSet]:
        """Return the imputed training sets.

        Parameters
        ----------
        train : ndarray, shape (M, n)
            How often each patient is in each training set; patients with 0 teach nothing.
        """
        train = np.ascontiguousarray(train, dtype=float)
        keys = [row.tobytes() for row in train]
        found = {key: self._known[key] for key in keys if key in self._known}
        new = {key: row for key, row in zip(keys, train, strict=True) if key not in found}
        a_set = self.imputation.draws * (self.gaps.size + self.gaps.shape[1] ** 2)
        at_once = max(1, NUMBERS_AT_ONCE // a_set)
        waiting = list(new)
        for start in range(0, len(waiting), at_once):
            some = waiting[start : start + at_once]
            found |= zip(some, self._impute(np.array([new[key] for key in some])), strict=True)
        if len(self._known) * a_set > MOST_REMEMBERED:
            self._known.clear()
        self._known.update(found)
        return [found[key] for key in keys]

    def _impute(self, train: FloatArray) -> list[ImputedSet]:
        regressions, completed = self._chain(train)
        rows = np.flatnonzero(self.gaps.any(axis=1))
        derived = self.spec.derive(self.values)
        drawn = self._derived(completed)
        mean = self._derived(regressions.complete(self.values[rows])).mean(axis=1)
        sets = []
        for index, weight in enumerate(train):
            full = np.broadcast_to(derived, (self.imputation.draws, *derived.shape)).copy()
            full[:, rows] = drawn[index]
            flat = full.reshape(-1, full.shape[2])
            scaling = fit_scaling(flat, np.zeros((len(flat), 0)), np.tile(weight, self.imputation.draws)[None])
            sets.append(ImputedSet(regressions.of_set(index), rows, drawn[index], mean[index], scaling))
        return sets

    def _derived(self, completed: FloatArray) -> FloatArray:
        """Return the derived features of completed rows, (M, m, g, columns) to (M, m, g, p)."""
        flat = self.spec.derive(completed.reshape(-1, completed.shape[3]))
        return flat.reshape(*completed.shape[:3], len(self.spec.steps))

    def _chain(self, train: FloatArray) -> tuple[ChainedRegressions, FloatArray]:
        """Run the chains of M training sets; return the last regressions and the rows with gaps, completed."""
        fitted, (n, c), sets, m = self._start(train), self.gaps.shape, len(train), self.imputation.draws
        for_gaps, for_slopes = self._random
        state = np.where(self.gaps, 0.0, fitted.standardised(self.values))[:, None].repeat(m, axis=1)
        order = np.argsort(self.gaps.sum(axis=0), kind="stable")
        for round_ in range(ROUNDS):
            for j in order.tolist():
                rows = np.flatnonzero(self.gaps[:, j])
                if not rows.size and round_ < ROUNDS - 1:
                    continue  # a column without gaps is regressed once, for patients to come
                others = np.delete(np.arange(c), j)
                weight = np.broadcast_to((train * ~self.gaps[:, j])[:, None], (sets, m, n)).reshape(-1, n)
                slopes, intercept, noise = _regress(
                    state[..., others].reshape(sets * m, n, c - 1), state[..., j].reshape(sets * m, n), weight,
                    np.tile(for_slopes[round_, :, j], (sets, 1)),
                )  # fmt: skip
                fitted.slopes[:, :, j, others] = slopes.reshape(sets, m, c - 1)
                fitted.intercept[:, :, j] = intercept.reshape(sets, m)
                fitted.noise[:, :, j] = noise.reshape(sets, m)
                state[:, :, rows, j] = fitted.filled(j, state[:, :, rows], for_gaps[round_][:, rows, j])
        missing = np.flatnonzero(self.gaps.any(axis=1))
        own = self.values[missing]
        completed = np.broadcast_to(own, (sets, m, *own.shape)).copy()
        return fitted, fitted.put_back(completed, state[:, :, missing], self.gaps[missing])

    def _start(self, train: FloatArray) -> ChainedRegressions:
        """Return means, SDs and ranges of the training rows, and regressions that know nothing yet."""
        scaled = np.column_stack([scale.forward(self.values[:, scale.column]) for scale in self.scales])
        known = ~self.gaps
        weight = train[:, :, None] * known
        total = weight.sum(axis=1)
        value = np.where(known, scaled, 0.0)
        centre = (weight * value).sum(axis=1) / np.maximum(total, 1.0)
        spread = np.sqrt((weight * (value - centre[:, None]) ** 2).sum(axis=1) / np.maximum(total, 1.0))
        spread = np.where(spread > SMALLEST_SPREAD, spread, 1.0)
        standardised = (value - centre[:, None]) / spread[:, None]
        some = total > 0
        low = np.where(some, np.where(weight > 0, standardised, np.inf).min(axis=1), 0.0)
        high = np.where(some, np.where(weight > 0, standardised, -np.inf).max(axis=1), 0.0)
        sets, c, m = len(train), len(self.scales), self.imputation.draws
        empty = np.zeros((sets, m, c))
        return ChainedRegressions(
            self.scales, self.imputation.seed, centre, spread, low, high, empty, empty.copy(), np.zeros((sets, m, c, c))
        )

    def fitted(self, found: ImputedSet) -> FittedFeatures:
        """Return the fitted features of an imputed set, as a bundle keeps them."""
        return FittedFeatures(self.spec, (), found.scaling, found.regressions)


def _regress(
    predictors: FloatArray, target: FloatArray, weight: FloatArray, random: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw the coefficients of S regressions: slopes (S, k), intercept (S,), and the residual SD (S,).

    Parameters
    ----------
    predictors : ndarray, shape (S, n, k)
    target, weight : ndarray, shape (S, n)
    random : ndarray, shape (S, k + 1)
        Standard normal numbers: of the slopes, and of the mean.
    """
    rows = weight.sum(axis=1)
    share = (weight / np.maximum(rows, 1.0)[:, None])[:, None, :]
    centre = np.matmul(share, predictors)
    mean = np.matmul(share, target[:, :, None])[:, 0, 0]
    x, y = predictors - centre, target - mean[:, None]
    weighted = (x * weight[:, :, None]).transpose(0, 2, 1)
    square = (weight * y * y).sum(axis=1)
    k = x.shape[2]
    fit = bayesian_ridge(np.matmul(weighted, x), np.matmul(weighted, y[:, :, None])[:, :, 0], square, rows)
    slopes = fit.slopes + np.matmul(fit.root, random[:, :k, None])[:, :, 0]
    at_mean = mean + fit.noise / np.sqrt(np.maximum(rows, 1.0)) * random[:, k]
    return slopes, at_mean - (slopes * centre[:, 0]).sum(axis=1), fit.noise
