"""``responder tables RUN``: the tables of a finished run, for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from responder.cli.output import Output, common_options
from responder.cli.report import run_folder
from responder.cli.spoken import SpokenCommand


@click.command("tables", cls=SpokenCommand)
@click.argument("run", metavar="RUN")
@click.option(
    "--format", "formats", type=click.Choice(("csv", "xlsx", "docx", "html")), multiple=True, default=("docx",)
)
@click.option("--out", "target", metavar="DIR")
@common_options
def command(out: Output, run: str, formats: tuple[Any, ...], target: str | None) -> int:
    """Write the tables of a finished run for a paper."""
    from responder.report import ReportInput
    from responder.report.paper_tables import write_paper_tables

    folder = run_folder(run)
    place = Path(target) if target is not None else folder / "paper"
    written = write_paper_tables(ReportInput.from_folder(folder), place, tuple(dict.fromkeys(formats)), out.lang)
    paths = [str(path) for path in written]
    return out.result({"run": str(folder), "written": paths}, "\n".join(paths))
