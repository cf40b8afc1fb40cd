"""Every code has its section, with the rule's own title and severity, and every section a code."""

import re

from responder.cohort import Severity
from responder.cohort.rule import Rule

SECTION = re.compile(r"^### (RSP\d{3}) · (.+) \((note|caution|refused)\)$", re.MULTILINE)
CODE = re.compile(r'"(RSP\d{3})"')


def test_codes_in_the_source_and_sections_in_the_document_are_the_same(root):
    source = [path.read_text(encoding="utf-8") for path in (root / "src").rglob("*.py")]
    lines = [line for text in source for line in text.splitlines() if ">>>" not in line]
    in_source = {code for line in lines for code in CODE.findall(line)}
    sections = [code for code, *_ in SECTION.findall((root / "docs/findings.md").read_text(encoding="utf-8"))]
    assert len(sections) == len(set(sections))
    assert set(sections) == in_source


def test_titles_and_severities_are_those_of_the_rules(root):
    from responder.cohort.checks import COHORT_CHECKS, cells, endpoint, identity, intake, leakage, ranges, sanity
    from responder.trial import rules as visits

    modules = (cells, endpoint, identity, intake, leakage, ranges, sanity, visits)
    rules = {check.rule for check in COHORT_CHECKS}
    rules |= {rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)}
    text = (root / "docs/findings.md").read_text(encoding="utf-8")
    documented = {code: (title, Severity(word)) for code, title, word in SECTION.findall(text)}
    for rule in rules:
        assert documented[rule.code] == (str(rule.title), rule.severity), rule.code


def test_every_section_says_what_to_do(root):
    text = (root / "docs/findings.md").read_text(encoding="utf-8")
    parts = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert [part.split()[0] for part in parts if part.count("*What to do:*") != 1] == []
