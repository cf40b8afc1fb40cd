"""Which features belong together: of one trait, of one group of traits, of one construct, or correlated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from responder.explain.correlation import feature_correlations
from responder.validate.refit import Table

__all__ = ["By", "FeatureGroups"]

By = Literal["feature", "trait", "group", "construct", "cluster"]


@dataclass(frozen=True)
class FeatureGroups:
    """The features of a table and what each belongs to.

    Attributes
    ----------
    names : tuple of str
        Features, missing indicators last.
    traits : tuple of str
        Trait of each; a feature made from two traits belongs to the pair, ``treg_per_ul+tcon_per_ul``.
    groups : tuple of str
        Group of traits, such as ``clinical``.
    constructs : tuple of str
        Construct that it measures; a missing indicator's is its trait's, or its traits' joined by ``+``.
    clusters : tuple of str
        Features that correlate with |r| above 0.7 in all patients, joined by ``+``.
    """

    names: tuple[str, ...]
    traits: tuple[str, ...]
    groups: tuple[str, ...]
    constructs: tuple[str, ...]
    clusters: tuple[str, ...]

    @classmethod
    def of(cls, table: Table) -> FeatureGroups:
        """Read them from a table's spec."""
        spec, indicators = table.spec, table.indicators
        traits = spec.traits_of_features(indicators)
        construct_of: dict[str, str] = {}
        for step in spec.steps:
            for trait in step.traits:
                construct_of.setdefault(trait, step.construct)
        return cls(
            spec.feature_names(indicators),
            tuple("+".join(each) for each in traits),
            spec.groups_of_features(indicators),
            (
                *(step.construct for step in spec.steps),
                *("+".join(dict.fromkeys(map(construct_of.__getitem__, each))) for each in traits[len(spec.steps) :]),
            ),
            feature_correlations(table).cluster_labels,
        )

    def labels(self, by: By) -> tuple[str, ...]:
        """Return what each feature belongs to."""
        found: tuple[str, ...] = getattr(self, "names" if by == "feature" else f"{by}s")
        return found

    def parts(self, by: By) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
        """Return the names of all parts, in order of appearance, and the columns of each."""
        return parts_of(self.labels(by))


def parts_of(labels: Sequence[str]) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Return distinct labels in order of appearance and the positions of each.

    Examples
    --------
    >>> parts_of(["a", "b", "a"])
    (('a', 'b'), ((0, 2), (1,)))
    """
    positions: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        positions.setdefault(label, []).append(i)
    return tuple(positions), tuple(map(tuple, positions.values()))
