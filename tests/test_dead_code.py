"""Whatever a module defines at its top is used by the program, exported by its package, or not there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src/responder"
WORD = re.compile(r"\w+")
# found by name: by Python and click; the error that validators of files raise
FOUND_BY_NAME = {"__getattr__", "__all__", "command", "group", "InvalidValueError"}


def defined(tree):
    """Yield the names that a module defines at its top."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            decorated = any(isinstance(d, ast.Call | ast.Attribute) for d in node.decorator_list)
            if isinstance(node, ast.ClassDef) or not decorated:  # a decorator may register it
                yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def used(path):
    """Return the names that a file uses: loaded, imported (a package's own list of exports apart) or in a string."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    is_list = path.name == "__init__.py"
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and not is_list:
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_list:
            statement = node
            while not isinstance(statement, ast.stmt):
                statement = parents[statement]
            exports = isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "__all__"
            if not exports and not isinstance(parents[node], ast.Expr):
                names |= set(WORD.findall(node.value))
    return names


def exported():
    """Return the names that packages export."""
    for path in PACKAGE.rglob("__init__.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                yield from ast.literal_eval(node.value)


def test_everything_defined_is_used():
    sources = sorted(PACKAGE.rglob("*.py"))
    others = [p for folder in ("notebooks", "scripts", "benchmarks", "data") for p in (ROOT / folder).rglob("*.py")]
    names = set().union(exported(), *(used(path) for path in [*sources, *others]))
    texts = [*PACKAGE.rglob("*.j2"), *PACKAGE.rglob("*.toml"), ROOT / "pyproject.toml"]
    names |= {word for path in texts for word in WORD.findall(path.read_text(encoding="utf-8"))}
    left = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources
        for name in defined(ast.parse(path.read_text(encoding="utf-8")))
        if name not in names | FOUND_BY_NAME
    ]
    assert left == []
