"""``responder serve``: the scoring form and REST service on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from responder.cli.options import bundle_option, trained_bundle
from responder.cli.output import Output, common_options, print_error
from responder.cli.spoken import SpokenCommand
from responder.errors import ResponderError
from responder.words import say

if TYPE_CHECKING:
    from responder.score.bundle import Bundle

TOKEN_VARIABLE = "RESPONDER_TOKEN"  # noqa: S105 - the name of a variable, not a secret


@click.command("serve", cls=SpokenCommand)
@bundle_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--name", "names", multiple=True, metavar="NAME")
@click.option("--access-log", is_flag=True)
@common_options
def command(
    out: Output, bundle_path: str | None, port: int, host: str, names: tuple[str, ...], access_log: bool
) -> int:
    """Serve the scoring form and the REST service."""
    folder = trained_bundle(bundle_path)
    from responder.score.storage import load_bundle
    from responder.web.server import Address, serve

    address = Address(host, port, names, os.environ.get(TOKEN_VARIABLE, ""))
    bundle = load_bundle(folder)

    def announce(url: str) -> None:
        out.result({"url": url, "bundle": bundle.name, "pid": os.getpid()}, url)
        sys.stdout.flush()
        out.narrate.say(say("score.stop", out.lang))

    def reload() -> Bundle | None:
        try:
            found = load_bundle(folder)
        except ResponderError as error:  # the one that answers is better than none
            print_error(error, out.lang)
            return None
        out.narrate.say(say("score.reloaded", out.lang, name=found.name, model=found.model.id))
        return found

    def log(line: str) -> None:
        click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}", err=True)

    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how this command ends
        serve(bundle, address, announce, out.lang, reload=reload, log=log if access_log else None)
    return 0
