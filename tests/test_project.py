"""The house itself: its lock, its folders, its floors, and that it names no machine."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "responder"
FOLDERS = ("data", "src/responder", "notebooks", "experiments", "tests", "models", "docs/decisions", ".ci")


def tracked_files():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_lock_pins_and_hashes_every_package():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    packages = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert len(packages) > 100
    for line in packages:
        assert re.match(r"[a-z0-9-]+==\S+ ", line), line
        assert "--hash=sha256:" in line, line


def test_lock_names_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for address in ("http://", "https://", "file:", "--index", "--find-links", " @ "):
        assert address not in lock


def test_lock_holds_every_declared_dependency():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    project = pyproject()["project"]
    groups = [*project["optional-dependencies"].values(), *pyproject()["dependency-groups"].values()]
    declared = project["dependencies"] + [
        line for group in groups for line in group if isinstance(line, str) and not line.startswith("responder[")
    ]
    names = {re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in declared}
    assert names <= locked


def test_build_backend_is_the_locked_one():
    (requirement,) = pyproject()["build-system"]["requires"]
    assert requirement in (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS)
def test_top_level_folder_is_tracked(folder):
    assert any(file.is_relative_to(ROOT / folder) for file in tracked_files())


def test_source_files_are_short():
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in PACKAGE.rglob("*.py")
    }
    assert {file: length for file, length in lengths.items() if length > 500} == {}


@pytest.mark.parametrize("script", ["scripts/launch", "scripts/browser", "scripts/lowest", ".ci/run"])
def test_script_is_executable(script):
    assert os.access(ROOT / script, os.X_OK)


def test_nothing_names_a_machine_or_an_index():
    # in pieces, so that this file does not name what it looks for
    home = r"/(?:ho" + r"me|Us" + r"ers|ro" + r"ot|wo" + r"rk)/\w"
    index = r"py" + r"pi\.org|python" + r"hosted\.org|--(?:extra-)?index" + r"-url"
    named = re.compile(rf"(?<![\w.~/-]){home}|file:/" + rf"//|{index}")
    found = []
    for file in tracked_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {match[0]}" for match in named.finditer(text)]
    assert found == []


def test_contracts_name_every_package_and_module():
    contracts = {contract["id"]: contract for contract in pyproject()["tool"]["importlinter"]["contracts"]}
    floors = [set(re.findall(r"\w+", floor)) for floor in contracts["floors"]["layers"]]
    packages = {folder.name for folder in PACKAGE.iterdir() if any(folder.glob("*.py"))}
    modules = {file.stem for file in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert packages | modules <= set().union(*floors)
    science = {name.removeprefix("responder.") for name in contracts["science-is-free"]["source_modules"]}
    assert science == packages & set().union(*floors[4:])  # above: cli, web | api | track, report | experiment


def test_imports_go_downwards():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_the_version_is_the_same_everywhere():
    from responder import __version__

    (cited,) = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited == __version__


def test_the_hooks_are_the_linters_of_make():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = re.findall(r"^(?:lint|types|layers):.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    tools = {tool for recipe in recipes for tool in re.findall(r"\$\(RUN\) (\S+)", recipe)}
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert (
        set(re.findall(r"entry: scripts/launch (\S+)", hooks))
        == tools
        == {"ruff", "vulture", "mypy", "lint-imports", "pytest"}
    )


def test_the_matrix_has_the_pythons_that_are_promised():
    promised = [line.rpartition(" ")[2] for line in pyproject()["project"]["classifiers"] if ":: 3." in line]
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert re.search(r"python: (\[.*\])", workflow)[1] == str(promised).replace("'", '"')
