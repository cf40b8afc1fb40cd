"""``responder plan``: how many patients the next study needs, and what the cohort at hand lacks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.checkpoints import CHECKPOINTS, forget
from responder.cli.options import one_study, use_one_thread
from responder.cli.output import Output, common_options, paint
from responder.cli.settled import RUNS
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.cli.workers import told_workers, workers_option
from responder.errors import UsageError
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.plan import Setting, StudyPlan

DEFAULT_SEED = 2025
KEPT = ".plan"  # no experiment has such a name
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
@click.option("--infection-rate", type=BETWEEN, metavar="P")
@click.option("--control-rate", type=BETWEEN, metavar="P")
@click.option("--validation", is_flag=True)
@click.option("--threshold", type=BETWEEN, metavar="P")
@click.option("--borrow", is_flag=True)
@click.option("--no-simulation", is_flag=True)
@click.option("--seed", type=click.IntRange(min=0))
@click.option("--resume", is_flag=True)
@workers_option
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
    infection_rate: float | None,
    control_rate: float | None,
    validation: bool,
    threshold: float | None,
    borrow: bool,
    no_simulation: bool,
    seed: int | None,
    resume: bool,
    workers: str | None,
    target: str | None,
) -> int:
    """Plan the size of the next study."""
    use_one_thread()
    from responder.experiment.checkpoint import Checkpoint
    from responder.plan import overridden, plan_study, simulation_key
    from responder.project import project_root

    setting, own_seed = _setting(out, experiment, study, prevalence, parameters, borrow)
    setting = overridden(
        setting, prevalence=prevalence, aucs=aucs, r2=r2, parameters=parameters, shrinkage=shrinkage, alpha=alpha,
        power=power, sizes=sizes, infection_rate=infection_rate, control_rate=control_rate, validation=validation,
        threshold=threshold,
    )  # fmt: skip
    seed = own_seed if seed is None else seed
    checkpoint = project_root() / RUNS / CHECKPOINTS / KEPT
    if not resume:
        forget(checkpoint)
    writable = os.access(project_root(), os.W_OK)  # elsewhere a plan is drawn up, too, and not kept
    kept = Checkpoint(checkpoint if writable else None, simulation_key(setting, seed=seed, cohorts=cohorts))
    with told_workers(out, workers) as opened:
        plan = plan_study(
            setting,
            seed=seed,
            simulate=not no_simulation,
            cohorts=cohorts,
            workers=opened,
            kept=kept.arrays,
            progress=lambda done, total: out.narrate(say("study_plan.simulating", out.lang), done, total),
        )
    forget(checkpoint)
    written: list[str] = []
    if target is not None:
        from responder.report.plan_write import write_plan

        out.narrate(say("study_plan.writing", out.lang, path=target))
        written = [str(path) for path in write_plan(plan, Path(target), out.lang)]
    payload = {**plan.to_json(), "written": written}
    return out.result(payload, lambda: _describe(plan, written, out.lang))


def _setting(
    out: Output,
    experiment: str | None,
    study: str | None,
    prevalence: float | None,
    parameters: int | None,
    borrow: bool,
) -> tuple[Setting, int]:
    """Return what the experiment, the study or the numbers alone say, and the seed."""
    from responder.plan import of_numbers, of_study

    if experiment is not None:
        if study is not None:
            raise UsageError("plan_two_studies", where="--study")
        from responder.experiment import resolve_experiment, setting_of_experiment

        out.narrate(say("study_plan.reading", out.lang, path=experiment))
        resolved = resolve_experiment(Path(experiment))
        return setting_of_experiment(resolved, borrow=borrow), resolved.experiment.seed
    if borrow:
        raise UsageError("plan_borrow_alone", where="--borrow")
    if study is not None:
        return of_study(one_study(study)), DEFAULT_SEED
    return of_numbers(prevalence, parameters), DEFAULT_SEED


def _describe(plan: StudyPlan, written: list[str], lang: Language) -> str:
    from responder.report.plan_parts import assumptions_part, observed_lines, plan_parts

    voice, at_hand = Voice(lang, "study_plan"), plan.setting.at_hand
    blocks = [voice.of(plan.answer)]
    if at_hand is not None and at_hand.kinds:
        blocks.append(paint(voice("illustrative", kinds=at_hand.kinds), "yellow"))
    assumed = assumptions_part(plan, lang)
    blocks.append("\n".join([table(assumed.headers, assumed.rows), *assumed.notes]))
    if observed := observed_lines(plan, lang):
        blocks.append("\n".join(observed))
    blocks += ["\n".join([part.title, table(part.headers, part.rows), *part.notes]) for part in plan_parts(plan, lang)]
    blocks.append("\n".join([voice("limits"), *(f"  - {voice.of(line)}" for line in plan.limits)]))
    if written:
        blocks.append("\n".join(written))
    return "\n\n".join(blocks)
