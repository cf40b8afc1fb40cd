"""Out-of-fold attributions: each patient is explained by the model that did not see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.explain.groups import By, FeatureGroups, parts_of
from responder.explain.own_models import OwnModels, explained_by_own
from responder.validate.refit import Pipeline
from responder.validate.result import Result
from responder.workers import IN_PROCESS, Workers, in_chunks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Attributions", "Influence", "direction", "explain_out_of_fold"]


FIRST_RANKS = 3
CARRIED_BY_ONE = 0.5
RANKS_MOVED = 2
FEWEST_TO_JUDGE = 4
MOST_INFLUENTIAL = 3
"""So many are named where the ranking is shown."""


@dataclass(frozen=True)
class Influence(Result):
    """What the order of the parts owes to one patient.

    Attributes
    ----------
    patient, part : str
        The patient, and the part most of which is theirs.
    share : float
        Share of the patient in the part's sum of absolute values.
    rank, rank_without : int
        Of the part among all patients, and without this one's values; 1 is the largest.
    order_without : tuple of str
        The first three parts without this patient's values.
    """

    patient: str
    part: str
    share: float
    rank: int
    rank_without: int
    order_without: tuple[str, ...]


@dataclass(frozen=True)
class Attributions(Result):
    """Shapley values of n patients for k parts, in logits; a part is a feature, trait, group, construct or cluster.

    Attributes
    ----------
    ids : tuple of str
        Patients.
    names : tuple of str
        What the values are attributed to.
    traits, groups, constructs, clusters : tuple of str
        Trait, group, construct and cluster of correlated features of each part; empty text where it spans several.
    values : ndarray, shape (n, k)
        Shapley values; ``nan`` for a patient without whom one outcome class is left.
    features : ndarray, shape (n, k)
        Value of the feature, or of the trait as it was measured; ``nan`` where missing, or where a part has no one
        value.
    base : ndarray, shape (n,)
        Mean logit of the n - 1 patients that the patient's model was trained on.
    logit : ndarray, shape (n,)
        Out-of-fold logit; base plus the row's values.
    standard_error : ndarray, shape (n, k)
        Monte Carlo standard error of the values; 0 where they are exact.
    by : str
        ``feature``, ``trait``, ``group``, ``construct`` or ``cluster``.
    exact : bool
        Whether all coalitions were counted.
    measured : Mapping[str, ndarray]
        Values, shape (n,), of each trait that is one number.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    traits: tuple[str, ...]
    groups: tuple[str, ...]
    constructs: tuple[str, ...]
    clusters: tuple[str, ...]
    values: FloatArray
    features: FloatArray
    base: FloatArray
    logit: FloatArray
    standard_error: FloatArray
    by: By
    exact: bool
    measured: Mapping[str, FloatArray]

    @property
    def importance(self) -> FloatArray:
        """Mean absolute value of each part, shape (k,), over the patients that could be explained."""
        known = ~np.isnan(self.logit)
        return np.asarray(np.abs(self.values[known]).mean(axis=0)) if known.any() else np.zeros(len(self.names))

    @property
    def directions(self) -> tuple[str, ...]:
        """For each part: ``higher`` values go with response, ``lower`` do, ``none``, or ``mixed`` for no one value."""
        return tuple(
            ("mixed" if size > 0 else "none") if np.isnan(feature).all() else direction(feature, value)
            for feature, value, size in zip(self.features.T, self.values.T, self.importance, strict=True)
        )

    def by_trait(self) -> Attributions:
        """Return the sums over the features of each trait."""
        return self._summed("trait", self.traits)

    def by_group(self) -> Attributions:
        """Return the sums over the features of each group of traits."""
        return self._summed("group", self.groups)

    def by_construct(self) -> Attributions:
        """Return the sums over the features of each construct."""
        return self._summed("construct", self.constructs)

    def by_cluster(self) -> Attributions:
        """Return the sums over correlated features, of which a model cannot tell which one carries the effect."""
        return self._summed("cluster", self.clusters)

    def entangled(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        """Return each cluster of more than one feature with its mean absolute value, the largest first."""
        _, parts = parts_of(self.clusters)
        sizes = self.by_cluster().importance
        found = [
            (tuple(self.names[i] for i in part), float(size))
            for part, size in zip(parts, sizes, strict=True)
            if len(part) > 1
        ]
        return tuple(sorted(found, key=lambda one: -one[1]))

    def _summed(self, by: By, labels: Sequence[str]) -> Attributions:
        names, parts = parts_of(labels)
        traits = _common(self.traits, parts)
        return replace(
            self,
            names=names,
            traits=traits,
            groups=_common(self.groups, parts),
            constructs=_common(self.constructs, parts),
            clusters=_common(self.clusters, parts),
            values=_sums(self.values, parts),
            features=_one_value(self.features, parts, traits, self.measured),
            # errors of one sampled order hang together: their sum is an upper bound
            standard_error=_sums(self.standard_error, parts),
            by=by,
        )

    def ranking(self) -> pd.DataFrame:
        """Return one row a part, largest mean absolute value first: name, group, mean_absolute, direction."""
        import pandas as pd

        table = {
            "name": self.names,
            "group": self.groups,
            "mean_absolute": self.importance,
            "direction": self.directions,
        }
        order = np.argsort(-self.importance, kind="stable")
        return pd.DataFrame(table).iloc[order].reset_index(drop=True)

    def influential(self) -> tuple[Influence, ...]:
        """Return the patients without whom the ranking would be another one, the most influential first.

        Named is who carries more than half of the mean absolute value of a part among the first three ranks, or
        without whom a part moves by two ranks or more into, within or out of the first three.
        """
        known = np.flatnonzero(~np.isnan(self.logit))
        size = np.abs(self.values[known])
        if len(known) < FEWEST_TO_JUDGE or not size.any():
            return ()
        total = size.sum(axis=0)
        share = np.divide(size, total, out=np.zeros_like(size), where=total > 0)
        rank = _ranks(total)
        found = []
        for row, patient in enumerate(known.tolist()):
            without = _ranks(total - size[row])
            first = (rank < FIRST_RANKS) | (without < FIRST_RANKS)
            carries = first & (share[row] > CARRIED_BY_ONE)
            moves = first & (np.abs(rank - without) >= RANKS_MOVED)
            if not (carries | moves).any():
                continue
            part = int(np.where(carries | moves, share[row], -1.0).argmax())
            found.append(
                Influence(
                    self.ids[patient],
                    self.names[part],
                    float(share[row, part]),
                    int(rank[part]) + 1,
                    int(without[part]) + 1,
                    tuple(self.names[j] for j in np.argsort(without, kind="stable")[:FIRST_RANKS]),
                )
            )
        return tuple(sorted(found, key=lambda one: -one.share))

    def frame(self) -> pd.DataFrame:
        """Return one row a patient and part: Shapley value, value of the feature, base and logit."""
        import pandas as pd

        n, k = self.values.shape
        table: dict[str, Any] = {"patient_id": np.repeat(np.asarray(self.ids, dtype=str), k)}
        table[self.by] = np.tile(np.asarray(self.names, dtype=str), n)
        for name in ("trait", "group", "construct", "cluster"):
            if name != self.by:
                table[name] = np.tile(np.asarray(getattr(self, f"{name}s"), dtype=str), n)
        table |= {"value": self.features.ravel(), "shap": self.values.ravel()}
        if not self.exact:
            table["shap_standard_error"] = self.standard_error.ravel()
        return pd.DataFrame({**table, "base": np.repeat(self.base, k), "logit": np.repeat(self.logit, k)})


def explain_out_of_fold(
    pipeline: Pipeline,
    outcome: NDArray[Any],
    ids: Sequence[str] = (),
    *,
    by: By = "feature",
    seed: int = 0,
    workers: Workers = IN_PROCESS,
) -> Attributions:
    """Explain each patient by the pipeline refitted without them.

    Parameters
    ----------
    pipeline : Pipeline
        What is refitted, imputation and scaling included.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    ids : sequence of str, optional
        Names of the patients; their positions by default.
    by : str
        What plays: single features, or all features of a trait, group, construct or cluster entering together. For
        models that are not additive, values of a trait that plays as one differ from the sum of its features' values.
    seed : int
        Of the sampled orders, where there are too many players to enumerate.
    workers : Workers
        Whom patients are shared out to; results do not depend on it.

    Returns
    -------
    Attributions
        On the logit scale; the background of a patient is the n - 1 others.

    Examples
    --------
    >>> from responder.features import compile_features
    >>> from responder.models import build_model
    >>> from responder.study import load_study
    >>> from responder.validate.refit import ModelPipeline, Table
    >>> spec = compile_features(load_study("rp-ld-il2"), ["rpdai", "prednisone_mg_per_day"])
    >>> values = np.array([[9.0, 15.0], [23.0, 10.0], [9.0, 10.0], [14.0, 15.0], [9.0, 20.0]])
    >>> table = Table(spec, values, {})
    >>> pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    >>> found = explain_out_of_fold(pipeline, np.array([1, 0, 1, 0, 1]))
    >>> found.ranking()["name"].tolist(), found.directions
    (['rpdai_baseline', 'prednisone_dose'], ('lower', 'higher'))
    """
    table, n = pipeline.table, pipeline.table.n
    outcome = np.asarray(outcome)
    groups = FeatureGroups.of(table)
    names, parts = groups.parts(by)
    own = OwnModels(pipeline, outcome, parts, seed)
    explained = own.by_coefficients()
    left = np.flatnonzero(~explained.done)
    chunks = in_chunks([own.seconds(len(left))] * len(left))
    for found in workers.map(explained_by_own, (own, left), chunks):
        explained.take(found)
    traits = _common(groups.traits, parts)
    measured = {
        trait: table.values[:, column]
        for trait, column in table.spec.trait_columns.items()
        if table.spec.columns[column] == trait
    }
    return Attributions(
        ids=tuple(ids) or tuple(str(i) for i in range(n)),
        names=names,
        traits=traits,
        groups=_common(groups.groups, parts),
        constructs=_common(groups.constructs, parts),
        clusters=_common(groups.clusters, parts),
        values=explained.values,
        features=_one_value(np.column_stack([table.derived, table.missing]), parts, traits, measured),
        base=explained.base,
        logit=explained.logit,
        standard_error=explained.standard_error,
        by=by,
        exact=explained.exact,
        measured=measured,
    )


def direction(feature: FloatArray, value: FloatArray) -> str:
    """Return whether higher or lower values of a feature go with higher Shapley values, by their correlation.

    Examples
    --------
    >>> direction(np.array([1.0, 2.0, np.nan]), np.array([0.5, -0.5, 0.0]))
    'lower'
    """
    known = ~(np.isnan(feature) | np.isnan(value))
    if not known.any() or np.ptp(feature[known]) == 0:
        return "none"
    covariance = float(np.mean((feature[known] - feature[known].mean()) * value[known]))
    if abs(covariance) <= 1e-12 * np.ptp(feature[known]):
        return "none"
    return "higher" if covariance > 0 else "lower"


def _ranks(size: FloatArray) -> IntArray:
    """Return the rank of each part, 0 for the largest; of equal ones, the first comes first."""
    ranks = np.empty(len(size), dtype=np.int64)
    ranks[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return ranks


def _common(labels: Sequence[str], parts: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Return the label that all columns of a part share, or an empty text."""
    sets = [{labels[j] for j in part} for part in parts]
    return tuple(shared.pop() if len(shared) == 1 else "" for shared in sets)


def _sums(values: FloatArray, parts: Sequence[Sequence[int]]) -> FloatArray:
    return np.column_stack([values[:, list(part)].sum(axis=1) for part in parts])


def _one_value(
    features: FloatArray, parts: Sequence[Sequence[int]], traits: Sequence[str], measured: Mapping[str, FloatArray]
) -> FloatArray:
    """Return the feature of parts that have one, the trait of parts that are one, ``nan`` for the others."""
    gap = np.full(len(features), np.nan)
    return np.column_stack(
        [
            features[:, part[0]] if len(part) == 1 else measured.get(trait, gap)
            for part, trait in zip(parts, traits, strict=True)
        ]
    )
