"""One patient's score as a card for the terminal, many as a table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from responder.cli.output import paint
from responder.cli.table import clip, display_width, table
from responder.words import Given, Voice, first_of, say

if TYPE_CHECKING:
    from responder.score import Bundle, Score, Sensitivity
    from responder.score.scorer import ScoreInterval

__all__ = ["card", "score_rows"]

BAR_CELLS = 40
CONTRIBUTION_CELLS = 16
COLOURS = {"scored": "green", "scored_with_caution": "yellow", "abstained": "red", "refused": "red"}


def card(bundle: Bundle, score: Score, changes: Sensitivity | None, lang: str) -> str:
    """Return one score as text in a language."""
    from responder.score import research_use

    t, standing = Voice(lang, "card"), score.standing
    values = {"patient": score.patient, "endpoint": Given(bundle.study.endpoint), "model": bundle.model.title}
    lines = [paint(t.of(Given(bundle.study.title)), "bold"), t("who" if score.patient else "endpoint", **values), ""]
    lines.append(paint(t(score.decision), COLOURS[score.decision]))
    lines += [f"  - {t.of(reason)}" for reason in score.reasons]
    if score.shown_anyway:
        lines.append(paint(f"  ! {t('shown_anyway')}", "red"))
    lines += ["", *_numbers(score, t)]
    if score.base_value is not None:
        lines += ["", *_attributions(score, t)]
    lines += ["", *_applicability(bundle, score, t)]
    if changes is not None and (changes.traits or changes.not_declared):
        lines += ["", *_changes(bundle, changes, t)]
    if score.stability is not None:
        lines += ["", *_stability(score, t)]
    lines += ["", t("standing"), f"  {t.of(standing)}"]
    lines += [f"  {note}" for note in standing.notes_in(lang)]
    lines += [f"  {t('ignored', names=score.ignored)}"] if score.ignored else []
    return "\n".join([*lines, "", research_use(lang)])


def score_rows(columns: Mapping[str, Any], rows: Iterable[int], first: int, lang: str) -> list[tuple[Any, ...]]:
    """Return rows of a scored table as cells of `table`: row, patient, decision, probability, interval, reasons."""
    cells = []
    for row in rows:
        numbers = [float(columns[name][row]) for name in ("probability", "interval_lower", "interval_upper")]
        # NaN where held back
        probability, lower, upper = (f"{x:.2f}" if x == x else "" for x in numbers)
        decision = say(f"score.decision.{columns['decision'][row]}", lang)
        interval = f"{lower}-{upper}" if lower else ""
        cells.append((first + row, columns["patient"][row], decision, probability, interval, columns["reasons"][row]))
    return cells


def _numbers(score: Score, t: Voice) -> list[str]:
    standing, interval = score.standing, score.interval
    pairs, lines, held = [], [], []
    if score.probability is not None:
        lines = ["  " + _bar(score.probability, interval), ""]
        pairs.append((t("probability"), f"{score.probability:.2f}"))
        if interval is not None:
            label = say("next_patient.label", t.language, level=interval.level)
            pairs.append((label, t("span", lower=interval.lower, upper=interval.upper)))
            held = ["", f"  {t.of(interval.statement)}"]
    pairs += [(t("conformal"), t.of(found)) for found in score.conformal]
    if score.venn_abers is not None:
        pairs.append((t("venn_abers"), t("venn_abers_pair", p0=score.venn_abers[0], p1=score.venn_abers[1])))
    share = {"responders": standing.responders, "n": standing.n, "estimate": standing.prevalence}
    limits = {"lower": standing.prevalence_lower, "upper": standing.prevalence_upper}
    pairs.append((t("prevalence"), t("prevalence_of", **share, **limits)))
    if score.borrowed is not None:
        held += ["", f"  {t.of(score.borrowed.statement)}"]
    return lines + _aligned(pairs) + held


def _stability(score: Score, t: Voice) -> list[str]:
    assert score.stability is not None
    lower, upper = score.stability
    size = score.effective_sample_size
    steady = t("above_n", n=score.standing.n) if size is None else t("patients_like", n=size)
    return [t("stability"), *_aligned([(t("refits"), t("span", lower=lower, upper=upper)), (t("steady"), steady)])]


def _attributions(score: Score, t: Voice) -> list[str]:
    head = t("attributions", base=score.base_value or 0.0)
    if not score.attributions:
        return [head, f"  {t('withheld')}"]
    largest = abs(score.attributions[0].contribution) or 1.0
    full = _sign("█", "#")
    pairs = []
    for part in score.told_attributions:
        # all the others together may be more than the largest of them
        bar = full * min(CONTRIBUTION_CELLS, round(CONTRIBUTION_CELLS * abs(part.contribution) / largest))
        if score.standing.beats_chance:  # no colour says what matters where nothing is shown to
            bar = paint(bar, "green" if part.contribution > 0 else "red")
        pairs.append((t.of(part.label), f"{part.contribution:+z.2f}  {bar}".rstrip()))
    return [head, *_aligned(pairs), *([] if score.attributions_exact else [f"  {t('approximate')}"])]


def _applicability(bundle: Bundle, score: Score, t: Voice) -> list[str]:
    from responder.words.units import unit_words

    rows = []
    for check in score.told_traits:
        sheet = bundle.sheet(check.name)
        span = ""
        if check.low is not None and check.high is not None and not sheet.code.levels:
            span = t("range_of", low=check.low, high=check.high, unit=unit_words(sheet.code.unit, t.language)).strip()
        rows.append((f"  {t.of(sheet.words)}", span, say(f"score.state.{check.state}", t.language)))
    lines = [table((t("applicability"), t("range"), ""), rows)]
    if len(rows) < len(score.traits):
        lines.append(f"  {t.of(first_of(len(rows), len(score.traits), '--json'))}")
    return [*lines, f"  {t(score.neighbour.case, **vars(score.neighbour))}"]


def _changes(bundle: Bundle, changes: Sensitivity, t: Voice) -> list[str]:
    pairs = []
    for trait in changes.traits:
        why = say(f"score.why.{trait.why}", t.language)
        label = t("change_of", trait=bundle.sheet(trait.name).words, why=why)
        pairs.append((label, t("span", lower=trait.lower, upper=trait.upper)))
    undeclared = [bundle.sheet(name).words for name in changes.not_declared]
    unknown = [f"  {t('not_declared', traits=undeclared)}"] if undeclared else []
    return [t("changes"), *_aligned(pairs), *unknown]


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
