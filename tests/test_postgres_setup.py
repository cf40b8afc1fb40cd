"""The script that looks for PostgreSQL: names it where it is missing, installs it only where asked to, never fails."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "postgres"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell script")


def found(folder, asked=None, **commands):
    """Run the script where the given commands are all there is; return its exit code, words and apt's calls."""
    for name, text in commands.items():
        tool = folder / name.replace("apt_get", "apt-get")
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(0o755)
    environment = {"PATH": str(folder), "POSTGRES_ROOT": str(folder)}
    environment |= {"INSTALL_POSTGRES": asked} if asked else {}
    done = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True)
    log = folder / "calls"
    return done.returncode, done.stderr, log.read_text().splitlines() if log.exists() else []


APT = 'echo "$*" >>"${0%/*}/calls"'


def test_a_server_that_is_there_is_taken(tmp_path):
    assert found(tmp_path, "true", pg_ctl="exit 0", apt_get=APT) == (0, "", [])


def test_nothing_is_installed_unless_asked(tmp_path):
    code, told, calls = found(tmp_path, apt_get=APT)
    assert (code, calls) == (0, [])
    assert "apt-get install postgresql" in told


def test_it_is_installed_where_asked_and_a_failure_fails_nothing(tmp_path):
    assert found(tmp_path, "true", apt_get=APT)[2] == ["update -qq", "install -y -qq postgresql"]
    assert found(tmp_path, "true", apt_get="exit 1")[0] == 0
