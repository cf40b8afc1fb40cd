"""The language of what is said: ``--lang``, else ``RESPONDER_LANG``, else that of the system."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from responder.errors import UsageError
from responder.words import Language, languages

__all__ = ["LANGUAGE_VARIABLE", "asked_language", "known_language", "lang_option", "language_of"]

LANGUAGE_VARIABLE = "RESPONDER_LANG"
"""Environment variable that stands for ``--lang``."""

OPTION = "--lang"
SYSTEM_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
ENGLISH = "en"


def known_language(name: str) -> Language | None:
    """Return the language that a code or a locale names, or None where there is no catalogue of it.

    Examples
    --------
    >>> known_language("zh"), known_language("zh_CN.UTF-8"), known_language("C")
    ('zh', 'zh', None)
    """
    code = name.partition(".")[0].replace("-", "_").lower()
    return next((known for known in languages() if known in {code, code.partition("_")[0]}), None)


def asked_language(arguments: Sequence[str] = ()) -> Language:
    """Return the language that a command line asks for, wherever ``--lang`` stands in it, or the environment.

    A language without a catalogue counts as not asked for: `lang_option` refuses it where the option is read.

    Examples
    --------
    >>> asked_language(["check", "cohort.csv", "--lang", "zh"]), asked_language(["--lang=zh", "check"])
    ('zh', 'zh')
    """
    asked = ""
    for at, argument in enumerate(arguments):
        option, _, value = argument.partition("=")
        if option == OPTION:
            asked = value or next(iter(arguments[at + 1 :]), "")
    system = next(filter(None, map(os.environ.get, SYSTEM_VARIABLES)), "")
    named = (asked, os.environ.get(LANGUAGE_VARIABLE, ""), system)
    return next(filter(None, map(known_language, named)), ENGLISH)


def language_of(context: click.Context) -> Language:
    """Return the language of the command line that a context belongs to."""
    return context.obj if isinstance(context.obj, str) else asked_language()


class _KnownLanguage(click.ParamType[Language]):
    name = "language"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(languages())}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Language:
        found = known_language(str(value))
        if found is None:
            where = f"{OPTION}, {LANGUAGE_VARIABLE}"
            raise UsageError("unknown_language", where=where, name=str(value), known=list(languages()))
        return found


lang_option = click.option(
    OPTION, type=_KnownLanguage(), envvar=LANGUAGE_VARIABLE, is_eager=True, expose_value=False
)  # its value is known before: `asked_language` of the whole command line
