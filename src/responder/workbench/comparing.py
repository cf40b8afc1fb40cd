"""Two runs of the project side by side: verdict, discrimination, markers, and what was set differently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.web.guard import RefusedRequestError
from responder.words import Voice
from responder.workbench.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from responder.report import ReportInput

__all__ = ["compared", "finished_runs", "routes"]

MOST_MARKERS = 6
LONGEST_VALUE = 120
NUMBERS = ("lpo_auc", "permutation_p", "brier_loo", "brier_skill_loo", "calibration_slope")
NAMES_ALONE = frozenset({"name", "output.bundle", "output.runs", "title"})
"""Settings that say where a run is kept, and nothing of what was done."""


@dataclass(frozen=True)
class Side:
    """One of the two runs as it is shown."""

    name: str
    verdict: str
    model: str
    patients: tuple[int, int]
    auc: tuple[float | None, float | None, float | None]
    markers: tuple[tuple[str, str], ...]


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this page."""

    async def compare(request: Request) -> Response:
        names = finished_runs(bench.root)
        asked = [request.query_params.get(key, "") for key in ("first", "second")]
        if any(name and name not in names for name in asked):
            raise RefusedRequestError(404, "rest_not_found", code=404)
        values: dict[str, Any] = {"sides": ()}
        if all(asked):
            values = await bench.desk.run(compared, bench.root, asked[0], asked[1], bench.language_of(request))
        values["works"] = frozenset(work.name for work in bench.works)
        path = f"{request.url.path}?first={asked[0]}&second={asked[1]}"
        return bench.page(request, "compare.html.j2", path=path, names=names, asked=asked, **values)

    return [bench.get("/compare", compare)]


def finished_runs(root: Path) -> list[str]:
    """Return the names of the runs of a project that have results, the newest first."""
    found = sorted((root / "runs").glob("[!.]*/result.json"), key=lambda path: -path.stat().st_mtime)
    return [path.parent.name for path in found]


def compared(root: Path, first: str, second: str, language: str) -> dict[str, Any]:
    """Return two runs, the numbers of the models that both have, and what was set differently."""
    from responder.report import ReportInput

    words = Voice(language, "report")
    sources = [ReportInput.from_folder(root / "runs" / name) for name in (first, second)]
    by_model = [{model["id"]: model for model in source.models} for source in sources]
    both = [id_ for id_ in by_model[0] if id_ in by_model[1]]
    return {
        "sides": [_side(source, words) for source in sources],
        "same_cohort": _outcomes(sources[0]) == _outcomes(sources[1]),
        "numbers": [
            (
                sources[0].model_title(by_model[0][id_], words),
                [[_number(own[id_], number) for own in by_model] for number in NUMBERS],
            )
            for id_ in both
        ],
        "metrics": NUMBERS,
        "only_in": [
            (source.name, sorted(set(own) - set(other)))
            for source, own, other in zip(sources, by_model, reversed(by_model), strict=True)
            if set(own) - set(other)
        ],
        "settings": _settings(sources),
    }


def _number(model: Mapping[str, Any], name: str) -> float | None:
    """Return a number of a model; no p of a test stands beside the verdict that nothing can be estimated."""
    if name == "permutation_p" and model["verdict"]["kind"] == "cannot_be_estimated":
        return None
    found: float | None = model["metrics"].get(name)
    return found


def _side(source: ReportInput, words: Voice) -> Side:
    model = source.model()
    metrics = model["metrics"]
    markers = sorted(model["importance_of_traits"], key=lambda part: -part["mean_absolute"])[:MOST_MARKERS]
    return Side(
        source.name,
        source.lead_sentence(words),
        source.model_title(model, words),
        (source.n, source.responders),
        (metrics.get("lpo_auc"), metrics.get("lpo_auc_lower"), metrics.get("lpo_auc_upper")),
        tuple((source.traits_label(part["name"], words), part["direction"]) for part in markers),
    )


def _outcomes(source: ReportInput) -> dict[str, int]:
    """Return who was analysed, and with which outcome: runs of the same can be compared, whatever their traits."""
    predicted = source.table("predictions")
    return dict(zip(predicted["patient_id"].astype(str), predicted["outcome"].tolist(), strict=True))


def _settings(sources: list[ReportInput]) -> list[tuple[str, str, str]]:
    """Return the settings whose values differ; a setting that a run does not have is empty."""
    own = [{key: item["value"] for key, item in source.content["experiment"].items()} for source in sources]
    for found, source in zip(own, sources, strict=True):
        found["traits"] = source.cohort["traits"]
    keys = [*own[0], *(key for key in own[1] if key not in own[0])]
    return [
        (key, _shown(own[0], key), _shown(own[1], key))
        for key in keys
        if key not in NAMES_ALONE and own[0].get(key) != own[1].get(key)
    ]


def _shown(settings: Mapping[str, Any], key: str) -> str:
    text = json.dumps(settings[key], ensure_ascii=False) if key in settings else ""
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
