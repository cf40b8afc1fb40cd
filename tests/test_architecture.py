"""One name for one class, and arrays named in one place; the contracts of import-linter hold the rest."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src/responder"


def test_a_public_name_names_one_class():
    defined: dict[str, list[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined.setdefault(node.name, []).append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in defined.items() if len(files) > 1} == {}


def test_arrays_are_named_in_one_place():
    declared = [
        str(file.relative_to(PACKAGE))
        for file in sorted(PACKAGE.rglob("*.py"))
        if re.search(r"^(Float|Bool|Int)Array = ", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert declared == ["arrays.py"]
