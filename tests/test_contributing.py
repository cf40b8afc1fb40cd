"""The examples of CONTRIBUTING.md work: their files are written, their code runs, their model keeps the contract."""

import importlib
import importlib.util
import inspect
import re
import shutil
import sys
from pathlib import Path

import pytest

import responder.words
from responder.cohort import read
from responder.models import registry

say = importlib.import_module("responder.words.say")  # the package names its function like its module
ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:])
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [title for title in SECTIONS if title.startswith("Add ")]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder whose files are found as if they stood in the package; all is as before afterwards."""
    words = tmp_path / "src/responder/words"
    shutil.copytree(Path(responder.words.__file__).parent, words)
    monkeypatch.setattr(say, "FOLDER", words)
    forget()
    for name in ("responder.models", "responder.cohort", "responder.cohort.checks"):
        package = importlib.import_module(name)
        folder = tmp_path / "src" / Path(*name.split("."))
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    monkeypatch.setattr(registry, "_FACTORIES", dict(registry._FACTORIES))
    monkeypatch.setattr(read, "FORMATS", read.FORMATS)
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    yield tmp_path
    forget()
    for name in set(sys.modules) - known:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(tmp_path):
            package, _, module = name.rpartition(".")
            vars(sys.modules[package]).pop(module, None)
            del sys.modules[name]


def forget():
    """Read the catalogues anew."""
    say._part.cache_clear()
    say._tables.cache_clear()
    say.languages.cache_clear()


def added(file, text):
    """Return a catalogue with more sentences: in the table of their name, where it has that table."""
    known = file.read_text(encoding="utf-8")
    for table in re.split(r"(?m)^(?=\[)", text):
        head, _, rest = table.partition("\n")
        known = known.replace(f"\n{head}\n", f"\n{head}\n{rest}", 1) if f"\n{head}\n" in known else f"{known}\n{table}"
    return known


def follow(section, folder):
    """Write the files of a section and run its code; return what the code named."""
    names = {"__name__": "example"}
    for language, path, text in BLOCK.findall(SECTIONS[section]):
        if path:
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(added(file, text) if file.is_file() else text, encoding="utf-8")
            importlib.invalidate_caches()
            forget()
        elif language == "python":
            sys.modules["example"] = importlib.util.module_from_spec(importlib.machinery.ModuleSpec("example", None))
            exec(compile(text, f"CONTRIBUTING.md, {section}", "exec"), names)
    sys.modules.pop("example", None)
    return names


def test_there_is_an_example_of_each():
    assert [f"Add {what}" for what in ("a model", "a check", "a format", "an instrument", "a language")] == EXAMPLES


@pytest.mark.parametrize("section", EXAMPLES)
def test_the_example_works(section, project):
    assert len(follow(section, project)) > 2


def test_the_model_keeps_the_contract(project):
    model = follow("Add a model", project)["Centroid"]()
    spec = importlib.util.spec_from_file_location("model_contract", ROOT / "tests/models/test_contract.py")
    contract = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(contract)
    tests = [
        test
        for name, test in vars(contract).items()
        if name.startswith("test_") and list(inspect.signature(test).parameters) == ["model"]
    ]
    assert len(tests) >= 5
    for test in tests:
        test(model)


def test_what_it_names_exists():
    for path in re.findall(r"`((?:src|tests|scripts)/[\w./]+\w)`", TEXT.replace("CODE", "zh")):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / link).exists(), link
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = [name for line in re.findall(r"\bmake ([a-z ]+)", TEXT) for name in line.split()[:3]]
    assert {"test", "lint", "mutants"} <= targets & set(named)
