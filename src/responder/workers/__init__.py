"""Where work is shared out: in this process, to processes of this machine, or to a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from responder.errors import UsageError
from responder.workers.chunks import CHUNK_SECONDS, in_chunks
from responder.workers.seam import IN_PROCESS, KeptChunks, Workers, WorkersLostError

__all__ = [
    "CHUNK_SECONDS",
    "IN_PROCESS",
    "KeptChunks",
    "Workers",
    "WorkersLostError",
    "in_chunks",
    "open_workers",
    "prepared_processes",
]

MOST_LOCAL = 64


@contextmanager
def open_workers(asked: int | str) -> Iterator[Workers]:
    """Open the workers that somebody asked for.

    Parameters
    ----------
    asked : int or str
        0 or 1: this process. 2 to 64: so many processes of this machine. ``tls://HOST:PORT``, or ``tcp://`` of this
        machine: the workers of a Dask scheduler.

    Raises
    ------
    UsageError
        If it is none of these.
    WorkersLostError
        If a scheduler cannot be reached.

    Examples
    --------
    >>> with open_workers("1") as workers:
    ...     list(workers.map(lambda base, chunk: base + chunk, 10, [1, 2]))
    [11, 12]
    """
    text = str(asked).strip()
    if "://" in text:
        from responder.workers.cluster import connected

        with connected(text) as cluster:
            yield cluster
        return
    if not text.isdecimal() or int(text) > MOST_LOCAL:
        raise UsageError("workers_not_understood", where="--workers", text=text)
    if int(text) < 2:
        yield IN_PROCESS
        return
    from responder.workers.local import LocalProcesses

    yield LocalProcesses(int(text))


def prepared_processes(*modules: str) -> Workers:
    """Return processes of this machine for work that comes later, and begin to import its modules beside this process.

    Parameters
    ----------
    *modules : str
        That the work needs: they are imported once, in a process from which those that work are forked.

    Returns
    -------
    Workers
        One process for each core, four at most; this process alone where there is one core, or nothing to fork from.
    """
    from responder.workers import local

    count = local.most_prepared()
    if count < 2:
        return IN_PROCESS
    local.prepare(*modules)
    return local.LocalProcesses(count)
