"""``responder COMMAND ...``: the console entry point and the table of commands.

To add a command, write ``responder/cli/<name>.py`` and add one line to `SECTIONS`::

    import click

    from responder.cli.output import Output, common_options


    @click.command("plan")
    @click.argument("study")
    @common_options
    def command(out: Output, study: str) -> int:
        \"\"\"Sample size of the next study.\"\"\"
        from responder.plan import sample_size  # heavy imports stay inside the function

        plan = sample_size(study, progress=out.narrate)
        return out.result(plan.to_json(), plan.text)

The module's public name is always ``command`` (a click command or group). The function parses, calls one
function of a lower floor, and shows what came back: `Output.result` writes the text, or the envelope
under ``--json``, and returns the exit code. A user's mistake is raised as a class of `responder.errors`;
nothing catches it but `responder.cli.faults`. The help line in the table repeats the first line of the
docstring, so that ``responder --help`` imports no command.
"""

from __future__ import annotations

import sys

import click

import responder
from responder.cli.lazy import LazyCommand, LazyGroup

__all__ = ["SECTIONS", "cli", "main"]

SECTIONS = {
    "Study and cohort": {
        "check": LazyCommand("responder.cli.check", "Check a cohort: what is in it, and what stands against using it."),
        "template": LazyCommand(
            "responder.cli.template", "Write an empty table for a study, or a REDCap data dictionary."
        ),
        "study": LazyCommand("responder.cli.study", "Studies: list them, show one, draft a new one."),
        "simulate": LazyCommand(
            "responder.cli.simulate",
            "Simulate a cohort with the effects that a study declares: can they be found again?",
        ),
        "reconstruct": LazyCommand(
            "responder.cli.reconstruct",
            "Find every cohort that fits published facts: how many, what pins them down, what they leave open.",
        ),
    },
    "A treated cohort": {
        "trial": LazyCommand(
            "responder.cli.trial",
            "Outcomes of a treated cohort by visit: endpoints, courses, safety, with exact intervals and figures.",
        ),
    },
    "The main job": {
        "train": LazyCommand("responder.cli.train", "Train, validate, explain and track the models of an experiment."),
    },
    "The next patient": {
        "score": LazyCommand(
            "responder.cli.score",
            "Score baseline profiles: probability with its interval, what it rests on, or why it is held back.",
        ),
        "explain": LazyCommand(
            "responder.cli.explain",
            "Explain a run or a bundle: attributions, ranks and their spread, hypotheses; one patient, one profile.",
        ),
        "validate": LazyCommand(
            "responder.cli.validate", "Validate a trained model in another cohort; nothing is refitted."
        ),
        "serve": LazyCommand("responder.cli.serve", "Serve the scoring form and the REST service."),
    },
    "The next study": {
        "plan": LazyCommand(
            "responder.cli.plan",
            "How many patients would settle it? Riley's criteria, and power by simulation with the project's own test.",
        ),
    },
    "Runs": {
        "runs": LazyCommand("responder.cli.runs", "Tracked runs: list them, show one, compare two."),
        "report": LazyCommand(
            "responder.cli.report",
            "Write the self-contained HTML report of a finished run, from the run's files alone.",
        ),
        "card": LazyCommand(
            "responder.cli.card",
            "Write the model card of a finished run: TRIPOD+AI filled from the run, asked of you, or MISSING.",
        ),
        "ui": LazyCommand("responder.cli.ui", "Open the MLflow UI on the project's runs."),
    },
    "This installation": {
        "doctor": LazyCommand(
            "responder.cli.doctor", "Say what is wrong with versions, store, locks and access, and how to mend it."
        ),
    },
}

cli = LazyGroup(
    name="responder",
    sections=SECTIONS,
    help="Which baseline traits predict response in a tiny cohort, and how far may that be believed?",
    epilog="Every command takes --json, --quiet and --debug. Exit codes: 0 done, 1 internal fault, "
    "2 usage or configuration, 3 data refused, 4 a gate not met, 5 scoring abstained, "
    "6 tracking store unavailable, 130 interrupted. Research use only; no treatment advice.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
click.version_option(responder.__version__, prog_name="responder", message="%(prog)s %(version)s")(cli)


def main() -> None:
    """Run the command line and leave with the exit code of the contract."""
    for stream in (sys.stdout, sys.stderr):
        # a terminal that cannot show a character gets its escape, never a crash
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli.main(prog_name="responder")


if __name__ == "__main__":
    main()
