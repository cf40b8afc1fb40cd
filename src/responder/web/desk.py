"""Where scores are computed: off the event loop, a few at a time, behind a line of bounded length."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from responder.web.guard import RefusedRequestError

__all__ = ["Desk"]

AT_ONCE = 2
MOST_WAITING = 256
T = TypeVar("T")


class Desk:
    """Run scoring in threads, so that nobody else waits for it, and refuse what would have to wait too long.

    Parameters
    ----------
    at_once : int
        Requests that are scored at the same time.
    most_waiting : int
        Requests that wait for their turn; one more is answered 503 with ``Retry-After``.
    """

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self.limiter = anyio.CapacityLimiter(at_once)
        self.most = at_once + most_waiting
        self.inside = 0

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Return what a function returns, in its turn.

        Raises
        ------
        RefusedRequestError
            If too many are waiting.
        """
        if self.inside >= self.most:
            raise RefusedRequestError(503, "rest_busy", "busy")
        self.inside += 1
        try:
            return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self.limiter)
        finally:
            self.inside -= 1
