"""Write the list of commands in ``docs/commands.md`` from the commands themselves; ``--check`` only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import click

from responder.cli.main import SECTIONS, cli
from responder.cli.spoken import about, meaning
from responder.words import say

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
MARKER = "<!-- below this line: scripts/commands.py -->\n"
EVERYWHERE = frozenset({"--lang", "--json", "--quiet", "--debug", "--help"})


def contexts(parent, name):
    """Return the context of a command, or of those of a group."""
    command = parent.command.get_command(parent, name)
    context = click.Context(command, parent, name)
    if isinstance(command, click.Group):
        return [found for sub in command.list_commands(context) for found in contexts(context, sub)]
    return [context]


def describe(context):
    """Return the section of one command."""
    command = context.command
    arguments = [p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)]
    texts = [" ".join(part.split()) for part in about(context).split("\n\n")]
    lines = [f"### `{' '.join([context.command_path, *arguments])}`", "", *"\n\n".join(texts).splitlines(), ""]
    options = [p for p in command.params if isinstance(p, click.Option) and not EVERYWHERE & set(p.opts)]
    if options:
        lines += ["| option | meaning |", "|---|---|", *(row(option, context) for option in options), ""]
    return lines


def row(option, context):
    """Return an option as a row; a bar in a cell is escaped."""
    written, _ = option.get_help_record(context)
    written = written.replace(" INTEGER RANGE", " N").replace(" TEXT", " NAME")
    cells = (f"`{written}`", meaning(context, option))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def page(text):
    """Return the page with its list written anew."""
    lines = []
    context = click.Context(cli, info_name="responder", obj="en")
    for section, names in SECTIONS.items():
        lines += [f"## {say(f'help.section.{section}').rstrip(':')}", ""]
        for name in names:
            for found in contexts(context, name):
                lines += describe(found)
    head = text.partition(MARKER)[0]
    return head + MARKER + "\n" + "\n".join(lines).rstrip() + "\n"


def main():
    """Write or check the page; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the list of commands in docs/commands.md.")
    parser.add_argument("--check", action="store_true", help="compare with the page")
    options = parser.parse_args()
    text = PAGE.read_text(encoding="utf-8")
    new = page(text)
    if options.check and new != text:
        print("docs/commands.md is not what the commands say; fix it: python scripts/commands.py", file=sys.stderr)
        return 1
    if new != text:
        PAGE.write_text(new, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
