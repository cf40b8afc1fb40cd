"""The sixth step: the scoring form of the model that was trained."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.score.bundle import Bundle
from responder.score.storage import load_bundle
from responder.web.guard import RefusedRequestError
from responder.web.pages import FormPages
from responder.words import Phrase
from responder.workbench.bench import Bench
from responder.workbench.door import CSRF_FIELD
from responder.workbench.forms import Form
from responder.workbench.work import Work

__all__ = ["model_of", "routes"]


def model_of(work: Work) -> Bundle:
    """Return the trained model of a table.

    Raises
    ------
    RefusedRequestError
        If there is none: nothing was trained, or nothing may score.
    """
    if not work.bundle.is_dir():
        raise RefusedRequestError(404, "workbench_not_trained")
    return load_bundle(work.bundle)


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def pages_of(request: Request) -> FormPages:
        work = bench.work_of(request)
        hidden = {CSRF_FIELD: bench.door.csrf}
        base = f"/w/{work.name}"
        links = {f"{base}/read": Phrase("form.back"), f"{base}/tables": Phrase("workbench.many.head")}
        bundle = await bench.desk.run(model_of, work)
        return FormPages(bundle, {}, bench.desk, lambda _: None, f"{base}/score", hidden, links)

    async def show(request: Request) -> Response:
        return (await pages_of(request)).empty(bench.language_of(request))

    async def score(request: Request, form: Form) -> Response:
        own = [(name, value) for name, values in form.fields.items() if name != CSRF_FIELD for value in values]
        return await (await pages_of(request)).answer(urlencode(own).encode(), bench.language_of(request))

    return [bench.get("/w/{name}/score", show), bench.post("/w/{name}/score", score)]
