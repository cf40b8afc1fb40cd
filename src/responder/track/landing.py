"""The MLflow server that ``responder ui`` starts: MLflow's own application behind two doors of this project.

Its page is told, before it starts, what a browser that has never seen it cannot know: that the runs are of trained
models, not of language models, and that no assistant is wanted. Requests from pages of other origins are refused:
MLflow itself takes those of every port of this machine, whatever it was told to allow. Names of preferences and of
internal settings are those of the MLflow version that is pinned; a test looks at the page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.track.client import open_client
from responder.track.view import experiments_url, runs_url

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["OwnOriginOnly", "application", "landing_page"]

ALWAYS = {"mlflow.workflowType_v1": "machine_learning"}
"""Preferences of the browser that hold however often the page is opened: clicking a run stays in the same frame."""
AT_FIRST = {
    "mlflow.assistant.panelOpen_v1": False,
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": True,
    "mlflow.home.getting-started.collapsed_v1": True,
}
"""Preferences until a person says otherwise."""
_SCRIPT = """<script>
(function () {
  var always = %s, first = %s, start = %s;
  try {
    for (var name in always) localStorage.setItem(name, JSON.stringify(always[name]));
    for (name in first) if (localStorage.getItem(name) === null) localStorage.setItem(name, JSON.stringify(first[name]));
  } catch (error) { /* a browser that stores nothing shows the page as MLflow does */ }
  if (["", "#", "#/"].indexOf(location.hash) >= 0) location.hash = start;
})();
</script>"""
_FORBIDDEN = b"This server answers its own pages alone."


def landing_page(index: str, start: str) -> str:
    """Return MLflow's page with what it shall know before it starts.

    Parameters
    ----------
    index : str
        MLflow's ``index.html``.
    start : str
        Where an address without a page leads: the part of a link from ``#``.

    Examples
    --------
    >>> "machine_learning" in landing_page("<head></head>", "#/experiments")
    True
    """
    # within a script only '<' could end it
    told = (json.dumps(value).replace("<", "\\u003c") for value in (ALWAYS, AT_FIRST, start))
    return index.replace("<head>", "<head>" + _SCRIPT % tuple(told), 1)


class OwnOriginOnly:
    """Refuse what a page of another origin asks; a request that names no origin is none of a foreign page.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    origins : collection of str
        Its own, such as ``http://127.0.0.1:5000``.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self.app = app
        self.origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 403."""
        origin = dict(scope.get("headers", ())).get(b"origin")
        if origin is None or origin in self.origins:
            await self.app(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": _FORBIDDEN})


def application() -> OwnOriginOnly:
    """Return the application, for uvicorn; which store and which origins are its own, the environment says."""
    from mlflow.server import constants

    store = os.environ["MLFLOW_BACKEND_STORE_URI"]
    settings = {
        constants.BACKEND_STORE_URI_ENV_VAR: store,
        constants.REGISTRY_STORE_URI_ENV_VAR: store,
        constants.ARTIFACT_ROOT_ENV_VAR: "mlflow-artifacts:/",
        constants.ARTIFACTS_DESTINATION_ENV_VAR: "./mlartifacts",
        constants.SERVE_ARTIFACTS_ENV_VAR: "true",
    }
    os.environ.update(settings)
    import mlflow.server
    from mlflow.server.fastapi_app import app
    from mlflow.server.handlers import initialize_backend_stores
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    initialize_backend_stores(store, store, settings[constants.ARTIFACT_ROOT_ENV_VAR])
    index = (Path(mlflow.server.__file__).parent / mlflow.server.REL_STATIC_DIR / "index.html").read_text("utf-8")
    client = open_client(store)

    def landing(_: Request) -> Response:
        return HTMLResponse(landing_page(index, _start(client)), headers={"Cache-Control": "no-store"})

    app.router.routes.insert(0, Route("/", landing))
    return OwnOriginOnly(app, os.environ["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"].split(","))


def _start(client: MlflowClient) -> str:
    """Return where the newest run is, from ``#``; the list of experiments where there is none."""
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    newest: list[Any] = client.search_runs(ids, order_by=["attributes.start_time DESC"], max_results=1) if ids else []
    link = runs_url("", newest[0].info.experiment_id) if newest else experiments_url("")
    return link.removeprefix("/")
