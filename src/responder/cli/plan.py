"""``responder plan``: how many patients the next study needs, and what the cohort at hand lacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import one_study, use_one_thread
from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import UsageError
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.plan import Setting, SimulatedPower, StudyPlan

DEFAULT_SEED = 2025
CHANCE = 0.5
SECOND_POWER = 0.9
BETWEEN = click.FloatRange(0.0, 1.0, min_open=True, max_open=True)


@click.command("plan", cls=SpokenCommand)
@click.argument("experiment", metavar="[EXPERIMENT.toml]", required=False)
@click.option("--study", metavar="S")
@click.option("--prevalence", type=BETWEEN, metavar="P")
@click.option("--auc", "aucs", type=float, multiple=True, metavar="C")
@click.option("--r2", type=float, metavar="R2")
@click.option("--parameters", type=click.IntRange(1, 1000))
@click.option("--shrinkage", type=BETWEEN, metavar="S")
@click.option("--alpha", type=click.FloatRange(0.001, 0.5, max_open=True), metavar="A")
@click.option("--power", type=BETWEEN, metavar="P")
@click.option("--n", "sizes", type=click.IntRange(6, 1000), multiple=True)
@click.option("--cohorts", type=click.IntRange(2, 10_000))
@click.option("--no-simulation", is_flag=True)
@click.option("--seed", type=click.IntRange(min=0))
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--out", "target", metavar="DIR")
@common_options
def command(
    out: Output,
    experiment: str | None,
    study: str | None,
    prevalence: float | None,
    aucs: tuple[float, ...],
    r2: float | None,
    parameters: int | None,
    shrinkage: float | None,
    alpha: float | None,
    power: float | None,
    sizes: tuple[int, ...],
    cohorts: int | None,
    no_simulation: bool,
    seed: int | None,
    jobs: int,
    target: str | None,
) -> int:
    """Plan the size of the next study."""
    use_one_thread()
    from responder.plan import overridden, plan_study

    setting, own_seed = _setting(out, experiment, study, prevalence, parameters)
    setting = overridden(
        setting, prevalence=prevalence, aucs=aucs, r2=r2, parameters=parameters, shrinkage=shrinkage, alpha=alpha,
        power=power, sizes=sizes,
    )  # fmt: skip
    plan = plan_study(
        setting,
        seed=own_seed if seed is None else seed,
        simulate=not no_simulation,
        cohorts=cohorts,
        jobs=jobs,
        progress=lambda done, total: out.narrate(say("study_plan.simulating", out.lang), done, total),
    )
    written: list[str] = []
    if target is not None:
        from responder.report.plan_write import write_plan

        out.narrate(say("study_plan.writing", out.lang, path=target))
        written = [str(path) for path in write_plan(plan, Path(target), out.lang)]
    payload = {**plan.to_json(), "written": written}
    return out.result(payload, lambda: _describe(plan, written, out.lang))


def _setting(
    out: Output, experiment: str | None, study: str | None, prevalence: float | None, parameters: int | None
) -> tuple[Setting, int]:
    """Return what the experiment, the study or the numbers alone say, and the seed."""
    from responder.plan import of_numbers, of_study

    if experiment is not None:
        if study is not None:
            raise UsageError("plan_two_studies", where="--study")
        from responder.experiment import resolve_experiment, setting_of_experiment

        out.narrate(say("study_plan.reading", out.lang, path=experiment))
        resolved = resolve_experiment(Path(experiment))
        return setting_of_experiment(resolved), resolved.experiment.seed
    if study is not None:
        return of_study(one_study(study)), DEFAULT_SEED
    return of_numbers(prevalence, parameters), DEFAULT_SEED


def _describe(plan: StudyPlan, written: list[str], lang: Language) -> str:
    voice, at_hand = Voice(lang, "study_plan"), plan.setting.at_hand
    blocks = [voice.of(plan.answer)]
    if at_hand is not None and at_hand.kinds:
        blocks.append(paint(voice("illustrative", kinds=at_hand.kinds), "yellow"))
    head = [voice(name) for name in ("assumed", "value", "from")]
    rows = [(voice.of(a.name), voice.of(a.value), voice.of(a.source)) for a in plan.assumptions]
    blocks.append(f"{table(head, rows)}\n{voice('true_auc_is')}")
    if at_hand is not None and at_hand.observed is not None:
        seen = at_hand.observed
        observed = voice("observed", estimate=seen.estimate, lower=seen.lower, upper=seen.upper)
        blocks.append(f"{observed}\n{voice('observed_is')}")
    if plan.simulated is not None:
        blocks += [_power(plan, plan.simulated, lang), *_cohorts(plan, plan.simulated, lang)]
    blocks.append(_riley(plan, lang))
    if plan.shortfalls:
        blocks.append(_lacking(plan, lang))
    blocks.append("\n".join([voice("limits"), *(f"  - {voice.of(line)}" for line in plan.limits)]))
    if written:
        blocks.append("\n".join(written))
    return "\n\n".join(blocks)


def _power(plan: StudyPlan, simulated: SimulatedPower, lang: Language) -> str:
    """Return the power by assumed AUC and size."""
    voice, setting = Voice(lang, "study_plan.power"), plan.setting
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
    lines = [
        voice("title", model=simulated.model, alpha=simulated.alpha),
        table([voice("auc"), *sizes, *asked], rows),
        voice("simulated", n=error, cohorts=simulated.cohorts, seed=simulated.seed),
        voice("chance_rejected", percent=100 * simulated.alpha),
    ]
    if simulated.left_out:
        lines.append(voice("left_out", sizes=simulated.left_out))
    if rare := [point.n for point in simulated.at(plan.typical_auc) if not point.cohorts]:
        lines.append(voice("no_verdict", sizes=rare))
    return "\n".join(lines)


def _cohorts(plan: StudyPlan, simulated: SimulatedPower, lang: Language) -> list[str]:
    """Return what cohorts of each size would show under one assumption; nothing where none was simulated."""
    voice, auc = Voice(lang, "study_plan.cohort"), plan.typical_auc
    rows = [
        (p.n, p.responders, f"{p.reached_auc:.2f}", f"{p.interval_width:.2f}", f"{p.instability:.3f}")
        for p in simulated.at(auc)
        if p.cohorts
    ]
    head = [voice(name) for name in ("n", "responders", "reached", "width", "moves")]
    lines = [voice("title", auc=auc), table(head, rows), voice("reached_is"), voice("moves_is")]
    return ["\n".join(lines)] if rows else []


def _riley(plan: StudyPlan, lang: Language) -> str:
    voice, setting = Voice(lang, "study_plan.riley"), plan.setting
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
    told = [voice("criteria", shrinkage=setting.shrinkage), voice("all_hold")]
    return "\n".join([voice("title", n=setting.parameters), table([voice(name) for name in head], rows), *told])


def _lacking(plan: StudyPlan, lang: Language) -> str:
    voice, at_hand = Voice(lang, "study_plan.lacking"), plan.setting.at_hand
    assert at_hand is not None
    rows = [
        (
            f"{lack.auc:.2f}",
            f"{lack.patients:,}" if lack.patients else voice("none"),
            f"{lack.events:,}",
            f"{lack.shrinkage:.2f}",
            lack.largest_parameters,
        )
        for lack in plan.shortfalls
    ]
    head = [voice(name) for name in ("auc", "patients", "events", "shrinkage", "parameters")]
    told = [voice("shrinkage_is"), voice("parameters_is")]
    return "\n".join([voice("title", n=at_hand.n), table(head, rows), *told])
