"""``responder train EXPERIMENT.toml``: the main job, from a table to a validated, explained, tracked model."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.options import words
from responder.cli.output import Output, common_options
from responder.cli.signals import ended_by_signals
from responder.cli.spoken import SpokenCommand
from responder.cli.trained import describe_plan, describe_result
from responder.errors import ConfigError, ResponderError, StoreUnavailableError
from responder.words import Language, Phrase

if TYPE_CHECKING:
    from responder.experiment import Plan
    from responder.track import TrackedRun

__all__ = ["command", "run_plan"]

CHECKPOINTS = ".checkpoints"


class GateNotMetError(ResponderError):
    """The run is done and kept, but a gate of the experiment was not met."""

    kind = "gate_not_met"
    exit_code = 4


@click.command("train", cls=SpokenCommand)
@click.argument("experiment", metavar="EXPERIMENT.toml")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE")
@click.option("--cohort", metavar="FILE")
@click.option("--models", metavar="A,B")
@click.option("--tune", metavar="A,B")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--dry-run", is_flag=True)
@click.option("--resume", is_flag=True)
@click.option("--no-track", is_flag=True)
@common_options
def command(
    out: Output,
    experiment: str,
    settings: tuple[str, ...],
    cohort: str | None,
    models: str | None,
    tune: str | None,
    jobs: int,
    dry_run: bool,
    resume: bool,
    no_track: bool,
) -> int:
    """Train, validate, explain and track the models of an experiment."""
    from responder.cli.runtime import ensure_libgomp
    from responder.experiment import plan_experiment, resolve_experiment

    ensure_libgomp()
    flags: dict[str, Any] = {}
    if cohort is not None:
        flags["cohort.path"] = cohort
    if models is not None:
        flags["models"] = tuple(dict.fromkeys(("prevalence", *(words(models) or ()))))
    if tune is not None:
        flags["tuning.models"] = tuple(words(tune) or ())
    resolved = resolve_experiment(Path(experiment), flags=flags, settings=settings)
    if resolved.experiment.landmark is not None:
        raise ConfigError("landmark_not_trained", where=experiment, path=experiment)
    plan = plan_experiment(resolved)  # what is refused leaves no tracked run behind
    if dry_run:
        return out.result(plan.to_json(), lambda: describe_plan(plan, out.lang))
    track = not no_track and resolved.experiment.tracking.enabled
    return run_plan(out, plan, jobs=jobs, resume=resume, track=track, lang=out.lang)


def run_plan(out: Output, plan: Plan, *, jobs: int, resume: bool, track: bool, lang: Language) -> int:
    """Run what is planned, write and track it, and show it: the one way of every command that trains."""
    from responder.experiment import bundle_of, run_experiment
    from responder.experiment.write import dump_json, result_files
    from responder.project import project_root
    from responder.report import write_report
    from responder.score.storage import files_to_write, require_bundle_place
    from responder.staging import fill_folder, finish_swap, replacing

    project = project_root()
    resolved, wanted = plan.experiment, plan.experiment.experiment
    checkpoints = project / wanted.output.runs / CHECKPOINTS
    folder = project / wanted.output.runs / wanted.name
    place = project / (wanted.output.bundle or f"models/{wanted.name}")
    finish_swap(folder)
    require_bundle_place(place)
    if not resume:
        _forget(checkpoints / wanted.name)
    trouble: ResponderError | None = None
    run: TrackedRun | None = None
    with contextlib.ExitStack() as stack:
        stack.enter_context(ended_by_signals())
        if track:
            out.narrate(Phrase("step.open_store"))
            try:
                from responder.track import TrackedRun

                run = stack.enter_context(TrackedRun.start(resolved, project, plan.cohort.study.id, lang))
            except StoreUnavailableError as error:
                trouble = error
        result = run_experiment(plan, checkpoint=checkpoints / wanted.name, progress=out.narrate, jobs=jobs)
        out.narrate(Phrase("step.write_results"))
        tracked = run.to_json() if run is not None else {}
        more = {"tracked.json": dump_json(tracked)} if tracked else {}
        bundle = place if result.keeps_bundle else None
        with replacing(folder, place) as (new_run, new_bundle):
            fill_folder(new_run, {**result_files(result), **more})
            if bundle is not None:
                fill_folder(new_bundle, files_to_write(bundle_of(result), place))
            out.narrate(Phrase("step.draw"))
            write_report(result, new_run, tracked=tracked, languages=(lang,))
        if run is not None:
            out.narrate(Phrase("step.log"))
            try:
                run.log(result, folder, bundle)
            except StoreUnavailableError as error:
                trouble = error
    _forget(checkpoints / wanted.name)
    if result.failed_gates and trouble is None:
        trouble = GateNotMetError("gate_not_met", where=str(resolved.path), gates=result.failed_gates)
    payload = {
        "run": str(folder),
        "bundle": None if bundle is None else str(bundle),
        "tracked": run is not None and run.finished,
        "run_id": run.run_id if run is not None and run.finished else None,
        "seconds": {name: round(value, 3) for name, value in result.seconds.items()},
        "result": result.to_json(),
    }
    return out.result(payload, lambda: describe_result(result, folder, bundle, lang), error=trouble)


def _forget(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
