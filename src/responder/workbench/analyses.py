"""What else is done with a table: the commands ``trial``, ``plan`` and ``landmark``, each run in the queue as it is.

A page writes down what was asked, the queue runs the very command, and the page shows what the command wrote.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.errors import ConfigError, ResponderError, UsageError
from responder.files import write_atomically
from responder.report.tables import file_name
from responder.study import load_study, shipped_studies
from responder.web.guard import RefusedRequestError
from responder.words import Phrase
from responder.workbench.bench import Bench, attached, see_other
from responder.workbench.forms import Form
from responder.workbench.reading import framed, zipped
from responder.workbench.training import progress_of
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.study import Study
    from responder.study.trial_design import Course, TrialDesign

__all__ = ["KINDS", "REFERENCE_VISITS", "routes", "studies_of", "tables_of"]

REFERENCE_VISITS = "data/rp_ld_il2/visits.csv"
KINDS = ("trial", "plan", "landmark")
ASKED = "asked.json"
SCALES = ("log_ratio", "difference")
SEPARATORS = re.compile(r"[;；、，\s]+|,\s+")
"""Between several numbers; a comma within one is its decimal mark."""
Made = tuple[list[str], Path]
"""Words of the command, and the file that it takes."""


@dataclass(frozen=True)
class FurtherAnalysis:
    """One of these analyses of a table.

    Attributes
    ----------
    work : Work
        The table.
    kind : str
        The command.
    """

    work: Work
    kind: str

    @property
    def job(self) -> str:
        """Its name in the queue; no table has such a name."""
        return f"{self.work.name}/{self.kind}"

    @property
    def folder(self) -> Path:
        """Where the answers and, but for a landmark, the results are."""
        return self.work.folder / "analyses" / self.kind

    @property
    def results(self) -> Path:
        """Where the command writes."""
        return self.work.landmark.run if self.kind == "landmark" else self.folder / "results"

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for last; empty before."""
        path = self.folder / ASKED
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return found

    def page(self, language: str) -> Path | None:
        """Return the page that the command wrote, in a language where there is one; None before."""
        stem = "report" if self.kind == "landmark" else self.kind
        other = [path for path in sorted(self.results.glob(f"{stem}*.html")) if "shareable" not in path.name]
        own = self.results / file_name(stem, "html", language)
        return own if own.is_file() else next(iter(other), None)


def routes(bench: Bench) -> list[Route]:
    """Return the routes of these pages."""

    def analysis_of(request: Request) -> FurtherAnalysis:
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise RefusedRequestError(404, "rest_not_found", code=404)
        return FurtherAnalysis(bench.work_of(request), kind)

    async def show(request: Request) -> Response:
        return await page(request, analysis_of(request), None)

    async def page(request: Request, analysis: FurtherAnalysis, failure: ResponderError | None) -> Response:
        here = f"/w/{analysis.work.name}/do/{analysis.kind}"
        part = "progress.html.j2" if "part" in request.query_params else "analysis.html.j2"
        values = await bench.desk.run(_shown, bench, analysis, bench.language_of(request))
        values |= progress_of(bench, analysis.job, f"{here}/cancel")
        status = 200 if failure is None else 422
        return bench.page(request, part, analysis.work, status=status, failure=failure, here=here, **values)

    async def start(request: Request, form: Form) -> Response:
        analysis = analysis_of(request)
        try:
            words, file = await bench.desk.run(WRITERS[analysis.kind], bench, analysis, form)
        except ResponderError as error:
            return await page(request, analysis, error)
        write_atomically(analysis.folder / ASKED, json.dumps({"words": words, "fields": _fields(form)}))
        bench.jobs.submit(analysis.job, file, bench.language_of(request), words)
        return see_other(f"/w/{analysis.work.name}/do/{analysis.kind}")

    async def cancel(request: Request, form: Form) -> Response:
        analysis = analysis_of(request)
        job = bench.jobs.last_of(analysis.job)
        if job is not None:
            bench.jobs.cancel(job.id)
        return see_other(f"/w/{analysis.work.name}/do/{analysis.kind}")

    async def result(request: Request) -> Response:
        found = analysis_of(request).page(bench.language_of(request))
        if found is None:
            raise RefusedRequestError(404, "workbench_not_trained")
        return framed(found.read_bytes())

    async def take(request: Request) -> Response:
        analysis = analysis_of(request)
        if analysis.page("en") is None:
            raise RefusedRequestError(404, "workbench_not_trained")
        name = f"{analysis.work.name}.{analysis.kind}.zip"
        return attached(*await bench.desk.run(zipped, name, analysis.results, ("*", "figures/*")))

    here = "/w/{name}/do/{kind}"
    return [
        bench.get(here, show),
        bench.post(here, start),
        bench.post(f"{here}/cancel", cancel),
        bench.get(f"{here}/result", result),
        bench.get(f"{here}/files", take),
    ]


def studies_of(work: Work) -> list[str]:
    """Return the studies by which a table may be judged: its own first, as commands take them."""
    own = [work.study] if work.choices.study or work.is_described else []
    return list(dict.fromkeys([*own, *shipped_studies()]))


def tables_of(bench: Bench, work: Work) -> list[str]:
    """Return the tables that may be analysed: that of the work, and the visits of the reference cohort."""
    beside = [REFERENCE_VISITS] if (bench.root / REFERENCE_VISITS).is_file() else []
    return [str(work.table), *beside]


def _shown(bench: Bench, analysis: FurtherAnalysis, language: str) -> dict[str, Any]:
    fields = analysis.asked.get("fields", {})
    studies = studies_of(analysis.work)
    followed = [study for study in map(load_study, studies) if study.trial is not None]
    return {
        "kind": analysis.kind,
        "fields": fields,
        "tables": tables_of(bench, analysis.work),
        "studies": [(name, load_study(name).title.given) for name in studies],
        "weeks": sorted({week for study in followed for week in _design(study).weeks[1:]}),
        "courses": {course.name: _label(study, course) for study in followed for course in _design(study).courses},
        "has_experiment": analysis.work.experiment_file.is_file(),
        "has_result": analysis.page(language) is not None,
        "words": shlex.join(["responder", *analysis.asked["words"], "--lang", language]) if analysis.asked else "",
    }


def _design(study: Study) -> TrialDesign:
    assert study.trial is not None
    return study.trial


def _label(study: Study, course: Course) -> Any:
    """Return what a course is called: by its own label, else by that of its trait."""
    return (course.label or study.trait(course.of[0]).label).given


def _fields(form: Form) -> dict[str, list[str]]:
    return {name: list(values) for name, values in form.fields.items() if name != "csrf"}


def _one_of(form: Form, name: str, known: Sequence[str]) -> str:
    value = form.one(name)
    if value not in known:
        raise UsageError("workbench_not_offered", where=Phrase(f"workbench.analysis.{name}"), text=value)
    return value


def _where(work: Work, table: str) -> list[str]:
    """Return how the rows of the work's own table are chosen."""
    if table != str(work.table):
        return []
    return [word for column, value in work.choices.where.items() for word in ("--where", f"{column}={value}")]


def _trial(bench: Bench, analysis: FurtherAnalysis, form: Form) -> Made:
    work = analysis.work
    table, study = _one_of(form, "table", tables_of(bench, work)), _one_of(form, "study", studies_of(work))
    _afresh(analysis.results)
    words = ["trial", table, "--study", study, *_where(work, table), "--out", str(analysis.results)]
    return words, bench.root / table


def _plan(bench: Bench, analysis: FurtherAnalysis, form: Form) -> Made:
    work = analysis.work
    if not work.experiment_file.is_file():
        raise ConfigError("workbench_not_described", where=Phrase("workbench.analysis.plan"))
    aucs = SEPARATORS.split(form.one("aucs"))
    assumed = [word for auc in aucs if auc for word in ("--auc", _share(auc, "aucs"))]
    level = ["--power", _share(form.one("power"), "power")] if form.one("power") else []
    quick = ["--no-simulation"] if form.one("quick") else []
    _afresh(analysis.results)
    words = ["plan", str(work.experiment_file), *assumed, *level, *quick, "--out", str(analysis.results)]
    return words, work.experiment_file


def _landmark(bench: Bench, analysis: FurtherAnalysis, form: Form) -> Made:
    """Write the experiment of a landmark analysis, which the command takes."""
    work = analysis.work
    table, study = _one_of(form, "table", tables_of(bench, work)), _one_of(form, "study", studies_of(work))
    week, rises = _share(form.one("week"), "week", most=10_000.0), form.every("rise")
    design = load_study(study).trial
    courses = {course.name for course in design.courses} if design is not None else set()
    if not rises or not courses.issuperset(rises):
        text = next((rise for rise in rises if rise not in courses), "")
        raise UsageError("workbench_not_offered", where=Phrase("workbench.analysis.rises"), text=text)
    target = analysis.folder / f"{work.landmark.name}.toml"
    quoted = [json.dumps(text, ensure_ascii=False) for text in rises]
    file = os.path.relpath(study, target.parent) if study.endswith(".toml") else study
    lines = [
        'schema = "responder/experiment/1"',
        f"name = {json.dumps(work.landmark.name)}",
        f"study = {json.dumps(Path(file).as_posix(), ensure_ascii=False)}",
        f"models = {json.dumps(['prevalence', 'ridge:0.1'])}",
        'primary = "ridge:0.1"',
        "",
        "[cohort]",
        f"path = {json.dumps(Path(os.path.relpath(table, target.parent)).as_posix(), ensure_ascii=False)}",
        "",
        "[landmark]",
        f"week = {week}",
        f"rises = [{', '.join(quoted)}]",
        f"scale = {json.dumps(_one_of(form, 'scale', SCALES))}",
    ]
    write_atomically(target, "\n".join(lines) + "\n")
    return ["landmark", str(target)], target


def _afresh(folder: Path) -> None:
    """Remove what an earlier question left: nothing of it may stand beside the next answer."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def _share(text: str, name: str, most: float = 1.0) -> str:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0.0 < number < most:
        raise UsageError("workbench_not_offered", where=Phrase(f"workbench.analysis.{name}"), text=text)
    return f"{number:g}"


WRITERS: Mapping[str, Callable[[Bench, FurtherAnalysis, Form], Made]] = {
    "trial": _trial,
    "plan": _plan,
    "landmark": _landmark,
}
