"""The service as the server sees it: counts and logs every request, and changes its bundle without a pause."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from responder.score.bundle import Bundle
from responder.web.guard import App, Message, Receive, Scope, Send
from responder.web.metrics import METHODS, OTHER, Metrics

__all__ = ["Service"]


class Service:
    """ASGI application around that of one bundle.

    Parameters
    ----------
    make : callable
        From a bundle to the application that serves it.
    bundle : Bundle
        What answers first.
    metrics : Metrics
    routes : collection of str
        Addresses that are counted and logged by name; all others as ``other``.
    log : callable, optional
        Told one line a request: method, route, status, milliseconds. No address is told as it was given, no value.
    """

    def __init__(
        self,
        make: Callable[[Bundle], App],
        bundle: Bundle,
        metrics: Metrics,
        routes: Collection[str],
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.make = make
        self.metrics = metrics
        self.routes = frozenset(routes)
        self.log = log
        self.replace(bundle)

    def replace(self, bundle: Bundle) -> None:
        """Answer from another bundle from the next request on; requests under way end with the one they began with."""
        self.app = self.make(bundle)
        self.metrics.serves(bundle)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and count and log its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            seconds = time.perf_counter() - start
            route = scope["path"] if scope["path"] in self.routes else OTHER
            self.metrics.answered(route, scope["method"], status, seconds)
            if self.log is not None:
                method = scope["method"] if scope["method"] in METHODS else OTHER
                self.log(f"{method} {route} {status} {1000 * seconds:.1f} ms")
