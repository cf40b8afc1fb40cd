"""Findings are said from the catalogues: every case that the code names is in all of them, and no case is idle."""

import ast
import re
import string
from pathlib import Path

import pytest

import responder
from responder.cohort.rule import Rule
from responder.words import languages
from responder.words.say import catalogue

SOURCE = Path(responder.__file__).parent
CODE = re.compile(r"RSP\d{3}\.")
CASE = re.compile(r"(RSP\d{3}\.\w+)\.(?:what|fix)(?:\.one|\.other)?")
CALLS = ("found", "refusal")


def modules(*rooms):
    for room in rooms:
        for path in sorted((SOURCE / room).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def rules():
    """Name of every rule to its code."""
    found = {}
    for _, tree in modules("."):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and getattr(getattr(node.value, "func", None), "id", "") == "Rule":
                found.setdefault(node.targets[0].id, set()).add(node.value.args[0].value)
    return found


def literals(node):
    """Every text that stands in an expression."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@pytest.fixture(scope="module")
def english():
    return catalogue("en")


def keys(words):
    """The keys that have to be in every language: plural forms are a language's own."""
    return {key.removesuffix(".one").removesuffix(".other") for key in words}


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", languages()[1:])
def test_every_language_says_the_same_findings_with_the_same_values(english, language):
    other = catalogue(language)
    codes = {key for key in keys(english) if CODE.match(key)}
    assert codes == {key for key in keys(other) if CODE.match(key)}
    for key in sorted(codes):
        said = english.get(key, english.get(f"{key}.other")), other.get(key, other.get(f"{key}.other"))
        assert places(said[0]) == places(said[1]), key


def test_every_rule_has_a_title(english):
    found = rules()
    assert len(found) > 80
    assert [code for codes in found.values() for code in codes if f"{code}.title" not in english] == []


def test_every_case_that_a_rule_names_is_in_the_catalogue(english):
    codes, known, seen = rules(), keys(english), 0
    for path, tree in modules("cohort", "trial", "validate", "experiment"):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS):
                continue
            named = codes.get(getattr(node.func.value, "id", ""), ())
            first = node.args[0] if node.args else None
            if named and isinstance(first, ast.Constant):
                seen += 1
                assert any(f"{code}.{first.value}.what" in known for code in named), (path.name, first.value)
    assert seen > 100


def test_no_case_of_a_finding_is_idle(english):
    """A case is named by its rule's code or stands as a word of its own in the source."""
    words = {text for _, tree in modules("cohort", "trial", "validate", "experiment") for text in literals(tree)}
    cases = {match[1] for key in english if (match := CASE.fullmatch(key))}
    assert len(cases) > 140
    idle = {case for case in cases if case.partition(".")[2] not in words and not any(case in word for word in words)}
    assert idle == set()


def test_a_finding_survives_json():
    from responder.cohort.findings import Finding, Severity

    finding = Rule("RSP121", Severity.REFUSED).found("rows", "t.csv", patient="P1", rows=2, lines=(2, 3))
    assert Finding.from_json(finding.to_json()) == finding
    assert str(finding.message) == "patient P1 has 2 rows (lines 2 and 3)"
