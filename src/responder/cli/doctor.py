"""``responder doctor``: versions, store, locks, write access; what is wrong and how to fix it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.cli.table import display_width
from responder.errors import ResponderError
from responder.words import Language, Phrase, Voice

if TYPE_CHECKING:
    from responder.cli.health import Health

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


class UnhealthyError(ResponderError):
    """Something around the program is broken."""

    kind = "unhealthy"
    exit_code = 1


@click.command("doctor", cls=SpokenCommand)
@click.option("--fix", "wants_fixing", is_flag=True)
@common_options
def command(out: Output, wants_fixing: bool) -> int:
    """Check versions, store, locks and access, and say how to fix what is wrong."""
    from responder.cli.health import close_what_was_killed, examine, fix
    from responder.project import project_root

    root = project_root()
    done = [*close_what_was_killed(root), *(fix(root) if wants_fixing else ())]
    found = list(examine(root))
    failed = [health for health in found if health.status == "fail"]
    error = None
    if failed:
        first = failed[0]
        more = Phrase("doctor.and_more", {"message": first.message, "n": len(failed) - 1})
        message = more if len(failed) > 1 else first.message
        error = UnhealthyError(message, where=Phrase(f"doctor.name.{first.name}"), hint=first.fix or "")
    payload = {"root": root, "checks": [health.to_json() for health in found], "fixed": done}
    return out.result(payload, lambda: describe(found, done, out.lang), error=error)


def describe(found: Sequence[Health], done: Sequence[Phrase], lang: Language = "en") -> str:
    """Return a line for each check, and under it how to fix what is wrong."""
    tell = Voice(lang, "doctor")
    names = [tell(f"name.{health.name}") for health in found]
    states = {status: tell(f"status.{status}") for status in COLOURS}
    width, state_width = max(map(display_width, names)), max(map(display_width, states.values()))
    lines = [tell("fixed", text=text) for text in done]
    for health, name in zip(found, names, strict=True):
        state = states[health.status]
        painted = paint(state, COLOURS[health.status]) + " " * (state_width - display_width(state))
        lines.append(f"{painted}  {name}{' ' * (width - display_width(name))}  {tell.of(health.message)}")
        if health.fix is not None:
            lines.append(f"{' ' * (state_width + width + 4)}{tell('fix', fix=health.fix)}")
    return "\n".join(lines)
