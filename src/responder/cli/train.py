"""``responder train EXPERIMENT.toml``: the main job, from a table to a validated, explained, tracked model."""

from __future__ import annotations

import click

from responder.cli.options import words
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.cli.training import AskedExperiment, HowToRun, experiment_options, run_options, run_plan
from responder.errors import ConfigError


@click.command("train", cls=SpokenCommand)
@experiment_options("FILE")
@click.option("--tune", metavar="A,B")
@run_options
@common_options
def command(out: Output, asked: AskedExperiment, tune: str | None, how: HowToRun) -> int:
    """Train, validate, explain and track the models of an experiment."""
    from responder.experiment import plan_experiment

    resolved = asked.resolved({} if tune is None else {"tuning.models": tuple(words(tune) or ())})
    if resolved.experiment.landmark is not None:
        raise ConfigError("landmark_not_trained", where=asked.path, path=asked.path)
    return run_plan(out, plan_experiment(resolved), how)  # what is refused leaves no tracked run behind
