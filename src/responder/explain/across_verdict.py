"""What cohorts of several diseases say of one hypothesis: each by itself, together, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from responder.explain.hypothesis_verdict import Standing
from responder.explain.stratified import Heterogeneity
from responder.validate.result import Result
from responder.words import Given, Phrase, Spoken

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AcrossVerdict", "CohortEvidence"]

Claim = Literal["together", "everywhere"]


@dataclass(frozen=True)
class CohortEvidence(Result):
    """One cohort against the hypothesis.

    Attributes
    ----------
    cohort, study : str
        The table, and the study that describes it.
    title, endpoint : Given
        The study's title, and what counts as response in it.
    n, responders : int
        Patients.
    auc, lower, upper : float
        AUC in the expected direction with Newcombe's 95% interval (method 5); ``nan`` where all have one outcome.
    p, smallest_attainable_p : float
        Rank-sum test in this cohort alone, two-sided; and the smallest p that any outcome could have had.
    weight : float
        Share of the cohort in the AUC of all.
    renamed : Mapping[str, str]
        Trait of the hypothesis to the trait of another name that a person said is the same.
    coupled : tuple of Given
        Traits in use that are part of this cohort's own endpoint.
    rests_on : tuple of str
        ``reconstructed`` and ``simulated`` where a value in use is.
    """

    cohort: str
    study: str
    title: Given
    endpoint: Given
    n: int
    responders: int
    auc: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    p: float = np.nan
    smallest_attainable_p: float = np.nan
    weight: float = 0.0
    renamed: Mapping[str, str] | None = None
    coupled: tuple[Given, ...] = ()
    rests_on: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """1 where the cohort points the expected way, -1 the other, 0 neither."""
        return 0 if np.isnan(self.auc) or self.auc == 0.5 else 1 if self.auc > 0.5 else -1


@dataclass(frozen=True)
class AcrossVerdict(Result):
    """What several cohorts say of one hypothesis.

    Attributes
    ----------
    id : str
        As in the study.
    claim : str
        What the hypothesis claims: ``together``, that its features go with response over all cohorts; ``everywhere``,
        that they do so in every one (a hypothesis about several diseases).
    hypothesis : Given
        Its statement.
    standing : Standing
        The verdict on that claim.
    why : str
        ``decided``, ``level_not_reached``, ``level_out_of_reach``, ``cohorts_disagree``; or ``not_shared`` (no feature
        is measured in every cohort), ``one_cohort`` (fewer than two cohorts have both outcomes).
    alpha : float
        Level declared beforehand.
    features : Mapping[str, Phrase or Given]
        Features measured in every cohort, with their labels; only they are tested.
    directions : Mapping[str, str]
        Feature to ``higher`` or ``lower``, as expected in responders.
    left_out : Mapping[str, tuple of str]
        Feature to the cohorts that lack it.
    cohorts : tuple of CohortEvidence
        Each cohort.
    auc, lower, upper : float
        AUC in the expected direction over all cohorts, with its 95% interval.
    p, smallest_attainable_p : float
        Together: exact van Elteren test, two-sided; and the smallest p that there could have been.
    exact : bool
        Whether p is exact.
    p_everywhere, smallest_everywhere : float
        In every cohort: the largest of the cohorts' own p, 1 where they point to different sides; and its smallest.
    p_holm : float
        p of the claim, adjusted over `tested` hypotheses.
    tested : int
        Hypotheses that were tested together.
    heterogeneity : Heterogeneity or None
        Whether the cohorts differ.
    """

    id: str
    claim: Claim
    hypothesis: Given
    standing: Standing
    why: str
    alpha: float
    features: Mapping[str, str | Spoken]
    directions: Mapping[str, str]
    left_out: Mapping[str, tuple[str, ...]]
    cohorts: tuple[CohortEvidence, ...]
    auc: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    p: float = np.nan
    smallest_attainable_p: float = np.nan
    exact: bool = True
    p_everywhere: float = np.nan
    smallest_everywhere: float = np.nan
    p_holm: float = np.nan
    tested: int = 0
    heterogeneity: Heterogeneity | None = None

    @property
    def p_of_claim(self) -> float:
        """The p that the claim is judged by."""
        return self.p if self.claim == "together" else self.p_everywhere

    @property
    def smallest_of_claim(self) -> float:
        """The smallest that it could have been."""
        return self.smallest_attainable_p if self.claim == "together" else self.smallest_everywhere

    @property
    def statement(self) -> Phrase:
        """The verdict in words, with its numbers."""
        if self.why == "not_shared":
            return Phrase("across.said.not_shared", {"names": tuple(self.left_out)})
        if self.why == "one_cohort":
            return Phrase("across.said.one_cohort")
        telling = sum(not np.isnan(each.p) for each in self.cohorts)
        values = {"p": self.p_of_claim, "auc": self.auc, "lower": self.lower, "upper": self.upper, "n": telling}
        said = [Phrase(f"across.said.{self.claim}.{self.standing}", values)]
        if self.tested > 1:
            said.append(Phrase("across.said.adjusted", {"p_holm": self.p_holm, "n": self.tested}))
        if self.why in {"cohorts_disagree", "level_out_of_reach"}:
            said.append(Phrase(f"across.said.{self.why}", {"smallest": self.smallest_of_claim, "n": self.tested}))
        return reduce(lambda first, then: Phrase("hypothesis.said.then", {"first": first, "then": then}), said)

    @property
    def differences(self) -> tuple[Phrase, ...]:
        """Whether the cohorts differ, and how large a difference would have been missed."""
        found = self.heterogeneity
        if found is None:
            return ()
        apart = found.farthest
        q = {"q": found.q, "degrees": found.degrees, "p": found.p}
        gap = {"higher": apart.higher, "other": apart.lower_one, "estimate": apart.estimate}
        reach = "none" if found.detectable_difference > 0.5 else "some"
        return (
            Phrase(f"across.differ.{'yes' if found.p <= self.alpha else 'not_shown'}", q),
            Phrase("across.differ.farthest", {**gap, "lower": apart.lower, "upper": apart.upper}),
            Phrase(f"across.differ.detectable_{reach}", {"difference": found.detectable_difference}),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON types, with what a reader is shown."""
        told = [phrase.to_json() for phrase in self.differences]
        return {**super().to_json(), "sentence": self.statement.to_json(), "differences": told}

    def frame(self) -> pd.DataFrame:
        """Return one row a cohort, and one for all together."""
        import pandas as pd

        names = ("cohort", "study", "n", "responders", "auc", "lower", "upper", "p", "smallest_attainable_p", "weight")
        rows = [{"hypothesis": self.id, **{name: getattr(c, name) for name in names}} for c in self.cohorts]
        whole = {name: getattr(self, name) for name in ("auc", "lower", "upper", "p", "smallest_attainable_p")}
        n, responders = (sum(getattr(c, name) for c in self.cohorts) for name in ("n", "responders"))
        all_of_them = {"hypothesis": self.id, "cohort": "together", "study": "", "n": n, "responders": responders}
        return pd.DataFrame([*rows, {**all_of_them, **whole, "weight": 1.0}])
