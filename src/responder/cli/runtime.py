"""The shared library that LightGBM needs and does not bring: OpenMP's ``libgomp.so.1``.

A bare Linux has none. scikit-learn's wheel holds a copy under another name, which serves once a link with
the right name lies on the loader's path; the loader reads that path when a process starts, hence the
re-execution.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from responder.errors import ResponderError
from responder.words import Phrase

__all__ = ["ensure_libgomp", "link_libgomp"]

_LIBGOMP = "libgomp.so.1"


def ensure_libgomp() -> None:
    """Make ``import lightgbm`` possible in this process, starting the process anew where that takes it.

    Cheap where the system has the library (one ``dlopen``). Call it before standard input is read and before
    anything that must not happen twice. Does nothing on systems other than Linux.

    Raises
    ------
    ResponderError
        If neither the system nor scikit-learn's wheel has the library.
    """
    if not _libgomp_is_missing():
        return
    folder = str(link_libgomp())
    searched = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    if folder in searched:  # already started anew: the copy is there and does not load
        raise _missing(Phrase("place.libgomp_does_not_load", {"folder": folder}))
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([folder, *filter(None, searched)])
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the same program, the same arguments


def link_libgomp() -> Path:
    """Link scikit-learn's copy of the library under the name that the loader looks for.

    Returns
    -------
    pathlib.Path
        The folder that holds the link, inside the environment; it belongs on ``LD_LIBRARY_PATH``.

    Raises
    ------
    ResponderError
        If there is no copy, or the environment cannot be written.
    """
    copy = _bundled_libgomp()
    if copy is None:
        raise _missing(Phrase("place.libgomp_has_no_copy"))
    link = Path(sys.prefix) / "libgomp" / _LIBGOMP
    try:
        if not link.exists():
            link.parent.mkdir(exist_ok=True)
            new = link.with_name(f"{_LIBGOMP}.{os.getpid()}")
            new.symlink_to(copy)
            new.replace(link)
    except OSError as error:
        raise _missing(Phrase("place.folder_not_writable", {"folder": str(link.parent)})) from error
    return link.parent


def _libgomp_is_missing() -> bool:
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        ctypes.CDLL(_LIBGOMP)
    except OSError:
        return True
    return False


def _bundled_libgomp() -> Path | None:
    import importlib.util

    spec = importlib.util.find_spec("sklearn")  # finds, does not import
    if spec is None or spec.origin is None:
        return None
    libraries = Path(spec.origin).parents[1] / "scikit_learn.libs"
    return next(iter(sorted(libraries.glob("libgomp-*.so*"))), None)


def _missing(reason: Phrase) -> ResponderError:
    return ResponderError("no_libgomp", where=reason, library=_LIBGOMP)


if __name__ == "__main__":  # the launcher, once, after it has installed the packages
    if _libgomp_is_missing():
        try:
            link_libgomp()
        except ResponderError as missing:
            from responder.cli.language import asked_language
            from responder.cli.output import print_error

            print_error(missing, asked_language())
