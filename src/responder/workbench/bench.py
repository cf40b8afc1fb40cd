"""What all pages of the workbench share: the project, the queue, the door, and how a page is drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from responder.experiment.jobs import Jobs
from responder.score.interval import percent
from responder.web.desk import Desk
from responder.web.guard import RefusedRequestError
from responder.web.language import asked_language
from responder.web.pages import environment_of, other_languages
from responder.words import Voice, languages, said, say
from responder.words.units import unit_words
from responder.workbench.door import CSRF_FIELD, Door, cookies_of
from responder.workbench.forms import Form, read_form
from responder.workbench.work import FOLDER, Work, Works

__all__ = ["STEPS", "Bench", "Handler", "attached", "see_other"]

STEPS = ("choose", "describe", "commit", "train", "read", "score")
LANGUAGE_COOKIE = "workbench_language"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""That of the scoring form, and besides what renews the progress and shows the report in its place."""
Handler = Callable[[Request], Awaitable[Response]]
PostHandler = Callable[[Request, Form], Awaitable[Response]]


def _templates() -> jinja2.Environment:
    found = environment_of(Path(__file__).parent / "templates")
    found.filters.update(percent=percent, unit=unit_words)
    return found


def see_other(address: str) -> Response:
    """Answer a form with the page to look at next, so that going back and reloading send nothing again."""
    return RedirectResponse(address, 303)


def attached(name: str, kind: str, content: bytes) -> Response:
    """Answer with a file to keep."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=kind, headers=headers)


@dataclass(frozen=True)
class Bench:
    """The workbench of one project.

    Attributes
    ----------
    root : Path
        The project; the working folder.
    jobs : Jobs
        Its queue.
    door : Door
        Who may come in.
    language : str
        Of a request that asks for none.
    desk : Desk
        Where tables are read and models score.
    drawing : Desk
        Where figures are drawn, one page after the other: matplotlib serves one thread at a time, and no other page
        has to wait for a figure.
    """

    root: Path
    jobs: Jobs
    door: Door
    language: str = "en"
    desk: Desk = field(default_factory=Desk)
    drawing: Desk = field(default_factory=lambda: Desk(at_once=1))
    templates: jinja2.Environment = field(default_factory=_templates)

    @classmethod
    def of_project(cls, root: Path, door: Door, language: str = "en") -> Bench:
        """Return the workbench of a project."""
        return cls(root, Jobs(root / FOLDER, root), door, language)

    @property
    def works(self) -> Works:
        """The tables at work."""
        return Works(self.root)

    def language_of(self, request: Request) -> str:
        """Return the language that the address asks for, else that of the last page, else the browser's."""
        kept = cookies_of(request.scope).get(LANGUAGE_COOKIE, "")
        if "lang" not in request.query_params and kept in languages():
            return kept
        return asked_language(request.scope, self.language)

    def work_of(self, request: Request) -> Work:
        """Return the work that an address is of.

        Raises
        ------
        RefusedRequestError
            If there is none of that name.
        """
        work = self.works.get(request.path_params["name"])
        if work is None:
            raise RefusedRequestError(404, "rest_not_found", code=404)
        return work

    def row_of(self, request: Request) -> int | None:
        """Return the row that an address asks for, by which a patient is called without being named; None for none."""
        asked = request.query_params.get("row", "")
        return int(asked) if asked.isascii() and asked.isdigit() else None

    def get(self, path: str, handler: Handler) -> Route:
        """Return the route of a page that is looked at."""
        return Route(path, handler, methods=["GET", "HEAD"])

    def post(self, path: str, handler: PostHandler) -> Route:
        """Return the route of a form: one that this workbench did not draw is refused, whichever it is."""

        async def answer(request: Request) -> Response:
            form = read_form(await request.body(), request.headers.get("content-type", ""))
            if not self.door.is_own_form(form.one(CSRF_FIELD)):
                raise RefusedRequestError(403, "workbench_foreign_form", "foreign_form")
            return await handler(request, form)

        return Route(path, answer, methods=["POST"])

    def page(
        self, request: Request, template: str, work: Work | None = None, *, status: int = 200, **values: Any
    ) -> Response:
        """Draw a page: what stands on all of them, and its own."""
        language = self.language_of(request)
        text = self.drawn(language, template, work, **{"path": request.url.path, **values})
        page = HTMLResponse(text, status, headers={"content-security-policy": PAGE_POLICY})
        if request.query_params.get("lang") in languages():
            page.headers.append("set-cookie", f"{LANGUAGE_COOKIE}={language}; Path=/; HttpOnly; SameSite=Strict")
        return page

    def drawn(self, language: str, template: str, work: Work | None = None, **values: Any) -> str:
        """Return the text of a page."""
        step = template.partition(".")[0]
        open_to = {
            "choose": "/" if work is None else f"/w/{work.name}",
            **({} if work is None else self._reachable(work)),
        }
        return self.templates.get_template(template).render(
            t=Voice(language, "workbench"),
            w=Voice(language),
            lang=language,
            html_lang=say("form.html_lang", language),
            others=other_languages(language),
            steps=[(name, open_to.get(name, "")) for name in STEPS],
            work=work,
            csrf=self.door.csrf,
            said=lambda text: said(text, language),
            **{"failure": None, "path": "/", "step": step if step in STEPS else "", **values},
        )

    def _reachable(self, work: Work) -> dict[str, str]:
        """Return the addresses of the steps of a work that can be gone to."""
        base = f"/w/{work.name}"
        found = {"describe": f"{base}/describe"}
        if work.is_described:
            found["commit"] = f"{base}/commit"
        if self.jobs.last_of(work.name) is not None:
            found["train"] = f"{base}/train"
        if work.is_trained:
            found["read"] = f"{base}/read"
            found |= {"score": f"{base}/score"} if work.bundle.is_dir() else {}
        return found
