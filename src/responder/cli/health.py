"""What can be wrong around the program: versions, lock, system library, store, disk; each with its mend."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from responder.project import store_file, tracking_uri, without_password

__all__ = ["Health", "examine", "mend"]

OLDEST_PYTHON = (3, 11)
LOCK = "requirements.lock"
STAMP = Path(".venv") / "responder-stamp"
LITTLE_DISK_BYTES, NO_DISK_BYTES = 1_000_000_000, 100_000_000
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_REQUIRED = re.compile(r"^[A-Za-z0-9._-]+")
_MOST_NAMES = 4


@dataclass(frozen=True)
class Health:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What.
    status : str
        ``ok``, ``warn`` or ``fail``.
    message : str
        What was found.
    mend : str
        What to do; empty where nothing is wrong.
    """

    name: str
    status: str
    message: str
    mend: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the finding as JSON types."""
        return asdict(self)


def examine(root: Path) -> Iterator[Health]:
    """Look at everything, one after the other.

    Parameters
    ----------
    root : Path
        The project.
    """
    for check in _CHECKS:
        yield from check(root)


def mend(root: Path) -> Iterator[str]:
    """Mend what can be mended without asking: moved artifact folders and runs that never ended."""
    from responder.track.relocate import end_stale_runs, moved_folders, relocate

    file = _sqlite_store(root)
    if file is None or not file.is_file():
        return
    moved = moved_folders(file, root)
    if moved:
        yield f"{relocate(file, moved)} artifact paths now lead into {root}"
    ended = end_stale_runs(file)
    if ended:
        yield f"{ended} runs marked as killed"


def _python(_root: Path) -> Iterator[Health]:
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        yield Health("python", "fail", f"{version}, older than {wanted}", f"install Python {wanted} or newer")
    elif sys.prefix == sys.base_prefix:
        yield Health(
            "python", "warn", f"{version}, outside of an environment", "start it as scripts/launch responder ..."
        )
    else:
        yield Health("python", "ok", f"{version} in {sys.prefix}")
    if sys.dont_write_bytecode:
        yield Health(
            "byte code",
            "warn",
            "PYTHONDONTWRITEBYTECODE is set: every start compiles anew",
            "unset PYTHONDONTWRITEBYTECODE",
        )


def _packages(root: Path) -> Iterator[Health]:
    lock = root / LOCK
    if not lock.is_file():
        yield Health("packages", "warn", f"no {LOCK} in {root}", "run it from the project's folder")
        return
    from importlib.metadata import PackageNotFoundError, version

    needed = _direct_dependencies(root)
    missing, other, total = [], [], 0
    for name, wanted in _pinned(lock.read_text(encoding="utf-8")):
        total += 1
        try:
            found = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        if found != wanted:
            other.append(f"{name} {found} (locked: {wanted})")
    grave = any(item.split()[0].lower() in needed for item in missing + other)
    status = "fail" if grave else "warn" if missing or other else "ok"
    remedy = "" if status == "ok" else "rm .venv/responder-stamp, then make help: it installs the locked versions"
    parts = [f"{total - len(missing) - len(other)} of {total} as locked"]
    parts += [f"missing: {_some(missing)}"] if missing else []
    parts += [f"other versions: {_some(other)}"] if other else []
    yield Health("packages", status, "; ".join(parts), remedy)


def _lock(root: Path) -> Iterator[Health]:
    lock = root / LOCK
    if not lock.is_file():
        return
    import hashlib

    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    stamp = root / STAMP
    if not stamp.is_file():
        yield Health("lock", "warn", f"{digest}; this environment was not made by scripts/launch", "make help")
    elif lock.read_bytes() not in stamp.read_bytes():
        yield Health("lock", "warn", f"{digest}; the environment was made from another lock", "make help")
    else:
        yield Health("lock", "ok", digest)


def _libgomp(_root: Path) -> Iterator[Health]:
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        if (Path(sys.prefix) / "libgomp" / "libgomp.so.1").exists():
            yield Health("libgomp", "ok", "the copy that scikit-learn brings")
            return
        yield Health(
            "libgomp",
            "fail",
            "LightGBM needs the system library libgomp.so.1",
            "sudo apt install libgomp1 (Debian, Ubuntu) or sudo dnf install libgomp (Fedora)",
        )
    else:
        yield Health("libgomp", "ok", "the system's")


def _folders(root: Path) -> Iterator[Health]:
    closed = [str(p) for p in (root, root / "runs", root / "models") if p.exists() and not os.access(p, os.W_OK)]
    if closed:
        yield Health("project", "fail", f"cannot write in {', '.join(closed)}", "work in a copy that is your own")
    else:
        yield Health("project", "ok", str(root))


def _store(root: Path) -> Iterator[Health]:
    uri = tracking_uri(root)
    file = _sqlite_store(root)
    if file is None:
        yield Health(
            "store", "warn", f"not looked at: {without_password(uri)}", "responder runs ls shows whether it answers"
        )
        return
    if not file.exists():
        yield Health("store", "ok", f"{file}: not made yet; the first training makes it")
        return
    import sqlite3

    from responder.track.relocate import moved_folders, open_store, stale_runs

    try:
        with open_store(file) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            connection.execute("BEGIN IMMEDIATE")  # fails where another process holds the lock, or it is read-only
        if damage != "ok":
            yield Health("store", "fail", f"{file} is damaged: {damage}", "restore it from a backup, or move it away")
            return
        moved, stale = moved_folders(file, root), stale_runs(file)
    except sqlite3.Error as error:
        hint = {
            "database is locked": "another process holds it: stop it, or wait",
            "attempt to write a readonly database": "check who may write it",
        }.get(str(error), "move it away: the next training makes a new one")
        yield Health("store", "fail", f"{file}: {error}", hint)
        return
    yield Health("store", "ok", f"{file}, {file.stat().st_size / 1e6:.1f} MB")
    if moved:
        places = _some([folder.old for folder in moved])
        yield Health("artifacts", "fail", f"the store still leads to {places}", "responder doctor --mend")
    if stale:
        yield Health("runs", "warn", f"{stale} marked as running for more than a day", "responder doctor --mend")


def _disk(root: Path) -> Iterator[Health]:
    free = shutil.disk_usage(root).free
    status = "fail" if free < NO_DISK_BYTES else "warn" if free < LITTLE_DISK_BYTES else "ok"
    yield Health("disk", status, f"{free / 1e9:.1f} GB free", "" if status == "ok" else "free some space")


def _chromium(_root: Path) -> Iterator[Health]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        yield Health("chromium", "ok", found)
    else:
        yield Health(
            "chromium", "warn", "none: the browser tests are skipped, all else works", "sudo apt install chromium"
        )


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
    import tomllib

    description = root / "pyproject.toml"
    if not description.is_file():
        return set()
    listed = tomllib.loads(description.read_text(encoding="utf-8")).get("project", {}).get("dependencies", [])
    return {match[0].lower() for item in listed if (match := _REQUIRED.match(item))}


def _sqlite_store(root: Path) -> Path | None:
    return store_file(tracking_uri(root))


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown
