"""``responder COMMAND ...``: the console entry point and the table of commands.

To add a command, write ``responder/cli/<name>.py``, add the name to `SECTIONS` and its help to the catalogues
(``help.<name>.about``, and one sentence for each parameter)::

    import click

    from responder.cli.output import Output, common_options
    from responder.cli.spoken import SpokenCommand


    @click.command("plan", cls=SpokenCommand)
    @click.argument("study")
    @common_options
    def command(out: Output, study: str) -> int:
        from responder.plan import sample_size  # heavy imports stay inside the function

        plan = sample_size(study, progress=out.narrate)
        return out.result(plan.to_json(), lambda: describe(plan, out.lang))

The module's public name is always ``command`` (a `SpokenCommand` or a `SpokenGroup`). The function parses, calls one
function of a lower floor, and shows what came back: `Output.result` writes the text, or the envelope under ``--json``,
and returns the exit code. A user's mistake is raised as a class of `responder.errors`; nothing catches it but
`responder.cli.faults`. The line of a command in ``responder --help`` comes from the catalogue, so that no command is
imported for it.
"""

from __future__ import annotations

import sys

import click

import responder
from responder.cli.faults import open_streams
from responder.cli.language import lang_option
from responder.cli.lazy import LazyGroup
from responder.process import collect_seldom

__all__ = ["SECTIONS", "cli", "main"]

SECTIONS = {
    "cohort": ("check", "template", "study", "simulate", "reconstruct", "evidence"),
    "trial": ("eligible", "trial"),
    "train": ("workbench", "train", "landmark"),
    "next_patient": ("score", "explain", "validate", "across", "serve", "export"),
    "next_study": ("plan",),
    "runs": ("runs", "report", "card", "figures", "tables", "ui"),
    "installation": ("doctor",),
}

cli = LazyGroup(
    name="responder",
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
click.version_option(responder.__version__, prog_name="responder", message="%(prog)s %(version)s")(cli)
lang_option(cli)


def main() -> None:
    """Run the command line and leave with the exit code of the contract."""
    collect_seldom()
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        # a terminal that cannot show a character gets its escape, never a crash
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli.main(prog_name="responder")


if __name__ == "__main__":
    main()
