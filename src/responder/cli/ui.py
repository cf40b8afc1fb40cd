"""``responder ui``: the MLflow UI on the project's store, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options
from responder.cli.screen import has_a_screen
from responder.cli.spoken import SpokenCommand
from responder.errors import StoreUnavailableError
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.track.server import MlflowServer


@click.command("ui", cls=SpokenCommand)
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--experiment", metavar="NAME")
@click.option("--no-browser", is_flag=True)
@common_options
def command(out: Output, port: int | None, experiment: str | None, no_browser: bool) -> int:
    """Open the MLflow UI on the project's runs."""
    from responder.project import existing_store, project_root
    from responder.track.abandoned import close_abandoned_of
    from responder.track.database import opening
    from responder.track.server import MlflowServer, choose_port

    root = project_root()
    store = existing_store(root)
    with contextlib.suppress(Exception):  # what is wrong with the store, the server says
        close_abandoned_of(store)
    if store.startswith(("http://", "https://")):  # a server of somebody else is there already
        return _show(out, MlflowServer(store), experiment, no_browser)
    chosen = choose_port(port)
    with opening(store):  # what does not answer is told in seconds
        out.narrate(Phrase("ui.starting"))
    running = MlflowServer.running(store, root, chosen)
    # Ctrl-C is how this command ends
    with running as server, contextlib.suppress(KeyboardInterrupt):
        _show(out, server, experiment, no_browser)
        out.narrate.say(Phrase("ui.how_to_stop"))
        server.wait()
        raise StoreUnavailableError("mlflow_stopped", where=server.url)
    return 0


def _show(out: Output, server: MlflowServer, experiment: str | None, no_browser: bool) -> int:
    url = server.experiment_url(experiment)
    code = out.result({"url": url, "pid": server.pid}, url)
    sys.stdout.flush()
    if not no_browser and has_a_screen():
        import webbrowser

        webbrowser.open(url)
    return code
