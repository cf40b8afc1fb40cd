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

if TYPE_CHECKING:
    from responder.plan import Setting, SimulatedPower, StudyPlan

DEFAULT_SEED = 2025
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
        progress=lambda done, total: out.narrate("simulate cohorts", done, total),
    )
    written: list[str] = []
    if target is not None:
        from responder.report.plan_write import write_plan

        out.narrate(f"write into {target}")
        written = [str(path) for path in write_plan(plan, Path(target), out.lang)]
    return out.result({**plan.to_json(), "written": written}, lambda: _describe(plan, written))


def _setting(
    out: Output, experiment: str | None, study: str | None, prevalence: float | None, parameters: int | None
) -> tuple[Setting, int]:
    """Return what the experiment, the study or the numbers alone say, and the seed."""
    from responder.plan import of_numbers, of_study

    if experiment is not None:
        if study is not None:
            raise UsageError("the experiment names its study", where="--study", hint="leave one of the two out")
        from responder.experiment import resolve_experiment, setting_of_experiment

        out.narrate(f"read {experiment}")
        resolved = resolve_experiment(Path(experiment))
        return setting_of_experiment(resolved), resolved.experiment.seed
    if study is not None:
        return of_study(one_study(study)), DEFAULT_SEED
    return of_numbers(prevalence, parameters), DEFAULT_SEED


def _describe(plan: StudyPlan, written: list[str]) -> str:
    at_hand = plan.setting.at_hand
    blocks = [plan.sentence]
    if at_hand is not None and at_hand.illustration:
        blocks.append(paint(at_hand.illustration, "yellow"))
    rows = [(a.name, a.value, a.source) for a in plan.assumptions]
    blocks.append(
        f"{table(('assumed', 'value', 'from'), rows)}\n"
        "True AUC: what the best possible model of these traits would reach in new patients; 0.5 is chance."
    )
    if at_hand is not None and at_hand.observed is not None:
        seen = at_hand.observed
        blocks.append(
            f"Observed in the cohort at hand: leave-pair-out AUC {seen.estimate:.2f}, 95% interval {seen.lower:.2f} to "
            f"{seen.upper:.2f}.\nContext, not an assumption: it is of this pipeline trained on n - 2 patients, and "
            "says nothing of the true AUC of the traits."
        )
    if plan.simulated is not None:
        blocks += _simulated(plan, plan.simulated)
    blocks.append(_riley(plan))
    if plan.shortfalls:
        blocks.append(_lacking(plan))
    blocks.append("What the numbers do not say\n" + "\n".join(f"  - {line}" for line in plan.limits))
    if written:
        blocks.append("\n".join(written))
    return "\n\n".join(blocks)


def _simulated(plan: StudyPlan, simulated: SimulatedPower) -> list[str]:
    """Return the power by size, and what cohorts of each size would show under one assumption."""
    setting = plan.setting
    powers = tuple(dict.fromkeys((setting.power, SECOND_POWER)))
    wanted = {auc: tuple(simulated.needed(auc, power).words for power in powers) for auc in setting.aucs}
    rows = [
        (
            "0.50 (chance)" if auc == 0.5 else f"{auc:.2f}",
            *(f"{point.power:.0%}" for point in simulated.at(auc)),
            *wanted.get(auc, ("",) * len(powers)),
        )
        for auc in (0.5, *setting.aucs)
    ]
    head = ("true AUC", *(f"n={n}" for n in simulated.sizes), *(f"{power:.0%} power takes" for power in powers))
    error = max(point.power_se for point in simulated.points)
    first = (
        f"To show that {simulated.model} beats chance: how often the permutation test rejects at {simulated.alpha:g}\n"
        f"{table(head, rows)}\n"
        f"Of {simulated.cohorts} simulated cohorts of each size (seed {simulated.seed}); Monte Carlo standard error at "
        f"most {100 * error:.0f} points.\n"
        f"Chance is rejected in at most {100 * simulated.alpha:g}% of studies, but for that error. "
        "Brackets: the simulated sizes on either side."
    )
    if simulated.left_out:
        left_out = ", ".join(map(str, simulated.left_out))
        first += f"\nLeft out, for they take long: n = {left_out}. Choose sizes with --n, or insist with --cohorts 20."
    auc = plan.typical_auc
    points = [point for point in simulated.at(auc) if point.cohorts]
    rare = [str(point.n) for point in simulated.at(auc) if not point.cohorts]
    if rare:
        first += f"\nNo verdict is possible at n = {', '.join(rare)}: fewer than 3 patients of one outcome."
    seen = [
        (p.n, p.responders, f"{p.reached_auc:.2f}", f"{p.interval_width:.2f}", f"{p.instability:.3f}") for p in points
    ]
    second = (
        f"What such a cohort would show on average, if the true AUC is {auc:.2f}\n"
        + table(("n", "responders", "AUC reached", "width of its 95% interval", "probability moves by"), seen)
        + "\nAUC reached: by the model on patients left out; it learns from few, so it stays below the true one.\n"
        "Probability moves by: a patient's, on average, when the cohort is drawn again. Of a model that shrinks hard\n"
        "it moves little; that makes it steady, not right."
    )
    return [first, second] if seen else [first]


def _riley(plan: StudyPlan) -> str:
    setting = plan.setting
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
    head = ("true AUC", "R2", "1 overfit", "2 optimism", "3 prevalence", "patients", "responders", "events/parameter")
    parameters = "1 parameter" if setting.parameters == 1 else f"{setting.parameters} parameters"
    return (
        f"For probabilities that can be relied on: Riley's criteria, {parameters}, no penalty\n{table(head, rows)}\n"
        f"1: shrinkage at least {setting.shrinkage:g}. 2: apparent R2 too high by at most 0.05. "
        "3: share of responders within 0.05.\nEvents: the rarer outcome. All three must hold."
    )


def _lacking(plan: StudyPlan) -> str:
    at_hand = plan.setting.at_hand
    assert at_hand is not None
    rows = [
        (
            f"{lack.auc:.2f}",
            f"{lack.patients:,}" if lack.patients else "none",
            f"{lack.events:,}",
            f"{lack.shrinkage:.2f}",
            lack.largest_parameters,
        )
        for lack in plan.shortfalls
    ]
    head = ("true AUC", "patients lacking", "events lacking", "shrinkage implied", "parameters allowed")
    return (
        f"The {at_hand.n} at hand against Riley's criteria\n{table(head, rows)}\n"
        "Shrinkage implied: effects fitted without penalty would have to be multiplied by it.\n"
        "Parameters allowed: by criteria 1 and 2."
    )
