"""Write the list of commands in ``docs/commands.md`` from the commands themselves; ``--check`` only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import click

from responder.cli.main import SECTIONS, cli

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
MARKER = "<!-- below this line: scripts/commands.py -->\n"
EVERYWHERE = frozenset({"--json", "--quiet", "--debug", "--help"})


def commands(name, command):
    """Return the command, or those of a group, with their full names."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        return [(f"{name} {sub}", command.get_command(context, sub)) for sub in command.list_commands(context)]
    return [(name, command)]


def describe(name, command):
    """Return the section of one command."""
    context = click.Context(command)
    arguments = [p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)]
    texts = [" ".join(part.split()) for part in command.help.split("\n\n")]
    lines = [f"### `{' '.join(['responder', name, *arguments])}`", "", *"\n\n".join(texts).splitlines(), ""]
    options = [p for p in command.params if isinstance(p, click.Option) and not EVERYWHERE & set(p.opts)]
    if options:
        lines += ["| option | meaning |", "|---|---|", *(row(option, context) for option in options), ""]
    return lines


def row(option, context):
    """Return an option as a row; a bar in a cell is escaped."""
    written, meaning = option.get_help_record(context)
    written = written.replace(" INTEGER RANGE", " N").replace(" TEXT", " NAME")
    cells = (f"`{written}`", meaning)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def page(text):
    """Return the page with its list written anew."""
    lines = []
    context = click.Context(cli)
    for section, names in SECTIONS.items():
        lines += [f"## {section}", ""]
        for name in names:
            for full, command in commands(name, cli.get_command(context, name)):
                lines += describe(full, command)
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
