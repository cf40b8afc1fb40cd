"""What counts as a mutant, and which tests are tried against it."""

import importlib.util
import io
import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "scripts/mutants.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["mutants"]


def test_each_kind_of_expression_is_changed_once(script):
    text = 'def f(a: int = 1) -> bool:\n    """1 + 1."""\n    return not a < 2 and a * 3 > -4\n'
    found = {(mutant.was, mutant.became) for mutant in script.mutants(text)}
    assert found == {
        ("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"),
        ("a < 2", "a <= 2"), ("a * 3 > -4", "a * 3 >= -4"), ("a * 3", "a / 3"), ("-4", "4"), ("not a < 2", "a < 2"),
        ("not a < 2 and a * 3 > -4", "not a < 2 or a * 3 > -4"), ("return not a < 2 and a * 3 > -4", "return None"),
    }  # fmt: skip


def test_a_mutant_is_the_whole_module_with_one_change(script):
    text = "x = 1\ny = x + 2\n"
    assert [mutant.text for mutant in script.mutants(text)] == [
        "x = 2\ny = x + 2", "x = 1\ny = x - 2", "x = 1\ny = x + 3",
    ]  # fmt: skip


def test_lists_of_exports_and_annotations_stay(script):
    assert script.mutants('from a import b\n__all__ = ["b"] + []\nx: Literal[1]\n') == []


def test_the_nearest_tests_are_tried(script):
    found = script.tests_of(ROOT / "src/responder/validate/pairs.py")
    assert found[0] == str(ROOT / "tests/validate/test_pairs.py")
    table = script.tests_of(ROOT / "src/responder/validate/table.py")  # without a mirror: the tests that name it
    assert str(ROOT / "tests/validate/test_refit.py") in table
    assert not any(path.endswith("test_table.py") for path in table)


def test_the_same_seed_chooses_the_same_mutants(script):
    module = ROOT / "src/responder/models/title.py"  # a short one: every mutant is written out
    first, again, other = (script.sampled(module, 3, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert [mutant.line for mutant in first] == sorted(mutant.line for mutant in first)
    assert len(script.sampled(module, 10_000, 1)) == len(script.mutants(module.read_text(encoding="utf-8")))


def test_a_mutant_is_put_in_place_for_whoever_holds_the_function(script, tmp_path):
    module = tmp_path / "some.py"
    text = "LIMIT = 1\n\n\ndef more(x):\n    return [y + LIMIT for y in x]\n\n\ndef less(x):\n    return x - 1\n"
    module.write_text(text)
    names = {}
    exec(compile(text, str(module), "exec"), names)
    held = {"more": names["more"], "less": names["less"]}
    found = {mutant.became: script.changed_functions(module, mutant) for mutant in script.mutants(text)}
    assert {name for _, name, _ in found["x + 1"]} == {"less"}
    assert {name for _, name, _ in found["y - LIMIT"]} == {"more", "more.<locals>.<listcomp>"}
    assert script.put_in_place(found["y - LIMIT"])
    assert held["more"]([1, 2]) == [0, 1]
    assert held["less"](5) == 4
    constant = script.changed_functions(module, script.mutants(text)[0])
    assert not script.put_in_place(constant)  # to be tried in a copy


def test_what_runs_in_a_fork_answers_or_has_failed(script):
    shown = script.forked(lambda: script.Shown(seconds={"a": 1.0}))
    assert shown.seconds == {"a": 1.0}
    assert script.forked(lambda: None) is None
    assert script.forked(lambda: os._exit(3)).failed == ["ended"]


def test_what_waits_longer_than_its_limit_has_failed(script):
    assert script.forked(lambda: time.sleep(60), limit=0.05).failed == ["no answer"]


def test_a_log_says_what_need_not_be_tried_again(script):
    module = ROOT / "some.py"
    one, same, other = (script.Mutant(3, "1", became, "") for became in ("2", "2", "3"))
    lines = f"{script.told(module, one)}: killed\n{script.told(module, one)}: survived\nsome.py:3: 1  ->  3\n"
    killed, log = Counter(), io.StringIO(lines)
    assert script.not_judged({module: [one, same, other]}, log, killed) == {module: [other]}  # its line is cut off
    assert killed == {module: 1}
    assert script.not_judged({module: [one, same, one]}, log, Counter()) == {module: [one]}


def test_what_computes_too_long_is_told_apart_from_what_fails(script, tmp_path):
    """Whatever line the signal finds: pytest is shown no traceback of it."""
    waits = "def test_that_does_not_end():\n    while True:\n        sum(range(9))\n\n"
    (tmp_path / "test_some.py").write_text(
        f"def test_that_passes(): pass\n\n{waits}def test_that_fails(): assert False\n"
    )
    trial = script.Trial({}, 0.2, print)

    def run():
        trial.observe, trial.pytest_runtestloop = False, lambda session: None
        command = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]
        assert pytest.main(command, plugins=[trial]) == pytest.ExitCode.TESTS_FAILED
        return trial.shown

    shown = script.forked(run)
    assert [one.rpartition("::")[2] for one in shown.failed] == ["test_that_fails"]
    assert [one.rpartition("::")[2] for one in shown.too_long] == ["test_that_does_not_end"]
