"""The first step: which table, and how it was read."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.cohort.join import parse_join
from responder.errors import ResponderError, UsageError
from responder.study import load_study, shipped_studies
from responder.web.guard import RefusedRequestError
from responder.words import Phrase
from responder.workbench.bench import Bench, see_other
from responder.workbench.forms import Form, SentFile
from responder.workbench.kept import forget_everything
from responder.workbench.preview import preview_of
from responder.workbench.work import Choices, Work

__all__ = ["routes"]

REFERENCE_TABLE = "data/rp_ld_il2/cohort.csv"
REFERENCE_STUDY, REFERENCE_NAME = "rp-ld-il2", "reference"


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
        table, dictionary, other = (form.files.get(name) for name in ("table", "dictionary", "join"))
        if table is None or not table.content:
            raise RefusedRequestError(422, "workbench_no_file")
        study = form.one("study")
        choices = Choices("", bench.language_of(request), study if study in shipped_studies() else "")
        with_it = None if dictionary is None else (dictionary.name, dictionary.content)
        work = bench.works.add(table.name, table.content, choices, with_it)
        if other is not None:
            _joined(work, other, "", "")
        return see_other(f"/w/{work.name}")

    async def reference(request: Request, form: Form) -> Response:
        choices = Choices("", bench.language_of(request), REFERENCE_STUDY)
        return see_other(f"/w/{bench.works.open(REFERENCE_TABLE, choices, REFERENCE_NAME).name}")

    async def table(request: Request) -> Response:
        work = bench.work_of(request)
        at = [_whole(request.query_params.get(name, "")) for name in ("row", "column")]
        joined = [parse_join(spec) for spec in work.choices.join]
        shown = [(Path(said.file).name, said.key, said.pattern) for said in joined]
        try:
            raw = await bench.desk.run(lambda: work.raw)
        except ResponderError as error:
            return bench.page(request, "table.html.j2", work, failure=error, preview=None, joined=shown)
        preview = await bench.desk.run(preview_of, raw, raw.findings, *at)
        return bench.page(request, "table.html.j2", work, preview=preview, joined=shown)

    async def reread(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        said = {"sheet": form.one("sheet"), "encoding": form.one("encoding"), "where": _where(form.one("where"))}
        await bench.desk.run(work.with_reading, **said)
        return see_other(f"/w/{work.name}")

    async def bring(request: Request, form: Form) -> Response:
        work, sent, what = bench.work_of(request), form.files.get("file"), form.one("what")
        if sent is None or not sent.content:
            raise RefusedRequestError(422, "workbench_no_file")
        if what == "dictionary":
            kept = work.keep("dictionary", sent.name, sent.content)
            await bench.desk.run(work.with_reading, dictionary=kept)
        else:
            await bench.desk.run(_joined, work, sent, form.one("key"), form.one("pattern"))
        return see_other(f"/w/{work.name}")

    async def leave(request: Request, form: Form) -> Response:
        """Take a joined table or the dictionary away, and delete its file."""
        work, name = bench.work_of(request), form.one("name")
        if name == "dictionary":
            Path(work.choices.dictionary).unlink(missing_ok=True)
            await bench.desk.run(work.with_reading, dictionary="")
        else:
            gone = [spec for spec in work.choices.join if Path(parse_join(spec).file).name == name]
            for spec in gone:
                Path(parse_join(spec).file).unlink(missing_ok=True)
            await bench.desk.run(work.with_reading, join=tuple(s for s in work.choices.join if s not in gone))
        forget_everything()
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
        bench.post("/w/{name}/bring", bring),
        bench.post("/w/{name}/leave", leave),
        bench.post("/w/{name}/remove", remove),
    ]


def _refuse_while_training(bench: Bench, work: Work) -> None:
    bench.jobs.advance()
    if bench.jobs.is_busy(work.name):
        raise RefusedRequestError(409, "workbench_is_training")


def _joined(work: Work, sent: SentFile, key: str, pattern: str) -> Work:
    """Return the work with a second table joined; one of the same name is replaced."""
    file = work.keep("joined", sent.name, sent.content)
    behind = f"{key}={pattern}" if pattern else key
    others = [spec for spec in work.choices.join if parse_join(spec).file != file]
    return work.with_reading(join=(*others, ":".join(filter(None, [file, behind]))))


def _where(text: str) -> dict[str, str]:
    """Return which rows are read, as ``COLUMN=VALUE; COLUMN=VALUE``.

    Raises
    ------
    UsageError
        If a part has no column or no equals sign.
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        column, equals, value = (word.strip() for word in part.partition("="))
        if not column or not equals:
            raise UsageError("not_name_value", where=Phrase("workbench.table.where"), text=part, option="--where")
        found[column] = value
    return found


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
