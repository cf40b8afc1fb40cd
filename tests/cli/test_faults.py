"""Every kind of failure: its exit code, its three lines, its envelope."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from responder import errors
from responder.cli.faults import as_responder_error
from responder.cli.lazy import LazyGroup
from responder.cli.output import common_options
from responder.cli.spoken import SpokenCommand
from responder.words import said


def group_raising(exception):
    @click.command("boom", cls=SpokenCommand)
    @common_options
    def boom(out):
        out.narrate("working")
        raise exception

    group = LazyGroup(name="responder", sections={})
    group.names.append("boom")
    group.get_command = lambda ctx, name: boom
    return group


PATIENT_VALUE = "prednisone of Ms Wang is 37.5"

CONTRACT = [
    (errors.UsageError("what", where="here", hint="fix"), 2, "usage"),
    (errors.ConfigError("what", where="here", hint="fix"), 2, "configuration"),
    (errors.DataRefusedError("what", where="here", hint="fix"), 3, "data_refused"),
    (errors.NotEstimableError("what", where="here", hint="fix"), 3, "not_estimable"),
    (errors.StoreUnavailableError("what", where="here", hint="fix"), 6, "store_unavailable"),
    (errors.ResponderError("what"), 1, "internal"),
    (errors.DataRefusedError("two\nlines", where="a\tb\x1b[31m", hint="\r\nx"), 3, "data_refused"),
    (click.UsageError("Bad."), 2, "usage"),
    (KeyError(PATIENT_VALUE), 1, "internal"),
    (ValueError(PATIENT_VALUE), 1, "internal"),
    (MemoryError(), 1, "internal"),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "x.csv"), 2, "usage"),
    (PermissionError(errno.EACCES, "Permission denied", "x.csv"), 2, "usage"),
    (IsADirectoryError(errno.EISDIR, "Is a directory", "x"), 2, "usage"),
    (OSError(errno.ENOSPC, "No space left on device", "x.csv"), 7, "no_room"),
    (KeyboardInterrupt(), 130, "interrupted"),
]


@pytest.mark.parametrize(("exception", "code", "kind"), CONTRACT, ids=lambda x: type(x).__name__)
def test_code_three_lines_and_envelope(exception, code, kind, run):
    ran = run("boom", group=group_raising(exception))
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.startswith("working\n")
    assert len(ran.err.splitlines()) == 4
    what = ran.error_lines()[0]
    assert PATIENT_VALUE not in ran.err
    assert "\x1b" not in ran.err

    quiet = run("boom", "--json", "--quiet", group=group_raising(exception))
    assert quiet.code == code
    assert len(quiet.err.splitlines()) == 3
    assert quiet.envelope["schema"] == "responder/boom/1"
    assert quiet.envelope["ok"] is False
    assert set(quiet.envelope) == {"schema", "ok", "error"}
    assert set(quiet.envelope["error"]) == {"kind", "message", "where", "hint"}
    assert quiet.envelope["error"]["kind"] == kind
    assert quiet.envelope["error"]["message"] == what


def test_internal_fault_names_its_place_and_shows_the_traceback_only_when_asked(run):
    group = group_raising(KeyError(PATIENT_VALUE))
    what, where, fix = run("boom", group=group).error_lines()
    assert what == "internal fault: KeyError"
    assert where.startswith("responder/cli/output.py line ")
    assert "--debug" in fix

    debug = run("boom", "--debug", group=group)
    assert debug.code == 1
    assert "Traceback (most recent call last)" in debug.err
    assert debug.err.splitlines()[-3].startswith("error: ")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("call", [("--help",), ("study", "ls"), ("study", "ls", "--json")])
def test_a_full_disk_behind_stdout_gets_three_lines(environment, call):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "responder.cli.main", *call],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 7
    assert len(done.stderr.splitlines()) == 3, done.stderr
    assert "no space left" in done.stderr


def test_a_full_pipe_ends_quietly(environment):
    code = (
        "import click\n"
        "from responder.cli.lazy import LazyGroup\n"
        "from responder.cli.output import common_options\n"
        "@click.command('many')\n"
        "@common_options\n"
        "def many(out):\n"
        "    return out.result({}, 'line\\n' * 200_000)\n"
        "group = LazyGroup(name='responder', sections={})\n"
        "group.names.append('many')\n"
        "group.get_command = lambda ctx, name: many\n"
        "group.main(['many'])\n"
    )
    # unbuffered, Python itself drops what a closed pipe did not take and reports nothing
    buffered = {name: value for name, value in environment.items() if name != "PYTHONUNBUFFERED"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": buffered}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 141


@pytest.mark.parametrize(("name", "code", "kind"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_a_real_signal_leaves_with_the_code_that_a_shell_reports(environment, name, code, kind):
    program = (
        "import click, os, signal, time\n"
        "from responder.cli.lazy import LazyGroup\n"
        "from responder.cli.output import common_options\n"
        "@click.command('long')\n"
        "@common_options\n"
        "def long(out):\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    time.sleep(300)\n"
        "group = LazyGroup(name='responder', sections={})\n"
        "group.names.append('long')\n"
        "group.get_command = lambda ctx, name: long\n"
        "group.main(['long', '--json'])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment)
    assert ended.returncode == code
    assert len(ended.stderr.splitlines()) == 3
    assert json.loads(ended.stdout)["error"]["kind"] == kind


def test_a_missing_extra_is_named_and_another_missing_module_is_a_fault():
    error = as_responder_error(ModuleNotFoundError("no uvicorn", name="uvicorn"), "responder serve")
    assert (error.exit_code, error.where) == (2, "responder serve")
    assert str(error) == "this needs the package uvicorn, which is not installed"
    assert said(error.hint, "zh") == "python -m pip install 'responder[serve]'"
    assert as_responder_error(ModuleNotFoundError("gone", name="gone"), "responder serve").exit_code == 1
