"""What the plan can show at best: the power with the patients at hand, by the simulation of ``responder plan``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.errors import ResponderError
from responder.files import write_atomically
from responder.workbench.bench import Bench
from responder.workbench.stamp import stamp_of
from responder.workbench.work import Work

__all__ = ["Power", "kept_power", "routes"]

COHORTS = 60
"""Simulated: enough to tell 10% from 30%."""
_FILE = "power.json"


@dataclass(frozen=True)
class Power:
    """The power of a plan.

    Attributes
    ----------
    n, cohorts : int
        Patients, and cohorts simulated.
    points : tuple of (float, float)
        Assumed AUC of the true probabilities, and the chance that the test of the primary model rejects.
    """

    n: int
    cohorts: int
    points: tuple[tuple[float, float], ...]


def routes(bench: Bench) -> list[Route]:
    """Return the route of the power, which is worked out when it is asked for."""

    async def power(request: Request) -> Response:
        work = bench.work_of(request)
        try:
            found = kept_power(work) or await bench.desk.run(_power, work)
        except ResponderError as error:
            return bench.page(request, "power.html.j2", work, status=422, failure=error, power=None)
        return bench.page(request, "power.html.j2", work, power=found)

    return [bench.get("/w/{name}/power", power)]


def kept_power(work: Work) -> Power | None:
    """Return the power that was worked out for the plan as it is; None where it was not."""
    path = _path(work)
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.pop("digest") != stamp_of(work).digest:
        return None
    return Power(**{**kept, "points": tuple((auc, power) for auc, power in kept["points"])})


def _power(work: Work) -> Power:
    from responder.experiment import resolve_experiment, setting_of_experiment
    from responder.plan import overridden, plan_study

    resolved = resolve_experiment(work.experiment_file)
    setting = setting_of_experiment(resolved)
    assert setting.at_hand is not None
    n = setting.at_hand.n
    simulated = plan_study(overridden(setting, sizes=(n,)), seed=resolved.experiment.seed, cohorts=COHORTS).simulated
    assert simulated is not None
    points = tuple((point.auc, point.power) for point in simulated.points if point.auc > 0.5)  # 0.5 is chance
    found = Power(n, simulated.cohorts, points)
    content = {"digest": stamp_of(work).digest, "n": n, "cohorts": found.cohorts, "points": points}
    write_atomically(_path(work), json.dumps(content))
    return found


def _path(work: Work) -> Path:
    return work.folder / _FILE
