"""``responder workbench``: local pages that lead from a file to a report, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options
from responder.cli.screen import has_a_screen
from responder.cli.spoken import SpokenCommand
from responder.errors import UsageError, did_you_mean
from responder.words import say

if TYPE_CHECKING:
    from responder.workbench.work import Works


@click.command("workbench", cls=SpokenCommand)
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True)
@click.option("--no-browser", is_flag=True)
@click.option("--run", default="")
@common_options
def command(out: Output, port: int, no_browser: bool, run: str) -> int:
    """Open the workbench."""
    from responder.cli.runtime import ensure_libgomp
    from responder.project import project_root

    ensure_libgomp()
    from responder.web.server import Address, run_app
    from responder.workbench import Door, create_workbench
    from responder.workbench.bench import Bench

    os.chdir(project_root())  # files are told as one would type them there
    door = Door()
    bench = Bench.of_project(Path(), door, out.lang)
    begin = _begin_at(bench.works, run)
    app = create_workbench(bench)

    def announce(url: str) -> None:
        link = f"{url}{door.link}&lang={out.lang}{begin}"
        out.result({"url": link, "pid": os.getpid()}, link)
        sys.stdout.flush()
        out.narrate.say(say("workbench.command.stop", out.lang))
        if not no_browser and has_a_screen():
            import webbrowser

            webbrowser.open(link)

    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how this command ends
        run_app(app, Address(port=port), announce)
    return 0


def _begin_at(works: Works, name: str) -> str:
    """Return what the link says of where to begin; nothing where no name is given."""
    if not name:
        return ""
    if works.get(name) is None:
        names = [work.name for work in works]
        near = did_you_mean(name, names)
        raise UsageError("workbench_no_work", where="--run", hint=near or "", name=name, names=names)
    return f"&run={name}"
