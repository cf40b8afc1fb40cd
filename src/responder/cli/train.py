"""``responder train EXPERIMENT.toml``: the main job, from a table to a validated, explained, tracked model."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from responder.cli.options import lang_option, words
from responder.cli.output import Output, common_options
from responder.cli.table import table
from responder.errors import ResponderError, StoreUnavailableError

if TYPE_CHECKING:
    from responder.experiment import EnsembleResult, ExperimentResult, Plan
    from responder.track import TrackedRun

CHECKPOINTS = ".checkpoints"
SECONDS_BESIDE_FITS = 12  # of the reference cohort, on the machine of the nominal seconds


class GateNotMetError(ResponderError):
    """The run is done and kept, but a gate of the experiment was not met."""

    kind = "gate_not_met"
    exit_code = 4


@click.command("train")
@click.argument("experiment", metavar="EXPERIMENT.toml")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override a key, e.g. permutation.draws=199."
)
@click.option("--cohort", metavar="FILE", help="Another table than the experiment's.")
@click.option("--models", metavar="A,B", help="Only these models, beside the baseline.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes for slow models.")
@click.option("--dry-run", is_flag=True, help="Say what would be done: n, events, fits, labelings, time.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run; finished tests are not repeated.")
@click.option("--no-track", is_flag=True, help="Leave MLflow out; results are still written to disk.")
@lang_option
@common_options
def command(
    out: Output,
    experiment: str,
    settings: tuple[str, ...],
    cohort: str | None,
    models: str | None,
    jobs: int,
    dry_run: bool,
    resume: bool,
    no_track: bool,
    lang: Literal["en", "zh"],
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
    resolved = resolve_experiment(Path(experiment), flags=flags, settings=settings)
    plan = plan_experiment(resolved)  # what is refused leaves no tracked run behind
    if dry_run:
        return out.result(plan.to_json(), lambda: describe_plan(plan))
    track = not no_track and resolved.experiment.tracking.enabled
    return _train(out, plan, jobs=jobs, resume=resume, track=track, lang=lang)


def _train(out: Output, plan: Plan, *, jobs: int, resume: bool, track: bool, lang: Literal["en", "zh"]) -> int:
    from responder.experiment import export_bundle, run_experiment, write_result
    from responder.experiment.write import dump_json
    from responder.project import project_root
    from responder.report import write_report

    project = project_root()
    resolved, wanted = plan.experiment, plan.experiment.experiment
    checkpoints = project / wanted.output.runs / CHECKPOINTS
    if not resume:
        _forget(checkpoints / wanted.name)
    trouble: ResponderError | None = None
    run: TrackedRun | None = None
    with contextlib.ExitStack() as stack:
        if track:
            out.narrate("open the tracking store")
            try:
                from responder.track import TrackedRun

                run = stack.enter_context(TrackedRun.start(resolved, project, plan.cohort.study.id))
            except StoreUnavailableError as error:
                trouble = error
        result = run_experiment(plan, checkpoint=checkpoints / wanted.name, progress=out.narrate, jobs=jobs)
        out.narrate("write results")
        tracked = run.to_json() if run is not None else {}
        more = {"tracked.json": dump_json(tracked)} if tracked else None
        folder = write_result(result, project / wanted.output.runs / wanted.name, more)
        bundle = export_bundle(result, project / (wanted.output.bundle or f"models/{wanted.name}"))
        out.narrate("draw figures and report")
        write_report(result, folder, tracked=tracked, languages=(lang,))
        if run is not None:
            out.narrate("log to MLflow")
            try:
                run.log(result, folder, bundle)
            except StoreUnavailableError as error:
                trouble = error
    _forget(checkpoints / wanted.name)
    if result.failed_gates and trouble is None:
        trouble = GateNotMetError(
            f"gate not met: {'; '.join(result.failed_gates)}",
            where=str(resolved.path),
            hint="results are kept; see gates",
        )
    payload = {
        "run": str(folder),
        "bundle": str(bundle),
        "tracked": run is not None and run.finished,
        "run_id": run.run_id if run is not None and run.finished else None,
        "seconds": {name: round(value, 3) for name, value in result.seconds.items()},
        "result": result.to_json(),
    }
    return out.result(payload, lambda: describe_result(result, folder, bundle), error=trouble)


def _forget(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def describe_plan(plan: Plan) -> str:
    """Return what a run would do."""
    cohort = plan.cohort
    rows = []
    for pipeline in plan.pipelines:
        own = plan.permutations.get(pipeline.id)
        if own is None:
            rows.append((pipeline.id, "-", "-", "-"))
            continue
        labelings = f"{own.labelings:,} ({'all' if own.exact else 'random'})"
        pairs = f"{own.pairs:,} of {own.all_pairs:,}"
        rows.append((pipeline.id, labelings, pairs, f"{own.fits:,}"))
    events = f"{cohort.n} patients, {cohort.responders} events ({cohort.endpoint.label.en})"
    lines = [
        f"{plan.experiment.experiment.name}: {events}, {len(plan.table.feature_table.names)} features",
        *([cohort.illustration] if cohort.illustration else []),
        "",
        table(("model", "labelings", "pairs", "permutation fits (at most)"), rows),
        "",
        *_ensemble_plan(plan),
        f"at most {plan.fits:,} fits, nominally {max(plan.seconds, 0.1):.1f} s on one core",
        f"start, figures, report and tracking: some {SECONDS_BESIDE_FITS} s more",
    ]
    return "\n".join(lines)


def _ensemble_plan(plan: Plan) -> list[str]:
    if not plan.members:
        return []
    members, model = f"{plan.members:,} members x {plan.fits_a_member:,} fits", plan.experiment.experiment.primary_model
    return [f"ensemble: at most {members} of {model} = {plan.members * plan.fits_a_member:,} fits"]


def describe_ensemble(ensemble: EnsembleResult) -> str:
    """Return the range of the headline over an ensemble."""
    names = {"lpo_auc": "LPO AUC", "permutation_p": "p", "brier_skill_loo": "skill"}
    rows = [(names[r.name], *(_shown(None if v != v else v, 3) for v in r.spread)) for r in ensemble.ranges]
    head = (f"{ensemble.model} over {ensemble.members} members", "lowest", "quartile", "median", "quartile", "highest")
    verdicts = [(kind.replace("_", " "), number) for kind, number in ensemble.verdicts.items()]
    cohorts = ensemble.cohorts
    about = "" if cohorts["exhaustive"] else "about "
    fit = "1 cohort fits" if cohorts["count"] == 1 else f"{about}{cohorts['count']:,} cohorts fit"
    return "\n\n".join(
        (
            ensemble.verdict.sentence,
            f"{fit}: {ensemble.title}\n{ensemble.meaning}",
            table(head, rows),
            table(("verdict", "members"), verdicts),
        )
    )


def describe_result(result: ExperimentResult, folder: Path, bundle: Path) -> str:
    """Return the verdict, the models side by side, what carries the prediction, and where everything is."""
    cohort, primary = result.cohort, result.primary_model
    blocks = []
    if result.ensemble is not None:
        alone = "The given table alone, which is at most one of these cohorts:"
        blocks += [describe_ensemble(result.ensemble), alone]
    blocks.append(primary.verdict.sentence)
    if cohort.illustration:
        blocks.append(cohort.illustration)
    rows = []
    for model in result.models:
        numbers = model.metrics
        interval = f"{model.intervals[0].lower:.2f} to {model.intervals[0].upper:.2f}" if model.intervals else "-"
        rows.append(
            (
                f"{model.id}{' *' if model.id == result.primary else ''}",
                _shown(numbers.get("lpo_auc"), 3),
                interval,
                _shown(numbers.get("permutation_p"), 4),
                _shown(numbers.get("permutation_p_maxt"), 4),
                _shown(numbers.get("brier_loo"), 3),
                _shown(numbers.get("brier_skill_loo"), 2),
                model.verdict.kind.value.replace("_", " "),
            )
        )
    head = ("model", "LPO AUC", "95% interval", "p", "p max-T", "Brier", "skill", "verdict")
    blocks.append(
        f"{cohort.n} patients, {cohort.responders} responders ({cohort.endpoint.label.en})\n\n{table(head, rows)}\n"
        "* named beforehand. LPO: leave-pair-out. Skill: 1 - Brier / Brier of the prevalence."
    )
    if primary.intervals and primary.intervals[0].coverage is not None:
        blocks.append(f"The interval of {primary.id}: {primary.intervals[0].coverage.sentence}.")
    if primary.attributions is not None:
        blocks.append(_importance(result))
    severe = [f for f in result.findings if str(f.severity) != "note"]
    if severe:
        blocks.append("\n".join(f"{f.code} {f.severity}: {f.message} ({f.where})" for f in severe[:12]))
    places = {"results": folder, "report": folder / "report.html", "bundle": bundle}
    blocks.append("\n".join(f"{name:8} {_from_here(path)}" for name, path in places.items()))
    return "\n\n".join(blocks)


def _from_here(path: Path) -> str:
    """Return a path as one would type it from the working folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _importance(result: ExperimentResult) -> str:
    """Return the ranked table of traits of the primary model."""
    primary = result.primary_model
    assert primary.attributions is not None
    ranking = primary.attributions.by_trait().ranking()
    rows = [(str(r["name"]), f"{r['mean_absolute']:.3f}", str(r["direction"])) for r in ranking.to_dict("records")]
    title = f"What carries the prediction of {primary.id} (mean |SHAP|, logits, out of fold)"
    if {primary.verdict.kind.value, result.verdict.kind.value} != {"beats_chance"}:
        title += ": not shown to be more than chance"
    return f"{title}\n{table(('trait', 'mean |SHAP|', 'direction'), rows)}"


def _shown(value: float | None, decimals: int) -> str:
    # adding zero turns a rounded -0.00 into 0.00
    return "-" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"
