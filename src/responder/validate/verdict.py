"""One closed set of sentences: does the model beat chance, is that not shown, or can it not be said?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from responder.validate._result import Result

__all__ = ["MIN_CLASS_SIZE", "Reason", "Verdict", "VerdictKind", "p_text", "percent", "verdict"]

MIN_CLASS_SIZE = 3
"""Patients in the smaller class below which nothing is estimated: leave-pair-out would train on one."""


class VerdictKind(Enum):
    """What may be said of a model."""

    BEATS_CHANCE = "beats_chance"
    NOT_SHOWN = "not_shown_to_beat_chance"
    CANNOT_BE_ESTIMATED = "cannot_be_estimated"


class Reason(Enum):
    """Why nothing can be said."""

    CLASSES_TOO_SMALL = "classes_too_small"
    CONSTANT_MODEL = "constant_model"
    SMALLEST_P_ABOVE_ALPHA = "smallest_p_above_alpha"
    TOO_MANY_REFITS_DISCARDED = "too_many_refits_discarded"
    FIT_FAILED = "fit_failed"


@dataclass(frozen=True, slots=True)
class Verdict(Result):
    """The sentence that every output of a model leads with.

    Attributes
    ----------
    kind : VerdictKind
    reason : Reason or None
        Given exactly when ``kind`` is ``CANNOT_BE_ESTIMATED``.
    sentence, sentence_zh : str
        The verdict in English and in Chinese, computed from the numbers.
    """

    kind: VerdictKind
    reason: Reason | None
    sentence: str
    sentence_zh: str

    @property
    def is_silent(self) -> bool:
        """Whether nothing can be estimated."""
        return self.kind is VerdictKind.CANNOT_BE_ESTIMATED


def verdict(
    *,
    n: int,
    n_smaller_class: int,
    lpo_auc: float | None = None,
    p: float | None = None,
    p_adjusted: float | None = None,
    n_labelings: int = 0,
    exact: bool = True,
    two_sided: bool = False,
    smallest_p: float | None = None,
    alpha: float = 0.05,
    failure: Reason | None = None,
) -> Verdict:
    """Return what may be said of a model from its leave-pair-out AUC and permutation test.

    The reasons for silence are tried in this order: the smaller class below `MIN_CLASS_SIZE`, the
    ``failure`` that the caller met, no attainable p at or below ``alpha``. Otherwise the model beats chance
    when its AUC is above one half and its p (adjusted for everything tried, where that was more than one
    model and this is not the one tested first) is at most ``alpha``.

    Parameters
    ----------
    n, n_smaller_class : int
        Patients, and those in the smaller class.
    lpo_auc : float, optional
        Leave-pair-out AUC.
    p, p_adjusted : float, optional
        Permutation p of this model alone, and adjusted for all that were tried; see
        `responder.validate.familywise`.
    n_labelings : int
        Labelings evaluated, the observed one included.
    exact : bool
        Whether these were all labelings rather than a random sample.
    two_sided : bool
        Whether the test was two-sided.
    smallest_p : float, optional
        Smallest p attainable on this data set.
    alpha : float
        Level declared beforehand.
    failure : Reason, optional
        What kept the AUC or its p from being computed.

    Raises
    ------
    ValueError
        If nothing failed and a number is missing.

    References
    ----------
    Ojala and Garriga 2010, J Mach Learn Res 11:1833 (the test); Westfall and Young 1993 (min-P).

    Examples
    --------
    >>> verdict(n=9, n_smaller_class=2).sentence
    'Cannot be estimated: the smaller class holds 2 of 9 patients, and at least 3 are needed.'
    >>> verdict(
    ...     n=9, n_smaller_class=3, lpo_auc=0.61, p=0.31, n_labelings=84, smallest_p=1 / 84
    ... ).kind
    <VerdictKind.NOT_SHOWN: 'not_shown_to_beat_chance'>
    """
    if n_smaller_class < MIN_CLASS_SIZE:
        return _silent(
            Reason.CLASSES_TOO_SMALL,
            f"the smaller class holds {n_smaller_class} of {n} patients, and at least {MIN_CLASS_SIZE} are needed.",
            f"较小类别在 {n} 名患者中仅 {n_smaller_class} 名，至少需要 {MIN_CLASS_SIZE} 名。",
        )
    if failure is not None:
        return _silent(failure, *_FAILURES[failure])
    if lpo_auc is None or p is None or smallest_p is None:
        raise ValueError("a verdict without a failure needs lpo_auc, p and smallest_p")
    if smallest_p > alpha:
        return _silent(
            Reason.SMALLEST_P_ABOVE_ALPHA,
            f"with {n_labelings} labelings the smallest attainable p is {p_text(smallest_p, alpha)}, above the "
            f"declared {alpha:g}.",
            f"共 {n_labelings} 种标签排列，可达到的最小 p 为 {p_text(smallest_p, alpha)}，高于预设水平 {alpha:g}。",
        )
    decisive = p if p_adjusted is None else p_adjusted
    beats = lpo_auc > 0.5 and decisive <= alpha
    numbers, numbers_zh = _numbers(n, lpo_auc, p, p_adjusted, n_labelings, exact, two_sided, smallest_p, alpha)
    if beats:
        return Verdict(
            VerdictKind.BEATS_CHANCE,
            None,
            f"Beats chance: {numbers} This says nothing of its use in the clinic.",
            f"优于随机：{numbers_zh}这不代表其临床用途。",
        )
    return Verdict(
        VerdictKind.NOT_SHOWN,
        None,
        f"Not shown to beat chance: {numbers}",
        f"未能证明优于随机：{numbers_zh}",
    )


_FAILURES = {
    Reason.CLASSES_TOO_SMALL: ("a class is too small.", "某一类别人数过少。"),
    Reason.CONSTANT_MODEL: (
        "the model predicts the same probability for every patient.",
        "模型对所有患者给出相同的概率。",
    ),
    Reason.SMALLEST_P_ABOVE_ALPHA: (
        "no labeling of these patients could reach the declared level.",
        "这些患者的任何标签排列都无法达到预设水平。",
    ),
    Reason.TOO_MANY_REFITS_DISCARDED: (
        "too many refits of the pipeline had to be discarded.",
        "流程的重复拟合中被舍弃的过多。",
    ),
    Reason.FIT_FAILED: ("the model could not be fitted.", "模型无法拟合。"),
}


def _silent(reason: Reason, why: str, why_zh: str) -> Verdict:
    return Verdict(VerdictKind.CANNOT_BE_ESTIMATED, reason, f"Cannot be estimated: {why}", f"无法估计：{why_zh}")


def _numbers(
    n: int,
    lpo_auc: float,
    p: float,
    p_adjusted: float | None,
    n_labelings: int,
    exact: bool,
    two_sided: bool,
    smallest_p: float,
    alpha: float,
) -> tuple[str, str]:
    sides, sides_zh = ("two-sided", "双侧") if two_sided else ("one-sided", "单侧")
    labelings = f"all {n_labelings:,}" if exact else f"{n_labelings - 1:,} random"
    labelings_zh = f"全部 {n_labelings:,} 种" if exact else f"随机抽取的 {n_labelings - 1:,} 种"
    adjusted = adjusted_zh = ""
    if p_adjusted is not None:
        adjusted = f", p = {p_text(p_adjusted, alpha)} after adjustment for everything tried"
        adjusted_zh = f"，对所有尝试校正后 p = {p_text(p_adjusted, alpha)}"
    words = (
        f"leave-pair-out AUC {lpo_auc:.2f}, {sides} permutation p = {p_text(p, alpha)}{adjusted} "
        f"({labelings} labelings, n = {n}, level {alpha:g}, smallest attainable p {p_text(smallest_p, alpha)})."
    )
    words_zh = (
        f"留对交叉验证 AUC {lpo_auc:.2f}，{sides_zh}置换检验 p = {p_text(p, alpha)}{adjusted_zh}"
        f"（{labelings_zh}标签排列，n = {n}，检验水平 {alpha:g}，可达到的最小 p 为 {p_text(smallest_p, alpha)}）。"
    )
    return words, words_zh


def percent(alpha: float) -> str:
    """Return a level in per cent, with no more places than it has.

    Examples
    --------
    >>> percent(0.05), percent(0.025)
    ('5%', '2.5%')
    """
    return f"{100 * alpha:.10g}%"


def p_text(value: float, alpha: float) -> str:
    """Return ``value`` to as many places as keep it non-zero and on its own side of ``alpha``."""
    for places in range(3, 16):
        rounded = round(value, places)
        if (rounded <= alpha) == (value <= alpha) and (rounded > 0 or value == 0):
            return f"{rounded:.{places}f}"
    return f"{value:g}"
