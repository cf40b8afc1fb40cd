"""The script that looks for Chromium: installs it as root on Debian, names it otherwise, never fails."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "browser"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell script")


@pytest.fixture
def system(tmp_path):
    """Run the script where the given commands are all there is; return its exit code, words and apt's calls."""

    def run(**commands):
        for name, text in commands.items():
            tool = tmp_path / name.replace("_", "-")
            tool.write_text(f"#!/bin/sh\n{text}\n")
            tool.chmod(0o755)
        done = subprocess.run([SCRIPT], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
        log = tmp_path / "calls"
        return done.returncode, done.stderr, log.read_text().splitlines() if log.exists() else []

    return run


APT = 'echo "$*" >>"${0%/*}/calls"'


def test_a_browser_that_is_there_is_taken(system):
    assert system(chromium="exit 0", id="echo 0", apt_get=APT) == (0, "", [])


def test_root_installs_it(system):
    code, said, calls = system(id="echo 0", apt_get=APT)
    assert (code, said) == (0, "Installing Chromium for the browser tests.\n")
    assert calls == ["update -qq", "install -y -qq chromium fonts-noto-cjk"]


@pytest.mark.parametrize(("uid", "apt"), [(1000, APT), (0, f"{APT}; exit 100")], ids=["user", "apt fails"])
def test_it_is_named_where_it_cannot_be_installed(system, uid, apt):
    code, said, calls = system(id=f"echo {uid}", apt_get=apt)
    assert code == 0
    assert "apt-get install chromium fonts-noto-cjk" in said
    assert not any(call.startswith("install") for call in calls)
