"""``responder report RUN``: the page of a finished run."""

from __future__ import annotations

from pathlib import Path

import click

from responder.cli.output import Output, common_options
from responder.cli.settled import RUNS, settled
from responder.cli.spoken import SpokenCommand
from responder.errors import UsageError, did_you_mean
from responder.words import Phrase


@click.command("report", cls=SpokenCommand)
@click.argument("run", metavar="RUN")
@click.option("--out", "target", metavar="FILE")
@click.option("--shareable", is_flag=True)
@common_options
def command(out: Output, run: str, target: str | None, shareable: bool) -> int:
    """Write the report of a finished run."""
    from responder.files import write_atomically
    from responder.report import ReportInput, is_drawn_from, render_report, report_name
    from responder.words import Voice, say

    folder = run_folder(run)
    source = ReportInput.from_folder(folder, pseudonyms=shareable)
    path = Path(target) if target is not None else folder / report_name(out.lang, shareable=shareable)
    if target is None and is_drawn_from(path, source):
        out.narrate(say("report.command.there", out.lang))
    else:
        out.narrate(say("report.command.draw", out.lang))
        write_atomically(path, render_report(source, out.lang, shareable=shareable))
    words = Voice(out.lang, "report")
    answer = words.of(source.answer.lead)
    payload = {
        "run": str(folder),
        "report": str(path),
        "language": out.lang,
        "shareable": shareable,
        "answer": answer,
        "verdict": source.lead_sentence(words),
        "digest": source.digest,
    }
    return out.result(payload, f"{answer}\n{path}")


def run_folder(run: str) -> Path:
    """Return the folder of a run, given as a folder or by name.

    Raises
    ------
    UsageError
        If there is none.
    """
    from responder.project import project_root

    runs = project_root() / RUNS
    for folder in (Path(run), runs / run):
        if (settled(folder) / "result.json").is_file():
            return folder
    known = sorted(path.parent.name for path in runs.glob("*/result.json"))
    hint = did_you_mean(run, known) or (Phrase("hint.runs", {"names": tuple(known)}) if known else "")
    raise UsageError("no_run", where=str(runs), hint=hint, name=run)
