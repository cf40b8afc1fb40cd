"""``responder workbench``: local pages that lead from a file to a report, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import click

from responder.cli.output import Output, common_options
from responder.cli.screen import has_a_screen
from responder.cli.spoken import SpokenCommand
from responder.words import say


@click.command("workbench", cls=SpokenCommand)
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True)
@click.option("--no-browser", is_flag=True)
@common_options
def command(out: Output, port: int, no_browser: bool) -> int:
    """Open the workbench."""
    from responder.cli.runtime import ensure_libgomp
    from responder.project import project_root

    ensure_libgomp()
    from responder.web.server import Address, run_app
    from responder.workbench import Door, create_workbench
    from responder.workbench.bench import Bench

    os.chdir(project_root())  # files are told as one would type them there
    door = Door()
    app = create_workbench(Bench.of_project(Path(), door, out.lang))

    def announce(url: str) -> None:
        link = f"{url}{door.link}&lang={out.lang}"
        out.result({"url": link, "pid": os.getpid()}, link)
        sys.stdout.flush()
        out.narrate.say(say("workbench.command.stop", out.lang))
        if not no_browser and has_a_screen():
            import webbrowser

            webbrowser.open(link)

    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how this command ends
        run_app(app, Address(port=port), announce)
    return 0
