"""A command group that imports a command's module only when that command runs."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from responder.cli.faults import run_guarded
from responder.cli.language import language_of
from responder.cli.spoken import SpokenGroup
from responder.words import say

__all__ = ["LazyGroup"]


class LazyGroup(SpokenGroup):
    """The top-level group.

    Parameters
    ----------
    sections : Mapping[str, Sequence[str]]
        Part of the help page, whose heading is ``help.section.PART`` of the catalogue -> names of its commands. The
        command NAME is the object named ``command`` of the module ``responder.cli.NAME``.
    """

    def __init__(self, *, sections: Mapping[str, Sequence[str]], **settings: Any) -> None:
        super().__init__(**settings)
        self.sections = sections
        self.names = [name for names in sections.values() for name in names]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the help page."""
        return self.names

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None where there is no such command."""
        if cmd_name not in self.names:
            return None
        command: click.Command = importlib.import_module(f"responder.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command named first in the arguments; an unknown one is told its nearest neighbours."""
        if args[0] not in self.names and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=self.names, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their headings, without importing any of them."""
        for section, names in self.sections.items():
            with formatter.section(say(f"help.section.{section}", language_of(ctx))):
                formatter.write_dl(self.rows(ctx, names))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what holds for every command."""
        formatter.write_paragraph()
        formatter.write_text(say("help.epilog", language_of(ctx)))

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
