"""The MLflow server on the project's store: started on 127.0.0.1 in one process, asked over REST, stopped whole."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from responder.errors import StoreUnavailableError, UsageError, did_you_mean
from responder.track.view import NOTE, experiments_url, runs_url, view_tags
from responder.words import Phrase

__all__ = ["HOST", "MlflowServer", "choose_port"]

HOST = "127.0.0.1"
FIRST_PORT, PORTS_TRIED = 5000, 20
LONGEST_START_SECONDS = 90.0
LONGEST_STOP_SECONDS = 5.0
# a proxy of the network is no way to this machine's own server
_open_here = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
_SETTINGS = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # the job runners are 13 more processes
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


def choose_port(wanted: int | None = None) -> int:
    """Return the port wanted, or the first free one from 5000.

    Raises
    ------
    UsageError
        If the port is taken.
    """
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except (OSError, OverflowError):
                continue
            return port
    if wanted is not None:
        raise UsageError("port_taken", where="--port", port=wanted, host=HOST)
    raise UsageError("ports_taken", where="--port", first=FIRST_PORT, last=FIRST_PORT + PORTS_TRIED - 1, host=HOST)


def _own_door(port: int) -> dict[str, str]:
    """Return the settings by which the server answers under its own name and port alone (`responder.track.landing`)."""
    names = [f"{host}:{port}" for host in (HOST, "localhost")]
    return {
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(names),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": ",".join(f"http://{name}" for name in names),
    }


@dataclass(frozen=True)
class MlflowServer:
    """An MLflow server that answers.

    Attributes
    ----------
    url : str
        Its address.
    process : subprocess.Popen, optional
        The process that was started for it; None for a server of somebody else.
    """

    url: str
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextlib.contextmanager
    def running(cls, store: str, folder: Path, port: int) -> Iterator[MlflowServer]:
        """Start a server on a store, and stop it on leaving.

        Parameters
        ----------
        store : str
            Address of the tracking store.
        folder : Path
            Working folder, from which the store resolves relative paths.
        port : int
            Port of 127.0.0.1.

        Raises
        ------
        StoreUnavailableError
            If the server does not come up.
        """
        # not by `mlflow server`: that would be one more process, and would know neither of our two doors
        command = [sys.executable, "-m", "uvicorn", "--factory", "responder.track.landing:application"]
        command += ["--host", HOST, "--port", str(port), "--log-level", "warning", "--timeout-graceful-shutdown", "2"]
        # in the environment and not among the arguments: the address of a store may hold a password
        environment = {**os.environ, **_SETTINGS, **_own_door(port), "MLFLOW_BACKEND_STORE_URI": store}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                server = cls(f"http://{HOST}:{port}", process)
                server._wait(log)
                yield server
            finally:
                _stop(process)

    @property
    def pid(self) -> int | None:
        """The process that was started, or None."""
        return None if self.process is None else self.process.pid

    def wait(self) -> None:
        """Wait until the process that was started ends."""
        if self.process is not None:
            self.process.wait()

    def experiment_url(self, name: str | None = None) -> str:
        """Return the link to an experiment's runs, after making sure that its view is there.

        Parameters
        ----------
        name : str, optional
            Name or id of the experiment; that of the newest run by default.

        Raises
        ------
        UsageError
            If there is no such experiment.
        StoreUnavailableError
            If the server does not answer.
        """
        experiments = self._ask("experiments/search", {"max_results": 1000}).get("experiments", [])
        if name is None:
            ids = [e["experiment_id"] for e in experiments]
            newest = {"experiment_ids": ids, "max_results": 1, "order_by": ["attributes.start_time DESC"]}
            runs = self._ask("runs/search", newest).get("runs", []) if ids else []
            if not runs:
                return experiments_url(self.url)
            name = runs[0]["info"]["experiment_id"]
        found = next((e for e in experiments if name in {e["name"], e["experiment_id"]}), None)
        if found is None:
            names = [e["name"] for e in experiments]
            hint = did_you_mean(name, names) or Phrase("hint.one_of", {"names": tuple(names)})
            raise UsageError("no_tracked_experiment", where="--experiment", hint=hint, name=name)
        present = {tag["key"]: tag["value"] for tag in found.get("tags", [])}
        for key, value in view_tags(found["name"]).items():
            # what the run said of it, in its own language, stays
            if present.get(key) != value and not (key == NOTE and key in present):
                tag = {"experiment_id": found["experiment_id"], "key": key, "value": value}
                self._ask("experiments/set-experiment-tag", tag)
        return runs_url(self.url, found["experiment_id"])

    def _ask(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        ask = urllib.request.urlopen if self.process is None else _open_here
        request = urllib.request.Request(  # noqa: S310 - http alone: the address is our own or the user's
            f"{self.url.rstrip('/')}/api/2.0/mlflow/{method}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with ask(request, timeout=30) as reply:
                answer: dict[str, Any] = json.load(reply)
                return answer
        except (OSError, ValueError) as error:
            raise StoreUnavailableError("server_silent", where=self.url) from error

    def _wait(self, log: IO[bytes]) -> None:
        assert self.process is not None
        patience = time.monotonic() + LONGEST_START_SECONDS
        while time.monotonic() < patience and self.process.poll() is None:
            try:
                with _open_here(f"{self.url}/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        log.seek(0)
        told = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        raise StoreUnavailableError("server_not_started", where=self.url, why=told[-1][:300] if told else "?")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it started: they share a process group, which nothing else is in."""
    _signal_group(process, "SIGTERM")
    with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(LONGEST_STOP_SECONDS)
    _signal_group(process, "SIGKILL")
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], name: str) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, name))
    else:
        process.terminate()
