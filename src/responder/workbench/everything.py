"""Everything that the commands do: which of them has its page here, and the help of each."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.words import say
from responder.workbench.bench import Bench

__all__ = ["PAGES", "routes"]

PAGES = {
    "check": "describe",
    "study": "describe",
    "train": "commit",
    "workbench": "choose",
    "report": "read",
    "card": "read",
    "figures": "read",
    "tables": "read",
    "explain": "markers",
    "runs": "compare",
    "score": "score",
    "serve": "score",
    "trial": "analyses",
    "eligible": "analyses",
    "landmark": "analyses",
    "plan": "analyses",
}
"""Where in the workbench a command is done; the others are named with their help alone."""


@dataclass(frozen=True)
class Told:
    """A command: its name, what it does in one paragraph, where its page is, and its whole help."""

    name: str
    about: str
    page: str
    help: str


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this page."""

    async def show(request: Request) -> Response:
        sections = await bench.desk.run(_commands, bench.language_of(request))
        return bench.page(request, "everything.html.j2", sections=sections)

    return [bench.get("/everything", show)]


def _commands(language: str) -> list[tuple[str, list[Told]]]:
    """Return the commands under their headings, as the command line lists them."""
    import click

    from responder.cli.main import SECTIONS, cli
    from responder.cli.spoken import about

    top = click.Context(cli, info_name="responder", obj=language)
    found = []
    for section, names in SECTIONS.items():
        told = []
        for name in names:
            command = cli.get_command(top, name)
            assert command is not None
            inner = type(command).context_class(command, parent=top, info_name=name, obj=language)
            told.append(Told(name, about(top, name), PAGES.get(name, ""), command.get_help(inner)))
        found.append((say(f"help.section.{section}", language).rstrip(":："), told))
    return found
