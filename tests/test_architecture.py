"""No circle of files inside a package, one name for one class, and arrays named in one place."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src/responder"
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree):
    """Yield the modules that a module imports, at its top or in a function; what only a type checker imports apart."""
    for node in tree.body if isinstance(tree, ast.Module) else ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        yield from imported(node)


def circles(graph):
    """Return the strongly connected parts of more than one module (Tarjan 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = [stack.pop()]
            while part[-1] != node:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(tuple(sorted(part)))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def files_of(room):
    """Return which file of a package, sub-packages included, imports which other one; no list of exports counts."""
    names = {name_of(path): path for path in room.rglob("*.py") if path.name != "__init__.py"}
    graph = {}
    for name, path in names.items():
        others = set(imported(ast.parse(path.read_text(encoding="utf-8")))) & names.keys()
        graph[name] = others - {name}
    return graph


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [("a", "b", "c")]
    assert circles({"a": {"b"}, "b": set()}) == []


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_no_circle_inside_a_package(room):
    assert circles(files_of(room)) == []


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
