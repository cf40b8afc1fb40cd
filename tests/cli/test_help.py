"""Help and mistakes of the command line, in every language that there is."""

from __future__ import annotations

import re

import click
import pytest

from responder.cli.language import asked_language, known_language
from responder.cli.main import SECTIONS, cli
from responder.cli.page import PageFormatter
from responder.cli.spoken import about, meaning
from responder.cli.table import display_width, wrap
from responder.cli.usage import range_of
from responder.words import languages

ENGLISH = re.compile(r"(?<!responder )(?<![a-z])[a-z]+ [a-z]+ [a-z]+")


def contexts(language):
    def below(parent, name):
        command = parent.command.get_command(parent, name)
        context = command.context_class(command, parent, name)
        if isinstance(command, click.Group):
            return [context, *(leaf for sub in command.list_commands(context) for leaf in below(context, sub))]
        return [context]

    root = cli.context_class(cli, info_name="responder", obj=language)
    return [root, *(found for names in SECTIONS.values() for name in names for found in below(root, name))]


CONTEXTS = [(language, context) for language in languages() for context in contexts(language)]


@pytest.mark.parametrize(
    ("language", "context"), CONTEXTS, ids=[f"{language} {c.command_path}" for language, c in CONTEXTS]
)
def test_every_command_and_option_is_told(language, context):
    assert about(context)
    options = [p for p in context.command.get_params(context) if isinstance(p, click.Option)]
    assert all(meaning(context, option) for option in options)
    page = context.command.get_help(context)
    assert all(display_width(line) <= 80 for line in page.splitlines())
    if language == "zh":
        assert "用法：" in page
        assert not ENGLISH.search(page.replace(context.command_path, ""))


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("zh", "zh"),
        ("zh_CN.UTF-8", "zh"),
        ("zh-Hans", "zh"),
        ("EN", "en"),
        ("C", None),
        ("POSIX", None),
        ("fr_FR", None),
    ],
)
def test_names_of_languages(name, language):
    assert known_language(name) == language


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "RESPONDER_LANG": "en"}, "en"),
        (["--lang", "zh"], {"RESPONDER_LANG": "en"}, "zh"),
        (["check", "--lang=en"], {"LANG": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_which_language_is_asked_for(arguments, environment, language, monkeypatch):
    for variable in ("RESPONDER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert asked_language(arguments) == language


@pytest.mark.parametrize("line", [("--lang", "zh", "study", "ls", "--help"), ("study", "ls", "--help", "--lang", "zh")])
def test_the_language_stands_before_or_behind_the_command(line, run):
    assert run(*line).out.startswith("用法：responder study ls")


@pytest.mark.parametrize("line", [("--lang", "xx", "study", "ls"), ("study", "ls", "--lang=xx")])
def test_an_unknown_language_is_refused_with_the_known(line, run):
    ran = run(*line)
    assert ran.code == 2
    assert ran.error_lines() == ["no language 'xx'", "--lang, RESPONDER_LANG", "known languages: en and zh"]


def test_an_unknown_language_of_the_environment_is_refused(run, monkeypatch):
    monkeypatch.setenv("RESPONDER_LANG", "xx")
    assert run("study", "ls").error_lines()[0] == "no language 'xx'"


MISTAKES = [
    (("study", "show"), "missing argument 'STUDY'", "see 'responder study show --help'"),
    (("study", "ls", "a", "b"), "2 arguments too many: a and b", "see 'responder study ls --help'; put quotes"),
    (("simulate", "--n", "3"), "missing option '--seed'", "give a whole number, 0 or more"),
    (("simulate", "--n"), "option '--n' needs a value", "see 'responder simulate --help'"),
    (("runs", "ls", "--json=yes"), "option '--json' takes no value", "write '--json' alone"),
    (("runs", "ls", "--limit", "0"), "invalid value of '--limit'", "give a whole number, 1 to 1000"),
    (("runs", "ls", "--limit", "many"), "invalid value of '--limit'", "give a whole number, 1 to 1000"),
    (("plan", "--power", "2"), "invalid value of '--power'", "give a number, between 0 and 1"),
    (("plan", "--alpha", "2"), "invalid value of '--alpha'", "give a number, 0.001 to less than 0.5"),
    (("plan", "--r2", "x"), "invalid value of '--r2'", "give a number"),
    (("template", "--format", "pdf"), "invalid value of '--format'", "give one of csv, xlsx and redcap"),
]


@pytest.mark.parametrize(("line", "what", "fix"), MISTAKES, ids=[what for _, what, _ in MISTAKES])
def test_mistakes_are_said_from_their_kind(line, what, fix, run):
    ran = run(*line)
    assert ran.code == 2
    lines = ran.error_lines()
    assert lines[0] == what
    assert lines[1] == "responder " + " ".join(line[: 2 if line[0] in {"study", "runs"} else 1])
    assert lines[2].startswith(fix)
    spoken = run(*line, "--lang", "zh") if not line[-1].startswith("--n") else run("--lang", "zh", *line)
    assert [part.strip().partition("：")[0] for part in spoken.err.splitlines()] == ["错误", "位置", "处理"]
    assert not ENGLISH.search(spoken.err.replace("responder ", ""))


def test_limits_in_words():
    assert str(range_of(click.FloatRange(0, 1, min_open=True, max_open=True))) == "between 0 and 1"
    assert range_of(click.IntRange(1, 64)).code == "range.closed"


def test_a_shell_is_told_commands_and_options_in_the_language(run, monkeypatch):
    monkeypatch.setenv("RESPONDER_LANG", "zh")
    context = click.Context(cli, info_name="responder")
    assert [(item.value, item.help[:2]) for item in cli.shell_complete(context, "tri")] == [("trial", "按访")]
    command = cli.get_command(context, "check")
    found = command.shell_complete(click.Context(command, context, "check"), "--tr")
    assert [(item.value, item.help[:5]) for item in found] == [("--traits", "要使用的基")]


@pytest.mark.parametrize("width", [4, 10, 33])
def test_lines_fit_and_no_word_is_lost(width):
    text = "检查队列（基线特征），逐项报告。 which traits go with response?"
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(display_width(line) <= max(width, display_width("response?")) for line in lines)
    assert not any(line.startswith(("）", "，", "。")) for line in lines)


def test_a_wide_term_stands_above_its_meaning():
    page = PageFormatter(width=40)
    page.write_dl([("--a", "short"), ("--" + "b" * 40, "long")])
    assert page.getvalue() == f"--a{' ' * 29}short\n--{'b' * 40}\n{' ' * 32}long\n"
