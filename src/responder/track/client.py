"""MLflow's client, told not to phone home, not to narrate, and not to wait for minutes for a store that is down."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from responder.track.database import opening

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["import_mlflow", "open_client"]

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # by default it tries 8 times within four minutes, and waits for up to two minutes each time
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


def import_mlflow() -> type[MlflowClient]:
    """Import MLflow, which reads its settings then; what the environment already says stays as it is."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    # making a new store tells of every table; the narration is ours to write
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return MlflowClient


def open_client(uri: str) -> MlflowClient:
    """Return a client of a tracking store; a database that does not answer is told in seconds, see `opening`."""
    with opening(uri):
        return import_mlflow()(tracking_uri=uri)
