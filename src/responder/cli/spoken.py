"""Commands whose help stands in the catalogue of words.

``help.PATH.about`` says what a command does (its first paragraph is its line in a list), ``help.PATH.PARAMETER`` what a
parameter means, or ``help.common.PARAMETER`` where that is the same everywhere: ``help.study.init.target``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from responder.cli.language import language_of
from responder.cli.page import PageFormatter
from responder.cli.usage import is_range, range_of
from responder.errors import UsageError
from responder.words import knows, said, say

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["COMMAND_KEY", "SpokenCommand", "SpokenGroup", "about", "meaning"]

COMMAND_KEY = "responder.command"
"""Key of `click.Context.meta` under which the path of the command being run is kept."""


def about(context: click.Context, name: str = "") -> str:
    """Return what the command of a context does, or in one paragraph what the command named below it does."""
    text = say(f"{_key(context)}{f'.{name}' if name else ''}.about", language_of(context))
    return text.partition("\n\n")[0] if name else text


def meaning(context: click.Context, parameter: click.Parameter) -> str:
    """Return what a parameter of the command of a context means, with its default and range."""
    language = language_of(context)
    name = "help" if "--help" in parameter.opts else parameter.name
    own = f"{_key(context)}.{name}"
    text = say(own if knows(own) else f"help.common.{name}", language)
    extra = parameter.get_help_extra(context) if isinstance(parameter, click.Option) else {}
    parts = [say("help.default", language, value=extra["default"])] if "default" in extra else []
    parts += [said(range_of(parameter.type), language)] if is_range(parameter.type) else []
    parts += [say("help.required", language)] if "required" in extra else []
    return (
        say("help.with_extra", language, text=text, extra=say("help.between", language).join(parts)) if parts else text
    )


class _SpokenContext(click.Context):
    formatter_class = PageFormatter


class SpokenCommand(click.Command):
    """A command that says its help in the language of its command line."""

    context_class = _SpokenContext
    allow_extra_args = True  # they are refused here, by name

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; what the parser complains of is told with its command."""
        ctx.meta[COMMAND_KEY] = ctx.command_path
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if rest and not isinstance(self, click.Group) and not ctx.resilient_parsing:
            raise UsageError(
                "extra_arguments", where=ctx.command_path, names=rest, n=len(rest), command=ctx.command_path
            )
        return rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is called."""
        prefix = say("help.usage", language_of(ctx))
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(about(ctx))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the options mean."""
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        rows = [(record[0], meaning(ctx, o)) for o in options if (record := o.get_help_record(ctx)) is not None]
        with formatter.section(say("help.options", language_of(ctx))):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may follow, with what it means."""
        for option in (parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)):
            option.help = meaning(ctx, option)
        return super().shell_complete(ctx, incomplete)


class SpokenGroup(SpokenCommand, click.Group):
    """A group of commands that say their help in the language of the command line."""

    command_class = SpokenCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the options mean, and the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, without importing any of them."""
        with formatter.section(say("help.commands", language_of(ctx))):
            formatter.write_dl(self.rows(ctx, self.list_commands(ctx)))

    def rows(self, ctx: click.Context, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return names of commands, each with what it does."""
        return [(name, about(ctx, name)) for name in names]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that may follow, without importing a command."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=said_about) for name, said_about in self.rows(ctx, names)]
        return [*found, *(item for item in super().shell_complete(ctx, incomplete) if item.value.startswith("-"))]


def _key(context: click.Context) -> str:
    names: list[str] = []
    while context.parent is not None:
        names.append(str(context.info_name))
        context = context.parent
    return ".".join(["help", *reversed(names)])
