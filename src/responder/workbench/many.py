"""The sixth step for many: a table of new patients, scored as ``responder score TABLE`` scores it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.errors import DataRefusedError, ResponderError
from responder.web.guard import RefusedRequestError
from responder.words import Phrase
from responder.workbench.bench import Bench, attached, see_other
from responder.workbench.downloads import KINDS, table_file
from responder.workbench.forms import Form
from responder.workbench.scoring import model_of
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.cohort.findings import Finding
    from responder.score.bundle import Bundle
    from responder.score.files import GivenProfiles
    from responder.score.profile import EncodedTable
    from responder.score.scorer import Score
    from responder.score.table import TableScores

__all__ = ["ScoredTable", "routes"]

MOST_ROWS_SHOWN = 50


@dataclass(frozen=True)
class ScoredTable:
    """A table of new patients before a trained model; it is scored whenever it is looked at, and no score is kept.

    Attributes
    ----------
    bundle : Bundle
        What answers.
    path : Path
        The table.
    language : str
        Of what is wrong with a refused row.
    show_anyway : bool
        Whether numbers are given although the model abstains.
    """

    bundle: Bundle
    path: Path
    language: str
    show_anyway: bool = False

    @cached_property
    def given(self) -> GivenProfiles:
        """The table as it is read.

        Raises
        ------
        DataRefusedError
            If it cannot be read as one table.
        """
        from responder.score.files import read_profiles

        return read_profiles(self.path)

    @cached_property
    def encoded(self) -> EncodedTable:
        """Its rows as the model takes them.

        Raises
        ------
        DataRefusedError
            If no trait of the model is in it.
        """
        from responder.score.profile import encode_table

        return encode_table(self.bundle, self.given.columns, self.given.source)

    @property
    def notes(self) -> list[Finding]:
        """What is to be told of the file and its cells beside the scores."""
        return [note for note in self.given.notes(self.bundle, self.encoded) if note.severity != "note"]

    def scored(self, first: int = 0) -> Iterator[TableScores]:
        """Yield the scores from a row on, part by part."""
        from responder.score.table import score_in_parts

        rows = self.encoded.part(first, len(self.encoded))
        return score_in_parts(self.bundle, rows, show_anyway=self.show_anyway, language=self.language)

    @cached_property
    def counts(self) -> Phrase:
        """How many profiles there are, and what became of them."""
        from responder.cli.score import counted
        from responder.score.reasons import ABSTAINED

        rest = list(self.scored(MOST_ROWS_SHOWN))
        first = [score for _, score, _ in self.first_rows]
        refused = first.count(None) + sum(part.refused for part in rest)
        abstained = sum(score is not None and score.decision == ABSTAINED for score in first)
        abstained += sum(part.abstained for part in rest)
        return counted({"profiles": len(self.encoded), "abstained": abstained, "refused": refused})

    @cached_property
    def first_rows(self) -> list[tuple[int, Score | None, ResponderError | None]]:
        """The first rows: line in the table, and the score or why there is none."""
        from responder.score.scorer import score_encoded

        rows: list[tuple[int, Score | None, ResponderError | None]] = []
        for row in range(min(len(self.encoded), MOST_ROWS_SHOWN)):
            line = self.given.lines[row]
            try:
                profile = self.encoded.row(row, self.given.source)
            except DataRefusedError as error:
                rows.append((line, None, error))
            else:
                rows.append((line, score_encoded(self.bundle, profile, show_anyway=self.show_anyway), None))
        return rows

    def file(self, kind: str) -> bytes:
        """Return the file that ``responder score TABLE --out FILE`` writes, as ``csv`` or ``xlsx``."""
        return table_file(kind, self.path.parent, (part.columns for part in self.scored()))


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def show(request: Request) -> Response:
        return await _list(bench, request, _with_model(bench, request), None)

    async def bring(request: Request, form: Form) -> Response:
        work, sent = _with_model(bench, request), form.files.get("table")
        if sent is None or not sent.content:
            raise RefusedRequestError(422, "workbench_no_file")
        number = bench.works.bring(work, sent.name, sent.content)
        try:  # what cannot be scored is told at once, and not kept
            (await bench.desk.run(_opened, bench, request, work, number)).encoded  # noqa: B018
        except ResponderError as error:
            bench.works.take_away(work, number)
            return await _list(bench, request, work, error)
        return see_other(f"/w/{work.name}/tables/{number}")

    async def scored(request: Request) -> Response:
        work, number = _with_model(bench, request), request.path_params["number"]
        values = await bench.desk.run(_drawn, bench, request, work, number)
        return bench.page(request, "scored.html.j2", work, step="score", number=number, **values)

    async def take(request: Request) -> Response:
        work, kind = _with_model(bench, request), request.path_params["kind"]
        if kind not in KINDS:
            raise RefusedRequestError(404, "rest_not_found", code=404)
        table = await bench.desk.run(_opened, bench, request, work, request.path_params["number"])
        return attached(f"{table.path.stem}.scored.{kind}", KINDS[kind], await bench.desk.run(table.file, kind))

    async def remove(request: Request, form: Form) -> Response:
        work = _with_model(bench, request)
        bench.works.take_away(work, request.path_params["number"])
        return see_other(f"/w/{work.name}/tables")

    one = "/w/{name}/tables/{number:int}"
    return [
        bench.get("/w/{name}/tables", show),
        bench.post("/w/{name}/tables", bring),
        bench.get(one, scored),
        bench.get(f"{one}/{{kind}}", take),
        bench.post(f"{one}/remove", remove),
    ]


def _with_model(bench: Bench, request: Request) -> Work:
    work = bench.work_of(request)
    if not work.bundle.is_dir():
        raise RefusedRequestError(404, "workbench_not_trained")
    return work


async def _list(bench: Bench, request: Request, work: Work, failure: ResponderError | None) -> Response:
    tables = bench.works.brought(work)
    status = 200 if failure is None else 422
    return bench.page(request, "many.html.j2", work, status=status, step="score", tables=tables, failure=failure)


def _opened(bench: Bench, request: Request, work: Work, number: int) -> ScoredTable:
    path = bench.works.brought(work).get(number)
    if path is None:
        raise RefusedRequestError(404, "rest_not_found", code=404)
    return ScoredTable(model_of(work), path, bench.language_of(request), request.query_params.get("show_anyway") == "1")


def _drawn(bench: Bench, request: Request, work: Work, number: int) -> dict[str, Any]:
    from responder.score.reasons import research_use

    table = _opened(bench, request, work, number)
    return {
        "table": table,
        "counts": table.counts,
        "rows": table.first_rows,
        "more": max(0, len(table.encoded) - MOST_ROWS_SHOWN),
        "notes": table.notes,
        "command": shlex.join(
            [str(table.path), "--bundle", str(work.bundle), "--out", f"{table.path.stem}.scored.xlsx"]
        ),
        "research_use": research_use(table.language),
    }
