"""The MLflow adapter: one parent run an experiment, one child a model, tables and figures as artifacts.

Nothing here computes. A store that is down never loses an analysis: results are on disk before they are logged.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from responder.errors import StoreUnavailableError, UsageError
from responder.experiment.resolve import ResolvedExperiment
from responder.experiment.result import ExperimentResult, ModelResult
from responder.project import store_file, tracking_uri, without_password
from responder.track.abandoned import close_abandoned, process_tags
from responder.track.client import import_mlflow
from responder.track.database import is_database, opening
from responder.track.new_store import make_store
from responder.track.summary import model_description, run_description
from responder.track.view import run_url
from responder.validate.compared import PairedComparison
from responder.validate.verdict import VerdictKind
from responder.words import said

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["TrackedRun"]

ARTIFACT_FOLDER = "mlartifacts"
IMPORTANCE = "importance.json"
LOCAL_SERVER = "http://127.0.0.1:5000"
DECIMALS = 4
MOST_PARAM_CHARACTERS = 500
RESTART_SECONDS = 60.0
"""How long a finished run waits for a database that is being started again, before its log is given up."""


@contextlib.contextmanager
def _store_errors(uri: str) -> Iterator[None]:
    """Turn whatever a tracking store raises into one error that says what to do."""
    try:
        yield
    except (KeyboardInterrupt, StoreUnavailableError):
        raise
    except UsageError as error:  # the results are written to disk even where the store cannot be used at all
        raise StoreUnavailableError(error.message, where=error.where, hint=error.hint) from error
    # MLflow, SQLAlchemy, requests and the file system each have their own errors; all mean the same to the user
    except Exception as error:
        first_line = (str(error).splitlines() or [""])[0][:200].replace(uri, without_password(uri))
        what = {"error": type(error).__name__, "why": first_line}
        raise StoreUnavailableError("store_failed", where=without_password(uri), **what) from error


def _is_away(error: Exception) -> bool:
    """Return whether a database did not answer, as MLflow says it of every kind."""
    return getattr(error, "error_code", "") == "TEMPORARILY_UNAVAILABLE"


def _client(uri: str) -> MlflowClient:
    client = import_mlflow()
    file = store_file(uri)
    if file is not None:
        make_store(file)
    return client(tracking_uri=uri)


@dataclass
class TrackedRun:
    """A parent run that is open while the experiment runs.

    Attributes
    ----------
    uri : str
        The tracking store.
    experiment_id, run_id : str
        Where the run is.
    language : str
        In which it describes itself.

    Examples
    --------
    >>> with TrackedRun.start(resolved, project, "rp-ld-il2") as run:  # doctest: +SKIP
    ...     run.log(result, folder)
    """

    uri: str
    experiment_id: str
    run_id: str
    language: str = "en"
    finished: bool = False
    _children: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def start(cls, resolved: ResolvedExperiment, project: Path, study: str, language: str = "en") -> TrackedRun:
        """Open a run in the experiment's own MLflow experiment (named after the study unless it says otherwise).

        Raises
        ------
        StoreUnavailableError
            If the store cannot be reached or written.
        """
        wanted = resolved.experiment
        uri = wanted.tracking.uri or tracking_uri(project)
        with _store_errors(uri), opening(uri):
            client = _client(uri)
            close_abandoned(client)
            location = _artifact_location(uri, project, wanted.tracking.artifacts)
            experiment_id = _experiment(client, wanted.tracking.experiment or study, location, language)
            run = client.create_run(
                experiment_id, run_name=wanted.name, tags={"responder.study": study, **process_tags()}
            )
        return cls(uri, experiment_id, run.info.run_id, language)

    def to_json(self) -> dict[str, str]:
        """Return where the run is, as a report links to it: at a server, or where ``responder ui`` shows the store."""
        server = without_password(self.uri) if self.uri.startswith(("http://", "https://")) else LOCAL_SERVER
        return {"run_id": self.run_id, "url": run_url(server, self.experiment_id, self.run_id)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.finished:
            return
        status = "KILLED" if kind is not None and issubclass(kind, KeyboardInterrupt) else "FAILED"
        with contextlib.suppress(StoreUnavailableError), _store_errors(self.uri):
            _client(self.uri).set_terminated(self.run_id, status=status)

    def log(self, result: ExperimentResult, folder: Path, bundle: Path | None = None) -> None:
        """Log a result, the files beside it, and the bundle as a registered pyfunc model; then end the run.

        Parameters
        ----------
        result : ExperimentResult
            What was found.
        folder : Path
            The run's files; all become artifacts.
        bundle : Path, optional
            The scoring bundle of the primary model.

        Raises
        ------
        StoreUnavailableError
            If the store fails on the way; files on disk are not touched.
        """
        self.log_models(result)
        self.log_files(result, folder, bundle)

    def log_models(self, result: ExperimentResult) -> None:
        """Log what was found: all of `log` that needs no file, so that it can be done while files are written."""
        self._tell(lambda client: self._log_models(client, result), before_again=self._forget_children)

    def log_files(self, result: ExperimentResult, folder: Path, bundle: Path | None = None) -> None:
        """Log the files and the bundle, and end the run: what `log` does after `log_models`."""
        self._tell(lambda client: self._log_files(client, result, folder, bundle))

    def _tell(
        self, log: Callable[[MlflowClient], None], before_again: Callable[[MlflowClient], None] | None = None
    ) -> None:
        """Tell the store; where its database is lost on the way, as while it starts again, tell it once more."""
        with _store_errors(self.uri):
            try:
                log(self._reached())
            except Exception as error:
                if not _is_away(error):
                    raise
                client = self._reached()
                if before_again is not None:
                    before_again(client)
                log(client)

    def _reached(self) -> MlflowClient:
        """Return a client of the store, once it answers."""
        with opening(self.uri, RESTART_SECONDS):
            return _client(self.uri)

    def _forget_children(self, client: MlflowClient) -> None:
        """Delete the runs of models, which are about to be logged again."""
        of_this_run = f"tags.mlflow.parentRunId = '{self.run_id}'"
        for child in client.search_runs([self.experiment_id], of_this_run):
            client.delete_run(child.info.run_id)

    def _log_models(self, client: MlflowClient, result: ExperimentResult) -> None:
        self._log_parent(client, result)
        self._log_dataset(client, result)
        self._children = {m.id: self._log_child(client, result, m) for m in result.models}

    def _log_files(self, client: MlflowClient, result: ExperimentResult, folder: Path, bundle: Path | None) -> None:
        client.log_artifacts(self.run_id, str(folder))
        if bundle is not None:
            from responder.track.registered import register_bundle

            register_bundle(self.uri, self._children[result.primary], bundle, result, self.language)
        client.set_terminated(self.run_id)
        self.finished = True

    def _log_parent(self, client: MlflowClient, result: ExperimentResult) -> None:
        from mlflow.entities import Metric, Param, RunTag

        resolved = result.experiment.to_json()
        params = [
            Param(name, str(item["value"])[:MOST_PARAM_CHARACTERS])
            for name, item in sorted(resolved.items())
            if item["value"] not in ("", [], {}, None)
        ]
        tags = {
            "mlflow.note.content": run_description(result, self.language),
            **_verdict(result),
            "responder.primary_model": result.primary,
            "responder.illustration": _illustration(result),
            "responder.code_version": result.provenance["code_version"],
            "responder.dirty_tree": str("changed" in result.provenance["code_version"]).lower(),
            "responder.lock_digest": result.provenance["lock_digest"][:12],
            "responder.cohort_digest": result.provenance["cohort_digest"][:12],
            "responder.key": result.provenance["key"][:12],
            **_known_at(result),
        }
        # over an ensemble there are ranges: the numbers of the given table alone are its models' runs
        found = result.primary_model.metrics if result.ensemble is None else result.ensemble.metrics
        screened = {} if result.screen is None else result.screen.metrics
        metrics = {**found, **screened, "n": result.cohort.n, "responders": result.cohort.responders}
        client.log_batch(
            self.run_id,
            metrics=[Metric(name, _rounded(value), _now_ms(), 0) for name, value in metrics.items()],
            params=params[:100],
            tags=[RunTag(name, value) for name, value in tags.items()],
        )

    def _log_dataset(self, client: MlflowClient, result: ExperimentResult) -> None:
        """Log name, digest and column types; the store keeps no value."""
        from mlflow.data.code_dataset_source import CodeDatasetSource
        from mlflow.data.pandas_dataset import from_pandas
        from mlflow.entities import DatasetInput, InputTag

        cohort = result.cohort
        dataset = from_pandas(
            cohort.frame().astype(float).reset_index(drop=True),
            source=CodeDatasetSource(tags={"file": Path(cohort.source).name}),
            name=result.experiment.experiment.name,
            targets=cohort.endpoint.name,
            digest=cohort.digest[:8],
        )
        tags = [InputTag("mlflow.data.context", "training"), InputTag("illustration", _illustration(result))]
        # the public mlflow.log_input wants an active run of the whole process; this is what it calls
        entity = dataset._to_mlflow_entity()  # noqa: SLF001
        client.log_inputs(self.run_id, datasets=[DatasetInput(entity, tags)])

    def _log_child(self, client: MlflowClient, result: ExperimentResult, model: ModelResult) -> str:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

        compared = next((one for one in result.comparisons if one.other == model.id), None)
        tags = {
            "mlflow.parentRunId": self.run_id,
            "mlflow.runName": model.id,
            "mlflow.note.content": model_description(result, model, self.language),
            **_verdict_of_model(result, model),
            "responder.illustration": _illustration(result),
            **_known_at(result),
            **({"responder.comparison": compared.reason or "compared"} if compared is not None else {}),
        }
        run_id: str = client.create_run(self.experiment_id, tags=tags).info.run_id
        metrics = {**model.metrics, "n": result.cohort.n, **_compared_with_primary(compared)}
        about = {"responder.primary": str(model.id == result.primary).lower()}
        if model.attributions is not None:
            # what log_table writes and tags, without its search for an older table to append to
            ranking = model.attributions.ranking().round(DECIMALS)
            client.log_text(run_id, ranking.to_json(orient="split", index=False, date_format="iso"), IMPORTANCE)
            about[MLFLOW_LOGGED_ARTIFACTS] = json.dumps([{"path": IMPORTANCE, "type": "table"}])
        client.log_batch(
            run_id,
            metrics=[Metric(name, _rounded(value), _now_ms(), 0) for name, value in metrics.items()],
            params=[Param("model", model.id), Param("title", said(model.title, self.language))],
            tags=[RunTag(name, value) for name, value in about.items()],
        )
        client.set_terminated(run_id)
        return run_id


def _verdict(result: ExperimentResult) -> dict[str, str]:
    """Return the verdict of an experiment: as the store's own list shows it, and in parts, to be said in a language."""
    if result.ensemble is None:
        code = result.verdict.kind.value
        return {"responder.verdict": code, "responder.verdict_code": code}
    code = VerdictKind.BEATS_CHANCE.value
    count, of = result.ensemble.verdicts[code], result.ensemble.members
    return {
        "responder.verdict": f"{code} in {count} of {of}",
        "responder.verdict_code": code,
        "responder.verdict_count": str(count),
        "responder.verdict_of": str(of),
    }


def _verdict_of_model(result: ExperimentResult, model: ModelResult) -> dict[str, str]:
    """Return the verdict of a model likewise; over an ensemble, that of the given table alone."""
    code = model.verdict.kind.value
    if result.ensemble is None:
        return {"responder.verdict": code, "responder.verdict_code": code}
    return {
        "responder.verdict": f"one table: {code}",
        "responder.verdict_code": code,
        "responder.verdict_scope": "one_table",
    }


def _compared_with_primary(one: PairedComparison | None) -> dict[str, float]:
    """Return how the primary model compares with another one; what is not estimated is absent."""
    if one is None:
        return {}
    found = {"primary_auc_difference": one.difference, "comparison_p": one.p, "comparison_p_holm": one.p_adjusted}
    return {name: value for name, value in found.items() if value is not None}


def _known_at(result: ExperimentResult) -> dict[str, str]:
    """Return the tag of a landmark run: the week at which what its models look at is known."""
    week = result.cohort.study.known_at_week
    return {"responder.known_at_week": f"{week:g}"} if week else {}


def _illustration(result: ExperimentResult) -> str:
    """Return whether a run is an illustration, and the kinds of its values that were not observed."""
    kinds = ", ".join(result.cohort.rests_on)
    return f"illustrative: {kinds}" if kinds else "no: observed"


def _rounded(value: float) -> float:
    """Return a metric to so many decimals; what is not 0 is never shown as if it were."""
    return round(float(value), DECIMALS) or float(value)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _artifact_location(uri: str, project: Path, declared: str) -> str | None:
    """Return the folder or address that holds artifacts; None where a server of MLflow's own keeps them itself.

    Raises
    ------
    StoreUnavailableError
        If the store is a database for several machines and no place that they share is declared.
    """
    if declared:
        return declared if "://" in declared else (project / Path(declared).expanduser()).resolve().as_uri()
    if is_database(uri):
        raise StoreUnavailableError("store_without_artifacts", where=without_password(uri))
    return (project / ARTIFACT_FOLDER).resolve().as_uri() if uri.startswith("sqlite:") else None


def _experiment(client: MlflowClient, name: str, artifacts: str | None, language: str) -> str:
    """Return the id of the MLflow experiment; a new one keeps its artifacts where that is said."""
    from responder.track.view import view_tags

    found = client.get_experiment_by_name(name)
    if found is None:
        location = None if artifacts is None else f"{artifacts.rstrip('/')}/{quote(name)}"
        experiment_id = client.create_experiment(name, artifact_location=location)
    else:
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(found.experiment_id)
        experiment_id = found.experiment_id
    for key, value in view_tags(name, language).items():
        client.set_experiment_tag(experiment_id, key, value)
    return str(experiment_id)
