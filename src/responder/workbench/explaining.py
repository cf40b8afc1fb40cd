"""What carries the predictions of a run: its markers, and one patient at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.web.drawing import Span
from responder.words import MOST_LISTED, Voice, first_of
from responder.workbench.bench import Bench
from responder.workbench.reading import trained_work
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.report.one_patient import ExplainedPatient

__all__ = ["routes"]


def routes(bench: Bench) -> list[Route]:
    """Return the routes of these pages."""

    async def explain(request: Request) -> Response:
        work, asked = trained_work(bench, request), bench.row_of(request)
        values = await bench.desk.run(_explained, work, bench.language_of(request), asked)
        path = f"{request.url.path}?row={values['row']}" if values["row"] is not None else request.url.path
        return bench.page(request, "explain.html.j2", work, step="read", path=path, **values)

    return [bench.get("/w/{name}/explain", explain)]


def _explained(work: Work, language: str, asked: int | None) -> dict[str, Any]:
    """Return the markers of the primary model, and the patient of a row: an address names no patient."""
    from responder.cli.trained import influence_lines
    from responder.report import ReportInput
    from responder.report.one_patient import explain_patient

    source, words = ReportInput.from_folder(work.run), Voice(language, "report")
    model = source.model()
    predicted = source.table("predictions")
    row = asked if asked is not None and asked < len(predicted) else None
    chosen = None if row is None else predicted.iloc[row]
    found = None if chosen is None else explain_patient(source, model, str(chosen["patient_id"]))
    return {
        "title": source.model_title(model, words),
        "sentences": [*source.sentences(model, words), *source.notes(words)],
        "beats_chance": model["verdict"]["kind"] == "beats_chance",
        "markers": _markers(model, source, words),
        "refits": (model["ranks"] or {}).get("refits", 0),
        "ranks": _ranks(model, source, words),
        "more": _more(model, words),
        "rests_on": influence_lines(source.influence(model), lambda name: source.traits_label(name, words), language),
        "patients": predicted["patient_id"].astype(str).tolist(),
        "row": row,
        "patient": found,
        "chosen": chosen,
        "steps_of_patient": [] if found is None else _steps(found, source, words),
    }


def _markers(model: Any, source: Any, words: Voice) -> list[tuple[str, float, str, Span]]:
    """Return each feature: label, mean absolute contribution, direction, and its bar in percent of the longest."""
    largest = max((part["mean_absolute"] for part in model["importance"]), default=0.0) or 1.0
    return [
        (
            source.feature_label(part["name"], words),
            part["mean_absolute"],
            part["direction"],
            Span.between(0.0, 100.0 * part["mean_absolute"] / largest),
        )
        for part in sorted(model["importance"], key=lambda part: -part["mean_absolute"])[:MOST_LISTED]
    ]


def _more(model: Any, words: Voice) -> str:
    """Return that the tables show the first of very many markers, and which file has all of them."""
    count = len(model["importance"])
    return words.of(first_of(MOST_LISTED, count, "shap.csv")) if count > MOST_LISTED else ""


def _ranks(model: Any, source: Any, words: Voice) -> list[tuple[str, float, float, float, float]]:
    """Return each trait over the bootstrap refits: label, share of first places, median and limits."""
    if model["ranks"] is None:
        return []
    ranks = model["ranks"]["traits"]
    columns = (ranks[name] for name in ("names", "probability", "median", "lower", "upper"))
    found = sorted(zip(*columns, strict=True), key=lambda part: -part[2])[:MOST_LISTED]
    return [(source.traits_label(name, words), share[0], *limits) for name, share, *limits in found]


def _steps(found: ExplainedPatient, source: Any, words: Voice) -> list[tuple[str, str, float, Span, bool]]:
    """Return each part: label, value, contribution, its bar from where the last one ended, whether it raises."""
    parts = found.told(source, words)
    ends = [found.base]
    for _, _, contribution in parts:
        ends.append(ends[-1] + contribution)
    low, width = min(ends), (max(ends) - min(ends)) or 1.0
    places = [100.0 * (end - low) / width for end in ends]
    return [
        (label, value, contribution, Span.between(start, end), contribution > 0)
        for (label, value, contribution), start, end in zip(parts, places, places[1:], strict=False)
    ]
