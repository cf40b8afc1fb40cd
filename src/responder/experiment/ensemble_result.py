"""What an experiment found over every cohort that fits published facts: ranges and one verdict, never one number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from responder.evidence import EnsembleRange
from responder.evidence.reconstruction.result import SPREAD
from responder.validate.verdict import Verdict, VerdictKind, p_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HEADLINES", "EnsembleResult", "Headline"]

HEADLINES = ("lpo_auc", "permutation_p", "brier_skill_loo")
MEANING = {
    "shuffled": "each cohort's values were dealt to the patients at random, for the facts do not say who had which",
    "ranked": "each cohort's values were dealt to the patients in rank order: a convention, not knowledge",
}
MEANING_ZH = {
    "shuffled": "各队列的数值随机分给患者，因为事实没有说明谁有哪个数值",
    "ranked": "各队列的数值按名次分给患者：这是约定，不是已知",
}


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


@dataclass(frozen=True)
class EnsembleResult:
    """The headline of the primary model in every member of an ensemble.

    A member is the given table with some columns replaced by those of a cohort that fits the facts.  No member is
    known to be likelier than another: this is a range, not a probability and not a confidence interval.

    Attributes
    ----------
    title, source : str
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

    title: str
    source: str
    model: str
    columns: Mapping[str, str]
    assign: Literal["shuffled", "ranked"]
    cohorts: Mapping[str, Any]
    alpha: float
    exhaustive: bool
    responders: NDArray[np.int64] = field(repr=False)
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
        n, auc, p = self.members, *self.ranges[:2]
        if silent == n:
            return Verdict(
                VerdictKind.CANNOT_BE_ESTIMATED,
                self.headlines[0].verdict.reason,
                f"Cannot be estimated: in none of {n} cohorts that fit the published facts.",
                f"无法估计：在符合已发表事实的 {n} 个队列中均如此。",
            )
        numbers = f"leave-pair-out AUC {auc.lowest:.2f} to {auc.highest:.2f} (median {auc.median:.2f})"
        numbers_zh = f"留对交叉验证 AUC {auc.lowest:.2f} 至 {auc.highest:.2f}（中位数 {auc.median:.2f}）"
        lowest, highest = (p_text(value, self.alpha) for value in (p.lowest, p.highest))
        numbers += f", permutation p {lowest} to {highest} (level {self.alpha:g})"
        numbers_zh += f"，置换检验 p {lowest} 至 {highest}（检验水平 {self.alpha:g}）"
        if beats == n:
            return Verdict(
                VerdictKind.BEATS_CHANCE,
                None,
                f"Beats chance in each of {n} cohorts that fit the published facts: {numbers}. "
                "This says nothing of its use in the clinic.",
                f"在符合已发表事实的 {n} 个队列中均优于随机：{numbers_zh}。这不代表其临床用途。",
            )
        if beats:
            counts = f": it does in {beats} of {n} cohorts that fit the published facts, in {not_shown} not"
            open_, open_zh = " These facts do not decide.", "这些事实不足以判定。"
        else:
            counts, open_, open_zh = f" in any of {n} cohorts that fit the published facts", "", ""
        counts_zh = f"符合已发表事实的 {n} 个队列中，{beats} 个优于随机，{not_shown} 个未能证明"
        if silent:
            counts += f", in {silent} it cannot be estimated"
            counts_zh += f"，{silent} 个无法估计"
        return Verdict(
            VerdictKind.NOT_SHOWN,
            None,
            f"Not shown to beat chance{counts}; {numbers}.{open_}",
            f"未能证明优于随机：{counts_zh}；{numbers_zh}。{open_zh}",
        )

    @property
    def meaning(self) -> str:
        """How the range is to be read."""
        which = "Every cohort that fits" if self.exhaustive else "A sample of the cohorts that fit"
        replaced = ", ".join(self.columns)
        return (
            f"{which}; {MEANING[self.assign]}. All columns but {replaced} are those of the given table in every "
            "member, so the range leaves out what else is not known. It is no probability and no confidence interval; "
            f"where nothing predicts response, up to {self.alpha:.0%} of members beat chance all the same."
        )

    @property
    def meaning_zh(self) -> str:
        """The same in Chinese."""
        which = "全部符合的队列" if self.exhaustive else "符合的队列的样本"
        replaced = "、".join(self.columns)
        return (
            f"{which}；{MEANING_ZH[self.assign]}。除 {replaced} 外，每个成员的各列都与所给表格相同，"
            "因此该范围没有包含其他未知之处。它不是概率，也不是置信区间；"
            f"即使没有任何特征能预测应答，也会有最多 {self.alpha:.0%} 的成员优于随机。"
        )

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
            "meaning": self.meaning,
            "meaning_zh": self.meaning_zh,
            "facts": {"title": self.title, "source": self.source},
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
