"""The fifth step: the report in its place, everything to take away, and how to do the same on the command line."""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.experiment.draft import Chosen
from responder.files import write_atomically
from responder.report.files import files_of_patients
from responder.report.tables import file_name
from responder.web.guard import RefusedRequestError
from responder.workbench.bench import Bench, attached
from responder.workbench.stamp import changes_of, first_stamp
from responder.workbench.work import Work

__all__ = ["framed", "routes", "trained_work", "zipped"]

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts allow-modals"
)
"""A report holds its own script and style; it may do nothing else, and it cannot see this site."""
TABLES, FIGURES = ("*.csv",), ("figures/*",)
Made = tuple[str, str, bytes]
"""Name of the file, its type, and what is in it."""


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def read(request: Request) -> Response:
        work = trained_work(bench, request)
        tracked = work.run / "tracked.json"
        return bench.page(
            request,
            "read.html.j2",
            work,
            files=[kind for kind in FILES if kind != "bundle" or work.bundle.is_dir()],
            mlflow=json.loads(tracked.read_text(encoding="utf-8")) if tracked.is_file() else {},
            commands=_commands(work, bench.language_of(request)),
            stamp=first_stamp(work),
            changes=changes_of(work),
            of_patients=files_of_patients(work.run),
        )

    async def report(request: Request) -> Response:
        work = trained_work(bench, request)
        page = await bench.drawing.run(_report, work, bench.language_of(request))
        return framed(page)

    async def take(request: Request) -> Response:
        work = trained_work(bench, request)
        make = FILES.get(request.path_params["kind"])
        if make is None:
            raise RefusedRequestError(404, "rest_not_found", code=404)
        name, kind, content = await bench.drawing.run(make, work, bench.language_of(request))
        return attached(name, kind, content)

    return [
        bench.get("/w/{name}/read", read),
        bench.get("/w/{name}/report", report),
        bench.get("/w/{name}/files/{kind}", take),
    ]


def framed(page: bytes) -> Response:
    """Answer with a page that the program wrote, to be shown in a frame of its own."""
    headers = {"content-security-policy": REPORT_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def trained_work(bench: Bench, request: Request) -> Work:
    """Return the work that an address is of; one without results is refused."""
    work = bench.work_of(request)
    if not work.is_trained:
        raise RefusedRequestError(404, "workbench_not_trained")
    return work


def _report(work: Work, language: str) -> bytes:
    """Return the report in a language; it is written where ``responder report`` writes it, if it is not there."""
    from responder.report import ReportInput, is_drawn_from, render_report, report_name

    path = work.run / report_name(language)
    source = ReportInput.from_folder(work.run)
    if not is_drawn_from(path, source):
        write_atomically(path, render_report(source, language))
    return path.read_bytes()


def _report_file(work: Work, language: str) -> Made:
    return f"{work.name}.html", "text/html; charset=utf-8", _report(work, language)


def _result(work: Work, language: str) -> Made:
    return f"{work.name}.result.json", "application/json", (work.run / "result.json").read_bytes()


def _tables(work: Work, language: str) -> Made:
    return zipped(f"{work.name}.tables.zip", work.run, TABLES)


def _figures(work: Work, language: str) -> Made:
    return zipped(f"{work.name}.figures.zip", work.run, FIGURES)


def _paper(work: Work, language: str) -> Made:
    """Return figures and tables for a paper, written where the commands write them, once a result and language."""
    from responder.report import ReportInput
    from responder.report.paper_figures import write_paper_figures
    from responder.report.paper_tables import write_paper_tables
    from responder.report.style import Paper

    source, place = ReportInput.from_folder(work.run), work.run / "paper"
    name, kept = f"{work.name}.paper.zip", work.folder / file_name("paper", "zip", language)
    if not (kept.is_file() and _belongs_to(kept, source.digest)):
        written = write_paper_figures(source, place, Paper(183.0), ("pdf",), language=language)
        written += write_paper_tables(source, place, ("docx",), language)
        _, _, content = _zip_of(name, [(path.name, path) for path in written], source.digest)
        write_atomically(kept, content)
    return name, "application/zip", kept.read_bytes()


def _card(work: Work, language: str) -> Made:
    from responder.report import ReportInput, read_answers, write_card

    answers = read_answers(work.root / "experiments" / f"{work.name}.card.toml")
    paths = write_card(ReportInput.from_folder(work.run), work.run, answers, language)
    return f"{work.name}.card.html", "text/html; charset=utf-8", paths["html"].read_bytes()


def _bundle(work: Work, language: str) -> Made:
    return zipped(f"{work.name}.model.zip", work.bundle, ("*",))


def _plan(work: Work, language: str) -> Made:
    """Return study, experiment, and every stamp: what was decided, and when."""
    parts = [path for path in (work.study_file, work.experiment_file, work.folder / "plan.json") if path.is_file()]
    return _zip_of(f"{work.name}.plan.zip", [(path.name, path) for path in parts])


FILES: dict[str, Callable[[Work, str], Made]] = {
    "report": _report_file,
    "paper": _paper,
    "figures": _figures,
    "tables": _tables,
    "card": _card,
    "bundle": _bundle,
    "result": _result,
    "plan": _plan,
}


def zipped(name: str, folder: Path, patterns: tuple[str, ...]) -> Made:
    """Return files of a folder as one archive."""
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    return _zip_of(name, [(str(path.relative_to(folder)), path) for path in paths])


def _zip_of(name: str, files: Iterable[tuple[str, Path]], belongs_to: str = "") -> Made:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = belongs_to.encode()
        for inner, path in files:
            archive.write(path, inner)
    return name, "application/zip", made.getvalue()


def _belongs_to(archive: Path, digest: str) -> bool:
    with zipfile.ZipFile(archive) as opened:
        return opened.comment == digest.encode()


def _commands(work: Work, language: str) -> list[str]:
    """Return the commands that do the same; answers are those that were given here."""
    choices, lines = work.choices, []
    said = {"--sheet": choices.sheet, "--encoding": choices.encoding}
    reading = [word for option, value in said.items() if value for word in (option, value)]
    reading += [word for column, value in choices.where.items() for word in ("--where", f"{column}={value}")]
    reading += [word for spec in choices.join for word in ("--join", spec)]
    if not choices.study:
        answers = [word for key, answer in work.answers.items() for word in ("--answer", f"{key}={answer}")]
        dictionary = ["--dictionary", choices.dictionary] if choices.dictionary else []
        target = ["--out", str(work.study_file), "--experiment", str(work.experiment_file)]
        of_files = ["--lang", choices.language]
        lines.append(["study", "init", str(work.table), *target, *reading, *dictionary, *answers, *of_files])
    lines += [
        ["check", str(work.table), "--study", work.study, *reading],
        ["train", str(work.experiment_file), *_overrides(work), "--lang", language],
        ["report", work.name, "--lang", language],
        ["serve", "--bundle", str(work.bundle)],
    ]
    return [shlex.join(["responder", *line]) for line in lines]


def _overrides(work: Work) -> list[str]:
    """Return what was chosen beside the defaults: a freshly drafted experiment does not say it."""
    chosen, settings = work.choices.chosen, {}
    if chosen.traits:
        settings["traits"] = json.dumps(chosen.traits)
    if chosen.models:
        settings["models"] = json.dumps(chosen.models)
    if chosen.primary != Chosen().primary:
        settings["primary"] = json.dumps(chosen.primary)
    if chosen.seed is not None:
        settings["seed"] = str(chosen.seed)
    if chosen.alpha is not None:
        settings["permutation.alpha"] = repr(chosen.alpha)
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
