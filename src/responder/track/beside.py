"""A thread that speaks to the tracking store while this one computes: a store mostly waits for a disk or a network."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from responder.errors import StoreUnavailableError
from responder.experiment.result import ExperimentResult
from responder.track.store import TrackedRun

__all__ = ["TrackedBeside"]


class TrackedBeside:
    """A tracked run that is opened, told of its models and ended in a thread of its own, one after another.

    Parameters
    ----------
    start : callable
        Opens the run. That the store is unavailable is told by `log_files`, when everything else is done.

    Examples
    --------
    >>> with TrackedBeside(lambda: TrackedRun.start(resolved, project, "rp-ld-il2")) as tracked:  # doctest: +SKIP
    ...     tracked.log_models(result)
    ...     tracked.log_files(result, folder)
    """

    def __init__(self, start: Callable[[], TrackedRun]) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._run = self._thread.submit(start)
        self._models: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if (run := self.run) is not None:
                run.__exit__(kind, error, trace)
        finally:
            self._thread.shutdown(cancel_futures=True)

    @property
    def run(self) -> TrackedRun | None:
        """The run, once it is open; None where the store is unavailable."""
        try:
            return self._run.result()
        except StoreUnavailableError:
            return None

    def log_models(self, result: ExperimentResult) -> None:
        """Begin to log what needs no file; see `TrackedRun.log_models`."""
        self._models = self._thread.submit(lambda: self._run.result().log_models(result))

    def log_files(self, result: ExperimentResult, folder: Path, bundle: Path | None = None) -> None:
        """Log files and bundle and end the run, when its models are logged; see `TrackedRun.log_files`.

        Raises
        ------
        StoreUnavailableError
            If the run could not be opened, or the store failed since.
        """
        assert self._models is not None, "the models are logged first"
        self._models.result()
        self._thread.submit(lambda: self._run.result().log_files(result, folder, bundle)).result()
