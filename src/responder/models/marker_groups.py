"""Which group each feature belongs to: as an experiment says it, else as the study does."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence

from responder.errors import ConfigError, did_you_mean, known_names
from responder.models.base import FeatureTable
from responder.models.group_ridge import MOST_GROUPS

__all__ = ["numbered_groups"]

WHERE = "settings.groupridge.groups"


def numbered_groups(table: FeatureTable, given: Mapping[str, Sequence[str]] | None = None) -> tuple[int, ...]:
    """Return the group of each feature, numbered from 0 in the order of the features.

    Parameters
    ----------
    table : FeatureTable
        The features, with the groups of the study.
    given : Mapping, optional
        By a name of the group, its traits or features, or patterns of them (``il*``); what no group names is a group of
        its own.

    Raises
    ------
    ConfigError
        If a name is no trait or feature and meets none as a pattern, stands in two groups, or the groups are too many.

    Examples
    --------
    >>> traits = ("age",), ("crp",), ("il6",)
    >>> table = FeatureTable(("age", "crp", "il6"), traits, groups=("clinical", "blood", "blood"))
    >>> numbered_groups(table), numbered_groups(table, {"inflammation": ["crp"]})
    ((0, 1, 1), (0, 1, 0))
    """
    of_feature: list[str | None] = list(table.groups or [""] * len(table.names))
    if given:
        named = _group_by_name(table, given)
        of_feature = [
            next((named[each] for each in (name, *traits) if each in named), None)
            for name, traits in zip(table.names, table.traits, strict=True)
        ]
    numbers = {group: number for number, group in enumerate(dict.fromkeys(of_feature))}
    if len(numbers) > MOST_GROUPS:
        raise ConfigError("group_ridge_many", where=WHERE, n=len(numbers), most=MOST_GROUPS)
    return tuple(numbers[group] for group in of_feature)


def _group_by_name(table: FeatureTable, given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    known = {*table.names, *(trait for traits in table.traits for trait in traits)}
    named: dict[str, str] = {}
    for group, members in given.items():
        for member in members:
            met = [member] if member in known else fnmatch.filter(sorted(known), member)
            if not met:
                hint = did_you_mean(member, known) or known_names(sorted(known))
                raise ConfigError("group_ridge_unknown", where=f"{WHERE}.{group}", hint=hint, name=member)
            for name in met:
                if named.setdefault(name, group) != group:
                    raise ConfigError("group_ridge_twice", where=WHERE, name=name, one=named[name], other=group)
    return named
