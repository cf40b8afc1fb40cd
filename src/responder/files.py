"""Write a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from responder.errors import UsageError

__all__ = ["refuse_overwriting", "write_atomically"]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or an interruption, sees the old content or the new and nothing between.

    Parameters
    ----------
    path : Path
        The file; its folder is made where it is missing.
    content : str or bytes
        Text is written as UTF-8, its line ends as they are.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(data)  # a device or a pipe, such as /dev/stdout: written to, never replaced by a file
        return
    path = path.resolve()  # of a link, what it points to
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        error.filename = str(path)  # what the user named, not what it is called on the way
        raise
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def refuse_overwriting(path: Path, *, force: bool) -> None:
    """Refuse a file that is there already, unless the user insists.

    Raises
    ------
    UsageError
        If there is such a file and `force` is false.
    """
    if path.is_dir():
        raise UsageError("file_is_folder", where=str(path))
    if path.exists() and not force:
        raise UsageError("file_exists", where=str(path))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
