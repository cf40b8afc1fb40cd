"""Why a score is held back or to be taken with caution: a closed set of reasons, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ABSTAINED", "REASONS", "RESEARCH_USE", "SCORED", "WITH_CAUTION", "Reason", "ReasonKind", "research_use"]

SCORED, WITH_CAUTION, ABSTAINED = "scored", "scored_with_caution", "abstained"

RESEARCH_USE = {
    "en": "Research use only: a prognosis under treatment, not the benefit of treatment, and no treatment advice.",
    "zh": "仅供研究：这是接受治疗情况下的预后，不是治疗的获益，也不构成治疗建议。",
}
"""The sentence that goes with every score."""


def research_use(lang: str) -> str:
    """Return the sentence that goes with every score, in ``en`` or ``zh``."""
    return RESEARCH_USE.get(lang, RESEARCH_USE["en"])


@dataclass(frozen=True)
class ReasonKind:
    """A reason that a score can have.

    Attributes
    ----------
    abstains : bool
        Whether it holds the personal probability back, rather than calling for caution.
    en, zh : str
        Sentence; ``{traits}`` stands for the traits concerned, ``{lower}`` and ``{upper}`` for the interval's limits.
    """

    abstains: bool
    en: str
    zh: str


REASONS: dict[str, ReasonKind] = {
    "model_not_shown": ReasonKind(
        True,
        "The model is not shown to beat chance.",
        "未能证明该模型优于随机。",
    ),
    "model_not_estimable": ReasonKind(
        True,
        "What the model is worth cannot be estimated.",
        "无法估计该模型的价值。",
    ),
    "level_not_seen": ReasonKind(
        True,
        "{traits}: a value that the training cohort says nothing of.",
        "{traits}：训练队列中未出现过此取值。",
    ),
    "far_outside": ReasonKind(
        True,
        "{traits}: far outside the training cohort.",
        "{traits}：远超出训练队列范围。",
    ),
    "unlike_anyone": ReasonKind(
        True,
        "Unlike every patient of the training cohort, mostly in {traits}.",
        "与训练队列中所有患者均不相似，差异主要在于{traits}。",
    ),
    "mostly_missing": ReasonKind(
        True,
        "More than half of the traits are missing: {traits}.",
        "超过一半的变量缺失：{traits}。",
    ),
    "outside_range": ReasonKind(
        False,
        "{traits}: outside the range of the training cohort.",
        "{traits}：超出训练队列范围。",
    ),
    "high_leverage": ReasonKind(
        False,
        "An unusual combination of values, mostly in {traits}: the leverage exceeds that of every training patient.",
        "取值组合不常见，主要在于{traits}：杠杆值高于所有训练患者。",
    ),
    "no_near_neighbour": ReasonKind(
        False,
        "No training patient is near, mostly for {traits}: farther than any of them is from the next.",
        "训练队列中没有相近的患者，差异主要在于{traits}：距离超过训练患者彼此之间的最近距离。",
    ),
    "missing": ReasonKind(
        False,
        "{traits} missing: the training cohort's median stands in.",
        "{traits}缺失：以训练队列的中位数代替。",
    ),
    "missing_pattern_not_seen": ReasonKind(
        False,
        "No training patient lacked just these traits.",
        "训练队列中没有患者恰好缺失这些变量。",
    ),
    "interval_open": ReasonKind(
        False,
        "These patients cannot say: anything from {lower} to {upper} is possible.",
        "这些患者无法给出答案：从{lower}到{upper}都有可能。",
    ),
    "no_interval": ReasonKind(
        False,
        "The model was trained before intervals for the next patient were made: train it again to get one.",
        "该模型训练时尚无针对下一位患者的区间：重新训练即可得到。",
    ),
    "illustrative": ReasonKind(
        False,
        "The training values were not all observed.",
        "训练数据并非全部来自实际观察。",
    ),
    "held_at_edge": ReasonKind(
        False,
        "{traits}: the model takes the value at the edge of what it learned from, not as it was measured.",
        "{traits}：模型按其所学范围的边缘值计算，而非实测值。",
    ),
}
"""Code to reason, those that abstain first; a score lists its reasons in this order."""


@dataclass(frozen=True)
class Reason:
    """One reason of one score.

    Attributes
    ----------
    code : str
        Key of `REASONS`.
    traits : tuple of str
        Traits concerned, by name.
    sentence, sentence_zh : str
        In words, with the traits' labels.
    """

    code: str
    traits: tuple[str, ...]
    sentence: str
    sentence_zh: str

    @classmethod
    def of(cls, code: str, traits: Sequence[str] = (), labels: Sequence[tuple[str, str]] = (), **limits: str) -> Reason:
        """Put a reason into words; `labels` holds (English, Chinese) of each trait, `limits` those of an interval."""
        kind = REASONS[code]
        en, zh = ", ".join(label[0] for label in labels), "、".join(label[1] for label in labels)
        return cls(code, tuple(traits), kind.en.format(traits=en, **limits), kind.zh.format(traits=zh, **limits))

    @property
    def abstains(self) -> bool:
        """Whether it holds the personal probability back."""
        return REASONS[self.code].abstains

    def in_language(self, lang: str) -> str:
        """Return the sentence in ``en`` or ``zh``."""
        return self.sentence_zh if lang == "zh" else self.sentence

    def to_json(self) -> dict[str, Any]:
        """Return the reason as JSON types."""
        return {
            "code": self.code,
            "abstains": self.abstains,
            "traits": list(self.traits),
            "sentence": self.sentence,
            "sentence_zh": self.sentence_zh,
        }
