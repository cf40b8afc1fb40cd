"""Change one line at a time and see whether a test notices.

    python scripts/mutants.py [MODULE ...] [--sample 5] [--seed 0]

A mutant is one change of one expression: a comparison, an arithmetic or boolean operator, a number, or what is
returned. A seeded sample of each module's mutants is tried in a copy of the sources, one after another, against the
tests that mirror the module (``tests/PACKAGE/test_MODULE.py``), those that name it, and its own examples. A test that
fails or takes too long kills the mutant. Prints a line for each survivor and a table by module.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
PACKAGES = ("validate", "models", "explain", "plan", "score")
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip
LEAST_SECONDS = 30.0


@dataclass(frozen=True)
class Mutant:
    """One change of a module: where, what it was, what it became, and the whole text."""

    line: int
    was: str
    became: str
    text: str


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a node could be instead."""
    new = copy.deepcopy(node)
    if isinstance(new, ast.Compare) and type(new.ops[0]) in COMPARED:
        new.ops[0] = COMPARED[type(new.ops[0])]()
    elif isinstance(new, ast.BinOp) and type(new.op) in COMPUTED:
        new.op = COMPUTED[type(new.op)]()
    elif isinstance(new, ast.BoolOp):
        new.op = ast.Or() if isinstance(new.op, ast.And) else ast.And()
    elif isinstance(new, ast.UnaryOp) and isinstance(new.op, ast.Not | ast.USub):
        yield new.operand
        return
    elif isinstance(new, ast.Constant) and type(new.value) in {bool, int, float}:
        new.value = not new.value if isinstance(new.value, bool) else new.value + 1
    elif isinstance(new, ast.Return) and new.value is not None:
        new.value = ast.Constant(None)
    else:
        return
    yield new


def is_typing(node: ast.AST) -> bool:
    """Return whether a node is never computed with: annotations, imports, docstrings, lists of exports."""
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Assign) and "__all__" in ast.unparse(node)
    )


def expressions(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Yield parent, field, position and node of whatever may be changed."""
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list"}:
            continue
        for at, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST) and not is_typing(node):
                yield tree, field, at if isinstance(value, list) else None, node
                yield from expressions(node)


def mutants(text: str) -> list[Mutant]:
    """Return every mutant of a module's text."""
    tree = ast.parse(text)
    found = []
    for parent, field, at, node in list(expressions(tree)):
        for new in changed(node):
            holder = getattr(parent, field)
            if at is None:
                setattr(parent, field, new)
            else:
                holder[at] = new
            whole = ast.unparse(ast.fix_missing_locations(tree))
            if at is None:
                setattr(parent, field, node)
            else:
                holder[at] = node
            found.append(Mutant(getattr(node, "lineno", 0), ast.unparse(node), ast.unparse(new), whole))
    return found


def tests_of(module: Path) -> list[str]:
    """Return the tests nearest to a module: its mirror, its package's contract, those naming it; else the package."""
    package = ROOT / "tests" / module.parent.relative_to(SOURCE / "responder")
    dotted = ".".join(module.relative_to(SOURCE).with_suffix("").parts)
    first = [package / f"test_{module.stem.lstrip('_')}.py", package / "test_contract.py"]
    naming = [path for path in sorted(package.glob("test_*.py")) if dotted in path.read_text(encoding="utf-8")]
    near = dict.fromkeys(path for path in [*first, *naming] if path.is_file())
    return [str(path) for path in near] or [str(package)]


def run(folder: Path, module: Path, seconds: float | None) -> bool:
    """Return whether the tests nearest to a module and its own examples pass on the sources in a folder."""
    here = folder / module.relative_to(SOURCE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-o",
        f"pythonpath={folder}",
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [*command, *tests_of(module), str(here)], cwd=ROOT, env=environment, timeout=seconds,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def try_module(folder: Path, module: Path, sample: int, rng: random.Random) -> tuple[int, list[Mutant]]:
    """Return how many mutants of a module were tried, and those that survived."""
    text = module.read_text(encoding="utf-8")
    every = mutants(text)
    chosen = sorted(rng.sample(every, min(sample, len(every))), key=lambda m: m.line)
    start = time.monotonic()
    if chosen and not run(folder, module, None):
        raise SystemExit(f"the tests of {module.relative_to(ROOT)} fail before any change")
    limit = LEAST_SECONDS + 3 * (time.monotonic() - start)
    target, survivors = folder / module.relative_to(SOURCE), []
    for mutant in chosen:
        target.write_text(mutant.text, encoding="utf-8")
        if run(folder, module, limit):
            survivors.append(mutant)
            print(f"{module.relative_to(ROOT)}:{mutant.line}: {mutant.was}  ->  {mutant.became}", flush=True)
    target.write_text(text, encoding="utf-8")
    return len(chosen), survivors


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "modules", nargs="*", type=Path, help="files of src; all of validate, models, explain, plan, score"
    )
    parser.add_argument("--sample", type=int, default=5, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    folders = [SOURCE / "responder" / name for name in PACKAGES]
    modules = [path.resolve() for path in asked.modules] or [
        path for folder in folders for path in sorted(folder.glob("*.py")) if path.stem != "__init__"
    ]
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "src"
        shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        with contextlib.suppress(KeyboardInterrupt):  # what was tried so far is told
            for module in modules:
                rng = random.Random(f"{asked.seed} {module.relative_to(ROOT)}")  # noqa: S311
                tried, survivors = try_module(folder, module, asked.sample, rng)
                rows.append((module.relative_to(SOURCE / "responder"), tried, tried - len(survivors)))
    print("\n| module | tried | killed |\n|---|---|---|")
    for name, tried, killed in rows:
        print(f"| `{name}` | {tried} | {killed} |")
    tried, killed = (sum(row[i] for row in rows) for i in (1, 2))
    print(f"| all | {tried} | {killed} ({killed / max(1, tried):.0%}) |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
