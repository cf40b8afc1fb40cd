"""Who meets the criteria of a study: the page of ``responder eligible``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.study import load_study
from responder.web.guard import RefusedRequestError
from responder.words import Voice
from responder.workbench.analyses import studies_of
from responder.workbench.bench import Bench, attached
from responder.workbench.downloads import KINDS, table_file
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.cohort.eligibility import EligibilityScan, JudgedPatients

__all__ = ["routes"]

MOST_PATIENTS_SHOWN = 50


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this page."""

    async def show(request: Request) -> Response:
        work = bench.work_of(request)
        known = studies_of(work)
        study = _asked(request, known)
        values = await bench.desk.run(_judged, work, study, bench.language_of(request)) if study else {"found": None}
        chosen = known.index(study) if study else -1
        path = f"{request.url.path}?study={chosen}" if study else request.url.path
        studies = [load_study(name).title.given for name in known]
        return bench.page(
            request, "eligible.html.j2", work, path=path, studies=studies, study=study, step="", chosen=chosen,
            **values,
        )  # fmt: skip

    async def take(request: Request) -> Response:
        work = bench.work_of(request)
        study = _asked(request, studies_of(work))
        kind = request.path_params["kind"]
        if kind not in KINDS or not study:
            raise RefusedRequestError(404, "rest_not_found", code=404)
        content = await bench.desk.run(_file, work, study, kind, bench.language_of(request))
        return attached(f"{work.name}.eligible.{kind}", KINDS[kind], content)

    return [bench.get("/w/{name}/eligible", show), bench.get("/w/{name}/eligible/{kind}", take)]


def _asked(request: Request, studies: Sequence[str]) -> str:
    """Return the study that is asked for by its place in the list; none before."""
    asked = request.query_params.get("study", "")
    known = asked.isascii() and asked.isdigit() and int(asked) < len(studies)
    return studies[int(asked)] if known else ""


def _scan(work: Work, study: str) -> EligibilityScan:
    from responder.cohort.eligibility import scan_eligibility

    return scan_eligibility(str(work.table), load_study(study), options=work.choices.checking)


def _judged(work: Work, study: str, language: str) -> dict[str, Any]:
    from responder.cli.eligible import not_met_lines, open_lines, verdict_key

    scan, voice = _scan(work, study), Voice(language, "eligible")
    found = scan.patients
    if found is None:
        return {"found": None, "findings": scan.findings}
    rows = range(len(found.ids))
    verdicts = [[found.verdict(group, row) for group in found.sets] for row in rows]
    return {
        "found": found,
        "findings": scan.findings,
        "sets": [group.words for group in found.sets],
        "counts": _counts(found),
        "rows": [
            (found.ids[row], [verdict_key(verdict) for verdict in verdicts[row]]) for row in rows[:MOST_PATIENTS_SHOWN]
        ],
        "more": max(0, len(rows) - MOST_PATIENTS_SHOWN),
        "not_met": [line.strip() for row in rows[:MOST_PATIENTS_SHOWN] for line in not_met_lines(found, row, voice)],
        "undetermined": [(line.strip(), not line.startswith("    ")) for line in open_lines(found, voice)],
    }


def _counts(found: JudgedPatients) -> list[tuple[Any, bool, list[int]]]:
    """Return each set and each of its criteria: words, whether it is a set, and how many meet it, do not, are open."""
    rows, counted = range(len(found.ids)), []
    for group in found.sets:
        verdicts = [found.verdict(group, row) for row in rows]
        counted.append((group.words, True, list(found.counts(verdicts).values())))
        criteria = found.of_set(group)
        if len(criteria) > 1:
            counted += [
                (one.criterion.words, False, list(found.counts([one.verdict(row) for row in rows]).values()))
                for one in criteria
            ]
    return counted


def _file(work: Work, study: str, kind: str, language: str) -> bytes:
    """Return the file that ``responder eligible TABLE --out FILE`` writes."""
    found = _scan(work, study).patients
    if found is None:
        raise RefusedRequestError(404, "rest_not_found", code=404)
    frame = found.frame(language)
    columns = {name: frame[name].tolist() for name in frame.columns}
    return table_file(kind, work.folder, [columns], text=set(columns))
