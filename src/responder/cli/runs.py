"""``responder runs ls|show|diff``: what was run, from the tracking store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenGroup
from responder.cli.table import table
from responder.words import Language, Voice, knows, say

if TYPE_CHECKING:
    from responder.track.runs import Difference, RunDetail, RunSummary

METRICS = ("lpo_auc", "permutation_p", "permutation_p_maxt", "brier_loo", "brier_skill_loo", "calibration_slope")
SHORT_ID = 8
LONGEST_VALUE = 60
SHOWN_ABOVE = {"verdict", "verdict_code", "verdict_count", "verdict_of", "verdict_scope", "illustration"}
SPREAD = ("lowest", "lower_quartile", "median", "upper_quartile", "highest")


@click.group("runs", cls=SpokenGroup)
def command() -> None:
    """List tracked runs, show one, compare two."""


@command.command("ls")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@common_options
def ls(out: Output, limit: int) -> int:
    """List the newest runs."""
    from responder.project import existing_store, project_root
    from responder.track.runs import list_runs

    runs = list_runs(existing_store(project_root()), limit)
    return out.result({"runs": [run.to_json() for run in runs]}, lambda: describe_list(runs, out.lang))


@command.command("show")
@click.argument("run", default="latest")
@common_options
def show(out: Output, run: str) -> int:
    """Show one run with its models."""
    from responder.project import existing_store, project_root
    from responder.track.runs import read_run

    detail = read_run(existing_store(project_root()), run)
    return out.result(detail.to_json(), lambda: describe(detail, out.lang))


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
    return out.result(payload, lambda: describe_differences(one, other, found, out.lang))


def describe_list(runs: tuple[RunSummary, ...], lang: Language = "en") -> str:
    """Return a line for each run; the numbers are those of its primary model, or their range over an ensemble."""
    tell = Voice(lang, "runs")
    if not runs:
        return tell("none")
    rows = [
        (
            run.id[:SHORT_ID],
            run.name,
            run.started.replace("+00:00", "Z"),
            tell(f"status.{run.status.lower()}"),
            run.metrics.get("n"),
            _number_or_range(run.metrics, "lpo_auc", lang),
            _number_or_range(run.metrics, "permutation_p", lang),
            _verdict_at(run.tags, lang),
            tell("illustrative") if _is_illustrative(run) else "",
        )
        for run in runs
    ]
    heads = ("run", "name", "started", "state", "n", "auc", "p", "verdict", "illustrative")
    return table([tell(f"head.{head}") for head in heads], rows)


def _verdict_at(tags: Mapping[str, str], lang: Language) -> str:
    """Return the verdict of a run; of a landmark, with the week at which its values are known."""
    told = _verdict(tags, lang)
    week = tags.get("known_at_week", "")
    return say("runs.at_week", lang, verdict=told, week=week) if week else told


def _number_or_range(metrics: Mapping[str, float], name: str, lang: Language) -> float | str | None:
    if f"{name}_lowest" not in metrics:
        return metrics.get(name)
    return say("span", lang, lower=f"{metrics[f'{name}_lowest']:.3g}", upper=f"{metrics[f'{name}_highest']:.3g}")


def _is_illustrative(run: RunSummary) -> bool:
    return run.tags.get("illustration", "").startswith("illustrative")


def _verdict(tags: Mapping[str, str], lang: Language) -> str:
    """Return the verdict that a run is tagged with: of a model, of an ensemble, or of a model in one table of it.

    Nothing is said of runs that were tracked before the verdict's code was a tag of its own.
    """
    code = tags.get("verdict_code", "")
    if not knows(f"verdict.{code}"):
        return ""
    told = say(f"verdict.{code}", lang)
    if "verdict_count" in tags:
        share = say("count_of", lang, count=tags["verdict_count"], of=tags["verdict_of"])
        told = say("runs.in_members", lang, verdict=told, share=share)
    return say("runs.of_one_table", lang, verdict=told) if tags.get("verdict_scope") == "one_table" else told


def describe(detail: RunDetail, lang: Language = "en") -> str:
    """Return a run's verdict, its models side by side, where it came from and what it left."""
    tell, run = Voice(lang, "runs"), detail.run
    status = tell(f"status.{run.status.lower()}")
    blocks = [
        tell("title", name=run.name, id=run.id, started=run.started, status=status, experiment=run.experiment),
        detail.description.partition("\n")[0].strip("* "),
        run.tags["illustration"] if _is_illustrative(run) else "",
    ]
    ranges = [name.removesuffix("_lowest") for name in run.metrics if name.endswith("_lowest")]
    if ranges:
        rows = [(name, *(run.metrics.get(f"{name}_{part}") for part in SPREAD)) for name in ranges]
        head = tell("over_members", members=int(run.metrics["members"]))
        blocks.append(table((head, *(tell(f"spread.{part}") for part in SPREAD)), rows))
    if detail.models:
        rows = [
            (
                f"{model.name}{' *' if model.tags.get('primary') == 'true' else ''}",
                *(model.metrics.get(metric) for metric in METRICS),
                _verdict(model.tags, lang),
            )
            for model in detail.models
        ]
        shown = table((tell("head.model"), *METRICS, tell("head.verdict")), rows)
        blocks.append(f"{shown}\n{tell('named_beforehand')}")
    tags = [(name, value) for name, value in run.tags.items() if name not in SHOWN_ABOVE]
    if tags:
        blocks.append(table((tell("head.tag"), tell("head.value")), tags))
    if detail.artifacts:
        blocks.append(tell("artifacts", names=detail.artifacts))
    return "\n\n".join(filter(None, blocks))


def describe_differences(
    first: RunDetail, second: RunDetail, found: tuple[Difference, ...], lang: Language = "en"
) -> str:
    """Return what was set differently, and the numbers of the models that both have; whether they may be compared."""
    from responder.track.runs import same_cohort

    tell, runs = Voice(lang, "runs"), (first, second)
    names = tuple(f"{detail.run.name} {detail.run.id[:SHORT_ID]}" for detail in runs)
    if not found:
        return tell("no_difference", runs=names)
    blocks = []
    if same_cohort(first, second) is False:
        sizes = tuple(f"{detail.run.metrics['n']:g}" for detail in runs if "n" in detail.run.metrics)
        blocks.append(tell("other_cohorts", sizes=sizes) if len(sizes) > 1 else tell("other_cohort"))
    models = [{model.name for model in detail.models} for detail in runs]
    rows = [(d.what, d.name, _shown(d.first), _shown(d.second)) for d in found]
    set_up = [(tell(f"head.{what}"), *rest) for what, *rest in rows if what in {"setting", "tag"}]
    numbers = [row for row in rows if row[0] in models[0] & models[1]]
    blocks += [table((tell("head.what"), tell("head.name"), *names), set_up)] if set_up else []
    blocks += [table((tell("head.model"), tell("head.number"), *names), numbers)] if numbers else []
    for name, own, others in zip(names, models, reversed(models), strict=True):
        if own - others:
            blocks.append(tell("only_in", run=name, models=sorted(own - others)))
    return "\n\n".join(blocks)


def _shown(value: str | float | None) -> str:
    if value is None:
        return "-"
    text = f"{value:.4g}" if isinstance(value, float) else value
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
