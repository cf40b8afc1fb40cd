"""``responder landmark EXPERIMENT.toml``: what is known early on treatment, as predictor of later response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.cli.trained import landmark_lines
from responder.cli.training import AskedExperiment, HowToRun, experiment_options, run_options, run_plan
from responder.errors import ConfigError
from responder.words import Language, say

if TYPE_CHECKING:
    from responder.cohort import Cohort


@click.command("landmark", cls=SpokenCommand)
@experiment_options("VISITS")
@run_options
@common_options
def command(out: Output, asked: AskedExperiment, how: HowToRun) -> int:
    """Train, validate and explain models on what is known at a landmark, in those not yet responding by then."""
    from responder.experiment.plan import open_landmark, plan_cohort

    resolved = asked.resolved()
    if resolved.experiment.landmark is None:
        raise ConfigError("landmark_no_section", where=asked.path, path=asked.path)
    patients = open_landmark(resolved)
    if _too_few(patients):
        payload = {"estimable": False, "cohort": patients.to_json()}
        return out.result(payload, lambda: _nothing(patients, out.lang))
    patients.findings.raise_if_refused()
    return run_plan(out, plan_cohort(resolved, patients), how)


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
