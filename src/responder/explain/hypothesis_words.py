"""The verdict of a hypothesis in words, English and Chinese, computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from responder.cohort.cohort import Cohort
from responder.explain.hypotheses import HypothesisVerdict, Standing

__all__ = ["worded"]


@dataclass(frozen=True)
class _Words:
    """The sentences of one language, with places for values, and how they and names are put together."""

    sentences: dict[str, str]
    between: str
    comma: str
    conjunction: str
    kinds: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        return self.sentences[key].format(**values)

    def listed(self, names: Sequence[str]) -> str:
        *most, last = names
        return f"{self.comma.join(most)}{self.conjunction}{last}" if most else last


_LANGUAGES = {
    "en": _Words(
        {
            "on_treatment": "Not testable at baseline: it speaks of a change under treatment.",
            "across_diseases": "Not testable in one cohort: it speaks of several diseases.",
            "not_measured": "Not testable here: {names} not in use, or the same in all patients.",
            "one_class": "Not decidable with n = {n}: all patients have the same outcome.",
            "auc": "AUC of what is expected {auc:.2f} ({lower:.2f} to {upper:.2f}; 0.5 is chance)",
            "exact": "{auc}, exact two-sided p = {p:.3g}",
            "asymptotic": "{auc}, two-sided p = {p:.3g}",
            "holm": "{numbers}, {p_holm:.3g} adjusted for {tested} hypotheses",
            "supported": "Supported: {numbers}, n = {n}.",
            "contradicted": "Contradicted: {numbers}, n = {n}.",
            "not_decidable": "Not decidable with n = {n}: {numbers}.",
            "features_disagree": "Its features point in different directions.",
            "level_out_of_reach": "The smallest p that these patients can give is {smallest:.3g}, "
            "{adjusted:.3g} as the first of {tested} hypotheses.",
            "left_out": "Left out, as not in use or the same in all patients: {names}.",
            "coupled": "Part of the endpoint's own score: {names}; the effect is arithmetic in part.",
            "published": "Published predictors: {agree} point the expected way, {disagree} the other.",
            "published_elsewhere": "Published predictors: {agree} point the expected way, {disagree} the other; "
            "{elsewhere} of these under another treatment.",
            "illustrative": "Illustrative: rests on {kinds} values.",
        },
        between=" ",
        comma=", ",
        conjunction=" and ",
        kinds={"reconstructed": "reconstructed", "simulated": "simulated"},
    ),
    "zh": _Words(
        {
            "on_treatment": "无法用基线检验：该假设涉及治疗中的变化。",
            "across_diseases": "无法在单一队列中检验：该假设涉及多种疾病。",
            "not_measured": "此处无法检验：{names} 未使用或所有患者取值相同。",
            "one_class": "n = {n} 无法判定：所有患者结局相同。",
            "auc": "按预期计分的 AUC {auc:.2f}（{lower:.2f} 至 {upper:.2f}；0.5 为随机）",
            "exact": "{auc}，双侧精确 p = {p:.3g}",
            "asymptotic": "{auc}，双侧 p = {p:.3g}",
            "holm": "{numbers}，对 {tested} 个假设校正后 {p_holm:.3g}",
            "supported": "支持：{numbers}，n = {n}。",
            "contradicted": "相悖：{numbers}，n = {n}。",
            "not_decidable": "n = {n} 无法判定：{numbers}。",
            "features_disagree": "其各特征方向不一。",
            "level_out_of_reach": "这些患者可能得到的最小 p 为 {smallest:.3g}，"
            "作为 {tested} 个假设之首时为 {adjusted:.3g}。",
            "left_out": "未使用或所有患者取值相同而未计入：{names}。",
            "coupled": "{names}属于终点评分本身，其效应部分为算术关系。",
            "published": "已发表的预测因素：{agree} 项与预期同向，{disagree} 项相反。",
            "published_elsewhere": "已发表的预测因素：{agree} 项与预期同向，{disagree} 项相反；"
            "其中 {elsewhere} 项来自其他治疗。",
            "illustrative": "仅为示例：基于{kinds}数据。",
        },
        between="",
        comma="、",
        conjunction="、",
        kinds={"reconstructed": "重建", "simulated": "模拟"},
    ),
}
_UNTESTED = ("on_treatment", "across_diseases", "not_measured", "one_class")
_STANDINGS = {Standing.SUPPORTED: "supported", Standing.CONTRADICTED: "contradicted"}


def worded(verdict: HypothesisVerdict, cohort: Cohort) -> HypothesisVerdict:
    """Return the verdict with its sentences."""
    said = {}
    for language, words in _LANGUAGES.items():
        coupled = [cohort.study.trait(name).label.in_language(language) for name in verdict.coupled]
        said[language] = words.between.join([*_main(verdict, words), *_limits(verdict, coupled, words)])
    return replace(verdict, sentence=said["en"], sentence_zh=said["zh"])


def _main(v: HypothesisVerdict, words: _Words) -> list[str]:
    if v.why in _UNTESTED:
        return [words(v.why, n=v.n, names=words.listed(v.missing_features) if v.missing_features else "")]
    auc = words("auc", auc=v.auc, lower=v.auc_lower, upper=v.auc_upper)
    numbers = words("exact" if v.exact else "asymptotic", auc=auc, p=v.p)
    if v.tested > 1:
        numbers = words("holm", numbers=numbers, p_holm=v.p_holm, tested=v.tested)
    said = [words(_STANDINGS.get(v.standing, "not_decidable"), numbers=numbers, n=v.n)]
    if v.standing not in _STANDINGS and v.why == "features_disagree":
        said.append(words("features_disagree"))
    if v.standing not in _STANDINGS and v.why == "level_out_of_reach":
        adjusted = min(1.0, v.smallest_attainable_p * v.tested)
        smallest = v.smallest_attainable_p
        said.append(words("level_out_of_reach", smallest=smallest, adjusted=adjusted, tested=v.tested))
    return said


def _limits(v: HypothesisVerdict, coupled: list[str], words: _Words) -> list[str]:
    said = []
    if v.expectations and v.missing_features:
        said.append(words("left_out", names=words.listed(v.missing_features)))
    if coupled:
        said.append(words("coupled", names=words.listed(coupled)))
    agree = sum(found.published_agree for found in v.expectations)
    disagree = sum(found.published_disagree for found in v.expectations)
    elsewhere = sum(found.published_elsewhere for found in v.expectations)
    if agree or disagree:
        key = "published_elsewhere" if elsewhere else "published"
        said.append(words(key, agree=agree, disagree=disagree, elsewhere=elsewhere))
    if v.rests_on:
        said.append(words("illustrative", kinds=words.listed([words.kinds[kind] for kind in v.rests_on])))
    return said
