"""Change one line at a time and see whether a test notices.

    python scripts/mutants.py [MODULE or PACKAGE ...] [--sample 5] [--seed 0] [--longest 20] [--log FILE]

A mutant is one change of one expression: a comparison, an arithmetic or boolean operator, a number, or what is
returned. A seeded sample of each module's mutants is tried, one after another, against the tests of its package and the
examples in it. A test that fails or takes too long kills the mutant. Prints a line for each survivor and a table.

Most of a run would be imports: the tests of a package are collected once, and each mutant is put in place in a fork of
that process. A first run that changes nothing shows which functions a test calls, so that a mutant is tried against the
tests that reach it, and which tests compute for more than ``--longest`` seconds: they are left out. What cannot be put
in place (a constant, a default, a class) is tried in a copy of the sources, against the tests that mirror the module or
name it.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import gc
import importlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import TextIO

import pytest

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
LONG_SECONDS = 1.0  # a test that takes longer comes after those that do not
LEAST_SECONDS = 120.0  # of the clock, for whatever waits in vain; else several times what the tests take unchanged

Key = tuple[str, str, int]  # a function: its file, its name, its line


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
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for at, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST) and not is_typing(node):
                yield tree, name, at if isinstance(value, list) else None, node
                yield from expressions(node)


def mutants(text: str) -> list[Mutant]:
    """Return every mutant of a module's text."""
    tree = ast.parse(text)
    found = []
    for parent, name, at, node in list(expressions(tree)):
        for new in changed(node):
            holder = getattr(parent, name)
            if at is None:
                setattr(parent, name, new)
            else:
                holder[at] = new
            whole = ast.unparse(ast.fix_missing_locations(tree))
            if at is None:
                setattr(parent, name, node)
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


def sampled(module: Path, sample: int, seed: int) -> list[Mutant]:
    """Return a sample of a module's mutants: the same for a seed as long as the module stays."""
    every = mutants(module.read_text(encoding="utf-8"))
    rng = random.Random(f"{seed} {module.relative_to(ROOT)}")  # noqa: S311
    return sorted(rng.sample(every, min(sample, len(every))), key=lambda mutant: mutant.line)


def key_of(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def functions(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """Return what a module's code defines by name, and by which of that name it is."""
    found: dict[tuple[str, int], CodeType] = {}
    seen = Counter[str]()
    left = [code]
    while left:
        inside = [constant for constant in left.pop().co_consts if isinstance(constant, CodeType)]
        for one in inside:
            found[one.co_qualname, seen[one.co_qualname]] = one
            seen[one.co_qualname] += 1
        left += inside
    return found


def changed_functions(module: Path, mutant: Mutant) -> dict[Key, CodeType]:
    """Return what the functions of a module become that a mutant changes."""
    text = module.read_text(encoding="utf-8")
    real, plain, new = (
        functions(compile(source, str(module), "exec", dont_inherit=True))
        for source in (text, ast.unparse(ast.parse(text)), mutant.text)
    )
    return {key_of(real[key]): new[key] for key in new if key in real and new[key] != plain.get(key)}


def put_in_place(new: dict[Key, CodeType]) -> bool:
    """Change functions where they are, whoever holds them; return whether there were any."""
    old = [one for one in gc.get_objects() if type(one) is FunctionType and key_of(one.__code__) in new]
    try:
        for one in old:
            one.__code__ = new[key_of(one.__code__)]
    except ValueError:  # it no longer takes a name from around it
        return False
    return bool(old)


class TooLong(BaseException):
    """A test computes for longer than it may; raised anywhere, so pytest is not shown where."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooLong


@dataclass
class Shown:
    """What a run of tests shows: which failed or took too long, in how many seconds, and which functions they called.

    `seconds` are of the clock, `computed` those of the processor.

    The calls are those of a test, by its id, or those of the fixtures in a file of tests, by its path.
    """

    failed: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    computed: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))


class Trial:
    """Tries mutants in place of the run of a package's tests, once these are collected.

    Each run is forked from the process that has loaded all and run none: nothing that a test leaves behind, and no
    change, reaches the next.
    """

    def __init__(self, chosen: dict[Path, list[Mutant]], longest: float, tell: Callable[[Path, Mutant, bool], None]):
        self.chosen, self.longest, self.tell = chosen, longest, tell
        self.shown = Shown()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for module in self.chosen:
            importlib.import_module(".".join(module.relative_to(SOURCE).with_suffix("").parts))
        start = time.monotonic()
        first = forked(lambda: self._run(session.items, observe=True))
        if first is None or first.failed:
            raise RuntimeError(f"tests fail before any change: {first.failed if first else 'no word'}")
        limit = max(LEAST_SECONDS, 3 * (time.monotonic() - start))
        items = [item for item in session.items if first.computed[item.nodeid] <= self.longest]
        self.longest *= 3
        items.sort(key=lambda item: first.seconds[item.nodeid] > LONG_SECONDS)
        for module, mutant in ((module, mutant) for module, some in self.chosen.items() for mutant in some):
            new = changed_functions(module, mutant)
            calling = [item for item in items if new.keys() & (first.calls[item.nodeid] | first.calls[str(item.path)])]
            shown = forked(lambda new=new, calling=calling: self._run(calling) if put_in_place(new) else None, limit)
            if shown is None:
                survives = passes_on_a_copy(module, mutant, limit)
            else:
                survives = not shown.failed and not shown.too_long
            self.tell(module, mutant, survives)
        return True

    def _run(self, items: list[pytest.Item], observe: bool = False) -> Shown:
        """Run tests, to the end or until one fails."""
        self.observe = observe
        for item, following in zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if not observe and (self.shown.failed or self.shown.too_long):
                break
        return self.shown

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        with self._watched(str(item.path), 0):  # a fixture of many tests is any one's
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        # nothing is ended in the first run: what is broken off while it starts processes may wait for them for ever
        start = time.process_time()
        try:
            with self._watched(item.nodeid, 0 if self.observe else self.longest):
                return (yield)
        except TooLong:
            self.shown.too_long.append(item.nodeid)
            pytest.fail(f"computes for more than {self.longest:.0f} s", pytrace=False)
        finally:
            self.shown.computed[item.nodeid] = time.process_time() - start

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        self.shown.seconds[item.nodeid] += call.duration
        if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
            return
        if item.nodeid not in self.shown.too_long:
            self.shown.failed.append(item.nodeid)

    @contextlib.contextmanager
    def _watched(self, name: str, longest: float) -> Iterator[None]:
        """Limit the seconds of computing, not of the clock: other work on the machine changes nothing; note calls."""
        calls = self.shown.calls[name]

        def note(frame: FrameType, event: str, argument: object) -> None:
            if frame.f_code.co_filename.startswith(str(SOURCE)):
                calls.add(key_of(frame.f_code))

        signal.signal(signal.SIGPROF, _stop)
        signal.setitimer(signal.ITIMER_PROF, longest)
        before = sys.gettrace()
        if self.observe:
            sys.settrace(note)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            sys.settrace(before)


def forked(work: Callable[[], Shown | None], limit: float | None = None) -> Shown | None:
    """Return what work in a fork of this process returns; what is not done within seconds of the clock has failed."""
    mine, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_answer, args=(theirs, work))
    child.start()
    theirs.close()
    try:
        return mine.recv() if mine.poll(limit) else Shown(failed=["no answer"])
    except EOFError:
        return Shown(failed=["ended"])
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid or 0, signal.SIGKILL)
        child.join()


def _answer(to: Connection, work: Callable[[], Shown | None]) -> None:
    os.setsid()  # with whatever the tests start, to be ended together
    to.send(work())


def passes_on_a_copy(module: Path, mutant: Mutant, limit: float) -> bool:
    """Return whether the tests nearest to a module and its own examples pass on a changed copy of the sources."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "src"
        shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        here = folder / module.relative_to(SOURCE)
        here.write_text(mutant.text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", "-o", f"pythonpath={folder}"]
        try:
            done = subprocess.run(
                [*command, *tests_of(module), str(here)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(folder)},
                timeout=limit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def told(module: Path, mutant: Mutant) -> str:
    """Return how a mutant is named."""
    return f"{module.relative_to(ROOT)}:{mutant.line}: {mutant.was}  ->  {mutant.became}"


def judged_before(lines: Iterable[str]) -> dict[str, list[bool]]:
    """Return whether mutants survived, from the lines of a log: one line may be changed alike in two places."""
    found: dict[str, list[bool]] = defaultdict(list)
    for line in lines:
        name, _, judged = line.rstrip("\n").rpartition(": ")
        if judged in {"survived", "killed"}:
            found[name].append(judged == "survived")
    return found


def not_judged(chosen: dict[Path, list[Mutant]], log: TextIO, killed: Counter[Path]) -> dict[Path, list[Mutant]]:
    """Return the mutants that a log has no line for; those that it says were killed are counted."""
    log.seek(0)
    before = judged_before(log)
    left: dict[Path, list[Mutant]] = {}
    for module, some in chosen.items():
        for mutant in some:
            if known := before.get(told(module, mutant)):
                killed[module] += not known.pop(0)
            else:
                left.setdefault(module, []).append(mutant)
    return left


def try_package(folder: Path, chosen: dict[Path, list[Mutant]], longest: float, log: TextIO) -> Counter[Path]:
    """Return how many of the chosen mutants of a package's modules were killed."""
    killed = Counter[Path]()
    out = os.fdopen(os.dup(1), "w")  # pytest keeps what is printed to itself

    def tell(module: Path, mutant: Mutant, survives: bool) -> None:
        killed[module] += not survives
        print(f"{told(module, mutant)}: {'survived' if survives else 'killed'}", file=log, flush=True)
        if survives:
            print(told(module, mutant), file=out, flush=True)

    tests = ROOT / "tests" / folder.relative_to(SOURCE / "responder")
    options = ["-q", "--no-header", "--no-summary", "-p", "no:cacheprovider"]
    pytest.main([*options, str(tests), str(folder)], plugins=[Trial(chosen, longest, tell)])
    return killed


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "modules", nargs="*", type=Path, help="files or folders of src; all of validate, models, explain, plan, score"
    )
    parser.add_argument("--sample", type=int, default=5, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--longest", type=float, default=20, help="leave tests out that compute for more seconds")
    parser.add_argument(
        "--log",
        type=Path,
        default=Path(os.devnull),
        help="keep a line for each mutant here; those that have one are not tried again",
    )
    asked = parser.parse_args(arguments)
    paths = [path.resolve() for path in asked.modules] or [SOURCE / "responder" / name for name in PACKAGES]
    modules = [
        module
        for path in paths
        for module in (sorted(path.glob("*.py")) if path.is_dir() else [path])
        if module.stem != "__init__"
    ]
    sys.path.insert(0, str(SOURCE))
    os.environ["OMP_NUM_THREADS"] = "1"
    os.chdir(ROOT)
    chosen = {module: sampled(module, asked.sample, asked.seed) for module in modules}
    killed = Counter[Path]()
    with asked.log.open("a+", encoding="utf-8") as log, contextlib.suppress(KeyboardInterrupt):
        left = not_judged(chosen, log, killed)
        for folder in dict.fromkeys(module.parent for module in left):
            of_folder = {module: some for module, some in left.items() if module.parent == folder}
            killed += try_package(folder, of_folder, asked.longest, log)
    print("\n| module | tried | killed |\n|---|---|---|")
    for module, some in chosen.items():
        print(f"| `{module.relative_to(SOURCE / 'responder')}` | {len(some)} | {killed[module]} |")
    tried = sum(map(len, chosen.values()))
    print(f"| all | {tried} | {killed.total()} ({killed.total() / max(1, tried):.0%}) |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
