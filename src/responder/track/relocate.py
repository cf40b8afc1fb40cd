"""Mend a SQLite tracking store whose project was moved, or whose runs never ended.

MLflow keeps absolute artifact paths, so a checkout that moves loses its artifacts from sight; nothing is lost on disk.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

__all__ = ["MovedFolder", "end_stale_runs", "moved_folders", "open_store", "relocate", "stale_runs"]

ARTIFACT_FOLDERS = ("mlartifacts", "mlruns")
STALE_AFTER_HOURS = 24.0
_PATHS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


@dataclass(frozen=True)
class MovedFolder:
    """A folder that the store names, and where it is now.

    Attributes
    ----------
    old, new : str
        As the store spells them, without a trailing slash.
    """

    old: str
    new: str


@contextlib.contextmanager
def open_store(file: Path, timeout_seconds: float = 2.0) -> Iterator[sqlite3.Connection]:
    """Open a store that is there already, for one transaction.

    Raises
    ------
    sqlite3.Error
        If it is locked, damaged or no database.
    """
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, timeout=timeout_seconds)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def moved_folders(file: Path, root: Path) -> tuple[MovedFolder, ...]:
    """Return the artifact folders that the store names elsewhere although the project holds them.

    A checkout that was copied counts too: its store would go on writing into the project that it was copied from.

    Parameters
    ----------
    file : Path
        The store.
    root : Path
        The project.
    """
    with open_store(file) as store:
        named = {
            location
            for table, column in _PATHS
            if _has(store, table)
            for (location,) in store.execute(f"SELECT DISTINCT {column} FROM {table}")  # noqa: S608 - our constants
            if location
        }
    moved = {}
    for location in named:
        folder = _artifact_folder(location)
        if folder is None:
            continue
        here = root / folder.rpartition("/")[2]
        if here.is_dir() and _path(folder).resolve() != here.resolve():
            moved[folder] = here.resolve().as_uri() if folder.startswith("file:") else here.resolve().as_posix()
    return tuple(MovedFolder(old, new) for old, new in sorted(moved.items()))


def relocate(file: Path, moved: tuple[MovedFolder, ...]) -> int:
    """Write the new folders into the store, all or nothing, and return how many paths changed."""
    changed = 0
    with open_store(file) as store:
        for table, column in _PATHS:
            if not _has(store, table):
                continue
            for folder in moved:
                at = len(folder.old) + 1
                statement = (
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - our constants
                    f"WHERE {column} = ? OR substr({column}, 1, ?) = ?"
                )
                values = (folder.new, at, folder.old, at, f"{folder.old}/")
                changed += store.execute(statement, values).rowcount
    return changed


def stale_runs(file: Path, hours: float = STALE_AFTER_HOURS) -> int:
    """Return how many runs are marked as running although they started long ago."""
    with open_store(file) as store:
        counted = "SELECT count(*) FROM runs WHERE status = 'RUNNING' AND start_time < ?"
        return int(store.execute(counted, (_ago(hours),)).fetchone()[0])


def end_stale_runs(file: Path, hours: float = STALE_AFTER_HOURS) -> int:
    """Mark such runs as killed, and return how many."""
    with open_store(file) as store:
        ended = "UPDATE runs SET status = 'KILLED', end_time = start_time WHERE status = 'RUNNING' AND start_time < ?"
        return store.execute(ended, (_ago(hours),)).rowcount


def _ago(hours: float) -> int:
    return int((time.time() - hours * 3600) * 1000)


def _has(store: sqlite3.Connection, table: str) -> bool:
    return (
        store.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None
    )


def _artifact_folder(location: str) -> str | None:
    """Return the part of an absolute local path up to the project's artifact folder, or None for any other."""
    if not location.startswith(("file:", "/")) and location[1:3] not in {":/", ":\\"}:
        return None
    for name in ARTIFACT_FOLDERS:
        head, folder, _ = f"{location}/".rpartition(f"/{name}/")
        if folder:
            return f"{head}/{name}"
    return None


def _path(location: str) -> Path:
    return Path(unquote(location.removeprefix("file://"))) if location.startswith("file:") else Path(location)
