"""The verdict of a hypothesis in words, English and Chinese, computed from its numbers."""

from __future__ import annotations

from dataclasses import replace

from responder.cohort.cohort import Cohort
from responder.explain.hypotheses import HypothesisVerdict, Standing

__all__ = ["worded"]

_KINDS_ZH = {"reconstructed": "重建", "simulated": "模拟"}


def worded(verdict: HypothesisVerdict, cohort: Cohort) -> HypothesisVerdict:
    """Return the verdict with its sentences."""
    traits = [cohort.study.trait(name).label for name in verdict.coupled]
    english = [*_main(verdict), *_limits(verdict, [t.in_language("en") for t in traits])]
    chinese = [*_main_zh(verdict), *_limits_zh(verdict, [t.in_language("zh") for t in traits])]
    return replace(verdict, sentence=" ".join(english), sentence_zh="".join(chinese))


def _main(v: HypothesisVerdict) -> list[str]:
    if v.why == "on_treatment":
        return ["Not testable at baseline: it speaks of a change under treatment."]
    if v.why == "across_diseases":
        return ["Not testable in one cohort: it speaks of several diseases."]
    if v.why == "not_measured":
        return [f"Not testable here: {_listed(v.missing_features)} not in use, or the same in all patients."]
    if v.why == "one_class":
        return [f"Not decidable with n = {v.n}: all patients have the same outcome."]
    test = f"AUC of what is expected {v.auc:.2f} ({v.auc_lower:.2f} to {v.auc_upper:.2f}; 0.5 is chance)"
    p = f"{'exact ' if v.exact else ''}two-sided p = {v.p:.3g}"
    p += f", {v.p_holm:.3g} adjusted for {v.tested} hypotheses" if v.tested > 1 else ""
    numbers = f"{test}, {p}, n = {v.n}."
    if v.standing is Standing.SUPPORTED:
        return [f"Supported: {numbers}"]
    if v.standing is Standing.CONTRADICTED:
        return [f"Contradicted: {numbers}"]
    said = [f"Not decidable with n = {v.n}: {test}, {p}."]
    if v.why == "features_disagree":
        said.append("Its features point in different directions.")
    if v.why == "level_out_of_reach":
        said.append(
            f"The smallest p that these patients can give is {v.smallest_attainable_p:.3g}, "
            f"{min(1.0, v.smallest_attainable_p * v.tested):.3g} as the first of {v.tested} hypotheses."
        )
    return said


def _limits(v: HypothesisVerdict, coupled: list[str]) -> list[str]:
    said = []
    if v.expectations and v.missing_features:
        said.append(f"Left out, as not in use or the same in all patients: {_listed(v.missing_features)}.")
    if coupled:
        said.append(f"Part of the endpoint's own score: {_listed(coupled)}; the effect is arithmetic in part.")
    agree, disagree = _published(v)
    if agree or disagree:
        said.append(f"Published predictors: {agree} point the expected way, {disagree} the other.")
    if v.rests_on:
        said.append(f"Illustrative: rests on {' and '.join(v.rests_on)} values.")
    return said


def _main_zh(v: HypothesisVerdict) -> list[str]:
    if v.why == "on_treatment":
        return ["无法用基线检验：该假设涉及治疗中的变化。"]
    if v.why == "across_diseases":
        return ["无法在单一队列中检验：该假设涉及多种疾病。"]
    if v.why == "not_measured":
        return [f"此处无法检验：{'、'.join(v.missing_features)} 未使用或所有患者取值相同。"]
    if v.why == "one_class":
        return [f"n = {v.n} 无法判定：所有患者结局相同。"]
    test = f"按预期计分的 AUC {v.auc:.2f}（{v.auc_lower:.2f} 至 {v.auc_upper:.2f}；0.5 为随机）"
    p = f"双侧{'精确' if v.exact else ''} p = {v.p:.3g}"
    p += f"，对 {v.tested} 个假设校正后 {v.p_holm:.3g}" if v.tested > 1 else ""
    if v.standing is Standing.SUPPORTED:
        return [f"支持：{test}，{p}，n = {v.n}。"]
    if v.standing is Standing.CONTRADICTED:
        return [f"相悖：{test}，{p}，n = {v.n}。"]
    said = [f"n = {v.n} 无法判定：{test}，{p}。"]
    if v.why == "features_disagree":
        said.append("其各特征方向不一。")
    if v.why == "level_out_of_reach":
        said.append(
            f"这些患者可能得到的最小 p 为 {v.smallest_attainable_p:.3g}，"
            f"作为 {v.tested} 个假设之首时为 {min(1.0, v.smallest_attainable_p * v.tested):.3g}。"
        )
    return said


def _limits_zh(v: HypothesisVerdict, coupled: list[str]) -> list[str]:
    said = []
    if v.expectations and v.missing_features:
        said.append(f"未使用或所有患者取值相同而未计入：{'、'.join(v.missing_features)}。")
    if coupled:
        said.append(f"{'、'.join(coupled)}属于终点评分本身，其效应部分为算术关系。")
    agree, disagree = _published(v)
    if agree or disagree:
        said.append(f"已发表的预测因素：{agree} 项与预期同向，{disagree} 项相反。")
    if v.rests_on:
        said.append(f"仅为示例：基于{'和'.join(_KINDS_ZH[kind] for kind in v.rests_on)}数据。")
    return said


def _published(v: HypothesisVerdict) -> tuple[int, int]:
    return (
        sum(found.published_agree for found in v.expectations),
        sum(found.published_disagree for found in v.expectations),
    )


def _listed(names: list[str] | tuple[str, ...]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
