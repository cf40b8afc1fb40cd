"""What if a value were another one: the model's answer while traits move within the range of the training cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.web.drawing import probability_bar
from responder.web.form import form_fields, read_form
from responder.workbench.bench import Bench
from responder.workbench.door import CSRF_FIELD
from responder.workbench.forms import Form
from responder.workbench.reading import trained_work
from responder.workbench.scoring import model_of
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.score.bundle import Bundle, TraitSheet
    from responder.score.scorer import Score
    from responder.web.form import Field

__all__ = ["routes"]

NOT_KNOWN, SHOW_ANYWAY = "not_known", "show_anyway"
Values = dict[str, list[str]]


@dataclass(frozen=True)
class Slider:
    """A trait as it is drawn: the field of the scoring form, and for a number how far it may move.

    Attributes
    ----------
    field : Field
        Of the scoring form.
    low, high : float, optional
        What the training cohort held; None where the trait is no number.
    step : str
        ``1`` for a count, else ``any``.
    is_known : bool
        Whether the model is given a value.
    """

    field: Field
    low: float | None
    high: float | None
    step: str
    is_known: bool


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this page."""

    async def show(request: Request) -> Response:
        work = trained_work(bench, request)
        bundle = await bench.desk.run(model_of, work)
        row = bench.row_of(request)
        values = await bench.desk.run(_start, work, bundle, row)
        path = request.url.path if row is None else f"{request.url.path}?row={row}"
        return await answered(request, work, bundle, values, path)

    async def move(request: Request, form: Form) -> Response:
        work = trained_work(bench, request)
        bundle = await bench.desk.run(model_of, work)
        values = {name: [text for text in texts if text] for name, texts in form.fields.items() if name != CSRF_FIELD}
        return await answered(request, work, bundle, values, request.url.path)

    async def answered(request: Request, work: Work, bundle: Bundle, values: Values, path: str) -> Response:
        """Answer with the page, or with the part of it that changes, for the script that follows the sliders."""
        found = await bench.desk.run(_answered, bundle, values, bench.language_of(request))
        part = "answer.html.j2" if "part" in values else "what_if.html.j2"
        return bench.page(request, part, work, step="read", path=path, bundle=bundle, is_patient="?" in path, **found)

    return [bench.get("/w/{name}/what-if", show), bench.post("/w/{name}/what-if", move)]


def _answered(bundle: Bundle, values: Values, language: str) -> dict[str, Any]:
    """Return the sliders as they stand, and what the model says."""
    from responder.score.scorer import score_encoded

    unknown = values.get(NOT_KNOWN, [])
    given = {name: texts for name, texts in values.items() if name not in unknown}
    typed = read_form(bundle, urlencode(given, doseq=True).encode(), language)
    score: Score | None = None
    if typed.profile is not None:
        score = score_encoded(bundle, typed.profile, show_anyway=SHOW_ANYWAY in values)
    ranges = {trait.name: trait for trait in bundle.applicability.traits}
    sliders = []
    for field in form_fields(bundle, typed):
        trait, kind = ranges[field.name], bundle.sheet(field.name).code.kind
        low, high = (trait.low, trait.high) if field.kind == "number" else (None, None)
        sliders.append(Slider(field, low, high, "1" if kind == "count" else "any", field.name not in unknown))
    return {
        "sliders": sliders,
        "score": score,
        "bar": None if score is None else probability_bar(score),
        "problems": [*typed.errors.values(), *typed.problems],
        "show_anyway": SHOW_ANYWAY in values,
    }


def _start(work: Work, bundle: Bundle, row: int | None) -> Values:
    """Return where the sliders stand at first: at a patient's values, else in the middle of what was seen."""
    patient = None if row is None else _patient(work, row)
    values: Values = {}
    for index, sheet in enumerate(bundle.traits):
        trait = bundle.applicability.traits[index]
        known = None if patient is None else [patient.get(column, float("nan")) for column in sheet.code.columns]
        if known is not None and any(number != number for number in known):
            values.setdefault(NOT_KNOWN, []).append(sheet.name)
            known = None
        if known is None and trait.low is not None and trait.high is not None:
            middle = (trait.low + trait.high) / 2.0
            known = [round(middle) if sheet.code.kind == "count" else middle]
            if trait.patterns:
                known = list(trait.patterns[0])
        values[sheet.name] = _written(sheet, known)
    return values


def _patient(work: Work, row: int) -> Mapping[str, float] | None:
    """Return the encoded values of a patient of the run, where the table still has them."""
    from responder.report import ReportInput

    scan = work.scan
    ids = ReportInput.from_folder(work.run).table("predictions")["patient_id"].astype(str).tolist()
    if scan is None or scan.cohort is None or row >= len(ids) or ids[row] not in scan.cohort.ids:
        return None
    at = scan.cohort.ids.index(ids[row])
    return dict(zip(scan.cohort.columns, scan.cohort.values[at].tolist(), strict=True))


def _written(sheet: TraitSheet, numbers: list[float] | None) -> list[str]:
    """Return encoded numbers as the fields of the form hold them."""
    code = sheet.code
    if numbers is None:
        return []
    if code.kind == "set":
        return [level for level, number in zip(code.levels, numbers, strict=True) if number] or ["none"]
    if code.kind in {"binary", "ordinal"} and code.levels:
        return [level for level in code.levels if code.level_values.get(level) == numbers[0]]
    return [f"{numbers[0]:.10g}"]
