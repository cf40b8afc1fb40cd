"""The parts of a plan as text, each a table with what it is to be read with: the same for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from responder.plan.simulated import CHANCE
from responder.plan.validation_study import WIDTH_C, WIDTH_NET_BENEFIT, WIDTH_OE, WIDTH_SLOPE
from responder.words import Language, Voice

if TYPE_CHECKING:
    from responder.plan import SimulatedPower, StudyPlan

__all__ = ["PlanPart", "assumptions_part", "observed_lines", "plan_parts"]

SECOND_POWER = 0.9


class PlanPart(NamedTuple):
    """A table with its title and the lines below it; the first column names the row."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def assumptions_part(plan: StudyPlan, language: Language) -> PlanPart:
    """Return what was assumed, each value with its source."""
    voice = Voice(language, "study_plan")
    head = (voice("assumed"), voice("value"), voice("from"))
    rows = ((voice.of(a.name), voice.of(a.value), voice.of(a.source)) for a in plan.assumptions)
    return PlanPart(Voice(language, "plan_page.page")("assumed"), head, tuple(rows), (voice("true_auc_is"),))


def observed_lines(plan: StudyPlan, language: Language) -> tuple[str, ...]:
    """Return what the cohort at hand showed: context, never an assumption."""
    voice, at_hand = Voice(language, "study_plan"), plan.setting.at_hand
    if at_hand is None or at_hand.observed is None:
        return ()
    seen = at_hand.observed
    return (voice("observed", estimate=seen.estimate, lower=seen.lower, upper=seen.upper), voice("observed_is"))


def plan_parts(plan: StudyPlan, language: Language) -> tuple[PlanPart, ...]:
    """Return every table of numbers that a plan holds, in the order in which they are read."""
    found = []
    if plan.simulated is not None:
        found += [_power(plan, plan.simulated, language), *_cohorts(plan, plan.simulated, language)]
    if plan.borrowed:
        found.append(_borrowed(plan, language))
    found.append(_riley(plan, language))
    if plan.shortfalls:
        found.append(_lacking(plan, language))
    if plan.exclusions:
        found.append(_exclusion(plan, language))
    if plan.trial is not None:
        found.append(_trial(plan, language))
    if plan.validations:
        found.append(_validation(plan, language))
    return tuple(found)


def _power(plan: StudyPlan, simulated: SimulatedPower, language: Language) -> PlanPart:
    """Return the power by assumed AUC and size."""
    voice, setting = Voice(language, "study_plan.power"), plan.setting
    powers = tuple(dict.fromkeys((setting.power, SECOND_POWER)))
    needed = {auc: tuple(voice.of(simulated.needed(auc, power).size) for power in powers) for auc in setting.aucs}
    rows = [
        (
            voice("chance", auc=auc) if auc == CHANCE else f"{auc:.2f}",
            *(f"{point.power:.0%}" for point in simulated.at(auc)),
            *needed.get(auc, ("",) * len(powers)),
        )
        for auc in (CHANCE, *setting.aucs)
    ]
    sizes, asked = [voice("n", n=n) for n in simulated.sizes], [voice("needed", power=power) for power in powers]
    error = round(100 * max(point.power_se for point in simulated.points))
    notes = [
        voice("simulated", n=error, cohorts=simulated.cohorts, seed=simulated.seed),
        voice("chance_rejected", percent=100 * simulated.alpha),
    ]
    if simulated.left_out:
        notes.append(voice("left_out", sizes=simulated.left_out))
    if rare := [point.n for point in simulated.at(plan.typical_auc) if not point.cohorts]:
        notes.append(voice("no_verdict", sizes=rare))
    title = voice("title", model=simulated.model, alpha=simulated.alpha)
    return _part(title, (voice("auc"), *sizes, *asked), rows, notes)


def _cohorts(plan: StudyPlan, simulated: SimulatedPower, language: Language) -> list[PlanPart]:
    """Return what cohorts of each size would show under one assumption; nothing where none was simulated."""
    voice, auc = Voice(language, "study_plan.cohort"), plan.typical_auc
    rows = [
        (str(p.n), str(p.responders), f"{p.reached_auc:.2f}", f"{p.interval_width:.2f}", f"{p.instability:.3f}")
        for p in simulated.at(auc)
        if p.cohorts
    ]
    head = [voice(name) for name in ("n", "responders", "reached", "width", "moves")]
    notes = (voice("reached_is"), voice("moves_is"))
    return [_part(voice("title", auc=auc), head, rows, notes)] if rows else []


def _borrowed(plan: StudyPlan, language: Language) -> PlanPart:
    """Return the power with what others showed and without, where it holds and where its reverse does."""
    voice, power = Voice(language, "study_plan.borrow"), Voice(language, "study_plan.power")
    rows = []
    for one in plan.borrowed:
        for model, simulated, need in zip(("with", "alone"), (one.borrowing, one.alone), one.needed, strict=True):
            points = (f"{point.power:.0%}" for point in simulated.at(one.auc))
            name = voice("row", truth=voice(f"truth.{one.truth}"), model=voice(model, weight=one.weight))
            rows.append((name, *points, voice.of(need.size)))
    first = plan.borrowed[0]
    head = [voice("model"), *(power("n", n=n) for n in first.borrowing.sizes), power("needed", power=first.power)]
    error = round(100 * max(p.power_se for one in plan.borrowed for p in (*one.borrowing.points, *one.alone.points)))
    notes = [voice.of(one.said) for one in plan.borrowed]
    prior = plan.setting.borrowed
    markers = prior.prior.features if prior else ()
    notes += [voice("assumed", markers=markers, auc=first.auc), voice("same", cohorts=first.borrowing.cohorts, n=error)]
    return _part(voice("title", auc=first.auc, alpha=first.borrowing.alpha), head, rows, notes)


def _riley(plan: StudyPlan, language: Language) -> PlanPart:
    voice, setting = Voice(language, "study_plan.riley"), plan.setting
    rows = [
        (
            f"{asked.auc:.2f}",
            f"{asked.r2:.3f}",
            f"{asked.n_shrinkage:,}",
            f"{asked.n_optimism:,}",
            f"{asked.n_prevalence:,}",
            f"{asked.n:,}",
            f"{asked.responders:,}",
            f"{asked.events_per_parameter:.1f}",
        )
        for asked in plan.riley
    ]
    head = ("auc", "r2", "overfitting", "optimism", "prevalence", "patients", "responders", "events")
    notes = (voice("criteria", shrinkage=setting.shrinkage), voice("all_hold"))
    return _part(voice("title", n=setting.parameters), [voice(name) for name in head], rows, notes)


def _lacking(plan: StudyPlan, language: Language) -> PlanPart:
    voice, at_hand = Voice(language, "study_plan.lacking"), plan.setting.at_hand
    assert at_hand is not None
    rows = [
        (
            f"{lack.auc:.2f}",
            f"{lack.patients:,}" if lack.patients else voice("none"),
            f"{lack.events:,}",
            f"{lack.shrinkage:.2f}",
            str(lack.largest_parameters),
        )
        for lack in plan.shortfalls
    ]
    head = [voice(name) for name in ("auc", "patients", "events", "shrinkage", "parameters")]
    return _part(voice("title", n=at_hand.n), head, rows, (voice("shrinkage_is"), voice("parameters_is")))


def _exclusion(plan: StudyPlan, language: Language) -> PlanPart:
    voice, percent = Voice(language, "further_plan.exclusion"), 100 * plan.exclusions[0].rate
    rows = [(str(row.events), f"{row.n:,}", f"{row.n_two_sided:,}", f"{row.true_rate:.1%}") for row in plan.exclusions]
    head = [voice(name) for name in ("events", "patients", "two_sided", "true_rate")]
    notes = (voice("exact", percent=percent), voice("true_rate_is", power=plan.exclusions[0].power))
    return _part(voice("title", percent=percent), head, rows, notes)


def _trial(plan: StudyPlan, language: Language) -> PlanPart:
    voice, trial = Voice(language, "further_plan.trial"), plan.trial
    assert trial is not None
    sizes = (
        ("fisher", trial.n_fisher, trial.power_fisher),
        ("boschloo", trial.n_boschloo, trial.power_boschloo),
        ("formula", trial.n_formula, None),
    )
    none = voice("none")
    rows = [
        (
            voice(name),
            none if n is None else f"{n:,}",
            none if n is None else f"{2 * n:,}",
            none if reached is None else f"{reached:.1%}",
        )
        for name, n, reached in sizes
    ]
    head = [voice(name) for name in ("test", "per_arm", "in_all", "power")]
    notes = (voice("level", alpha=trial.alpha, power=trial.power), voice("dropout"))
    return _part(voice("title", treated=trial.treated_rate, control=trial.control_rate), head, rows, notes)


def _validation(plan: StudyPlan, language: Language) -> PlanPart:
    voice = Voice(language, "further_plan.validation")
    rows = [
        (
            f"{one.auc:.2f}",
            f"{one.n_observed_expected:,}",
            f"{one.n_slope:,}",
            f"{one.n_c_statistic:,}",
            voice("none") if one.n_net_benefit is None else f"{one.n_net_benefit:,}",
            f"{one.n:,}",
            f"{one.responders:,}",
        )
        for one in plan.validations
    ]
    head = [voice(name) for name in ("auc", "oe", "slope", "c", "net_benefit", "patients", "responders")]
    threshold = plan.setting.threshold
    notes = (
        voice("widths", oe=WIDTH_OE, slope=WIDTH_SLOPE, c=WIDTH_C, net_benefit=WIDTH_NET_BENEFIT),
        voice("no_threshold") if threshold is None else voice("net_benefit_is", threshold=threshold),
    )
    return _part(voice("title"), head, rows, notes)


def _part(title: str, headers: Iterable[str], rows: Iterable[tuple[str, ...]], notes: Iterable[str]) -> PlanPart:
    return PlanPart(title, tuple(headers), tuple(rows), tuple(notes))
