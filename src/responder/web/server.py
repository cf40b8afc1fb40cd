"""Run the service: on this machine alone unless a token guards it, and without patience for silent clients."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from responder.errors import UsageError
from responder.score.bundle import Bundle
from responder.words import Phrase, knows

if TYPE_CHECKING:
    from responder.web.service import Service

__all__ = ["Address", "run_app", "serve"]

SECONDS_FOR_HEADERS = 10.0
MOST_CONNECTIONS = 4096
"""Beyond these the server answers 503 itself; the line of those who wait for a score is much shorter."""
WAITING_TO_CONNECT = 2048
SHORTEST_TOKEN = 16
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Address:
    """Where the service listens, under which names, behind which token.

    Attributes
    ----------
    host : str
        Address to bind.
    port : int
        0 for any free one.
    names : tuple of str
        Further names under which it may be asked.
    token : str
        Empty for none.

    Raises
    ------
    UsageError
        If it would be reachable from other machines without a token of at least 16 characters, or by no name.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    token: str = ""

    def __post_init__(self) -> None:
        if self.token and len(self.token) < SHORTEST_TOKEN:
            raise UsageError("serve_short_token", where="RESPONDER_TOKEN", least=SHORTEST_TOKEN)
        if not self.is_local and not self.token:
            raise UsageError("serve_unguarded", where=f"--host {self.host}")
        if self.is_unspecified and not self.names:
            raise UsageError("serve_no_name", where=f"--host {self.host}")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        address = self._ip()
        return address is not None and address.is_loopback

    @property
    def is_unspecified(self) -> bool:
        """Whether it listens on every address of the machine."""
        address = self._ip()
        return address is not None and address.is_unspecified

    @property
    def known_as(self) -> tuple[str, ...]:
        """Names that a request may give as its host."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        return (*LOOPBACK_NAMES, own, *self.names)

    def _ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host)
        return None


def serve(
    bundle: Bundle,
    address: Address,
    announce: Callable[[str], None],
    language: str = "en",
    *,
    reload: Callable[[], Bundle | None] | None = None,
    log: Callable[[str], None] | None = None,
) -> None:
    """Serve a bundle until interrupted.

    Parameters
    ----------
    bundle : Bundle
        What answers.
    address : Address
        Where.
    announce : callable
        Told the address once the service listens.
    language : str
        Of what is said to a request that asks for none.
    reload : callable, optional
        Asked on SIGHUP for the bundle that answers from then on; None keeps the present one.
    log : callable, optional
        Told one line a request, without any value.

    Raises
    ------
    UsageError
        If the address cannot be bound.
    """
    from responder.web.app import create_app

    app = create_app(bundle, hosts=address.known_as, token=address.token, language=language, log=log)
    with _reloaded_on_hangup(app, reload):
        run_app(app, address, announce)


def run_app(app: Any, address: Address, announce: Callable[[str], None]) -> None:
    """Run an ASGI application until interrupted; see `serve`.

    Raises
    ------
    UsageError
        If the address cannot be bound.
    """
    config = uvicorn.Config(
        app,
        http=_ImpatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,  # it would hold whatever somebody put into an address
        log_level="critical",
        server_header=False,
        date_header=True,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=5,
        h11_max_incomplete_event_size=16_384,
    )
    with _bound(address) as listening:
        host, port = listening.getsockname()[:2]
        shown = address.names[0] if address.is_unspecified else f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{port}/")
        uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def _reloaded_on_hangup(app: Service, reload: Callable[[], Bundle | None] | None) -> Iterator[None]:
    """Replace the bundle on SIGHUP: in a thread of its own, so that requests go on being answered."""
    # only the main thread may take signals, and Windows has no such signal
    if reload is None or not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield
        return
    one_at_a_time = threading.Lock()

    def replace() -> None:
        with one_at_a_time:
            found = reload()
            app.metrics.reloads.labels("kept" if found is None else "replaced").inc()
            if found is not None:
                app.replace(found)

    before = signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=replace, daemon=True).start())
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
        listening.listen(WAITING_TO_CONNECT)
    except OSError as error:
        listening.close()
        where = Phrase("place.listening", {"host": address.host, "port": address.port})
        known = f"error.serve_cannot_listen.{errno.errorcode.get(error.errno or 0)}"
        reason = Phrase(known) if knows(known) else error.strerror or type(error).__name__
        raise UsageError("serve_cannot_listen", where=where, reason=reason) from error
    return listening


class _ImpatientProtocol(H11Protocol):
    """Close a connection on which no request is being answered and none arrives whole; uvicorn waits for ever.

    Its own limit, that of idle connections, ends with the first byte of a next request, or of a body that nobody
    reads.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Let the time run while nothing is being answered: further bytes do not turn it back."""
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._stop_watching()  # the guard limits how long its body may take
        elif self._deadline is None:
            self._deadline = self.loop.call_later(SECONDS_FOR_HEADERS, self.transport.close)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
