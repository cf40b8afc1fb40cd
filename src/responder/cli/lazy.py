"""A command group that imports a command's module only when that command runs."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click

from responder.cli.faults import run_guarded

__all__ = ["LazyCommand", "LazyGroup"]


class LazyCommand(NamedTuple):
    """Where a command lives, and its line of help."""

    module: str
    help: str


class LazyGroup(click.Group):
    """The top-level group.

    Parameters
    ----------
    sections : Mapping[str, Mapping[str, LazyCommand]]
        Heading of the help page -> command name -> where it lives. Each module holds a click command named
        ``command``.
    """

    def __init__(self, *, sections: Mapping[str, Mapping[str, LazyCommand]], **settings: Any) -> None:
        super().__init__(**settings)
        self.sections = sections
        self.table = {name: lazy for commands in sections.values() for name, lazy in commands.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the help page."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None where there is no such command."""
        if cmd_name not in self.table:
            return None
        command: click.Command = importlib.import_module(self.table[cmd_name].module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command named first in the arguments; an unknown one is told its nearest neighbours."""
        if args[0] not in self.table and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=self.table, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their headings, without importing any of them."""
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name, lazy.help) for name, lazy in commands.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and leave with the exit code of the outcome; see `responder.cli.faults`."""
        name = prog_name or "responder"
        if f"_{name.upper()}_COMPLETE" in os.environ:  # a shell asks what may follow
            return super().main(args, name, complete_var, standalone_mode, **extra)
        return run_guarded(self, args, name, **extra)
