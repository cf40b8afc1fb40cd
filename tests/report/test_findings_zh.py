"""Findings and errors in Chinese: every sentence of a check, refusing or not, and of an error has its Chinese."""

import ast
import html
import re
from pathlib import Path

import pytest

import responder
from responder.report import render_report
from responder.words import knows
from responder.words.findings import PLACE, in_chinese, sentences

SOURCE = Path(responder.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(the|of|is|are|in|not|and|for|was|with|every|no)\b [a-z]+", re.IGNORECASE)


def texts(node):
    """The texts that an expression can give, with a number where a value is put in; None for another expression."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)]
    if isinstance(node, ast.IfExp | ast.BoolOp):
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return [text for part in parts for text in texts(part) or []]
    if isinstance(node, ast.BinOp):
        left, right = texts(node.left), texts(node.right) or ["7"]
        return [a + b for a in left for b in right] if left else None
    return None


def modules():
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))]


ERRORS = {"ConfigError", "DataRefusedError", "NotEstimableError", "StoreUnavailableError", "UsageError"}
ROOMS = ("cohort", "experiment", "features", "models", "score", "trial", "validate")  # whose errors a command can show
FILES = (
    "cli/drafting.py",
    "cli/explain.py",
    "cli/options.py",
    "cli/report.py",
    "cli/score.py",
    "files.py",
    "study/load.py",
    "study/questions.py",
    "toml_file.py",
)


@pytest.fixture(scope="module")
def titles():
    """The title of every rule."""
    found = set()
    for tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and getattr(getattr(node.value, "func", None), "id", "") == "Rule":
                found.add(node.value.args[1].value)
    return found


def said():
    """(part, text) of everything that a check says, as far as it is written where it is said."""
    for tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("found", "refusal"):
                arguments = node.args
            elif getattr(node.func, "id", "") == "Finding" and len(node.args) == 5:
                arguments = node.args[2:]
            else:
                continue
            for part, argument in zip(("messages", "places", "hints"), arguments, strict=False):
                if part != "places":
                    yield from ((part, text) for text in texts(argument) or [])


def told():
    """(part, text) of the errors of the rooms behind the commands, and of the validators of their files."""
    paths = [path for room in ROOMS for path in sorted((SOURCE / room).rglob("*.py"))]
    for path in [*paths, *(SOURCE / name for name in FILES)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
                yield from (("messages", text) for text in texts(node.args[0]) or [])
                for keyword in node.keywords:
                    if keyword.arg == "hint":
                        yield from (("hints", text) for text in texts(keyword.value) or [])
    for name in ("study/model.py", "study/trial_design.py", "experiment/config.py"):
        for node in ast.walk(ast.parse((SOURCE / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError":
                yield from (("messages", text) for text in texts(node.args[0]) or [])


def without_chinese(found):
    return [(part, text) for part, text in found if not CHINESE.search(in_chinese(text, part))]


def test_every_title_has_its_chinese(titles):
    assert len(titles) > 50
    assert titles <= set(sentences()["titles"])


def test_every_sentence_of_a_check_has_its_chinese():
    found = list(said())
    assert len(found) > 150
    assert without_chinese(found) == []


def test_every_sentence_of_an_error_has_its_chinese():
    said_by_code = {text for _, text in told() if knows(f"error.{text}.what")}
    found = [(part, text) for part, text in told() if not text.startswith("7: 7") and text not in said_by_code]
    assert len(found) > 150
    assert without_chinese(found) == []


def test_values_keep_their_places():
    for part, known in sentences().items():
        for en, zh in known.items():
            places = PLACE.findall(en)
            assert set(PLACE.findall(zh)) <= set(places), en
            filled = in_chinese(en.format(**{name: f"x{at}x" for at, name in enumerate(places)}), part)
            assert filled == zh.format(**{name: f"x{at}x" for at, name in enumerate(places)}), en


def test_what_is_not_known_stays_as_it_is():
    assert in_chinese("something else", "messages") == "something else"
    assert in_chinese("patients a, b and 3 more have the same values in all 4 measured columns", "messages") == (
        "患者 a, b 等（另有 3 个） 在全部 4 个测量列上数值相同"
    )


@pytest.mark.parametrize("run", ["reference", "convincing", "hopeless", "tuned", "ranged"])
def test_no_english_sentence_of_the_program_is_on_a_chinese_page(run, request):
    """What stays English: works that are cited, the titles that authors gave, and what a machine reads."""
    source = request.getfixturevalue(run)
    page = render_report(source, "zh", figures={})
    page = re.sub(r'<ol class="references">.*?</ol>|<pre.*?</pre>|<style>.*?</style>', "", page, flags=re.DOTALL)
    own = [source.content["title"], *([source.ensemble["facts"]["title"]] if source.ensemble else [])]
    shown = [html.unescape(text) for text in re.findall(r">([^<>]+)<", page)]
    for title in own:
        shown = [text.replace(title, "") for text in shown]
    assert [text for text in shown if ENGLISH.search(text)] == []


def test_other_programs_files_are_named_in_chinese():
    from responder.cohort import foreign

    known = {
        *foreign._BY_ENDING.values(),
        *(told for _, told in (*foreign._STARTS, *foreign._IN_OLE, *foreign._IN_ZIP)),
    }
    for what, hint in known:
        assert not ENGLISH.search(in_chinese(f"this is {what}, not a table", "messages").replace("R ", ""))
        assert CHINESE.search(in_chinese(hint, "hints"))
        assert what not in in_chinese(f"this is {what}, not a table", "messages")
