"""``responder figures RUN``: the figures of a finished run, for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from responder.cli.output import Output, common_options
from responder.cli.report import run_folder
from responder.cli.spoken import SpokenCommand

FEWEST_DOTS, MOST_DOTS = 300, 1200


@click.command("figures", cls=SpokenCommand)
@click.argument("run", metavar="RUN")
@click.option("--format", "formats", type=click.Choice(("pdf", "svg", "png")), multiple=True, default=("pdf",))
@click.option("--width", "width_mm", type=click.Choice(("89", "120", "183")), default="183")
@click.option("--dpi", type=click.IntRange(FEWEST_DOTS, MOST_DOTS), default=FEWEST_DOTS)
@click.option("--no-caption", is_flag=True)
@click.option("--out", "target", metavar="DIR")
@common_options
def command(
    out: Output, run: str, formats: tuple[Any, ...], width_mm: str, dpi: int, no_caption: bool, target: str | None
) -> int:
    """Write the figures of a finished run for a paper."""
    from responder.report import ReportInput
    from responder.report.paper_figures import write_paper_figures
    from responder.report.style import Paper
    from responder.words import say

    folder = run_folder(run)
    place = Path(target) if target is not None else folder / "paper"
    out.narrate(say("paper.draw", out.lang, folder=str(place)))
    paper = Paper(float(width_mm), caption=not no_caption)
    source = ReportInput.from_folder(folder)
    written = write_paper_figures(
        source, place, paper, tuple(dict.fromkeys(formats)), dots_per_inch=dpi, language=out.lang
    )
    paths = [str(path) for path in written]
    payload = {
        "run": str(folder), "width_mm": float(width_mm), "dpi": dpi, "caption": not no_caption, "written": paths
    }  # fmt: skip
    return out.result(
        payload, "\n".join([*paths, "", say("paper.captions", out.lang)]) if no_caption else "\n".join(paths)
    )
