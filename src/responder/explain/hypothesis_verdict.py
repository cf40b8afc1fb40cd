"""The verdict of a hypothesis: what was found of it in the cohort, part by part, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.explain.firth_profile import LogOdds
from responder.validate.result import Result
from responder.words import Given, Phrase, Spoken

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureEvidence", "HypothesisVerdict", "Standing", "UntestedPart", "decided"]

_LOG_ODDS = (("", "estimate"), ("_lower", "lower"), ("_upper", "upper"))


class Standing(StrEnum):
    """What may be said of a hypothesis."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_DECIDABLE = "not_decidable"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True)
class UntestedPart(Result):
    """A part of a hypothesis that this cohort cannot test.

    Attributes
    ----------
    feature : str
        The feature.
    label : Phrase, Given or str
        How people name it.
    expected : str
        ``higher`` or ``lower`` values in responders.
    why : str
        ``not_held`` (the cohort has no value of it among its traits in use), ``constant`` (the same in everybody) or
        ``one_class`` (known in patients of one outcome only).
    """

    feature: str
    label: str | Spoken
    expected: str
    why: str


@dataclass(frozen=True)
class FeatureEvidence(Result):
    """One part of a hypothesis against the cohort.

    Attributes
    ----------
    feature : str
        The feature.
    label : Phrase, Given or str
        How people name it.
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
    p_holm, smallest_attainable_p_holm : float
        Both p adjusted over all parts of all hypotheses that were tested together.
    standing : Standing
        What may be said of this part alone.
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
    label: str | Spoken
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
    p_holm: float = np.nan
    smallest_attainable_p_holm: float = np.nan
    standing: Standing = Standing.NOT_DECIDABLE
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
        ``parts_disagree``, ``one_class``; ``on_treatment``, ``across_diseases`` or ``not_measured``.
    n : int
        Patients.
    alpha : float
        Level declared beforehand.
    holds_when : str
        ``all`` where the claim joins its parts by "and", ``any`` where by "or".
    expectations : tuple of FeatureEvidence
        Its parts that were tested.
    untested : tuple of UntestedPart
        Its parts that could not be.
    deciding : str
        The part that the verdict hangs on: the weakest of a claim with "and", the strongest of one with "or". The
        numbers that follow are this part's.
    auc, auc_lower, auc_upper : float
        In the expected direction: above 0.5 as expected, below in reverse; ``nan`` where not tested.
    p, p_holm, smallest_attainable_p, smallest_attainable_p_holm : float
        Two-sided; adjusted over `tested` parts; the smallest that could have been, and its adjusted value.
    exact : bool
        Whether p is exact.
    tested : int
        Parts of all hypotheses that were tested together.
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
    holds_when: str = "all"
    expectations: tuple[FeatureEvidence, ...] = ()
    untested: tuple[UntestedPart, ...] = ()
    deciding: str = ""
    auc: float = np.nan
    auc_lower: float = np.nan
    auc_upper: float = np.nan
    p: float = np.nan
    p_holm: float = np.nan
    smallest_attainable_p: float = np.nan
    smallest_attainable_p_holm: float = np.nan
    exact: bool = True
    tested: int = 0
    rests_on: tuple[str, ...] = ()
    coupled: Mapping[str, Given] = field(default_factory=dict)

    @property
    def missing_features(self) -> tuple[str, ...]:
        """The features of the parts that could not be tested."""
        return tuple(part.feature for part in self.untested)

    @property
    def tested_in_part(self) -> bool:
        """Whether some of its parts were tested and others could not be."""
        return bool(self.expectations and self.untested)

    @property
    def as_far_as_tested(self) -> bool:
        """Whether an untested part could still overturn it: of an "and" that is supported, an "or" that is not."""
        open_to = Standing.SUPPORTED if self.holds_when == "all" else Standing.CONTRADICTED
        return self.tested_in_part and self.standing is open_to

    @property
    def statement(self) -> Phrase:
        """The verdict with its numbers, and what it must be read with."""
        said = [*self._verdict(), *self._limits()]
        return reduce(lambda first, then: Phrase("hypothesis.said.then", {"first": first, "then": then}), said)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON types, with what a reader is shown."""
        more = {"missing_features": list(self.missing_features), "tested_in_part": self.tested_in_part}
        more["as_far_as_tested"] = self.as_far_as_tested
        return {**super().to_json(), **more, "sentence": self.statement.to_json()}

    def frame(self) -> pd.DataFrame:
        """Return one row a part of the hypothesis; one row without a part where it has none."""
        import pandas as pd

        own = {"hypothesis": self.id, "hypothesis_standing": str(self.standing), "hypothesis_p_holm": self.p_holm}
        rows = []
        for found in self.expectations:
            row = found.to_json()
            log_odds = row.pop("log_odds")
            row |= {f"log_odds_per_sd{key}": log_odds[k] for key, k in _LOG_ODDS}
            row |= {"traits": "+".join(found.traits), "published": "; ".join(map(str, found.published))}
            rows.append({**own, **row, "label": str(found.label)})
        untested = {"standing": str(Standing.NOT_TESTABLE)}
        rows += [{**own, **part.to_json(), "label": str(part.label), **untested} for part in self.untested]
        return pd.DataFrame(rows or [own])

    def _verdict(self) -> list[Phrase]:
        if self.why in {"on_treatment", "across_diseases"}:
            return [Phrase(f"hypothesis.said.{self.why}")]
        if self.why in {"not_measured", "one_class"}:
            return [Phrase(f"hypothesis.said.{self.why}", {"n": self.n, "names": _untested(self.untested)})]
        auc = {"auc": self.auc, "lower": self.auc_lower, "upper": self.auc_upper}
        numbers = Phrase(f"hypothesis.numbers.{'exact' if self.exact else 'asymptotic'}", {**auc, "p": self.p})
        if self.tested > 1:
            several = {"numbers": numbers, "p_holm": self.p_holm, "n": self.tested}
            numbers = Phrase("hypothesis.numbers.adjusted", several)
        if len(self.expectations) > 1:
            part = next(each for each in self.expectations if each.feature == self.deciding)
            role = "weakest" if _hangs_on_weakest(self.holds_when, self.standing) else "clearest"
            numbers = Phrase(f"hypothesis.numbers.{role}", {"part": part.label, "numbers": numbers})
        head = f"{self.standing}_as_far_as_tested" if self.as_far_as_tested else self.standing
        said = [Phrase(f"hypothesis.said.{head}", {"numbers": numbers, "n": self.n})]
        if self.why == "parts_disagree":
            said.append(Phrase("hypothesis.said.parts_disagree"))
        if self.why == "level_out_of_reach":
            smallest, adjusted = self.smallest_attainable_p, self.smallest_attainable_p_holm
            reach = {"smallest": smallest, "adjusted": adjusted, "n": self.tested}
            said.append(Phrase("hypothesis.said.level_out_of_reach", reach))
        return said

    def _limits(self) -> list[Phrase]:
        said = []
        if self.expectations and len(self.expectations) + len(self.untested) > 1:
            tested = tuple(_part(each, each.standing) for each in self.expectations)
            kind = "in_part" if self.tested_in_part else "parts"
            said.append(Phrase(f"hypothesis.said.{kind}", {"parts": tested, "untested": _untested(self.untested)}))
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


def decided(draft: HypothesisVerdict, tested: int) -> HypothesisVerdict:
    """Return the verdict of a whole from the verdicts of its parts.

    Parameters
    ----------
    draft : HypothesisVerdict
        With its parts judged.
    tested : int
        Parts of all hypotheses that were tested together.
    """
    parts = [each for each in draft.expectations if not np.isnan(each.p)]
    if not parts:
        return draft
    joined = all if draft.holds_when == "all" else any
    supported, contradicted = (
        [each for each in parts if each.standing is standing]
        for standing in (Standing.SUPPORTED, Standing.CONTRADICTED)
    )
    standing, why = Standing.NOT_DECIDABLE, "level_not_reached"
    if supported and contradicted:
        why = "parts_disagree"
    elif joined(each.standing is Standing.SUPPORTED for each in parts):
        standing, why = Standing.SUPPORTED, "decided"
    # not (a and b) is (not a) or (not b): a claim with "and" falls with one of its parts
    elif not joined(each.standing is not Standing.CONTRADICTED for each in parts):
        standing, why = Standing.CONTRADICTED, "decided"
    weakest = _hangs_on_weakest(draft.holds_when, standing)
    candidates = contradicted if standing is Standing.CONTRADICTED and not weakest else parts
    part = (max if weakest else min)(candidates, key=lambda each: each.p)
    if why == "level_not_reached":
        reach = (max if draft.holds_when == "all" else min)(each.smallest_attainable_p_holm for each in parts)
        why = why if reach <= draft.alpha else "level_out_of_reach"
    turned = part.expected == "lower"
    return replace(
        draft,
        standing=standing,
        why=why,
        deciding=part.feature,
        auc=1.0 - part.auc if turned else part.auc,
        auc_lower=1.0 - part.auc_upper if turned else part.auc_lower,
        auc_upper=1.0 - part.auc_lower if turned else part.auc_upper,
        p=part.p,
        p_holm=part.p_holm,
        smallest_attainable_p=part.smallest_attainable_p,
        smallest_attainable_p_holm=part.smallest_attainable_p_holm,
        exact=part.exact,
        tested=tested,
    )


def _hangs_on_weakest(holds_when: str, standing: Standing) -> bool:
    """Return whether a whole hangs on its weakest part rather than on its clearest."""
    return (holds_when == "all") != (standing is Standing.CONTRADICTED)


def _part(part: FeatureEvidence | UntestedPart, kind: str) -> Phrase:
    return Phrase(f"hypothesis.part.{kind}", {"name": part.label})


def _untested(parts: tuple[UntestedPart, ...]) -> tuple[Phrase, ...]:
    return tuple(_part(part, part.why) for part in parts)
