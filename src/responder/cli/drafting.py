"""The conversation of ``responder study init``: questions one by one, suggestions, and what is said at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING

import click

from responder.cli.findings import describe_findings
from responder.errors import UsageError
from responder.words import say, say_list
from responder.words.findings import said

if TYPE_CHECKING:
    from responder.cohort.draft import Draft
    from responder.cohort.table import ReadOptions
    from responder.words import Language

__all__ = ["ask_open_questions", "describe_draft", "keep_key", "take_suggestions"]

SKIP = "?"
Drafter = Callable[[dict[str, str]], "Draft"]


def take_suggestions(draft: Drafter, drafted: Draft, answers: dict[str, str]) -> Draft:
    """Answer every question that has a suggestion with it, until none is left that has one."""
    while offered := {question.key: question.suggestion for question in drafted.questions if question.suggestion}:
        answers |= offered
        drafted = draft(answers)
    return drafted


def ask_open_questions(draft: Drafter, drafted: Draft, answers: dict[str, str], lang: Language) -> Draft:
    """Ask on the terminal, one by one; Enter takes the suggestion, and where there is none leaves the question open."""
    skipped: set[str] = set()
    if drafted.questions:
        click.echo(say("draft.how_to_answer", lang, skip=SKIP), err=True)
    while open_ := [question for question in drafted.questions if question.key not in skipped]:
        question = open_[0]
        click.echo(question.words(lang), err=True)
        # where a choice is itself a number, the lines get letters
        numeric = any(choice.lstrip("+-").replace(".", "").isdigit() for choice in question.choices)
        marks = ascii_lowercase if numeric else tuple(map(str, range(1, len(question.choices) + 1)))
        lines = dict(zip(marks, question.choices, strict=False))
        for mark, choice in lines.items():
            click.echo(f"  {mark}  {choice}", err=True)
        default = question.suggestion or ""
        reply = click.prompt(question.key, default=default, show_default=bool(default), err=True).strip()
        if reply not in question.choices:
            reply = lines.get(reply, reply)
        if reply in ("", SKIP):
            skipped.add(question.key)
            continue
        try:
            drafted = draft({**answers, question.key: reply})
        except UsageError as error:
            told = said(error.message, "messages", lang), said(error.hint, "hints", lang)
            click.echo(say("error.inline", lang, what=told[0], fix=told[1]), err=True)
        else:
            answers[question.key] = reply
    return drafted


def keep_key(cohort: str, options: ReadOptions, drafted: Draft, target: Path, *, force: bool) -> None:
    """Write who is who where pseudonyms were made, readable by its owner alone.

    Raises
    ------
    UsageError
        If the table has ids of its own, and no pseudonyms were made.
    """
    from responder.cohort.pseudonyms import key_csv, with_pseudonyms
    from responder.cohort.read import read_table
    from responder.files import refuse_overwriting, write_atomically

    if not drafted.makes_ids:
        raise UsageError(
            "no pseudonyms were made", where="--keep-key", hint="the table has ids of its own: leave it out"
        )
    refuse_overwriting(target, force=force)
    table = with_pseudonyms(read_table(cohort, options))
    personal = [column.header for column in drafted.ignored if column.reason == "personal"]
    write_atomically(target, key_csv(table, personal))
    target.chmod(0o600)


def describe_draft(drafted: Draft, cohort: str, study: Path, experiment: Path, lang: Language) -> str:
    """Return what was drafted, what is left out and why, what is open, and the next command."""
    from responder.cohort import Findings

    lines = [
        say("draft.summary", lang, patients=say("check.patients", lang, n=drafted.patients), n=len(drafted.baseline)),
    ]
    if drafted.later:
        lines.append(say("draft.later", lang, columns=say_list(drafted.later, lang)))
    if drafted.makes_ids:
        lines.append(say("draft.made_ids", lang))
    lines += [
        f"  {say('draft.ignored', lang, header=column.header, reason=say(f'ignored.{column.reason}', lang))}"
        for column in drafted.ignored
    ]
    blocks = ["\n".join(lines), *describe_findings(Findings(drafted.findings), lang)]
    if drafted.questions:
        asked = [say("draft.open", lang, n=len(drafted.questions))]
        for question in drafted.questions:
            asked += [f"  {question.key}", f"    {question.words(lang)}", f"    {question.allowed(lang)}"]
        blocks.append("\n".join(asked))
    told = [say("draft.wrote", lang, path=study), say("draft.wrote", lang, path=experiment)]
    if drafted.questions:
        told.append(say("draft.next_answer", lang, path=study))
    else:
        told.append(say("draft.next_check", lang, cohort=cohort, path=study))
        told.append(say("draft.next_train", lang, path=experiment))
    return "\n\n".join([*blocks, "\n".join(told)])
