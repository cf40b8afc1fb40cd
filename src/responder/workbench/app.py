"""The application: the routes of all steps, behind the guard of the scoring service and a door of its own."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from responder.errors import ResponderError
from responder.web.guard import LOCAL_NAMES, Guard, RefusedRequestError, internal_fault, refused_by_framework
from responder.web.pages import STATIC, STATIC_FOLDER
from responder.workbench import (
    analyses,
    choosing,
    committing,
    comparing,
    describing,
    eligibility,
    everything,
    explaining,
    many,
    powering,
    reading,
    scoring,
    training,
    what_if,
)
from responder.workbench.bench import Bench, Handler
from responder.workbench.work import Work

__all__ = ["MOST_UPLOAD_BYTES", "create_workbench"]

MOST_UPLOAD_BYTES = 32_000_000
OWN_STATIC = {"workbench.css": "text/css", "workbench.js": "text/javascript"}


def create_workbench(bench: Bench) -> Guard:
    """Return the ASGI application of a workbench.

    Parameters
    ----------
    bench : Bench
        Of the project.
    """
    steps = (choosing, describing, committing, powering, training, reading, scoring)
    beside = (explaining, what_if, comparing, many, analyses, eligibility, everything)
    static = {
        **{f"/static/{name}": (STATIC_FOLDER / name, kind) for name, kind in STATIC.items()},
        **{f"/static/{name}": (Path(__file__).parent / "static" / name, kind) for name, kind in OWN_STATIC.items()},
    }

    async def http_failure(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        refused = error if isinstance(error, RefusedRequestError) else refused_by_framework(error.status_code)
        return bench.page(request, "failure.html.j2", status=error.status_code, failure=refused.failure)

    async def refusal(request: Request, error: Exception) -> Response:
        return bench.page(request, "failure.html.j2", status=422, failure=error)

    async def fault(request: Request, error: Exception) -> Response:
        """Tell the kind of a fault alone: its message may hold what stands in a table."""
        return bench.page(request, "failure.html.j2", status=500, failure=internal_fault(error).failure)

    def told(refused: RefusedRequestError, language: str) -> tuple[str, bytes]:
        page = bench.drawn(language, "failure.html.j2", failure=refused.failure)
        return "text/html; charset=utf-8", page.encode()

    app = Starlette(
        routes=[
            bench.get("/open", _opened(bench)),
            *(bench.get(path, _file(*content)) for path, content in static.items()),
            *(route for step in (*steps, *beside) for route in step.routes(bench)),
        ],
        exception_handlers={HTTPException: http_failure, ResponderError: refusal, Exception: fault},
    )
    return Guard(
        bench.door.around(app),
        LOCAL_NAMES,
        language=bench.language,
        most_body_bytes=MOST_UPLOAD_BYTES,
        words=told,
    )


def _opened(bench: Bench) -> Handler:
    async def opened(request: Request) -> Response:
        value = bench.door.pass_of(bench.door.key_in(request.scope))
        if not value and not bench.door.admits(request.cookies):
            raise RefusedRequestError(403, "workbench_key_used", "no_token")
        # a page that leads on, and no redirect: a browser that comes from another site would keep its cookie back
        work = bench.works.get(request.query_params.get("run", ""))
        page = bench.page(request, "open.html.j2", begin="/" if work is None else _first_page(work))
        if value:
            page.headers.append("set-cookie", bench.door.cookie(value))
        return page

    return opened


def _first_page(work: Work) -> str:
    return f"/w/{work.name}/read" if work.is_trained else f"/w/{work.name}"


def _file(path: Path, kind: str) -> Handler:
    async def answer(request: Request) -> Response:
        return FileResponse(path, media_type=kind)

    return answer
