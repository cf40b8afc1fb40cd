"""What every command that trains takes and does: an experiment with its overrides, and the one way to run a plan."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from responder.cli.checkpoints import CHECKPOINTS, forget
from responder.cli.options import words
from responder.cli.output import Output
from responder.cli.trained import describe_plan, describe_result
from responder.cli.workers import processes_of, told_workers, workers_option
from responder.errors import ResponderError, StoreUnavailableError
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.experiment import Plan, ResolvedExperiment
    from responder.track import TrackedBeside

__all__ = ["AskedExperiment", "HowToRun", "experiment_options", "run_options", "run_plan"]

IMPORTED_BY_WORKERS = (
    "responder.cli.training",  # every one of them imports anew what the program was started by
    "responder.experiment.validating",
    "responder.models.trees_at_hand",
    "responder.report.figures",
)
"""In the order in which a run needs them."""

F = TypeVar("F", bound=Callable[..., Any])


class GateNotMetError(ResponderError):
    """The run is done and kept, but a gate of the experiment was not met."""

    kind = "gate_not_met"
    exit_code = 4


@dataclass(frozen=True)
class AskedExperiment:
    """An experiment as the command line names it: its file, and what overrides it."""

    path: str
    settings: tuple[str, ...]
    flags: Mapping[str, Any]

    def resolved(self, more: Mapping[str, Any] | None = None) -> ResolvedExperiment:
        """Read the experiment, with further flags of one command."""
        from responder.cli.runtime import ensure_libgomp
        from responder.experiment import resolve_experiment

        ensure_libgomp()
        return resolve_experiment(Path(self.path), flags={**self.flags, **(more or {})}, settings=self.settings)


@dataclass(frozen=True)
class HowToRun:
    """Options that say how a plan is run, and change nothing of what it finds."""

    workers: str | None
    dry_run: bool
    resume: bool
    no_track: bool


def experiment_options(table: str) -> Callable[[F], F]:
    """Give a command its experiment and the options that override it, as one `AskedExperiment` named ``asked``.

    Parameters
    ----------
    table : str
        What ``--cohort`` takes, as the help writes it.
    """

    def given_to(function: F) -> F:
        @click.argument("experiment", metavar="EXPERIMENT.toml")
        @click.option("--set", "settings", multiple=True, metavar="KEY=VALUE")
        @click.option("--cohort", metavar=table)
        @click.option("--models", metavar="A,B")
        @click.option("--pseudonyms", is_flag=True)
        @functools.wraps(function)
        def run(
            *args: Any,
            experiment: str,
            settings: tuple[str, ...],
            cohort: str | None,
            models: str | None,
            pseudonyms: bool,
            **kwargs: Any,
        ) -> Any:
            flags: dict[str, Any] = {}
            if cohort is not None:
                flags["cohort.path"] = cohort
            if models is not None:
                flags["models"] = tuple(dict.fromkeys(("prevalence", *(words(models) or ()))))
            if pseudonyms:
                flags["cohort.pseudonyms"] = True
            return function(*args, asked=AskedExperiment(experiment, settings, flags), **kwargs)

        return cast("F", run)

    return given_to


def run_options(function: F) -> F:
    """Give a command the options of `run_plan`, as one `HowToRun` named ``how``."""

    @workers_option
    @click.option("--dry-run", is_flag=True)
    @click.option("--resume", is_flag=True)
    @click.option("--no-track", is_flag=True)
    @functools.wraps(function)
    def run(*args: Any, workers: str | None, dry_run: bool, resume: bool, no_track: bool, **kwargs: Any) -> Any:
        if not dry_run:
            from responder.workers import prepared_processes

            prepared_processes(*IMPORTED_BY_WORKERS)  # while this process reads the table
        return function(*args, how=HowToRun(workers, dry_run, resume, no_track), **kwargs)

    return cast("F", run)


def run_plan(out: Output, plan: Plan, how: HowToRun) -> int:
    """Run what is planned, write and track it, and show it: the one way of every command that trains."""
    if how.dry_run:
        return out.result(plan.to_json(), lambda: describe_plan(plan, out.lang, processes_of(how.workers)))
    from responder.experiment import run_experiment
    from responder.experiment.export import bundle_place_files, named_patient_level
    from responder.experiment.write import dump_json, result_files
    from responder.project import project_root
    from responder.report import ReportInput, answers_beside, write_report
    from responder.score.storage import require_bundle_place
    from responder.staging import fill_folder, finish_swap, replacing
    from responder.workers import prepared_processes

    project = project_root()
    resolved, wanted = plan.experiment, plan.experiment.experiment
    checkpoint = project / wanted.output.runs / CHECKPOINTS / wanted.name
    folder = project / wanted.output.runs / wanted.name
    place = project / (wanted.output.bundle or f"models/{wanted.name}")
    finish_swap(folder)
    require_bundle_place(place)
    if not how.resume:
        forget(checkpoint)
    trouble: ResponderError | None = None
    tracked: TrackedBeside | None = None
    with contextlib.ExitStack() as stack:
        if wanted.tracking.enabled and not how.no_track:
            out.narrate(Phrase("step.open_store"))
            from responder.track import TrackedBeside, TrackedRun

            start = functools.partial(TrackedRun.start, resolved, project, plan.cohort.study.id, out.lang)
            tracked = stack.enter_context(TrackedBeside(start))
        workers = stack.enter_context(told_workers(out, how.workers))
        result = run_experiment(plan, checkpoint=checkpoint, progress=out.narrate, workers=workers)
        out.narrate(Phrase("step.write_results"))
        run = None if tracked is None else tracked.run
        more = {} if run is None else {"tracked.json": dump_json(run.to_json())}
        if tracked is not None:
            tracked.log_models(result)
        noted = resolved.path.with_suffix(".changed.json")  # beside the plan: what was changed since it was stamped
        more |= {"changed.json": noted.read_text(encoding="utf-8")} if noted.is_file() else {}
        bundle = place if result.no_bundle is None else None
        with replacing(folder, place) as (new_run, new_bundle):
            in_bundle = bundle_place_files(result, place)
            holds = named_patient_level(in_bundle)
            files = {**result_files(result), **more, "bundle_holds.json": dump_json(holds)}
            fill_folder(new_run, files)
            fill_folder(new_bundle, in_bundle)
            out.narrate(Phrase("step.draw"))
            source, answers = ReportInput.from_files(files, result.name), answers_beside(resolved.path)
            write_report(source, new_run, answers=answers, languages=(out.lang,), workers=prepared_processes())
        if tracked is not None:
            out.narrate(Phrase("step.log"))
            try:
                tracked.log_files(result, folder, bundle)
            except StoreUnavailableError as error:
                trouble = error
    forget(checkpoint)
    if result.failed_gates and trouble is None:
        trouble = GateNotMetError("gate_not_met", where=str(resolved.path), gates=result.failed_gates)
    is_tracked = run is not None and run.finished

    def payload() -> dict[str, Any]:
        return {
            "run": str(folder),
            "bundle": None if bundle is None else str(bundle),
            "tracked": is_tracked,
            "run_id": run.run_id if run is not None and is_tracked else None,
            "seconds": {name: round(value, 3) for name, value in result.seconds.items()},
            "result": result.to_json(),
        }

    return out.result(payload, lambda: describe_result(result, folder, bundle, out.lang), error=trouble)
