"""The fourth step: how far the training is, and the queue."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.workbench.bench import Bench, see_other
from responder.workbench.forms import Form

__all__ = ["progress_of", "routes"]


def progress_of(bench: Bench, name: str, cancel_at: str) -> dict[str, Any]:
    """Return what is shown of the last job of a name: its steps, and which jobs are ahead of it."""
    bench.jobs.advance()
    jobs = bench.jobs.all()
    job = next((job for job in jobs if job.name == name), None)
    waiting = [other for other in reversed(jobs) if other.is_open and job is not None and other.id < job.id]
    steps = [] if job is None else bench.jobs.steps(job)
    return {"job": job, "progress": steps, "waiting": waiting, "cancel_at": cancel_at}


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def show(request: Request) -> Response:
        """Answer with the page, or with the part of it that changes, for the script that renews it."""
        work = bench.work_of(request)
        part = "progress.html.j2" if "part" in request.query_params else "train.html.j2"
        return bench.page(request, part, work, **progress_of(bench, work.name, f"/w/{work.name}/cancel"))

    async def cancel(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        job = bench.jobs.last_of(work.name)
        if job is not None:
            bench.jobs.cancel(job.id)
        return see_other(f"/w/{work.name}/train")

    async def resume(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        job = bench.jobs.last_of(work.name)
        if job is not None:
            bench.jobs.resume(job.id)
        return see_other(f"/w/{work.name}/train")

    return [
        bench.get("/w/{name}/train", show),
        bench.post("/w/{name}/cancel", cancel),
        bench.post("/w/{name}/resume", resume),
    ]
