"""``responder doctor``: versions, store, locks, write access; what is wrong and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options, paint
from responder.errors import ResponderError

if TYPE_CHECKING:
    from responder.cli.health import Health

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


class UnhealthyError(ResponderError):
    """Something around the program is broken."""

    kind = "unhealthy"
    exit_code = 1


@click.command("doctor")
@click.option("--mend", "wants_mending", is_flag=True, help="Mend moved artifact paths and runs that never ended.")
@common_options
def command(out: Output, wants_mending: bool) -> int:
    """Say what is wrong with versions, store, locks and access, and how to mend it."""
    from responder.cli.health import examine, mend
    from responder.project import project_root

    root = project_root()
    done = list(mend(root)) if wants_mending else []
    found = list(examine(root))
    failed = [health for health in found if health.status == "fail"]
    error = None
    if failed:
        first = failed[0]
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        error = UnhealthyError(f"{first.message}{more}", where=first.name, hint=first.mend)
    payload = {"root": root, "checks": [health.to_json() for health in found], "mended": done}
    return out.result(payload, lambda: describe(found, done), error=error)


def describe(found: list[Health], done: list[str]) -> str:
    """Return a line a check, and under it how to mend it."""
    width = max(len(health.name) for health in found)
    lines = [f"mended  {text}" for text in done]
    for health in found:
        status = paint(health.status.ljust(4), COLOURS[health.status])
        lines.append(f"{status}  {health.name.ljust(width)}  {health.message}")
        if health.mend:
            lines.append(f"{' ' * (width + 8)}mend: {health.mend}")
    return "\n".join(lines)
