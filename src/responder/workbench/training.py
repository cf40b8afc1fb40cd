"""The fourth step: how far the training is, and the queue."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.workbench.bench import Bench, see_other
from responder.workbench.forms import Form

__all__ = ["routes"]


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def show(request: Request) -> Response:
        """Answer with the page, or with the part of it that changes, for the script that renews it."""
        work = bench.work_of(request)
        bench.jobs.advance()
        jobs = bench.jobs.all()
        job = next((job for job in jobs if job.name == work.name), None)
        part = "progress.html.j2" if "part" in request.query_params else "train.html.j2"
        waiting = [other for other in reversed(jobs) if other.is_open and job is not None and other.id < job.id]
        steps = [] if job is None else bench.jobs.steps(job)
        return bench.page(request, part, work, job=job, progress=steps, waiting=waiting)

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
