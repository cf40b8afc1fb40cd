"""Inside a package no two modules import each other in a circle, whenever they are imported."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src/responder"
ROOMS = sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)
# known circles, as sorted names of modules: none may be added, and one that is dissolved is struck off
KNOWN = {}


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


def siblings(room):
    """Return which module of a package imports which other one; a sub-package is one module, as seen from outside."""
    graph = {}
    for path in room.rglob("*.py"):
        part = path.relative_to(room).parts[0].removesuffix(".py")
        if part != "__init__":  # a package imports what it exports
            tree = ast.parse(path.read_text(encoding="utf-8"))
            inside = [
                name.removeprefix(f"{name_of(room)}.")
                for name in imported(tree)
                if name.startswith(f"{name_of(room)}.")
            ]
            graph.setdefault(part, set()).update(name.partition(".")[0] for name in inside)
    return {part: {other for other in others if other in graph and other != part} for part, others in graph.items()}


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [("a", "b", "c")]
    assert circles({"a": {"b"}, "b": set()}) == []


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_no_circle_inside_a_package(room):
    assert circles(siblings(room)) == KNOWN.get(name_of(room), [])
