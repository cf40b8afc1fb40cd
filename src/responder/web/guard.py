"""What every request must pass, and what every answer carries: host, origin, token, size, time, headers.

Nothing that a person types is logged: not in the access log, which is off, and not in a traceback, which is never
written.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException

from responder.errors import ResponderError
from responder.web.language import asked_language
from responder.words import Phrase

__all__ = [
    "LOCAL_NAMES",
    "MOST_BODY_BYTES",
    "SECONDS_FOR_A_BODY",
    "Guard",
    "RefusedRequestError",
    "failed",
    "internal_fault",
    "refused_by_framework",
]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Words = Callable[["RefusedRequestError", str], tuple[str, bytes]]
"""From a refusal and a language to the kind and the body of the answer."""
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""How this machine is asked for from itself."""
MOST_BODY_BYTES = 1_000_000
SECONDS_FOR_A_BODY = 10.0
SECONDS_TO_RETRY = 1
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({"/healthz"})
"""What a load balancer may ask without a token; it tells nothing."""

CONTENT_POLICY = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    b"base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (
        b"content-security-policy",
        CONTENT_POLICY,
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer a browser hides the origin of its own form
    (b"cache-control", b"no-store"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class RefusedRequestError(HTTPException):
    """A request that is answered without being looked into.

    Parameters
    ----------
    status : int
        Of the answer.
    case : str
        ``error.CASE.what`` of the catalogues says what is wrong, ``error.CASE.fix``, where there is one, what to do.
    kind : str
        As in every failure of this program.
    **values
        What the sentences say.
    """

    def __init__(self, status: int, case: str, kind: str = "request", **values: Any) -> None:
        headers = {}
        if status == 401:
            headers["www-authenticate"] = 'Basic realm="responder", charset="UTF-8"'
        if status in {408, 413}:
            headers["connection"] = "close"  # the rest of the body is not wanted
        if status == 503:
            headers["retry-after"] = str(SECONDS_TO_RETRY)
        super().__init__(status, case, headers)
        self.failure = ResponderError(case, where=Phrase("place.request"), **values)
        self.failure.hint = self.failure.hint or Phrase("error.rest.fix")
        self.failure.kind = kind

    def content(self, language: str) -> dict[str, Any]:
        """Return the answer in a language."""
        return failed(self.failure, language)


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    app : ASGI application
    hosts : sequence of str
        Names under which the service may be asked, without port; all other Host headers are refused, so that a foreign
        page cannot reach the service by a name of its own (DNS rebinding).
    token : str
        Where given, every request but ``/healthz`` needs it, as ``Authorization: Bearer`` or as the password of
        ``Basic``, which a browser asks for by itself.
    language : str
        Of what is said to a request that asks for none.
    most_body_bytes : int
        A longer body is refused.
    words : callable, optional
        How a refusal is told; as JSON by default.
    """

    def __init__(
        self,
        app: App,
        hosts: Sequence[str],
        token: str = "",
        language: str = "en",
        *,
        most_body_bytes: int = MOST_BODY_BYTES,
        words: Words | None = None,
    ) -> None:
        self.app = app
        self.language = language
        self.most_body_bytes = most_body_bytes
        self.words = words or _as_json
        self.hosts = frozenset(host.casefold() for host in hosts)
        self.token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no websockets here; the server closes the connection
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = list(message.get("headers", ()))
                named = {name.lower() for name, _ in own}  # a page with rules of its own says them itself
                message["headers"] = [*own, *(header for header in HEADERS if header[0] not in named)]
            await send(message)

        try:
            headers = {key.lower(): value for key, value in scope["headers"]}
            self._check(scope, headers)
            await self.app(scope, _bounded(receive, headers, self.most_body_bytes), send_guarded)
        except RefusedRequestError as refused:
            if not started:
                await self._answer(scope, send_guarded, refused)
        except Exception as error:  # noqa: BLE001 - the server would log its message, which may hold what was typed
            if not started:
                await self._answer(scope, send_guarded, internal_fault(error))

    async def _answer(self, scope: Scope, send: Send, refused: RefusedRequestError) -> None:
        kind, body = self.words(refused, asked_language(scope, self.language))
        stated = {"content-type": kind, "content-length": str(len(body)), **(refused.headers or {})}
        encoded = [(name.encode(), value.encode()) for name, value in stated.items()]
        await send({"type": "http.response.start", "status": refused.status_code, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    def _check(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1").casefold()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self.hosts:
            raise RefusedRequestError(400, "rest_foreign_host", "foreign_host")
        if scope["method"] not in SAFE_METHODS:
            origin = headers.get(b"origin", b"").decode("latin-1").casefold()
            if origin and origin not in {f"http://{host}", f"https://{host}"}:
                raise RefusedRequestError(403, "rest_foreign_origin", "foreign_origin")
        if self.token and scope["path"] not in OPEN_PATHS and not self._has_token(headers.get(b"authorization", b"")):
            raise RefusedRequestError(401, "rest_no_token", "no_token")

    def _has_token(self, given: bytes) -> bool:
        scheme, _, secret = given.partition(b" ")
        if scheme.lower() == b"basic":
            try:
                secret = base64.b64decode(secret, validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return False
        elif scheme.lower() != b"bearer":
            return False
        return hmac.compare_digest(secret.strip(), self.token)


def failed(error: ResponderError, language: str) -> dict[str, Any]:
    """Return the answer that tells a failure."""
    return {"ok": False, "error": error.to_json(language)}


def internal_fault(error: Exception) -> RefusedRequestError:
    """Return what is told of a fault of the program: its kind, and nothing of its message, which may hold values."""
    told = RefusedRequestError(500, "rest_fault", name=type(error).__name__)
    told.failure = ResponderError("rest_fault", where=Phrase("place.service"), name=type(error).__name__)
    return told


def refused_by_framework(status: int) -> RefusedRequestError:
    """Return the failure of a request that the framework refuses."""
    case = {404: "rest_not_found", 405: "rest_not_allowed"}.get(status, "rest_failed")
    return RefusedRequestError(status, case, code=status)


def _bounded(receive: Receive, headers: dict[bytes, bytes], most: int) -> Receive:
    """Return a way to receive a body that ends in a refusal when it grows too long or takes too long."""
    stated = headers.get(b"content-length", b"0")
    if not stated.isdigit() or int(stated[:18]) > most:
        raise _too_large(most)
    deadline = asyncio.get_running_loop().time() + SECONDS_FOR_A_BODY
    received, whole = 0, False

    async def receive_bounded() -> Message:
        nonlocal received, whole
        if whole:
            return await receive()  # what is left to wait for is the end of the connection
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise RefusedRequestError(408, "rest_too_slow", "too_slow") from error
        received += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if received > most:
            raise _too_large(most)
        return message

    return receive_bounded


def _too_large(most: int) -> RefusedRequestError:
    return RefusedRequestError(413, "rest_too_large", "too_large", most=most // 1000)


def _as_json(refused: RefusedRequestError, language: str) -> tuple[str, bytes]:
    return "application/json", json.dumps(refused.content(language), ensure_ascii=False).encode()
