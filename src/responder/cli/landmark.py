"""``responder landmark EXPERIMENT.toml``: what is known early on treatment, as predictor of later response."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.options import words
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.cli.train import run_plan
from responder.cli.trained import describe_plan, landmark_lines
from responder.errors import ConfigError
from responder.words import Language, say

if TYPE_CHECKING:
    from responder.cohort import Cohort


@click.command("landmark", cls=SpokenCommand)
@click.argument("experiment", metavar="EXPERIMENT.toml")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE")
@click.option("--cohort", metavar="VISITS")
@click.option("--models", metavar="A,B")
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
    jobs: int,
    dry_run: bool,
    resume: bool,
    no_track: bool,
) -> int:
    """Train, validate and explain models on what is known at a landmark, in those not yet responding by then."""
    from responder.cli.runtime import ensure_libgomp
    from responder.experiment import resolve_experiment
    from responder.experiment.plan import open_landmark, plan_cohort

    ensure_libgomp()
    flags: dict[str, Any] = {}
    if cohort is not None:
        flags["cohort.path"] = cohort
    if models is not None:
        flags["models"] = tuple(dict.fromkeys(("prevalence", *(words(models) or ()))))
    resolved = resolve_experiment(Path(experiment), flags=flags, settings=settings)
    if resolved.experiment.landmark is None:
        raise ConfigError("landmark_no_section", where=experiment, path=experiment)
    patients = open_landmark(resolved)
    if _too_few(patients):
        payload = {"estimable": False, "cohort": patients.to_json()}
        return out.result(payload, lambda: _nothing(patients, out.lang))
    patients.findings.raise_if_refused()
    plan = plan_cohort(resolved, patients)
    if dry_run:
        return out.result(plan.to_json(), lambda: describe_plan(plan, out.lang))
    track = not no_track and resolved.experiment.tracking.enabled
    return run_plan(out, plan, jobs=jobs, resume=resume, track=track, lang=out.lang)


def _too_few(cohort: Cohort) -> bool:
    """Return whether nothing but the number of patients left stands against the analysis."""
    from responder.cohort.checks.size import ONE_CLASS, TOO_FEW

    refused = {finding.code for finding in cohort.findings.refused}
    return bool(refused) and refused <= {TOO_FEW.code, ONE_CLASS.code}


def _nothing(cohort: Cohort, lang: Language) -> str:
    """Return that nothing can be estimated, and where the patients went."""
    from responder.cohort.checks.size import FEWEST_PATIENTS

    counts = {"n": cohort.n, "responders": cohort.responders, "needed": FEWEST_PATIENTS}
    told = say("landmark.nothing", lang, week=cohort.study.known_at_week, **counts)
    return "\n".join([told, "", *landmark_lines(cohort, lang)])
