"""Workers of a Dask cluster, on this machine or, encrypted, on others."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from responder.errors import ConfigError, UsageError
from responder.words import Phrase
from responder.workers.identity import differences, identity
from responder.workers.memory import keep_freed_memory
from responder.workers.seam import IN_PROCESS, ExecutorWorkers, Submit, Workers, WorkersLostError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["DaskCluster", "connected"]

CONNECT_SECONDS = 10
HAND_OUT_SECONDS = 60
WITHOUT_WORKERS_SECONDS = 60.0
"""How long a cluster may be without any worker, as when a queue starts new ones, before that is told."""


class ConnectionLostError(Exception):
    """The result of a chunk was there, and the connection ended before it came over."""


class DaskCluster(ExecutorWorkers):
    """The workers of a scheduler.

    A chunk whose worker is killed is given to another one by the scheduler itself. What was handed to all workers is
    handed out again when all that held it are gone.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    address : str
        How the user named the scheduler.
    """

    losses = (CancelledError, ConnectionLostError)

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address = client, address
        self._alone_since: float | None = None

    @property
    def count(self) -> int:
        """How many chunks are worked on at once; asked so often that a scheduler which is lost may be told here."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, CancelledError) as error:  # TimeoutError and what Dask raises of a connection are OSError
            raise self._given_up() from error

    @property
    def about(self) -> Phrase:
        """How many they are, and the page on which they can be watched."""
        link = self._client.dashboard_link or ""
        values = {"n": self.count, "address": self._address, "link": link}
        return Phrase("workers.cluster" if link else "workers.cluster_unseen", values)

    @property
    def nearby(self) -> Workers:
        """Nobody but this process: whether a worker is on this machine is not known."""
        return IN_PROCESS

    @contextmanager
    def _opened(self, function: Callable[[Any, Any], Any], shared: Any) -> Iterator[Submit]:
        from distributed import KilledWorker

        if self._client.status != "running":
            raise self._given_up()
        _require_private(self._address, self._client)
        try:
            # as a member of a list, else it would be taken apart
            (data,) = self._client.scatter([shared], broadcast=True, hash=False, timeout=HAND_OUT_SECONDS)
        except OSError as error:  # TimeoutError and what Dask raises of a connection are
            raise self._given_up() from error
        expected, handed_out = identity(), {}

        def submit(function: Callable[[Any, Any], Any], chunk: Any) -> Future[Any]:
            future: Future[Any] = Future()
            handed_out[future] = self._client.submit(_call, function, data, chunk, expected, pure=False)
            handed_out[future].add_done_callback(lambda _: _pass_on(handed_out.pop(future), future))
            return future

        try:
            yield submit
        except KilledWorker as error:
            raise WorkersLostError("chunk_kills_workers", where=self._address) from error
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing to cancel
                self._client.cancel(list(handed_out.values()))

    def _look(self) -> None:
        if self._client.status != "running":
            raise self._given_up()
        if self.count:
            self._alone_since = None
            return
        self._alone_since = self._alone_since or time.monotonic()
        if time.monotonic() - self._alone_since > WITHOUT_WORKERS_SECONDS:
            raise WorkersLostError("cluster_without_workers", where=self._address)

    def _given_up(self) -> WorkersLostError:
        return WorkersLostError("scheduler_lost", where=self._address)


@contextmanager
def connected(address: str) -> Iterator[DaskCluster]:
    """Connect to a scheduler whose workers run the same code as this program.

    Parameters
    ----------
    address : str
        ``tls://HOST:PORT``, or ``tcp://`` of this machine.

    Raises
    ------
    UsageError
        If the address is not one, or leads to another machine without encryption.
    ModuleNotFoundError
        If Dask is not installed.
    WorkersLostError
        If nobody answers, or the scheduler has no worker.
    ConfigError
        If a worker runs another version of this program or of a package.
    """
    _require_encryption(address)
    from distributed import Client, Security

    if address.startswith("tls:") and Security().get_connection_args("client")["ssl_context"] is None:
        raise WorkersLostError("no_certificate", where=address)
    # each failure is told once, in this program's own words
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared below, more strictly
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkersLostError("scheduler_unreachable", where=address) from error
    try:
        _require_private(address, client)
        _require_same_code(address, client)
        yield DaskCluster(client, address)
    finally:
        with contextlib.suppress(Exception):  # nothing that is closed can be lost any more
            client.close(timeout=CONNECT_SECONDS)


def _require_encryption(address: str) -> None:
    """Refuse an address that is none, or that leads off this machine in the clear."""
    parts = urlsplit(address)
    try:
        has_port = parts.port is not None
    except ValueError:
        has_port = False
    if parts.scheme not in {"tcp", "tls"} or not parts.hostname or not has_port:
        raise UsageError("workers_not_understood", where="--workers", text=address)
    if parts.scheme == "tcp" and not _is_this_machine(parts.hostname):
        raise UsageError("workers_in_the_clear", where="--workers", address=address, host=parts.netloc)


def _require_private(address: str, client: Client) -> None:
    """Refuse workers elsewhere that a scheduler on this machine reaches in the clear: patients' values go to them."""
    for worker in client.scheduler_info(n_workers=-1)["workers"]:
        parts = urlsplit(worker)
        if parts.scheme != "tls" and not _is_this_machine(parts.hostname or ""):
            raise UsageError("worker_in_the_clear", where=address, worker=worker)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_same_code(address: str, client: Client) -> None:
    found = client.run(identity, on_error="return")
    if not found:
        raise WorkersLostError("cluster_without_workers", where=address)
    for worker, there in found.items():
        _require_same(f"{address}, {worker}", there)


def _require_same(where: str, there: dict[str, str] | BaseException) -> None:
    if isinstance(there, BaseException):  # it has no such program, or an earlier one that does not know the question
        raise ConfigError("worker_without_program", where=where)
    here = identity()
    if names := differences(here, there):
        name = names[0]
        raise ConfigError("worker_differs", where=where, name=name, here=here[name], there=there.get(name, "none"))


def _pass_on(handed_out: Any, future: Future[Any]) -> None:
    """Give a `concurrent.futures` future what Dask's own has.

    Dask's executor does the same, but leaves a future pending for ever when the connection ends in between.
    """
    from distributed.comm.core import CommClosedError

    try:
        future.set_result(handed_out.result())
    except CommClosedError as error:
        future.set_exception(ConnectionLostError(str(error)))
    except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever the chunk raised is raised where it is waited for
        future.set_exception(error)


def _call(function: Callable[[Any, Any], Any], shared: Any, chunk: Any, expected: dict[str, str]) -> Any:
    """In a worker: compute one chunk; a worker that joined later may run other code, and is found out here."""
    own = identity()
    if names := differences(expected, own):
        name = names[0]
        raise ConfigError("worker_differs", where="--workers", name=name, here=expected[name], there=own[name])
    keep_freed_memory()
    return function(shared, chunk)
