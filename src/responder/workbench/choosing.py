"""The first step: which table, and how it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.errors import ResponderError
from responder.study import load_study, shipped_studies
from responder.web.guard import RefusedRequestError
from responder.workbench.bench import Bench, see_other
from responder.workbench.forms import Form
from responder.workbench.work import Choices, Work

if TYPE_CHECKING:
    from responder.cohort.table import RawTable

__all__ = ["routes"]

REFERENCE_TABLE = "data/rp_ld_il2/cohort.csv"
REFERENCE_STUDY, REFERENCE_NAME = "rp-ld-il2", "reference"
MOST_ROWS, MOST_COLUMNS = 20, 60


@dataclass(frozen=True)
class Preview:
    """The beginning of a table as it is read; cells that identify a person are not shown."""

    headers: tuple[str, ...]
    hidden: frozenset[int]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    more_rows: int
    more_columns: int


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def choose(request: Request) -> Response:
        bench.jobs.advance()
        return bench.page(
            request,
            "choose.html.j2",
            works=list(bench.works),
            studies=[(name, load_study(name).title.given) for name in shipped_studies()],
            has_reference=(bench.root / REFERENCE_TABLE).is_file(),
            jobs={job.name: job for job in reversed(bench.jobs.all())},
        )

    async def add(request: Request, form: Form) -> Response:
        table, dictionary = form.files.get("table"), form.files.get("dictionary")
        if table is None or not table.content:
            raise RefusedRequestError(422, "workbench_no_file")
        study = form.one("study")
        choices = Choices("", bench.language_of(request), study if study in shipped_studies() else "")
        with_it = None if dictionary is None else (dictionary.name, dictionary.content)
        work = bench.works.add(table.name, table.content, choices, with_it)
        return see_other(f"/w/{work.name}")

    async def reference(request: Request, form: Form) -> Response:
        choices = Choices("", bench.language_of(request), REFERENCE_STUDY)
        return see_other(f"/w/{bench.works.open(REFERENCE_TABLE, choices, REFERENCE_NAME).name}")

    async def table(request: Request) -> Response:
        work = bench.work_of(request)
        try:
            raw = await bench.desk.run(work.read)
        except ResponderError as error:
            return bench.page(request, "table.html.j2", work, failure=error, preview=None, findings=())
        return bench.page(request, "table.html.j2", work, preview=_preview(raw), findings=raw.findings)

    async def reread(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        column, _, value = (part.strip() for part in form.one("where").partition("="))
        where = {column: value} if column else {}
        bench.works.change(work, sheet=form.one("sheet"), encoding=form.one("encoding"), where=where)
        return see_other(f"/w/{work.name}")

    async def remove(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        _refuse_while_training(bench, work)
        bench.works.remove(work)
        bench.jobs.forget(work.name)
        return see_other("/")

    return [
        bench.get("/", choose),
        bench.post("/add", add),
        bench.post("/reference", reference),
        bench.get("/w/{name}", table),
        bench.post("/w/{name}", reread),
        bench.post("/w/{name}/remove", remove),
    ]


def _refuse_while_training(bench: Bench, work: Work) -> None:
    bench.jobs.advance()
    if bench.jobs.is_busy(work.name):
        raise RefusedRequestError(409, "workbench_is_training")


def _preview(raw: RawTable) -> Preview:
    from responder.names.people import personal_columns

    hidden = personal_columns(raw.headers, [raw.column(header) for header in raw.headers])
    shown = raw.headers[:MOST_COLUMNS]
    return Preview(
        shown,
        frozenset(at for at, header in enumerate(shown) if header in hidden),
        tuple((line, row[:MOST_COLUMNS]) for line, row in zip(raw.lines[:MOST_ROWS], raw.rows, strict=False)),
        max(0, len(raw.rows) - MOST_ROWS),
        max(0, len(raw.headers) - MOST_COLUMNS),
    )
