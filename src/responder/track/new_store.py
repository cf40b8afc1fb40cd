"""Make a SQLite tracking store that is not there yet: whole or not at all, and without waiting for the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["make_store"]


def make_store(file: Path) -> None:
    """Make a new store beside its place, then put it there; a store that is there already is left alone.

    MLflow makes its tables by hundreds of small changes, each of which would wait for the disk, and an interruption
    between two of them would leave a file that no later run can open.

    Parameters
    ----------
    file : Path
        The store. Where its folder is missing nothing is made.
    """
    if file.exists() or not file.parent.is_dir():
        return
    from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import Engine, event

    with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
        new = Path(folder) / file.name
        event.listen(Engine, "connect", _do_not_wait)
        try:
            store = SqlAlchemyStore(f"sqlite:///{new.as_posix()}", DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH)  # type: ignore[no-untyped-call]
            store.engine.dispose()
        finally:
            event.remove(Engine, "connect", _do_not_wait)
        with new.open("rb+") as written:
            os.fsync(written.fileno())
        # a link never replaces: who made the store meanwhile was first. Without links, MLflow makes it in its own way
        with contextlib.suppress(OSError):
            os.link(new, file)


def _do_not_wait(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
