"""The verdict of a hypothesis: what was found of it in the cohort, feature by feature, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.explain.firth_profile import LogOdds
from responder.validate.result import Result
from responder.words import Given, Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureEvidence", "HypothesisVerdict", "Standing"]

UNTESTED = frozenset({"on_treatment", "across_diseases", "not_measured", "one_class"})
_LOG_ODDS = (("", "estimate"), ("_lower", "lower"), ("_upper", "upper"))


class Standing(StrEnum):
    """What may be said of a hypothesis."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_DECIDABLE = "not_decidable"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True)
class FeatureEvidence(Result):
    """One feature of a hypothesis against the cohort.

    Attributes
    ----------
    feature : str
        The feature.
    traits : tuple of str
        What it is made from.
    expected, found : str
        ``higher`` or ``lower`` values in responders; `found` may be ``none``.
    n, responders : int
        Patients whose value is known, and responders among them.
    auc, auc_lower, auc_upper : float
        Chance that a responder's value is the higher one, ties half, with Newcombe's 95% interval (method 5).
    log_odds : LogOdds
        Log-odds of response per SD, Firth's estimate with its 95% profile interval.
    p, smallest_attainable_p : float
        Rank-sum test of this feature alone, two-sided, unadjusted; and the smallest p that any outcome could have had.
    exact : bool
        Whether p is exact.
    shap_direction : str
        Direction of the out-of-fold Shapley values of the primary model; empty where there are none.
    rank_first, trait_rank_first, share_higher : float
        Over bootstrap refits of the primary model: share in which the feature, or its trait, ranks first; share in
        which higher values go with response. ``nan`` where there are none.
    published : tuple of Phrase
        Published predictors that measure the same: disease, direction, source.
    published_agree, published_disagree, published_elsewhere : int
        How many of them point the expected way, and the other; how many of these two under another treatment.
    """

    feature: str
    traits: tuple[str, ...]
    expected: str
    found: str
    n: int
    responders: int
    auc: float
    auc_lower: float
    auc_upper: float
    log_odds: LogOdds
    p: float
    smallest_attainable_p: float
    exact: bool
    shap_direction: str = ""
    rank_first: float = np.nan
    trait_rank_first: float = np.nan
    share_higher: float = np.nan
    published: tuple[Phrase, ...] = ()
    published_agree: int = 0
    published_disagree: int = 0
    published_elsewhere: int = 0

    @property
    def points(self) -> int:
        """1 where the data point the expected way, -1 the other, 0 neither."""
        return 0 if self.found == "none" else 1 if self.found == self.expected else -1


@dataclass(frozen=True)
class HypothesisVerdict(Result):
    """What the cohort says of one hypothesis.

    Attributes
    ----------
    id : str
        As in the study.
    standing : Standing
        The verdict.
    why : str
        ``decided``; ``level_not_reached``, ``level_out_of_reach`` (no outcome of these patients could reach it),
        ``features_disagree``, ``one_class``; ``on_treatment``, ``across_diseases`` or ``not_measured``.
    n : int
        Patients.
    alpha : float
        Level declared beforehand.
    expectations : tuple of FeatureEvidence
        Those of its features that are in use and vary in the cohort.
    missing_features : tuple of str
        Those that are not.
    auc, auc_lower, auc_upper : float
        Of the hypothesis's score: above 0.5 as expected, below in reverse; ``nan`` where not tested.
    p, p_holm, smallest_attainable_p : float
        Of the score, two-sided; adjusted over `tested` hypotheses; the smallest, unadjusted, that could have been.
    exact : bool
        Whether p is exact.
    tested : int
        Hypotheses that were tested together.
    rests_on : tuple of str
        ``reconstructed`` and ``simulated`` where a value that the verdict uses is.
    coupled : Mapping[str, Given]
        Traits that are part of the endpoint's own score, with their labels.
    """

    id: str
    standing: Standing
    why: str
    n: int
    alpha: float
    expectations: tuple[FeatureEvidence, ...] = ()
    missing_features: tuple[str, ...] = ()
    auc: float = np.nan
    auc_lower: float = np.nan
    auc_upper: float = np.nan
    p: float = np.nan
    p_holm: float = np.nan
    smallest_attainable_p: float = np.nan
    exact: bool = True
    tested: int = 0
    rests_on: tuple[str, ...] = ()
    coupled: Mapping[str, Given] = field(default_factory=dict)

    @property
    def statement(self) -> Phrase:
        """The verdict with its numbers, and what it must be read with."""
        said = [*self._verdict(), *self._limits()]
        return reduce(lambda first, then: Phrase("hypothesis.said.then", {"first": first, "then": then}), said)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON types, with what a reader is shown."""
        return {**super().to_json(), "sentence": self.statement.to_json()}

    def frame(self) -> pd.DataFrame:
        """Return one row a feature of the hypothesis; one row without a feature where none was tested."""
        import pandas as pd

        own = {"hypothesis": self.id, "standing": str(self.standing), "hypothesis_p_holm": self.p_holm}
        rows = []
        for found in self.expectations:
            row = found.to_json()
            log_odds = row.pop("log_odds")
            row |= {f"log_odds_per_sd{key}": log_odds[k] for key, k in _LOG_ODDS}
            row |= {"traits": "+".join(found.traits), "published": "; ".join(map(str, found.published))}
            rows.append({**own, **row})
        return pd.DataFrame(rows or [own])

    def _verdict(self) -> list[Phrase]:
        if self.why in UNTESTED:
            return [Phrase(f"hypothesis.said.{self.why}", {"n": self.n, "names": self.missing_features})]
        auc = {"auc": self.auc, "lower": self.auc_lower, "upper": self.auc_upper}
        numbers = Phrase(f"hypothesis.numbers.{'exact' if self.exact else 'asymptotic'}", {**auc, "p": self.p})
        if self.tested > 1:
            several = {"numbers": numbers, "p_holm": self.p_holm, "n": self.tested}
            numbers = Phrase("hypothesis.numbers.adjusted", several)
        said = [Phrase(f"hypothesis.said.{self.standing}", {"numbers": numbers, "n": self.n})]
        if self.why == "features_disagree":
            said.append(Phrase("hypothesis.said.features_disagree"))
        if self.why == "level_out_of_reach":
            smallest = self.smallest_attainable_p
            reach = {"smallest": smallest, "adjusted": min(1.0, smallest * self.tested), "n": self.tested}
            said.append(Phrase("hypothesis.said.level_out_of_reach", reach))
        return said

    def _limits(self) -> list[Phrase]:
        said = []
        if self.expectations and self.missing_features:
            said.append(Phrase("hypothesis.said.left_out", {"names": self.missing_features}))
        if self.coupled:
            said.append(Phrase("hypothesis.said.coupled", {"names": tuple(self.coupled.values())}))
        agree, disagree, elsewhere = (
            sum(getattr(found, f"published_{kind}") for found in self.expectations)
            for kind in ("agree", "disagree", "elsewhere")
        )
        if agree or disagree:
            key = f"hypothesis.published.{'elsewhere' if elsewhere else 'here'}"
            said.append(Phrase(key, {"agree": agree, "disagree": disagree, "elsewhere": elsewhere}))
        if self.rests_on:
            kinds = tuple(Phrase(f"provenance.{kind}") for kind in self.rests_on)
            said.append(Phrase("hypothesis.said.illustrative", {"kinds": kinds}))
        return said
