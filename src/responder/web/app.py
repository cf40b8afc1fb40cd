"""The application: a form for people, three routes for programs, and no memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jinja2
from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

import responder
from responder.errors import DataRefusedError, ResponderError
from responder.score.answers import answer_many, answer_profile, bundle_identity
from responder.score.bundle import Bundle
from responder.score.interval import percent
from responder.score.reasons import RESEARCH_USE, research_use
from responder.score.scorer import Score, score_profile
from responder.score.sensitivity import Sensitivity, what_would_change
from responder.score.units import unit_words
from responder.web.body import parse_json
from responder.web.drawing import probability_bar, waterfall
from responder.web.form import Typed, form_fields, read_form
from responder.web.guard import Guard, RefusedRequestError, internal_fault
from responder.web.openapi import example_profile, openapi
from responder.web.text import TEXT

__all__ = ["create_app"]

HERE = Path(__file__).parent
MOST_PROFILES = 1000
STATIC = {"form.css": "text/css", "form.js": "text/javascript", "icon.svg": "image/svg+xml"}
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
Answer = Callable[[Request], Awaitable[Response]]


def create_app(bundle: Bundle, *, hosts: Sequence[str] = LOCAL_NAMES, token: str = "") -> Guard:
    """Return the ASGI application that serves one bundle.

    Parameters
    ----------
    bundle : Bundle
        What answers.
    hosts : sequence of str
        Names under which it may be asked.
    token : str
        What every request must bring, where it is not empty.
    """
    document = openapi(bundle, responder.__version__, with_token=bool(token))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, debug=False)
    pages = _Pages(bundle, document)
    app.add_route("/", pages.form, methods=["GET", "POST"])
    app.add_route("/v1/score", _score(bundle), methods=["POST"])
    read_only: dict[str, Answer] = {
        "/docs": pages.docs,
        "/v1/model": _always(_model(bundle)),
        "/healthz": _always({"ok": True}),
        "/openapi.json": _always(document),
        **{f"/static/{name}": _file(HERE / "static" / name, kind) for name, kind in STATIC.items()},
    }
    for path, answer in read_only.items():
        app.add_route(path, answer, methods=["GET", "HEAD"])
    app.add_exception_handler(StarletteHTTPException, _http_failure)
    app.add_exception_handler(ResponderError, _refusal)
    app.add_exception_handler(Exception, _fault)
    return Guard(app, hosts, token)


def _score(bundle: Bundle) -> Answer:
    async def score(request: Request) -> Response:
        _require_json(request)
        show_anyway = _flag(request, "show_anyway")
        body = await request.body()
        try:
            content = parse_json(body.decode(), "body")
        except UnicodeDecodeError as error:
            raise HTTPException(400, "the body is not UTF-8 text") from error
        except DataRefusedError as error:
            raise HTTPException(400, error.message) from error
        if isinstance(content, list):
            if len(content) > MOST_PROFILES:
                raise HTTPException(413, f"more than {MOST_PROFILES} profiles; use 'responder score' for files")
            if not content:
                raise DataRefusedError("there is no profile", where="body", hint="send at least one")
            profiles = [(f"profile {index}", profile) for index, profile in enumerate(content, 1)]
            # many take long enough to keep others waiting
            scores = await run_in_threadpool(answer_many, bundle, profiles, show_anyway=show_anyway)
        else:
            scores = [answer_profile(bundle, content, show_anyway=show_anyway)]
        counts = {word: sum(s["decision"] == word for s in scores) for word in ("abstained", "refused")}
        return JSONResponse(
            {
                "schema": "responder/score/1",
                "ok": True,
                "bundle": bundle_identity(bundle),
                "counts": {"profiles": len(scores), **counts},
                "scores": scores,
            }
        )

    return score


def _model(bundle: Bundle) -> dict[str, Any]:
    ranges = {trait.name: [trait.low, trait.high] for trait in bundle.applicability.traits}
    study = bundle.study
    made = bundle.provenance
    return {
        "schema": "responder/model/1",
        "ok": True,
        "bundle": bundle_identity(bundle),
        "title": {"en": bundle.model.title, "zh": bundle.model.title_zh},
        "study": {
            "id": study.id,
            "title": dict(study.title),
            "intervention": dict(study.intervention),
            "endpoint": dict(study.endpoint),
        },
        "standing": bundle.standing.to_json(),
        "traits": [
            {
                "name": sheet.name,
                "aliases": list(sheet.code.aliases),
                "kind": sheet.code.kind,
                "unit": sheet.code.unit,
                "units": dict(sheet.code.units),
                "levels": list(sheet.code.levels),
                "labels": dict(sheet.code.labels),
                "plausible": sheet.code.plausible,
                "reference": sheet.code.reference,
                "training_range": ranges[sheet.name],
            }
            for sheet in bundle.traits
        ],
        "refits": len(bundle.ensemble),
        "provenance": {
            "cohort_digest": made.cohort_digest,
            "code_version": made.code_version,
            "lock_digest": made.lock_digest,
            "seed": made.seed,
            "experiment": made.experiment,
        },
        "research_use": dict(RESEARCH_USE),
    }


class _Pages:
    """The pages for people."""

    def __init__(self, bundle: Bundle, document: Mapping[str, Any]) -> None:
        self.bundle = bundle
        self.document = document
        self.templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters.update(percent=percent, unit=unit_words)

    async def form(self, request: Request) -> Response:
        """Answer with the empty form, or with the form as it was filled in and the score."""
        if request.method != "POST":
            return self._page(Typed(_language(request)), None, None)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            raise HTTPException(415, "a form is sent as application/x-www-form-urlencoded")
        try:
            typed = read_form(self.bundle, await request.body(), _language(request))
        except ValueError as error:
            raise HTTPException(400, "the form cannot be read") from error
        if not typed.asked or typed.errors or not typed.profile:
            return self._page(typed, None, None, status=422 if typed.asked else 200)
        score = score_profile(self.bundle, typed.profile, show_anyway=typed.show_anyway)
        changes = what_would_change(self.bundle, typed.profile, show_anyway=typed.show_anyway)
        return self._page(typed, score, changes)

    async def docs(self, request: Request) -> Response:
        """Answer with the description of the REST service, which needs nothing from elsewhere."""
        page = self.templates.get_template("docs.html.j2").render(
            document=self.document,
            bundle=self.bundle,
            example=example_profile(self.bundle),
            ranges={trait.name: trait for trait in self.bundle.applicability.traits},
            research_use=research_use("en"),
        )
        return HTMLResponse(page)

    def _page(self, typed: Typed, score: Score | None, changes: Sensitivity | None, status: int = 200) -> Response:
        lang, bundle = typed.lang, self.bundle
        page = self.templates.get_template("form.html.j2").render(
            t=TEXT[lang],
            lang=lang,
            typed=typed,
            bundle=bundle,
            standing=bundle.standing,
            title=_words(bundle.study.title, lang),
            endpoint=_words(bundle.study.endpoint, lang),
            intervention=_words(bundle.study.intervention, lang),
            model_title=bundle.model.title_zh if lang == "zh" and bundle.model.title_zh else bundle.model.title,
            fields=form_fields(bundle, typed),
            sheets={sheet.name: sheet for sheet in bundle.traits},
            score=score,
            changes=changes,
            undeclared=[bundle.sheet(name).label(lang) for name in changes.not_declared] if changes else [],
            bar=None if score is None else probability_bar(score),
            steps=None if score is None else waterfall(score, lang),
            research_use=research_use(lang),
        )
        return HTMLResponse(page, status)


def _words(words: Mapping[str, str], lang: str) -> str:
    return words.get(lang) or words.get("en", "")


def _language(request: Request) -> str:
    """Return the language asked for in the address, else that which the browser prefers."""
    asked = request.query_params.get("lang", "")
    if asked in TEXT:
        return asked
    preferred = request.headers.get("accept-language", "").casefold()
    chinese, english = preferred.find("zh"), preferred.find("en")
    return "zh" if chinese >= 0 and (english < 0 or chinese < english) else "en"


def _flag(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "false").casefold()
    if value not in {"true", "false", "1", "0"}:
        raise DataRefusedError(f"'{name}' is neither true nor false", where="query", hint=f"write {name}=true")
    return value in {"true", "1"}


def _require_json(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != "application/json":
        raise HTTPException(415, "the body must be application/json")


def _always(content: Mapping[str, Any]) -> Answer:
    async def answer(request: Request) -> Response:
        return JSONResponse(content)

    return answer


def _file(path: Path, kind: str) -> Answer:
    async def answer(request: Request) -> Response:
        return FileResponse(path, media_type=kind)

    return answer


async def _fault(request: Request, error: Exception) -> Response:
    """Tell the kind of a fault alone: its message may hold what a person typed."""
    return JSONResponse({"ok": False, "error": internal_fault(error)}, 500)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, ResponderError)
    return JSONResponse({"ok": False, "error": error.to_json()}, 422)


async def _http_failure(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    if isinstance(error, RefusedRequestError):
        return JSONResponse(error.content, error.status_code, headers=error.headers)
    usual = error.detail == HTTPStatus(error.status_code).phrase
    told = {"kind": "request", "message": error.detail.lower() if usual else error.detail, "where": "request"}
    return JSONResponse({"ok": False, "error": {**told, "hint": "see /docs"}}, error.status_code, headers=error.headers)
