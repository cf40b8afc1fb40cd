"""Make a SQLite tracking store that is not there yet: whole or not at all, and without waiting for the disk."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from responder.track.client import import_mlflow

__all__ = ["make_store", "make_template", "template_file"]


def make_store(file: Path) -> None:
    """Make a new store beside its place, then put it there; a store that is there already is left alone.

    MLflow makes its tables by hundreds of small changes, each of which would wait for the disk, and an interruption
    between two of them would leave a file that no later run can open. They are made once an environment, and copied.

    Parameters
    ----------
    file : Path
        The store. Where its folder is missing nothing is made.
    """
    if file.exists() or not file.parent.is_dir():
        return
    with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
        new, template = Path(folder) / file.name, template_file()
        if not _copied(template, new):
            _migrated(new)
            _keep(new, template)
        with new.open("rb+") as written:
            os.fsync(written.fileno())
        # a link never replaces: who made the store meanwhile was first. Without links, MLflow makes it in its own way
        with contextlib.suppress(OSError):
            os.link(new, file)


def template_file() -> Path:
    """Return where the tables of MLflow's version are kept, beside the environment: made once, then copied."""
    return Path(sys.prefix) / "var" / "responder" / f"mlflow-{importlib.metadata.version('mlflow')}.db"


def make_template() -> None:
    """Make the template while an environment is set up, so that its first training, too, has only to copy."""
    import_mlflow()
    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder) / "mlflow.db")


def _copied(template: Path, new: Path) -> bool:
    """Copy the template, and return whether it was there and whole."""
    try:
        shutil.copyfile(template, new)
        with contextlib.closing(sqlite3.connect(new)) as store:
            found = (
                store.execute("PRAGMA quick_check").fetchone(),
                *store.execute("SELECT count(*) FROM alembic_version"),
            )
    except (OSError, sqlite3.Error):
        found = ()
    if found == (("ok",), (1,)):
        return True
    new.unlink(missing_ok=True)
    return False


def _migrated(new: Path) -> None:
    """Let MLflow make a store in its own way."""
    from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import Engine, event

    event.listen(Engine, "connect", _do_not_wait)
    try:
        store = SqlAlchemyStore(f"sqlite:///{new.as_posix()}", DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH)  # type: ignore[no-untyped-call]
        store.engine.dispose()
    finally:
        event.remove(Engine, "connect", _do_not_wait)


def _keep(new: Path, template: Path) -> None:
    """Keep a new store as the template; an environment that cannot be written has none."""
    with contextlib.suppress(OSError, sqlite3.Error):
        template.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=template.parent) as folder:
            copy = Path(folder) / template.name
            shutil.copyfile(new, copy)
            with contextlib.closing(sqlite3.connect(copy)) as store, store:
                # its artifacts would be where this store is; MLflow makes it anew in a store that has none
                store.execute("DELETE FROM experiments")
            copy.replace(template)


def _do_not_wait(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")


if __name__ == "__main__":
    make_template()
