"""Where the project is, and where its runs are tracked."""

from __future__ import annotations

import os
import re
from pathlib import Path

from responder.errors import StoreUnavailableError

__all__ = [
    "STORE_FILE",
    "WORKBENCH_FOLDER",
    "existing_store",
    "project_root",
    "store_file",
    "tracking_uri",
    "without_password",
]

STORE_FILE = "mlflow.db"
WORKBENCH_FOLDER = "workbench"
"""Holds a folder for each table that is worked at in the browser."""
_OWN_NAME = re.compile(r'^name\s*=\s*["\']responder["\']', re.MULTILINE)


def project_root(start: Path | None = None) -> Path:
    """Return the folder that runs, results and the tracking store belong to.

    Parameters
    ----------
    start : Path, optional
        Where to begin; the working folder by default.

    Returns
    -------
    Path
        The nearest folder, upwards, that holds a tracking store, a folder ``experiments`` or this
        package's own ``pyproject.toml``; where there is none, `start`.
    """
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if _is_project(folder)), here)


def tracking_uri(root: Path | None = None) -> str:
    """Return the tracking store's address: ``MLFLOW_TRACKING_URI``, else a SQLite file in the project.

    A SQLite file given by a relative path is sought from the working folder, as MLflow does, and returned whole, so
    that a server started in another folder opens the same one.
    """
    given = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not given:
        return f"sqlite:///{((root or project_root()) / STORE_FILE).as_posix()}"
    file = store_file(given)
    if file is None or file.is_absolute():
        return given
    scheme, _, path = given.partition(":///")
    return f"{scheme}:///{file.resolve().as_posix()}{''.join(path.partition('?')[1:])}"


def store_file(uri: str) -> Path | None:
    """Return the file of a SQLite tracking store, or None where the store is something else.

    Examples
    --------
    >>> store_file("sqlite:///mlflow.db").as_posix()
    'mlflow.db'
    >>> store_file("http://127.0.0.1:5000") is None
    True
    """
    scheme, _, path = uri.partition(":///")
    return Path(path.partition("?")[0]) if scheme.partition("+")[0] == "sqlite" and path else None


def without_password(uri: str) -> str:
    """Return an address as it may be shown, written or logged.

    Examples
    --------
    >>> without_password("postgresql://me:secret@db.example:5432/mlflow")
    'postgresql://db.example:5432/mlflow'
    """
    scheme, separator, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return scheme + separator + host.rpartition("@")[2] + slash + path


def existing_store(root: Path) -> str:
    """Return the tracking store's address for reading: MLflow would make a new, empty file where there is none.

    Raises
    ------
    StoreUnavailableError
        If the store is a file and nothing has been tracked yet.
    """
    uri = tracking_uri(root)
    file = store_file(uri)
    if file is not None and not file.is_file():
        raise StoreUnavailableError("store_empty", where=str(file))
    return uri


def _is_project(folder: Path) -> bool:
    if (folder / STORE_FILE).is_file() or (folder / "experiments").is_dir():
        return True
    description = folder / "pyproject.toml"
    return description.is_file() and bool(_OWN_NAME.search(description.read_text(encoding="utf-8", errors="replace")))
