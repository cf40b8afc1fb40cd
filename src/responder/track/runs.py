"""Read what was run from the tracking store: the list, one run with its models, two runs side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from responder.errors import StoreUnavailableError, UsageError, did_you_mean
from responder.project import without_password
from responder.track.abandoned import close_abandoned
from responder.track.client import open_client

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["Difference", "RunDetail", "RunSummary", "compare_runs", "list_runs", "read_run", "same_cohort"]

LATEST = "latest"
SHORT_ID = 8
MOST_RUNS = 1000
_PARENT = "mlflow.parentRunId"
_NOTE = "mlflow.note.content"


@dataclass(frozen=True)
class RunSummary:
    """One tracked run: an experiment's parent run, or the run of one of its models.

    Attributes
    ----------
    id, name, experiment, experiment_id : str
        Which run it is.
    status : str
        ``FINISHED``, ``RUNNING``, ``FAILED`` or ``KILLED``.
    started : str
        Time of its start, ISO 8601 in UTC.
    metrics : Mapping[str, float]
        Numbers; of the primary model, where the run is an experiment's.
    params, tags : Mapping[str, str]
        Settings; this project's tags without their prefix ``responder.``.
    """

    id: str
    name: str
    experiment: str
    experiment_id: str
    status: str
    started: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the run as JSON types."""
        return {
            "id": self.id,
            "name": self.name,
            "experiment": self.experiment,
            "experiment_id": self.experiment_id,
            "status": self.status,
            "started": self.started,
            "metrics": dict(self.metrics),
            "params": dict(self.params),
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class RunDetail:
    """A run, its models, its description and the names of its artifacts."""

    run: RunSummary
    models: tuple[RunSummary, ...]
    description: str
    artifacts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the run as JSON types."""
        return {
            "run": self.run.to_json(),
            "models": [model.to_json() for model in self.models],
            "description": self.description,
            "artifacts": list(self.artifacts),
        }


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs differ; None where a run does not have it."""

    what: str
    name: str
    first: str | float | None
    second: str | float | None

    def to_json(self) -> dict[str, str | float | None]:
        """Return the difference as JSON types."""
        return {"what": self.what, "name": self.name, "first": self.first, "second": self.second}


def list_runs(uri: str, limit: int = 20) -> tuple[RunSummary, ...]:
    """Return the newest experiment runs, newest first.

    Parameters
    ----------
    uri : str
        The tracking store.
    limit : int
        How many at most.

    Raises
    ------
    StoreUnavailableError
        If the store cannot be read.
    """
    with _reading(uri) as client:
        return _parents(client)[:limit]


def read_run(uri: str, wanted: str = LATEST) -> RunDetail:
    """Return one run with its models.

    Parameters
    ----------
    uri : str
        The tracking store.
    wanted : str
        ``latest``, the beginning of a run's id, or a name (its newest run).

    Raises
    ------
    UsageError
        If no run, or more than one, is meant.
    StoreUnavailableError
        If the store cannot be read.
    """
    with _reading(uri) as client:
        run = _find(_parents(client), wanted)
        found = client.search_runs([run.experiment_id], f"tags.`{_PARENT}` = '{run.id}'", max_results=MOST_RUNS)
        models = sorted((_summary(child, run.experiment) for child in found), key=lambda model: model.name)
        description = client.get_run(run.id).data.tags.get(_NOTE, "")
        artifacts = tuple(item.path for item in client.list_artifacts(run.id))
        return RunDetail(run, tuple(models), description, artifacts)


def compare_runs(first: RunDetail, second: RunDetail) -> tuple[Difference, ...]:
    """Return in what two runs differ: settings, tags, and the numbers of every model."""
    pairs: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
        ("setting", first.run.params, second.run.params),
        ("tag", first.run.tags, second.run.tags),
    ]
    ours, theirs = ({model.name: model.metrics for model in detail.models} for detail in (first, second))
    pairs += [(name, ours.get(name, {}), theirs.get(name, {})) for name in sorted({*ours, *theirs})]
    return tuple(
        Difference(what, name, a.get(name), b.get(name))
        for what, a, b in pairs
        for name in sorted({*a, *b})
        if a.get(name) != b.get(name)
    )


def same_cohort(first: RunDetail, second: RunDetail) -> bool | None:
    """Return whether two runs rest on the same cohort, by its digest; None where one of them does not say."""
    digests = [detail.run.tags.get("cohort_digest", "") for detail in (first, second)]
    return digests[0] == digests[1] if all(digests) else None


@contextlib.contextmanager
def _reading(uri: str) -> Iterator[MlflowClient]:
    try:
        client = open_client(uri)
        close_abandoned(client)
        yield client
    except (StoreUnavailableError, UsageError):
        raise
    # MLflow, SQLAlchemy and requests each have errors of their own; all mean the same to the user
    except Exception as error:
        where = without_password(uri)
        raise StoreUnavailableError("store_unreadable", where=where, error=type(error).__name__) from error


def _parents(client: MlflowClient) -> tuple[RunSummary, ...]:
    names = {e.experiment_id: e.name for e in client.search_experiments(max_results=MOST_RUNS)}
    runs = client.search_runs(list(names), order_by=["attributes.start_time DESC"], max_results=MOST_RUNS)
    return tuple(_summary(run, names[run.info.experiment_id]) for run in runs if _PARENT not in run.data.tags)


def _summary(run: Run, experiment: str) -> RunSummary:
    started = datetime.fromtimestamp(run.info.start_time / 1000, tz=UTC)
    prefix = "responder."
    return RunSummary(
        id=run.info.run_id,
        name=run.info.run_name,
        experiment=experiment,
        experiment_id=run.info.experiment_id,
        status=run.info.status,
        started=started.isoformat(timespec="seconds"),
        metrics=dict(sorted(run.data.metrics.items())),
        params=dict(sorted(run.data.params.items())),
        tags={key.removeprefix(prefix): tag for key, tag in sorted(run.data.tags.items()) if key.startswith(prefix)},
    )


def _find(runs: Sequence[RunSummary], wanted: str) -> RunSummary:
    if not runs:
        raise UsageError("no_tracked_runs", where="RUN")
    if wanted == LATEST:
        return runs[0]
    by_name = [run for run in runs if run.name == wanted]
    if by_name:
        return by_name[0]
    by_id = [run for run in runs if run.id.startswith(wanted.lower())] if wanted else []
    if len(by_id) == 1:
        return by_id[0]
    if by_id:
        ids = ", ".join(run.id[:SHORT_ID] for run in by_id[:4])
        raise UsageError("several_runs", where="RUN", n=len(by_id), name=wanted, ids=ids)
    raise UsageError(
        "no_tracked_run", where="RUN", hint=did_you_mean(wanted, [run.name for run in runs]) or "", name=wanted
    )
