"""Who may come in: whoever opened the link, in one browser; what the browser is asked to bring to every form."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from responder.web.guard import App, Receive, RefusedRequestError, Scope, Send

__all__ = ["CSRF_FIELD", "Door", "cookies_of"]

CSRF_FIELD = "csrf"
OPEN_PATHS = "/static/"
"""What is asked before anybody is known: it tells nothing."""


class Door:
    """A key that opens once, the cookie that it is changed for, and a token for forms.

    The cookie is kept by the browser until it is closed, never sent along from another site, and not shown to scripts.
    Its name differs from run to run: a browser sends cookies to every port of this machine.

    Parameters
    ----------
    key : str, optional
        What the opened link brings; drawn by default.

    Examples
    --------
    >>> door = Door("secret")
    >>> door.admits({}), door.admits({door.cookie_name: door.pass_of("secret")}), door.pass_of("secret")
    (False, True, '')
    """

    def __init__(self, key: str = "") -> None:
        self._key = key or secrets.token_urlsafe(32)
        self._pass = secrets.token_urlsafe(32)
        self.cookie_name = f"workbench_{secrets.token_hex(4)}"
        self.csrf = secrets.token_urlsafe(32)
        self._is_used = False

    @property
    def link(self) -> str:
        """What stands behind the address of the workbench in the link that opens it."""
        return f"open?key={self._key}"

    def pass_of(self, key: str) -> str:
        """Return what the cookie holds, once, for the right key; else an empty string."""
        if self._is_used or not hmac.compare_digest(key.encode(), self._key.encode()):
            return ""
        self._is_used = True
        return self._pass

    def admits(self, cookies: Mapping[str, str]) -> bool:
        """Return whether these are the cookies of whoever opened the link."""
        return hmac.compare_digest(cookies.get(self.cookie_name, "").encode(), self._pass.encode())

    def is_own_form(self, token: str) -> bool:
        """Return whether a form was drawn by this workbench."""
        return hmac.compare_digest(token.encode(), self.csrf.encode())

    def cookie(self, value: str) -> str:
        """Return the header that sets the cookie."""
        return f"{self.cookie_name}={value}; Path=/; HttpOnly; SameSite=Strict"

    def around(self, app: App) -> App:
        """Return the application behind the door: without its cookie only the link and the style are answered."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            if scope["type"] != "http" or path == "/open" or path.startswith(OPEN_PATHS):
                await app(scope, receive, send)
                return
            if not self.admits(cookies_of(scope)):
                raise RefusedRequestError(403, "workbench_no_key", "no_token")
            await app(scope, receive, send)

        return guarded

    @staticmethod
    def key_in(scope: Scope) -> str:
        """Return the key that an address brings."""
        query: bytes = scope.get("query_string", b"")
        return parse_qs(query.decode("latin-1")).get("key", [""])[0]


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request; none where they cannot be read."""
    found: SimpleCookie = SimpleCookie()
    for key, value in scope["headers"]:
        if key.lower() == b"cookie":
            try:
                found.load(value.decode("latin-1"))
            except CookieError:
                return {}
    return {name: morsel.value for name, morsel in found.items()}
