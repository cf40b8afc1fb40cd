"""``responder runs ls|show|diff``: what was run, from the tracking store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options
from responder.cli.table import table

if TYPE_CHECKING:
    from responder.track.runs import Difference, RunDetail, RunSummary

METRICS = ("lpo_auc", "permutation_p", "permutation_p_maxt", "brier_loo", "brier_skill_loo", "calibration_slope")
SHORT_ID = 8
LONGEST_VALUE = 60
SPREAD = ("lowest", "lower_quartile", "median", "upper_quartile", "highest")


@click.group("runs")
def command() -> None:
    """Tracked runs: list them, show one, compare two."""


@command.command("ls")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Newest runs to list.")
@common_options
def ls(out: Output, limit: int) -> int:
    """List the newest runs."""
    from responder.project import existing_store, project_root
    from responder.track.runs import list_runs

    runs = list_runs(existing_store(project_root()), limit)
    return out.result({"runs": [run.to_json() for run in runs]}, lambda: describe_list(runs))


@command.command("show")
@click.argument("run", default="latest")
@common_options
def show(out: Output, run: str) -> int:
    """Show one run with its models: RUN is latest, the beginning of an id, or a name."""
    from responder.project import existing_store, project_root
    from responder.track.runs import read_run

    detail = read_run(existing_store(project_root()), run)
    return out.result(detail.to_json(), lambda: describe(detail))


@command.command("diff")
@click.argument("first")
@click.argument("second", default="latest")
@common_options
def diff(out: Output, first: str, second: str) -> int:
    """Compare two runs: settings, versions, and the numbers of every model."""
    from responder.project import existing_store, project_root
    from responder.track.runs import compare_runs, read_run, same_cohort

    store = existing_store(project_root())
    one, other = read_run(store, first), read_run(store, second)
    found = compare_runs(one, other)
    payload = {
        "first": one.run.id,
        "second": other.run.id,
        "same_cohort": same_cohort(one, other),
        "differences": [d.to_json() for d in found],
    }
    return out.result(payload, lambda: describe_differences(one, other, found))


def describe_list(runs: tuple[RunSummary, ...]) -> str:
    """Return a line a run; the numbers are those of its primary model, or their range over an ensemble."""
    if not runs:
        return "no runs yet"
    rows = [
        (
            run.id[:SHORT_ID],
            run.name,
            run.started.replace("+00:00", "Z"),
            run.status.lower(),
            run.metrics.get("n"),
            _number_or_range(run.metrics, "lpo_auc"),
            _number_or_range(run.metrics, "permutation_p"),
            run.tags.get("verdict", "").replace("_", " "),
            run.tags.get("illustration", "").partition(":")[0],
        )
        for run in runs
    ]
    return table(("run", "name", "started", "status", "n", "LPO AUC", "p", "verdict", "illustrative"), rows)


def _number_or_range(metrics: Mapping[str, float], name: str) -> float | str | None:
    if f"{name}_lowest" not in metrics:
        return metrics.get(name)
    return f"{metrics[f'{name}_lowest']:.3g} to {metrics[f'{name}_highest']:.3g}"


def describe(detail: RunDetail) -> str:
    """Return a run's verdict, its models side by side, where it came from and what it left."""
    run = detail.run
    blocks = [f"{run.name}  {run.id}\n{run.started}  {run.status.lower()}  experiment {run.experiment}"]
    sentence = detail.description.partition("\n")[0].strip("* ")
    if sentence:
        blocks.append(sentence)
    if run.tags.get("illustration", "").startswith("illustrative"):
        blocks.append(run.tags["illustration"])
    ranges = [name.removesuffix("_lowest") for name in run.metrics if name.endswith("_lowest")]
    if ranges:
        rows = [(name, *(run.metrics.get(f"{name}_{part}") for part in SPREAD)) for name in ranges]
        head = (f"over {run.metrics['members']:.0f} members", *(part.replace("_", " ") for part in SPREAD))
        blocks.append(table(head, rows))
    if detail.models:
        rows = [
            (
                f"{model.name}{' *' if model.tags.get('primary') == 'true' else ''}",
                *(model.metrics.get(metric) for metric in METRICS),
                model.tags.get("verdict", "").replace("_", " "),
            )
            for model in detail.models
        ]
        blocks.append(f"{table(('model', *METRICS, 'verdict'), rows)}\n* named beforehand")
    tags = [(name, value) for name, value in run.tags.items() if name not in {"verdict", "illustration"}]
    if tags:
        blocks.append(table(("tag", "value"), tags))
    if detail.artifacts:
        blocks.append("artifacts: " + ", ".join(detail.artifacts))
    return "\n\n".join(blocks)


def describe_differences(first: RunDetail, second: RunDetail, found: tuple[Difference, ...]) -> str:
    """Return what was set differently, and the numbers of the models that both have; whether they may be compared."""
    from responder.track.runs import same_cohort

    runs = (first, second)
    names = tuple(f"{detail.run.name} {detail.run.id[:SHORT_ID]}" for detail in runs)
    if not found:
        return f"{names[0]} and {names[1]} do not differ"
    blocks = []
    if same_cohort(first, second) is False:
        sizes = " and ".join(f"{detail.run.metrics['n']:g}" for detail in runs if "n" in detail.run.metrics)
        patients = f" ({sizes} patients)" if " and " in sizes else ""
        blocks.append(f"Different cohorts{patients}: their numbers stand side by side and cannot be compared.")
    models = [{model.name for model in detail.models} for detail in runs]
    rows = [(d.what, d.name, _shown(d.first), _shown(d.second)) for d in found]
    set_up = [row for row in rows if row[0] in {"setting", "tag"}]
    numbers = [row for row in rows if row[0] in models[0] & models[1]]
    blocks += [table(("what", "name", *names), set_up)] if set_up else []
    blocks += [table(("model", "number", *names), numbers)] if numbers else []
    for name, own, others in zip(names, models, reversed(models), strict=True):
        if own - others:
            blocks.append(f"only in {name}: {', '.join(sorted(own - others))}")
    return "\n\n".join(blocks)


def _shown(value: str | float | None) -> str:
    if value is None:
        return "-"
    text = f"{value:.4g}" if isinstance(value, float) else value
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
