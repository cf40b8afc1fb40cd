"""The top-level command: help, version, laziness, mistakes in the command line."""

from __future__ import annotations

import importlib
import subprocess
import sys

import click
import pytest

from responder.cli.main import SECTIONS, cli
from responder.cli.spoken import SpokenCommand
from responder.words import say

HEAVY = {"numpy", "pandas", "sklearn", "mlflow", "pydantic", "rich"}
COMMANDS = [name for names in SECTIONS.values() for name in names]


def python(*arguments, environment):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)


def test_help_imports_no_command_and_nothing_heavy(environment):
    code = (
        "from responder.cli.main import cli\n"
        "import sys\n"
        "try: cli.main(['--help'], prog_name='responder')\n"
        "except SystemExit as leave: assert leave.code == 0\n"
        "print(*sys.modules)"
    )
    loaded = set(python("-c", code, environment=environment).stdout.split())
    assert "responder.cli.main" in loaded
    assert not loaded & {f"responder.cli.{name}" for name in COMMANDS}
    assert not loaded & HEAVY


@pytest.mark.parametrize("name", COMMANDS)
def test_the_module_of_a_command_has_its_name(name):
    command = importlib.import_module(f"responder.cli.{name}").command
    assert isinstance(command, SpokenCommand)
    assert command.name == name


def leaves(command, path):
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from leaves(child, [*path, name])
    else:
        yield path, command


ALL_LEAVES = [leaf for name in COMMANDS for leaf in leaves(cli.get_command(None, name), [name])]


@pytest.mark.parametrize(("path", "command"), ALL_LEAVES, ids=[" ".join(path) for path, _ in ALL_LEAVES])
def test_every_command_takes_the_common_options(path, command, run):
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--lang", "--json", "--quiet", "--debug"} <= options
    ran = run(*path, "--help")
    assert ran.code == 0
    assert "Usage: responder " + " ".join(path) in ran.out


@pytest.mark.parametrize(("path", "command"), ALL_LEAVES, ids=[" ".join(path) for path, _ in ALL_LEAVES])
def test_every_command_refuses_an_unknown_option_in_three_lines(path, command, run):
    ran = run(*path, "--jsonn")
    assert ran.code == 2
    what, where, fix = ran.error_lines()
    assert "--jsonn" in what
    assert where == "responder " + " ".join(path)
    assert fix == "did you mean '--json'?"


def test_help_lists_every_command_with_its_line(run):
    ran = run("--help")
    assert ran.code == 0
    shown = " ".join(ran.out.split())
    told = {name: say(f"help.{name}.about").partition("\n\n")[0] for name in COMMANDS}
    assert all(f"{name} {' '.join(line.split())}" in shown for name, line in told.items())


def test_version(run):
    assert run("--version").out == "responder 0.1.0\n"


def test_without_a_command_the_help_is_shown_as_a_mistake(run):
    ran = run()
    assert ran.code == 2
    assert ran.out == ""
    assert "Usage: responder" in ran.err


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        (["stdy"], "did you mean 'study'?"),
        (["study", "shw"], "did you mean 'show'?"),
        (["zzzz"], "see 'responder --help'"),
    ],
)
def test_unknown_command(line, fix, run):
    ran = run(*line)
    assert ran.code == 2
    what, _, hint = ran.error_lines()
    assert what == f"no such command '{line[-1]}'"
    assert hint == fix


def test_usage_error_as_envelope(run):
    ran = run("study", "show", "--json")
    assert ran.code == 2
    assert ran.envelope["schema"] == "responder/study-show/1"
    assert ran.envelope["ok"] is False
    assert ran.envelope["error"]["kind"] == "usage"
    assert ran.envelope["error"]["message"] == "missing argument 'STUDY'"


def test_console_entry_point_leaves_with_the_code(environment):
    good = python("-m", "responder.cli.main", "--version", environment=environment)
    assert (good.returncode, good.stdout, good.stderr) == (0, "responder 0.1.0\n", "")
    bad = python("-m", "responder.cli.main", "chek", environment=environment)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert len(bad.stderr.splitlines()) == 3


def test_shell_completion_names_commands(environment):
    asked = {"_RESPONDER_COMPLETE": "bash_complete", "COMP_WORDS": "responder stu", "COMP_CWORD": "1"}
    done = python("-c", "from responder.cli.main import main; main()", environment={**environment, **asked})
    assert done.stdout == "plain,study\n"
