"""``--workers``: whom a command shares its work out to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from responder.cli.output import Output

if TYPE_CHECKING:
    from responder.workers import Workers

__all__ = ["processes_of", "told_workers", "workers_option"]

F = TypeVar("F", bound=Callable[..., Any])


def workers_option(function: F) -> F:
    """Give a command ``--workers``, by its older name ``--jobs``, or from the environment; see `told_workers`."""
    return click.option("--workers", "--jobs", "workers", metavar="N|ADDRESS", envvar="RESPONDER_WORKERS")(function)


def processes_of(asked: str | None) -> int:
    """Return how many processes of this machine work; 1 for a cluster, of which nothing is known before it answers."""
    from responder.workers.local import most_prepared

    if asked is None:
        return most_prepared()
    return max(1, int(asked)) if asked.isdecimal() else 1


@contextmanager
def told_workers(out: Output, asked: str | None) -> Iterator[Workers]:
    """Open the workers that were asked for, by default one process for each core, and tell who they are."""
    from responder.workers import open_workers, prepared_processes

    if asked is None:
        yield prepared_processes()
        return
    with open_workers(asked) as workers:
        if workers.about is not None:
            out.narrate.say(workers.about)
        yield workers
