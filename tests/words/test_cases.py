"""Every case that the code can raise or find has its words: named in the source, said in the catalogues."""

import ast
from functools import cache
from pathlib import Path

from responder import errors
from responder.words import knows

SOURCE = Path(errors.__file__).parent
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ResponderError | errors.InvalidValueError)
}


def named(call):
    """Return the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def texts(node):
    """Return the texts that an argument can be; none where only running tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return []


@cache
def trees():
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(SOURCE.rglob("*.py"))}


def calls():
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                yield file, node


def test_every_error_has_words():
    found = {case: file.name for file, call in calls() if named(call) in ERRORS for case in texts(call.args[0])}
    assert len(found) > 100
    assert {case: file for case, file in found.items() if not knows(f"error.{case}.what")} == {}


def test_every_phrase_has_words():
    found = {code: file.name for file, call in calls() if named(call) == "Phrase" for code in texts(call.args[0])}
    assert len(found) > 100
    assert {code: file for code, file in found.items() if not knows(code)} == {}


def rules():
    """Return the code of each rule by the name it is bound to, file by file."""
    for tree in trees().values():
        bound = {
            node.targets[0].id: node.value.args[0].value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and named(node.value) == "Rule"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "found":
                rule = bound.get(getattr(node.func.value, "id", ""))
                if rule and node.args:
                    yield from ((rule, case) for case in texts(node.args[0]))


def test_every_finding_has_words():
    found = set(rules())
    assert len(found) > 30
    assert {(rule, case) for rule, case in found if not knows(f"{rule}.{case}.what")} == set()
