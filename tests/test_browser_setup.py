"""The script that looks for Chromium: names it where it is missing, installs it only where asked to, never fails."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from responder.experiment.resolve import ENVIRONMENT_PREFIX, RESERVED_VARIABLES

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "browser"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell script")


@pytest.fixture
def system(tmp_path):
    """Run the script where the given commands are all there is; return its exit code, words and apt's calls."""

    def run(asked=None, **commands):
        for name, text in commands.items():
            tool = tmp_path / name.replace("_", "-")
            tool.write_text(f"#!/bin/sh\n{text}\n")
            tool.chmod(0o755)
        environment = {"PATH": str(tmp_path)} | ({"INSTALL_BROWSER": asked} if asked else {})
        done = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True)
        log = tmp_path / "calls"
        return done.returncode, done.stderr, log.read_text().splitlines() if log.exists() else []

    return run


APT = 'echo "$*" >>"${0%/*}/calls"'


def test_a_browser_that_is_there_is_taken(system):
    assert system("true", chromium="exit 0", apt_get=APT) == (0, "", [])


def test_it_is_installed_where_that_is_asked_for(system):
    code, said, calls = system("true", apt_get=APT)
    assert (code, said) == (0, "Installing Chromium for the browser tests.\n")
    assert calls == ["update -qq", "install -y -qq chromium fonts-noto-cjk"]


@pytest.mark.parametrize("asked", [None, "false"])
def test_nothing_is_installed_unasked(system, asked):
    code, said, calls = system(asked, apt_get=APT)
    assert (code, calls) == (0, [])
    assert "apt-get install chromium fonts-noto-cjk" in said


@pytest.mark.parametrize("apt", [{}, {"apt_get": f"{APT}; exit 100"}], ids=["no apt", "apt fails"])
def test_it_is_named_where_it_cannot_be_installed(system, apt):
    code, said, calls = system("true", **apt)
    assert code == 0
    assert "apt-get install chromium fonts-noto-cjk" in said
    assert not any(call.startswith("install") for call in calls)


def test_ci_asks_for_it():
    assert "export INSTALL_BROWSER=true" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_no_variable_of_the_scripts_is_taken_for_a_key_of_an_experiment():
    files = [ROOT / "Makefile", ROOT / ".ci/run", *(ROOT / "scripts").iterdir(), *(ROOT / ".github").rglob("*.yml")]
    named = {
        name
        for file in files
        if file.is_file()
        for name in re.findall(rf"\b{ENVIRONMENT_PREFIX}[A-Z_]+", file.read_text(encoding="utf-8"))
    }
    assert "RESPONDER_PYTHON" in named
    assert named <= RESERVED_VARIABLES
