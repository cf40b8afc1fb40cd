"""The application: a form for people, three routes for programs, and no memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

import responder
from responder.errors import DataRefusedError, ResponderError
from responder.score.answers import answer_many, answer_profile, bundle_identity
from responder.score.bundle import Bundle
from responder.score.reasons import research_use
from responder.web.body import parse_json
from responder.web.desk import Desk
from responder.web.guard import LOCAL_NAMES, Guard, RefusedRequestError, failed, internal_fault, refused_by_framework
from responder.web.language import asked_language
from responder.web.metrics import CONTENT_TYPE, Metrics
from responder.web.openapi import MOST_PROFILES, openapi
from responder.web.pages import STATIC, STATIC_FOLDER, FormPages
from responder.web.service import Service
from responder.words import Phrase, languages, said, said_in

__all__ = ["create_app"]

ROUTES = ("/", "/docs", "/healthz", "/metrics", "/openapi.json", "/v1/model", "/v1/score")
"""Counted and logged by name."""
Answer = Callable[[Request], Awaitable[Response]]
BODY = Phrase("place.request_body")
LanguageOf = Callable[[Request], str]


def create_app(
    bundle: Bundle,
    *,
    hosts: Sequence[str] = LOCAL_NAMES,
    token: str = "",
    language: str = "en",
    desk: Desk | None = None,
    log: Callable[[str], None] | None = None,
) -> Service:
    """Return the ASGI application that serves one bundle, until another is put in its place.

    Parameters
    ----------
    bundle : Bundle
        What answers.
    hosts : sequence of str
        Names under which it may be asked.
    token : str
        What every request must bring, where it is not empty.
    language : str
        Of what is said to a request that asks for none.
    desk : Desk, optional
        Where scores are computed.
    log : callable, optional
        Told one line a request, without any value.
    """
    metrics, scoring = Metrics(responder.__version__), desk or Desk()

    def make(chosen: Bundle) -> Guard:
        return _guarded(chosen, hosts, token, language, scoring, metrics)

    return Service(make, bundle, metrics, ROUTES, log)


def _guarded(bundle: Bundle, hosts: Sequence[str], token: str, language: str, desk: Desk, metrics: Metrics) -> Guard:
    """Return the application of one bundle behind its guard."""

    def language_of(request: Request) -> str:
        return asked_language(request.scope, language)

    described = openapi(bundle, responder.__version__, with_token=bool(token))
    documents = {known: said_in(described, known) for known in languages()}
    models = {known: _model(bundle, known) for known in languages()}
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, debug=False)
    pages = FormPages(bundle, documents, desk, metrics.scored)
    app.add_route("/", _form(pages, language_of), methods=["GET", "POST"])
    app.add_route("/v1/score", _score(bundle, language_of, desk, metrics), methods=["POST"])
    read_only: dict[str, Answer] = {
        "/docs": _docs(pages, language_of),
        "/v1/model": _by_language(models, language_of),
        "/healthz": _always({"ok": True}),
        "/metrics": _counted(metrics),
        "/openapi.json": _by_language(documents, language_of),
        **{f"/static/{name}": _file(STATIC_FOLDER / name, kind) for name, kind in STATIC.items()},
    }
    for path, answer in read_only.items():
        app.add_route(path, answer, methods=["GET", "HEAD"])

    async def http_failure(request: Request, error: Exception) -> Response:
        assert isinstance(error, StarletteHTTPException)
        refused = error if isinstance(error, RefusedRequestError) else refused_by_framework(error.status_code)
        return JSONResponse(refused.content(language_of(request)), error.status_code, headers=error.headers)

    async def refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, ResponderError)
        return JSONResponse(failed(error, language_of(request)), 422)

    async def fault(request: Request, error: Exception) -> Response:
        """Tell the kind of a fault alone: its message may hold what a person typed."""
        return JSONResponse(internal_fault(error).content(language_of(request)), 500)

    app.add_exception_handler(StarletteHTTPException, http_failure)
    app.add_exception_handler(ResponderError, refusal)
    app.add_exception_handler(Exception, fault)
    return Guard(app, hosts, token, language)


def _form(pages: FormPages, language_of: LanguageOf) -> Answer:
    async def form(request: Request) -> Response:
        language = language_of(request)
        if request.method != "POST":
            return pages.empty(language)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            raise RefusedRequestError(415, "rest_not_a_form")
        return await pages.answer(await request.body(), language)

    return form


def _docs(pages: FormPages, language_of: LanguageOf) -> Answer:
    async def docs(request: Request) -> Response:
        return pages.docs(language_of(request))

    return docs


def _score(bundle: Bundle, language_of: LanguageOf, desk: Desk, metrics: Metrics) -> Answer:
    async def score(request: Request) -> Response:
        _require_json(request)
        language, show_anyway = language_of(request), _flag(request, "show_anyway")
        body = await request.body()
        try:
            content = parse_json(body.decode(), BODY)
        except UnicodeDecodeError as error:
            raise RefusedRequestError(400, "rest_not_utf8") from error
        except DataRefusedError as error:
            return JSONResponse(failed(error, language), 400)
        if isinstance(content, list):
            if len(content) > MOST_PROFILES:
                raise RefusedRequestError(413, "rest_too_many", most=MOST_PROFILES)
            if not content:
                raise DataRefusedError("rest_no_profile", where=BODY)
            profiles = [(Phrase("place.profile_number", {"n": n}), profile) for n, profile in enumerate(content, 1)]
            scores = await desk.run(answer_many, bundle, profiles, show_anyway=show_anyway, language=language)
        else:
            scores = [await desk.run(answer_profile, bundle, content, show_anyway=show_anyway, language=language)]
        metrics.scored(score["decision"] for score in scores)
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


def _model(bundle: Bundle, language: str) -> dict[str, Any]:
    ranges = {trait.name: [trait.low, trait.high] for trait in bundle.applicability.traits}
    study = bundle.study
    made = bundle.provenance
    return {
        "schema": "responder/model/1",
        "ok": True,
        "bundle": bundle_identity(bundle),
        "title": said(bundle.model.title, language),
        "study": {
            "id": study.id,
            "title": dict(study.title),
            "intervention": dict(study.intervention),
            "endpoint": dict(study.endpoint),
        },
        "standing": bundle.standing.told(language),
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
        "refits": 0 if bundle.ensemble is None else len(bundle.ensemble),
        "provenance": {
            "cohort_digest": made.cohort_digest,
            "code_version": made.code_version,
            "lock_digest": made.lock_digest,
            "seed": made.seed,
            "experiment": made.experiment,
        },
        "research_use": research_use(language),
    }


def _flag(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "false").casefold()
    if value not in {"true", "false", "1", "0"}:
        raise DataRefusedError("rest_flag", where=Phrase("place.request_query"), name=name)
    return value in {"true", "1"}


def _require_json(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != "application/json":
        raise RefusedRequestError(415, "rest_not_json")


def _by_language(contents: Mapping[str, Any], language_of: LanguageOf) -> Answer:
    async def answer(request: Request) -> Response:
        return JSONResponse(contents[language_of(request)])

    return answer


def _counted(metrics: Metrics) -> Answer:
    async def answer(request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return answer


def _always(content: Mapping[str, Any]) -> Answer:
    async def answer(request: Request) -> Response:
        return JSONResponse(content)

    return answer


def _file(path: Path, kind: str) -> Answer:
    async def answer(request: Request) -> Response:
        return FileResponse(path, media_type=kind)

    return answer
