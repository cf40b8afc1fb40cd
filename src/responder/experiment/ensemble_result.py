"""What an experiment found over every cohort that fits published facts: ranges and one verdict, never one number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from responder.arrays import IntArray
from responder.evidence import EnsembleRange
from responder.evidence.reconstruction.result import SPREAD
from responder.study.text import Text
from responder.validate.verdict import Reason, Verdict, VerdictKind, p_text, percent
from responder.words import Phrase, from_json

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HEADLINES", "EnsembleResult", "Headline"]

HEADLINES = ("lpo_auc", "permutation_p", "brier_skill_loo")


@dataclass(frozen=True)
class Headline:
    """What leads the report of a model; ``nan`` where it cannot be estimated.

    Attributes
    ----------
    lpo_auc, permutation_p, brier_skill_loo, smallest_attainable_p : float
    verdict : Verdict
    """

    lpo_auc: float
    permutation_p: float
    brier_skill_loo: float
    smallest_attainable_p: float
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return the headline as JSON types."""
        numbers = {name: float(getattr(self, name)) for name in (*HEADLINES, "smallest_attainable_p")}
        return {**numbers, "verdict": self.verdict.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the headline that `to_json` gave."""
        told = content["verdict"]
        reason = None if told["reason"] is None else Reason(told["reason"])
        verdict = Verdict(VerdictKind(told["kind"]), reason, from_json(told["sentence"]))
        return cls(**{**content, "verdict": verdict})


@dataclass(frozen=True)
class EnsembleResult:
    """The headline of the primary model in every member of an ensemble.

    A member is the given table with some columns replaced by those of a cohort that fits the facts.  No member is
    known to be likelier than another: this is a range, not a probability and not a confidence interval.

    Attributes
    ----------
    title, source
        Of the facts.
    model : str
        The primary model.
    columns : Mapping[str, str]
        What was replaced, and by what.
    assign : str
        Who got whose values.
    cohorts : Mapping
        How many cohorts fit: ``count``, ``low``, ``high``, ``exhaustive``.
    alpha : float
        Level at which a member beats chance.
    exhaustive : bool
        Whether the members are all cohorts that fit, or drawn from them.
    responders : ndarray of int, shape (members,)
    headlines : tuple of Headline
        One a member.
    """

    title: Text
    source: str
    model: str
    columns: Mapping[str, str]
    assign: Literal["shuffled", "ranked"]
    cohorts: Mapping[str, Any]
    alpha: float
    exhaustive: bool
    responders: IntArray = field(repr=False)
    headlines: tuple[Headline, ...] = field(repr=False)

    @property
    def members(self) -> int:
        """How many cohorts were looked at."""
        return len(self.headlines)

    @property
    def ranges(self) -> tuple[EnsembleRange, ...]:
        """Range of the leave-pair-out AUC, its permutation p, and the Brier skill."""
        return tuple(
            EnsembleRange(name, np.array([getattr(h, name) for h in self.headlines]), self.exhaustive)
            for name in HEADLINES
        )

    @property
    def verdicts(self) -> dict[str, int]:
        """In how many members which verdict was reached."""
        found = Counter(headline.verdict.kind for headline in self.headlines)
        return {kind.value: found[kind] for kind in VerdictKind}

    @property
    def verdict(self) -> Verdict:
        """What may be said of the model over all members: that it beats chance only if it does in each of them."""
        beats, not_shown, silent = self.verdicts.values()
        n = self.members
        counts = {"n": n, "beats": beats, "not_shown": not_shown, "silent": silent}
        if silent == n:
            said = Phrase("ensemble.said.cannot_be_estimated", counts)
            return Verdict(VerdictKind.CANNOT_BE_ESTIMATED, self.headlines[0].verdict.reason, said)
        found = {**counts, "numbers": self._numbers()}
        if beats == n:
            return Verdict(VerdictKind.BEATS_CHANCE, None, Phrase("ensemble.said.beats_chance", found))
        key = f"ensemble.said.{'in_some' if beats else 'in_none'}{'_not_all_estimable' if silent else ''}"
        return Verdict(VerdictKind.NOT_SHOWN, None, Phrase(key, found))

    def _numbers(self) -> Phrase:
        auc, p = self.ranges[:2]
        lowest, highest = (p_text(value, self.alpha) for value in (p.lowest, p.highest))
        spread = {"lowest": float(auc.lowest), "highest": float(auc.highest), "median": float(auc.median)}
        return Phrase("ensemble.numbers", {**spread, "p_lowest": lowest, "p_highest": highest, "alpha": self.alpha})

    @property
    def meaning(self) -> Phrase:
        """How the range is to be read."""
        which = Phrase(f"ensemble.which.{'all' if self.exhaustive else 'some'}")
        dealt = Phrase(f"ensemble.dealt.{self.assign}")
        read = {"which": which, "dealt": dealt, "columns": tuple(self.columns), "level": percent(self.alpha)}
        return Phrase("ensemble.meaning", read)

    @property
    def metrics(self) -> dict[str, float]:
        """The ranges as numbers that can be tracked, such as ``lpo_auc_lowest``; what no member has is absent."""
        found = {f"{r.name}_{part}": v for r in self.ranges for part, v in zip(SPREAD, r.spread, strict=True)}
        counts = {f"members_{kind}": float(number) for kind, number in self.verdicts.items()}
        return {name: v for name, v in found.items() if not np.isnan(v)} | {"members": float(self.members)} | counts

    @property
    def worst(self) -> dict[str, float]:
        """The least favourable headline of all members; absent where a member has none."""
        auc, p, skill = self.ranges
        found = {auc.name: auc.values.min(), p.name: p.values.max(), skill.name: skill.values.min()}
        return {name: float(value) for name, value in found.items() if not np.isnan(value)}

    def frame(self) -> pd.DataFrame:
        """Return one row a member: number, responders, headlines, smallest attainable p, verdict."""
        import pandas as pd

        rows = [
            {
                "member": number,
                "responders": responders,
                **{name: getattr(headline, name) for name in (*HEADLINES, "smallest_attainable_p")},
                "verdict": headline.verdict.kind.value,
            }
            for number, (responders, headline) in enumerate(
                zip(self.responders.tolist(), self.headlines, strict=True), start=1
            )
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return verdict and ranges as JSON types."""
        return {
            "verdict": self.verdict.to_json(),
            "meaning": self.meaning.to_json(),
            "facts": {"title": self.title.to_json(), "source": self.source},
            "cohorts": dict(self.cohorts),
            "model": self.model,
            "columns": dict(self.columns),
            "assign": self.assign,
            "alpha": self.alpha,
            "members": self.members,
            "exhaustive": self.exhaustive,
            "ranges": [found.to_json() for found in self.ranges],
            "verdicts": self.verdicts,
        }
