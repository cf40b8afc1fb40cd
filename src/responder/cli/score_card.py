"""One patient's score as a card for the terminal, many as a table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from responder.cli.output import paint
from responder.cli.table import clip, display_width, table
from responder.words import say

if TYPE_CHECKING:
    from responder.score import Bundle, Score, Sensitivity
    from responder.score.scorer import ScoreInterval

__all__ = ["card", "score_rows"]

BAR_CELLS = 40
CONTRIBUTION_CELLS = 16
COLOURS = {"scored": "green", "scored_with_caution": "yellow", "abstained": "red", "refused": "red"}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "scored": "scored",
        "scored_with_caution": "scored with caution",
        "abstained": "abstained: no personal probability",
        "refused": "refused",
        "shown_anyway": "shown anyway, as you asked; do not rely on it",
        "patient": "patient",
        "probability": "probability of response",
        "stability": "Stability over bootstrap refits: how far the number moves, not how far it may be off",
        "refits": "95% of refits",
        "venn_abers": "Venn-Abers pair",
        "venn_abers_claim": "{} or {}: one of the two is calibrated, it is not known which",
        "conformal": "outcomes",
        "steady": "as steady as from",
        "patients_like": "{:.1f} patients like this one",
        "above_n": "not shown: above the {} patients of the cohort",
        "to": "to",
        "prevalence": "cohort's prevalence",
        "of": "{} of {}; 95% interval {:.2f} to {:.2f}",
        "attributions": "What it rests on (logit; {} of the training patients: {:+.2f})",
        "base": "mean",
        "applicability": "Compared with the training cohort",
        "trait": "trait",
        "range": "training range",
        "state": "",
        "in_range": "inside",
        "outside_range": "outside",
        "not_seen": "not seen",
        "missing": "missing",
        "leverage": "leverage {:.2f} (largest in training {:.2f}); nearest patient at {:.2f} SD (largest {:.2f})",
        "sensitivity": "What would change it",
        "measuring_error": "within measuring error",
        "if_known": "if it were known",
        "not_declared": "measuring error: not known, for the study declares none for {}",
        "joint": ", ",
        "ignored": "not used by this model: {}",
        "standing": "What the model is worth",
        "approximate": "sampled, not counted out",
    },
    "zh": {
        "scored": "已评分",
        "scored_with_caution": "已评分，需谨慎",
        "abstained": "不予评分：不给出个体概率",
        "refused": "拒绝",
        "shown_anyway": "应您的要求仍予显示；请勿依赖",
        "patient": "患者",
        "probability": "应答概率",
        "stability": "自助法重复拟合的稳定性：该数字的变动幅度，而非其误差",
        "refits": "95%的重复拟合",
        "venn_abers": "Venn-Abers概率对",
        "venn_abers_claim": "{}或{}：其中之一是校准的，但不知是哪一个",
        "conformal": "结局",
        "steady": "稳定程度相当于",
        "patients_like": "{:.1f}名与此相似的患者",
        "above_n": "不显示：超过队列的{}名患者",
        "to": "至",
        "prevalence": "队列应答率",
        "of": "{}/{}；95%区间{:.2f}至{:.2f}",
        "attributions": "依据（logit尺度；训练患者{}：{:+.2f}）",
        "base": "均值",
        "applicability": "与训练队列比较",
        "trait": "变量",
        "range": "训练范围",
        "state": "",
        "in_range": "范围内",
        "outside_range": "范围外",
        "not_seen": "未出现过",
        "missing": "缺失",
        "leverage": "杠杆值{:.2f}（训练最大{:.2f}）；最近患者距离{:.2f} SD（最大{:.2f}）",
        "sensitivity": "什么会改变结果",
        "measuring_error": "测量误差之内",
        "if_known": "若已知",
        "not_declared": "测量误差：不清楚，研究未声明{}的测量误差",
        "joint": "、",
        "ignored": "本模型未使用：{}",
        "standing": "模型的价值",
        "approximate": "抽样估计，非精确计算",
    },
}


def card(bundle: Bundle, score: Score, changes: Sensitivity | None, lang: str) -> str:
    """Return one score as text, in ``en`` or ``zh``."""
    from responder.score import research_use

    words = WORDS[lang]
    title = bundle.study.title.get(lang) or bundle.study.title["en"]
    endpoint = bundle.study.endpoint.get(lang) or bundle.study.endpoint["en"]
    model = bundle.model.title_zh if lang == "zh" and bundle.model.title_zh else bundle.model.title
    who = f"{words['patient']} {score.patient} · " if score.patient else ""
    lines = [paint(title, "bold"), f"{who}{endpoint} · {model}", ""]
    lines.append(paint(words[score.decision], COLOURS[score.decision]))
    lines += [f"  - {reason.in_language(lang)}" for reason in score.reasons]
    if score.shown_anyway:
        lines.append(paint(f"  ! {words['shown_anyway']}", "red"))
    lines += ["", *_numbers(score, words, lang)]
    if score.base_value is not None:
        lines += ["", *_attributions(score, words, lang)]
    lines += ["", *_applicability(bundle, score, words, lang)]
    if changes is not None and (changes.traits or changes.not_declared):
        lines += ["", *_changes(bundle, changes, words, lang)]
    if score.stability is not None:
        lines += ["", *_stability(score, words)]
    lines += ["", words["standing"], f"  {score.standing.in_language(lang)}"]
    if illustration := score.standing.illustration_in(lang):
        lines.append(f"  {illustration}")
    if score.ignored:
        lines.append(f"  {words['ignored'].format(', '.join(score.ignored))}")
    return "\n".join([*lines, "", research_use(lang)])


def score_rows(columns: Mapping[str, Any], rows: Iterable[int], first: int, lang: str) -> list[tuple[Any, ...]]:
    """Return rows of a scored table as cells of `table`: row, patient, decision, probability, interval, reasons."""
    words = WORDS[lang]
    cells = []
    for row in rows:
        numbers = [float(columns[name][row]) for name in ("probability", "interval_lower", "interval_upper")]
        # NaN where held back
        probability, lower, upper = (f"{x:.2f}" if x == x else "" for x in numbers)
        decision = words[str(columns["decision"][row])].split(":")[0].split("：")[0]
        interval = f"{lower}-{upper}" if lower else ""
        cells.append((first + row, columns["patient"][row], decision, probability, interval, columns["reasons"][row]))
    return cells


def _numbers(score: Score, words: Mapping[str, str], lang: str) -> list[str]:
    standing = score.standing
    pairs = []
    lines, held = [], []
    if score.probability is not None:
        lines = ["  " + _bar(score.probability, score.interval), ""]
        pairs.append((words["probability"], f"{score.probability:.2f}"))
        if score.interval is not None:
            limits = f"{score.interval.lower:.2f} {words['to']} {score.interval.upper:.2f}"
            pairs.append((say("next_patient.label", lang, level=f"{score.interval.level:.0%}"), limits))
            held = ["", f"  {score.interval.in_language(lang)}"]
    pairs += [(words["conformal"], found.in_language(lang)) for found in score.conformal]
    if score.venn_abers is not None:
        pair = (f"{share:.2f}" for share in score.venn_abers)
        pairs.append((words["venn_abers"], words["venn_abers_claim"].format(*pair)))
    share = words["of"].format(standing.responders, standing.n, standing.prevalence_lower, standing.prevalence_upper)
    pairs.append((words["prevalence"], f"{standing.prevalence:.2f} ({share})"))
    return lines + _aligned(pairs) + held


def _stability(score: Score, words: Mapping[str, str]) -> list[str]:
    assert score.stability is not None
    lower, upper = score.stability
    size, n = score.effective_sample_size, score.standing.n
    steady = words["above_n"].format(n) if size is None else words["patients_like"].format(size)
    refits = f"{lower:.2f} {words['to']} {upper:.2f}"
    return [words["stability"], *_aligned([(words["refits"], refits), (words["steady"], steady)])]


def _attributions(score: Score, words: Mapping[str, str], lang: str) -> list[str]:
    base = score.base_value if score.base_value is not None else 0.0
    head = words["attributions"].format(words["base"], base)
    largest = max((abs(part.contribution) for part in score.attributions), default=0.0) or 1.0
    full = _sign("█", "#")
    pairs = []
    for part in score.attributions:
        bar = full * round(CONTRIBUTION_CELLS * abs(part.contribution) / largest)
        label = part.label_zh if lang == "zh" else part.label
        if score.standing.beats_chance:  # no colour says what matters where nothing is shown to
            bar = paint(bar, "green" if part.contribution > 0 else "red")
        pairs.append((label, f"{part.contribution:+.2f}  {bar}".rstrip()))
    return [head, *_aligned(pairs), *([] if score.attributions_exact else [f"  ({words['approximate']})"])]


def _applicability(bundle: Bundle, score: Score, words: Mapping[str, str], lang: str) -> list[str]:
    from responder.score.units import unit_words

    rows = []
    for check in score.traits:
        sheet = bundle.sheet(check.name)
        span = "" if check.low is None or check.high is None else f"{check.low:g} {words['to']} {check.high:g}"
        if span and sheet.code.levels:
            span = ""
        rows.append(
            (
                f"  {sheet.label(lang)}",
                f"{span} {unit_words(sheet.code.unit, lang)}".strip() if span else "",
                words[check.state],
            )
        )
    near = score.neighbour
    place = words["leverage"].format(near.leverage, near.largest_leverage, near.distance, near.largest_distance)
    head = (words["applicability"], words["range"], words["state"])
    return [table(head, rows), f"  {place}"]


def _changes(bundle: Bundle, changes: Sensitivity, words: Mapping[str, str], lang: str) -> list[str]:
    pairs = []
    for trait in changes.traits:
        why = words["if_known"] if trait.why == "missing" else words["measuring_error"]
        label = bundle.sheet(trait.name).label(lang)
        pairs.append((f"{label} ({why})", f"{trait.lower:.2f} {words['to']} {trait.upper:.2f}"))
    undeclared = words["joint"].join(bundle.sheet(name).label(lang) for name in changes.not_declared)
    unknown = [f"  {words['not_declared'].format(undeclared)}"] if undeclared else []
    return [words["sensitivity"], *_aligned(pairs), *unknown]


def _bar(probability: float, interval: ScoreInterval | None) -> str:
    """Return the probability on a line from 0 to 1, its interval thick."""
    line, thick, mark = _sign("─", "-"), _sign("━", "="), _sign("●", "o")

    def cell(share: float) -> int:
        return min(BAR_CELLS - 1, int(share * BAR_CELLS))

    cells = [line] * BAR_CELLS
    if interval is not None:
        for at in range(cell(interval.lower), cell(interval.upper) + 1):
            cells[at] = thick
    cells[cell(probability)] = mark
    return f"0 {''.join(cells)} 1"


def _aligned(pairs: Sequence[tuple[str, str]]) -> list[str]:
    width = max((display_width(name) for name, _ in pairs), default=0)
    return [f"  {clip(name, width)}{' ' * (width - display_width(name))}  {value}" for name, value in pairs]


def _sign(sign: str, plain: str) -> str:
    """Return a drawing character where the terminal's encoding has it."""
    return sign if "utf" in (getattr(sys.stdout, "encoding", None) or "").lower() else plain
