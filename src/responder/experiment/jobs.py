"""Trainings that wait for their turn and run on their own: a queue in SQLite, and a child process for each.

A job is ``responder train``, or another command that takes its time, in a process of its own, so that it leaves the
same files and outlives whoever asked for it. What became of it is read from what it wrote, never from its exit code:
who starts after a crash learns the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from responder.process import ProcessId
from responder.words import Spoken, from_json

__all__ = ["Job", "JobState", "JobStep", "Jobs", "now_in_utc"]

RESPONDER = (sys.executable, "-m", "responder.cli.main")
TRAIN = (*RESPONDER, "train")
QUEUE_FILE = "jobs.db"
SECONDS_FOR_THE_LOCK = 10.0
FINISHED_ALL_THE_SAME = frozenset({"gate_not_met", "store_unavailable"})
"""Kinds of failure after which the results are there."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, experiment TEXT NOT NULL, language TEXT NOT NULL,
    state TEXT NOT NULL, asked TEXT NOT NULL, ended TEXT NOT NULL DEFAULT '', process TEXT NOT NULL DEFAULT '',
    failure TEXT NOT NULL DEFAULT '', is_resumed INTEGER NOT NULL DEFAULT 0,
    doing TEXT NOT NULL DEFAULT '[]'
)
"""


class JobState(StrEnum):
    """What has become of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Its process ended without a word: killed, or the machine went off. What it had finished is kept."""


@dataclass(frozen=True)
class JobStep:
    """One step of a running job: what it is, and how much of it is done."""

    what: str | Spoken
    done: int
    total: int


@dataclass(frozen=True)
class Job:
    """A training that was asked for.

    Attributes
    ----------
    id : int
        Its number in the queue.
    name : str
        Of the experiment.
    experiment : Path
        Its file.
    language : str
        Of the report.
    state : JobState
    asked, ended : str
        When, in UTC; empty where it has not ended.
    failure : Mapping[str, str]
        ``kind``, ``message``, ``where`` and ``hint`` of what went wrong; empty where nothing did.
    """

    id: int
    name: str
    experiment: Path
    language: str
    state: JobState
    asked: str
    ended: str
    failure: Mapping[str, str]

    @property
    def can_resume(self) -> bool:
        """Whether it ended before it was done, and may go on where it stopped."""
        return self.state in {JobState.CANCELLED, JobState.INTERRUPTED, JobState.FAILED}

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}


class Jobs:
    """The queue of a project: one job runs, the others wait.

    Parameters
    ----------
    folder : Path
        Where the queue and what running jobs write are kept, readable by their owner alone.
    project : Path
        Working folder of the jobs.
    command : sequence of str
        What a job runs; its experiment, ``--json`` and ``--lang`` are added.
    """

    def __init__(self, folder: Path, project: Path, command: Sequence[str] = TRAIN) -> None:
        self._folder, self._project, self._command = folder, project, tuple(command)
        self._children: list[subprocess.Popen[bytes]] = []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._opened() as queue:
            queue.execute(_SCHEMA)
            if "doing" not in {column["name"] for column in queue.execute("PRAGMA table_info(job)")}:
                queue.execute("ALTER TABLE job ADD COLUMN doing TEXT NOT NULL DEFAULT '[]'")  # a queue of before
        (folder / QUEUE_FILE).chmod(0o600)

    def submit(self, name: str, experiment: Path, language: str = "en", doing: Sequence[str] = ()) -> Job:
        """Put a training at the end of the queue; one of this name that is open already stands for it.

        Parameters
        ----------
        name : str
            Of the experiment, or of whatever else is done.
        experiment : Path
            Its file.
        language : str
            Of what is written.
        doing : sequence of str
            Words of another command of this program, in the place of the training.
        """
        with self._opened() as queue:
            waiting = queue.execute(
                "SELECT id FROM job WHERE name = ? AND state IN ('queued', 'running')", (name,)
            ).fetchone()
            row = (
                waiting
                or queue.execute(
                    "INSERT INTO job (name, experiment, language, state, asked, doing) "
                    "VALUES (?, ?, ?, 'queued', ?, ?) RETURNING id",
                    (name, str(experiment), language, now_in_utc(), json.dumps(list(doing))),
                ).fetchone()
            )
        self.advance()
        return self.get(row["id"])

    def get(self, number: int) -> Job:
        """Return a job by its number."""
        with self._opened() as queue:
            return _job(queue.execute("SELECT * FROM job WHERE id = ?", (number,)).fetchone())

    def all(self) -> list[Job]:
        """Return every job, the last one first."""
        with self._opened() as queue:
            return [_job(row) for row in queue.execute("SELECT * FROM job ORDER BY id DESC")]

    def last_of(self, name: str) -> Job | None:
        """Return the last job of a name; None where there is none."""
        return next((job for job in self.all() if job.name == name), None)

    def cancel(self, number: int) -> None:
        """Take a job out of the queue, or ask its process to end; what it has finished is kept."""
        with self._opened() as queue:
            row = queue.execute("SELECT * FROM job WHERE id = ?", (number,)).fetchone()
            if row["state"] in {"queued", "running"}:
                queue.execute("UPDATE job SET state = 'cancelled', ended = ? WHERE id = ?", (now_in_utc(), number))
        process = _process(row)
        if row["state"] == "running" and process is not None and not process.is_gone():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)

    def resume(self, number: int) -> None:
        """Put a job that ended early back at its place in the queue; it goes on where it stopped."""
        with self._opened() as queue:
            queue.execute(
                "UPDATE job SET state = 'queued', ended = '', failure = '', is_resumed = 1 "
                "WHERE id = ? AND state IN ('cancelled', 'interrupted', 'failed')",
                (number,),
            )
        self.advance()

    def is_busy(self, name: str) -> bool:
        """Return whether a job of a name, or of one below it (``NAME/...``), waits or runs."""
        return any(job.is_open and job.name.partition("/")[0] == name for job in self.all())

    def forget(self, name: str) -> None:
        """Remove the ended jobs of a name, and of those below it."""
        ended = [job.id for job in self.all() if not job.is_open and job.name.partition("/")[0] == name]
        with self._opened() as queue:
            queue.executemany("DELETE FROM job WHERE id = ?", [(number,) for number in ended])

    def advance(self) -> None:
        """Look what became of running jobs, and start the next one where none runs any more."""
        self._children = [child for child in self._children if child.poll() is None]  # none is left a zombie
        with self._opened() as queue:
            for row in queue.execute("SELECT * FROM job WHERE process != ''").fetchall():
                process = _process(row)
                if process is not None and process.is_gone():
                    self._settle(queue, row)
            if queue.execute("SELECT 1 FROM job WHERE process != ''").fetchone() is None:
                row = queue.execute("SELECT * FROM job WHERE state = 'queued' ORDER BY id").fetchone()
                if row is not None:
                    self._start(queue, row)

    def steps(self, job: Job) -> list[JobStep]:
        """Return the steps of a running job so far, the present one last."""
        steps: dict[str, JobStep] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self._told(job.id).read_text(encoding="utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):  # a warning of a library, half a line
                    told = json.loads(line)
                    key = json.dumps(told["step"], sort_keys=True)
                    steps[key] = JobStep(from_json(told["step"]), told["done"], told["total"])
        return list(steps.values())

    def _start(self, queue: sqlite3.Connection, row: sqlite3.Row) -> None:
        resumed = ["--resume"] if row["is_resumed"] else []
        doing = json.loads(row["doing"])
        words = (*RESPONDER, *doing) if doing else (*self._command, row["experiment"])
        command = [*words, "--json", "--lang", row["language"], *resumed]
        with self._private(self._printed(row["id"])) as out, self._private(self._told(row["id"])) as told:
            child = subprocess.Popen(  # noqa: S603 - this program, and a file that it wrote
                command,
                cwd=self._project,
                env={**os.environ, "RESPONDER_PROGRESS": "json", "PYTHONIOENCODING": "utf-8"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=told,
                start_new_session=True,  # neither Ctrl-C nor the end of who asked reaches it
            )
        self._children.append(child)
        process = json.dumps(ProcessId.of(child.pid).to_json())
        queue.execute("UPDATE job SET state = 'running', process = ? WHERE id = ?", (process, row["id"]))

    def _settle(self, queue: sqlite3.Connection, row: sqlite3.Row) -> None:
        """Write down how a job ended, and remove what it printed: it holds the whole result."""
        number, state, failure = row["id"], row["state"], dict[str, str]()
        if state == JobState.RUNNING:
            state, failure = _outcome(self._printed(number))
        ended = "" if state == JobState.QUEUED else row["ended"] or now_in_utc()  # asked for again while it was ending
        queue.execute(
            "UPDATE job SET state = ?, failure = ?, process = '', ended = ? WHERE id = ?",
            (state, json.dumps(failure, ensure_ascii=False) if failure else "", ended, number),
        )
        self._printed(number).unlink(missing_ok=True)
        self._told(number).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the queue for one look or change that no other process sees half done."""
        queue = sqlite3.connect(self._folder / QUEUE_FILE, timeout=SECONDS_FOR_THE_LOCK, isolation_level=None)
        queue.row_factory = sqlite3.Row
        try:
            queue.execute("BEGIN IMMEDIATE")
            yield queue
            queue.execute("COMMIT")
        finally:
            queue.close()  # what was not committed is undone

    @contextlib.contextmanager
    def _private(self, path: Path) -> Iterator[int]:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            yield handle
        finally:
            os.close(handle)

    def _printed(self, number: int) -> Path:
        return self._folder / f"job_{number}.json"

    def _told(self, number: int) -> Path:
        return self._folder / f"job_{number}.progress"


def _outcome(printed: Path) -> tuple[JobState, dict[str, str]]:
    """Return how a job ended by the envelope that it printed; without one its process was killed."""
    try:
        envelope: dict[str, Any] = json.loads(printed.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return JobState.INTERRUPTED, {}
    failure = dict(envelope.get("error", {}))
    if envelope.get("ok") or failure.get("kind") in FINISHED_ALL_THE_SAME:
        return JobState.DONE, failure
    if failure.get("kind") in {"terminated", "interrupted"}:
        return JobState.INTERRUPTED, {}
    return JobState.FAILED, failure


def _job(row: sqlite3.Row) -> Job:
    failure = json.loads(row["failure"]) if row["failure"] else {}
    state = JobState(row["state"])
    return Job(
        row["id"], row["name"], Path(row["experiment"]), row["language"], state, row["asked"], row["ended"], failure
    )


def _process(row: sqlite3.Row) -> ProcessId | None:
    return ProcessId(**json.loads(row["process"])) if row["process"] else None


def now_in_utc() -> str:
    """Return the time as the queue and the stamps of a plan write it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
