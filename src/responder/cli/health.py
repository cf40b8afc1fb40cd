"""What can be wrong around the program: versions, lock, system library, store, disk; each with its fix."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from responder.cli.settled import RUNS
from responder.cohort.places import shortened
from responder.extras import extras
from responder.project import existing_store, store_file, tracking_uri, without_password
from responder.words import Phrase

__all__ = ["Health", "close_what_was_killed", "examine", "fix"]

OLDEST_PYTHON = (3, 11)
LOCK = "requirements.lock"
STAMP = Path(".venv") / "responder-stamp"
LITTLE_DISK_BYTES, NO_DISK_BYTES = 1_000_000_000, 100_000_000
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_REQUIRED = re.compile(r"^[A-Za-z0-9._-]+")
_MOST_NAMES = 4
_STORE_TROUBLE = {"SQLITE_BUSY": "locked", "SQLITE_READONLY": "read_only"}


@dataclass(frozen=True)
class Health:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What: ``doctor.name.NAME`` of the catalogues.
    status : str
        ``ok``, ``warn`` or ``fail``.
    message : Phrase
        What was found.
    fix : Phrase, optional
        What to do; None where nothing is wrong.
    """

    name: str
    status: str
    message: Phrase
    fix: Phrase | None = None

    @classmethod
    def of(cls, name: str, status: str, case: str, **values: Any) -> Health:
        """Return a finding whose words are ``doctor.NAME.CASE.what`` and, where something is wrong, ``.fix``."""
        what, fix = (Phrase(f"doctor.{name}.{case}.{part}", values) for part in ("what", "fix"))
        return cls(name, status, what, None if status == "ok" else fix)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON types."""
        fix = "" if self.fix is None else self.fix.to_json()
        return {"name": self.name, "status": self.status, "message": self.message.to_json(), "fix": fix}


def examine(root: Path) -> Iterator[Health]:
    """Look at everything, one after the other.

    Parameters
    ----------
    root : Path
        The project.
    """
    for check in _CHECKS:
        yield from check(root)


def close_what_was_killed(root: Path) -> Iterator[Phrase]:
    """Finish the swaps and close the runs that killed trainings left."""
    from responder.staging import finish_swaps
    from responder.track.abandoned import close_abandoned_of

    closed = 0
    with contextlib.suppress(Exception):  # a store, or a folder, in which nothing can be closed is examined below
        finish_swaps(root / RUNS)
        closed = close_abandoned_of(existing_store(root))
    if closed:
        yield Phrase("doctor.runs_ended", {"n": closed})


def fix(root: Path) -> Iterator[Phrase]:
    """Fix what can be fixed without asking: moved artifact folders and runs that never ended."""
    from responder.track.relocate import end_stale_runs, moved_folders, relocate

    file = _sqlite_store(root)
    if file is None or not file.is_file():
        return
    moved = moved_folders(file, root)
    if moved:
        yield Phrase("doctor.artifacts_moved", {"n": relocate(file, moved), "folder": str(root)})
    ended = end_stale_runs(file)
    if ended:
        yield Phrase("doctor.runs_ended", {"n": ended})


def _python(_root: Path) -> Iterator[Health]:
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        yield Health.of("python", "fail", "old", version=version, oldest=".".join(map(str, OLDEST_PYTHON)))
    elif sys.prefix == sys.base_prefix:
        yield Health.of("python", "warn", "outside", version=version)
    else:
        yield Health.of("python", "ok", "good", version=version, folder=sys.prefix)
    if sys.dont_write_bytecode:
        yield Health.of("bytecode", "warn", "not_written", variable="PYTHONDONTWRITEBYTECODE")


def _packages(root: Path) -> Iterator[Health]:
    lock = root / LOCK
    if not lock.is_file():
        yield _extras()
        return
    from importlib.metadata import PackageNotFoundError, version

    needed = _direct_dependencies(root)
    missing: list[str] = []
    other: dict[str, Phrase] = {}
    total = 0
    for name, wanted in _pinned(lock.read_text(encoding="utf-8")):
        total += 1
        try:
            found = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        if found != wanted:
            other[name] = Phrase("doctor.locked_at", {"name": name, "found": found, "wanted": wanted})
    grave = any(name in needed for name in (*missing, *other))
    status = "fail" if grave else "warn" if missing or other else "ok"
    case = "_and_".join(filter(None, ("missing" if missing else "", "other" if other else ""))) or "same"
    same = {"count": total - len(missing) - len(other), "of": total}
    yield Health.of(
        "packages",
        status,
        case,
        **same,
        missing=shortened(missing, _MOST_NAMES),
        other=shortened([*other.values()], _MOST_NAMES),
    )


def _extras() -> Health:
    """Return which extras an installation from a package has: there is no lock to compare with."""
    from importlib.metadata import distribution

    whole, parts = [], []
    for extra, names in extras().items():
        try:
            for name in names:
                distribution(name)
        except ModuleNotFoundError:
            parts.append(extra)
        else:
            whole.append(extra)
    case = "extras" if whole and not parts else "no_extras" if not whole else "some_extras"
    installed, absent = (f"responder[{','.join(names)}]" for names in (whole, parts))
    return Health.of("packages", "warn" if parts else "ok", case, installed=installed, absent=absent)


def _lock(root: Path) -> Iterator[Health]:
    lock = root / LOCK
    if not lock.is_file():
        return
    import hashlib

    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    stamp = root / STAMP
    if not stamp.is_file():
        yield Health.of("lock", "warn", "no_stamp", digest=digest)
    elif lock.read_bytes() not in stamp.read_bytes():
        yield Health.of("lock", "warn", "other", digest=digest)
    else:
        yield Health.of("lock", "ok", "same", digest=digest)


def _libgomp(_root: Path) -> Iterator[Health]:
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        if (Path(sys.prefix) / "libgomp" / "libgomp.so.1").exists():
            yield Health.of("libgomp", "ok", "copy")
        else:
            yield Health.of("libgomp", "fail", "absent")
    else:
        yield Health.of("libgomp", "ok", "system")


def _folders(root: Path) -> Iterator[Health]:
    closed = [str(p) for p in (root, root / "runs", root / "models") if p.exists() and not os.access(p, os.W_OK)]
    if closed:
        yield Health.of("project", "fail", "closed", folders=closed)
    else:
        yield Health.of("project", "ok", "open", folder=str(root))


def _store(root: Path) -> Iterator[Health]:
    file = _sqlite_store(root)
    if file is None:
        yield Health.of("store", "warn", "elsewhere", address=without_password(tracking_uri(root)))
        return
    path = str(file)
    if not file.exists():
        yield Health.of("store", "ok", "not_made", file=path)
        return
    import sqlite3

    from responder.track.relocate import moved_folders, open_store, stale_runs

    try:
        with open_store(file) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            connection.execute("BEGIN IMMEDIATE")  # fails where another process holds the lock, or it is read-only
        if damage != "ok":
            yield Health.of("store", "fail", "damaged", file=path)
            return
        moved, stale = moved_folders(file, root), stale_runs(file)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        case = next((case for start, case in _STORE_TROUBLE.items() if name.startswith(start)), "no_store")
        yield Health.of("store", "fail", case, file=path)
        return
    yield Health.of("store", "ok", "good", file=path, megabytes=file.stat().st_size / 1e6)
    if moved:
        yield Health.of("artifacts", "fail", "moved", folders=shortened([folder.old for folder in moved], _MOST_NAMES))
    if stale:
        yield Health.of("runs", "warn", "stale", runs=Phrase("doctor.stale_runs", {"n": stale}))


def _disk(root: Path) -> Iterator[Health]:
    free = shutil.disk_usage(root).free
    status = "fail" if free < NO_DISK_BYTES else "warn" if free < LITTLE_DISK_BYTES else "ok"
    yield Health.of("disk", status, "free", gigabytes=free / 1e9)


def _chromium(_root: Path) -> Iterator[Health]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        yield Health.of("chromium", "ok", "found", file=found)
    else:
        yield Health.of("chromium", "warn", "absent")


_CHECKS: tuple[Callable[[Path], Iterator[Health]], ...] = (
    _python,
    _packages,
    _lock,
    _libgomp,
    _folders,
    _store,
    _disk,
    _chromium,
)


def _pinned(lock: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of the packages that the lock wants on this machine."""
    from packaging.markers import Marker

    for line in lock.splitlines():
        match = _PINNED.match(line)
        if match and (match["marker"] is None or Marker(match["marker"]).evaluate()):
            yield match["name"].lower(), match["version"]


def _direct_dependencies(root: Path) -> set[str]:
    """Return the packages without which the program does not run."""
    from responder.toml_file import read_toml

    description = root / "pyproject.toml"
    if not description.is_file():
        return set()
    project = read_toml(description).get("project", {})
    lists = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    return {match[0].lower() for items in lists for item in items if (match := _REQUIRED.match(item))}


def _sqlite_store(root: Path) -> Path | None:
    return store_file(tracking_uri(root))
