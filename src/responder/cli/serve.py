"""``responder serve``: the scoring form and REST service on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import sys

import click

from responder.cli.options import bundle_option, trained_bundle
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.words import say

TOKEN_VARIABLE = "RESPONDER_TOKEN"  # noqa: S105 - the name of a variable, not a secret


@click.command("serve", cls=SpokenCommand)
@bundle_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--name", "names", multiple=True, metavar="NAME")
@common_options
def command(out: Output, bundle_path: str | None, port: int, host: str, names: tuple[str, ...]) -> int:
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

    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how this command ends
        serve(bundle, address, announce, out.lang)
    return 0
