"""The launcher's promises, with a stand-in for uv: what it installs is not the question here."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the launcher is a POSIX shell script")

UV = """#!/bin/sh
echo "$*" >>"$UV_LOG"
case $1 in
venv) for place do :; done; mkdir -p "$place/bin"; ln -s "$UV_PYTHON_REAL" "$place/bin/python" ;;
pip) sleep "${UV_SECONDS:-0}"; exit "${UV_CODE:-0}" ;;
esac
"""


class Project:
    """A folder with the launcher, its two inputs and a PATH that holds a stand-in for uv."""

    def __init__(self, folder):
        self.folder = folder / "a project"  # a path with a blank
        self.log = folder / "uv.log"
        self.tools = folder / "tools"
        for name in ("scripts/launch", "pyproject.toml", "requirements.lock"):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)
        (self.folder / "src").mkdir()
        self.tools.mkdir()
        self.tool("uv", UV)
        self.tool("python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')

    def tool(self, name, text):
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)

    def start(self, *command, **environment):
        return subprocess.Popen(
            [self.folder / "scripts" / "launch", *command],
            env={
                "PATH": f"{self.tools}:/usr/bin:/bin",
                "UV_LOG": str(self.log),
                "UV_PYTHON_REAL": sys.executable,
                "RESPONDER_PYTHON": str(self.tools / "python3"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command, **environment):
        process = self.start(*command, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def installations(self):
        return self.log.read_text().count("--require-hashes") if self.log.exists() else 0


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_second_start_installs_nothing_and_runs_the_command(project):
    code, out, err = project.run("echo", "two words")
    assert (code, out) == (0, "two words\n")
    assert "Setting up .venv" in err
    assert project.run("echo", "again") == (0, "again\n", "")
    assert project.installations == 1


def test_command_sees_the_environment_first(project):
    code, out, _ = project.run("sh", "-c", 'command -v python; echo "$VIRTUAL_ENV"')
    environment = project.folder / ".venv"
    assert (code, out) == (0, f"{environment}/bin/python\n{environment}\n")


def test_exit_code_is_the_commands(project):
    assert project.run("sh", "-c", "exit 5")[0] == 5


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_input_is_installed_in_place(project, name):
    project.run("true")
    (project.folder / ".venv" / "kept").touch()
    with (project.folder / name).open("a") as file:
        file.write("\n# changed\n")
    assert project.run("true")[0] == 0
    assert project.installations == 2
    assert (project.folder / ".venv" / "kept").exists()


def test_moved_project_gets_a_new_environment(project):
    project.run("true")
    (project.folder / ".venv" / "kept").touch()
    project.folder = project.folder.rename(project.folder.with_name("moved"))
    assert project.run("true")[0] == 0
    assert not (project.folder / ".venv" / "kept").exists()


def test_environment_of_a_removed_python_is_made_again(project):
    project.run("true")
    python = project.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert project.run("python", "-c", "")[0] == 0
    assert project.installations == 2


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_installation_is_started_afresh(project, kill):
    process = project.start("true", UV_SECONDS="60")
    wait_for(lambda: project.installations)
    os.killpg(process.pid, kill)
    process.communicate()
    assert process.returncode != 0
    (project.folder / ".venv" / "half").touch()
    assert project.run("echo", "ready")[:2] == (0, "ready\n")
    assert not (project.folder / ".venv" / "half").exists()


def test_launches_at_once_install_once(project):
    first = project.start("echo", "first", UV_SECONDS="1")
    wait_for(lambda: project.installations)
    second = project.start("echo", "second")
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (0, "second\n")
    assert "waiting" in err
    assert first.communicate(timeout=60)[0] == "first\n"
    assert project.installations == 1


def test_running_command_does_not_hold_the_lock(project):
    running = project.start("sleep", "60")
    wait_for(lambda: project.run("true")[2] == "")
    with (project.folder / "pyproject.toml").open("a") as file:
        file.write("\n# changed\n")
    code, _, err = project.run("true")
    os.killpg(running.pid, signal.SIGTERM)
    running.communicate()
    assert code == 0
    assert "waiting" not in err


def test_python_that_is_too_old_is_named(project):
    project.tool("python3", '#!/bin/sh\ncase $1 in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac\n')
    for name in ("python3.13", "python3.12", "python3.11", "python"):
        project.tool(name, "#!/bin/sh\nexit 127\n")
    code, _, err = project.run("true", RESPONDER_PYTHON="")
    assert code == 1
    assert "no Python 3.11 or newer on PATH (Python 3.9.2)" in err
    code, _, err = project.run("true", RESPONDER_PYTHON="/nowhere/python")
    assert code == 1
    assert "RESPONDER_PYTHON=/nowhere/python is not" in err


def test_failed_installation_says_what_to_do_and_leaves_nothing_that_counts(project):
    # uv fails; pip is not there and cannot be made: Debian without python3-venv
    project.tool("python", f'#!/bin/sh\n[ "$1" != -m ] || exit 1\nexec "{sys.executable}" "$@"\n')
    code, _, err = project.run("true", UV_CODE="2", UV_PYTHON_REAL=str(project.tools / "python"))
    assert code == 1
    assert "uv could not; trying pip" in err
    assert "sudo apt install python3-venv" in err
    assert project.run("true")[0] == 0
    assert project.installations == 2


def test_folder_that_cannot_be_written_is_named(project):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    project.folder.chmod(0o555)
    try:
        code, _, err = project.run("true")
    finally:
        project.folder.chmod(0o755)
    assert code == 1
    assert "cannot write in" in err


def test_linked_libgomp_is_on_the_loaders_path(project):
    project.run("true")
    (project.folder / ".venv" / "libgomp").mkdir()
    out = project.run("sh", "-c", 'echo "$LD_LIBRARY_PATH"', LD_LIBRARY_PATH="/other")[1]
    assert out == f"{project.folder}/.venv/libgomp:/other\n"


def test_sources_are_found_in_a_folder_whose_name_the_locale_cannot_read(project):
    """Python 3.11 reads .pth files in the locale's encoding; a relative path of plain letters needs none."""
    packages = project.folder / ".venv/lib/python3.11/site-packages"
    link = packages / "_editable_impl_responder.pth"
    project.tool("uv", UV.replace("pip) ", f'pip) mkdir -p "{packages}"; echo /an/absolute/path >"{link}"; '))
    assert project.run("true")[0] == 0
    assert (packages / link.read_text().strip()).resolve() == (project.folder / "src").resolve()
