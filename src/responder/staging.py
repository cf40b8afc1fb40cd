"""Replace folders whole and together: a kill at any moment leaves all of the old or, at the next start, all of the new.

New folders are filled beside their places. A journal, itself put down in one step, then says what is to be swapped;
from there on the new folders count. `finish_swap` ends a swap that a killed process began, and clears away folders
that it had only begun to fill.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from responder.errors import UsageError
from responder.process import ProcessId, runs_here

__all__ = ["fill_folder", "finish_swap", "finish_swaps", "replace_folder", "replacing"]

_PLAN, _JOURNAL = "plan.json", ".swap"
_WAIT_SECONDS = 0.02
_LONGEST_WAIT_SECONDS = 10.0
_Move = tuple[Path, Path, Path]
"""A place, the new folder beside it, and where the old one goes meanwhile."""


@contextlib.contextmanager
def replacing(*places: Path) -> Iterator[tuple[Path, ...]]:
    """Yield an empty folder for each place; when the block has ended well, they take the places together.

    A folder that the block leaves empty means that there shall be none in its place.

    Parameters
    ----------
    *places : Path
        The folders; those above them are made where they are missing. The journal is kept beside the first.

    Yields
    ------
    tuple of Path
        The new folders, in the order of the places.
    """
    places = tuple(place.resolve() for place in places)
    for place in places:
        finish_swap(place)
        place.parent.mkdir(parents=True, exist_ok=True)
    moves: list[_Move] = []
    try:
        for place in places:
            new = _folder_beside(place)
            moves.append((place, new, new.with_name(f"{new.name}.old")))
        yield tuple(new for _, new, _ in moves)
        for _, new, _ in moves:
            new.chmod(0o755)
        journal = _announce(places[0], moves)
        try:
            _swap(moves)
        except BaseException:
            _undo(moves)
            _close(journal)
            raise
        _close(journal)
    finally:
        if not _journal(places[0]).exists():
            _clear(folder for _, *folders in moves for folder in folders)


def replace_folder(path: Path, files: Mapping[str, str | bytes]) -> None:
    """Write a folder of files, in the place of one that is there: an interruption leaves the old folder or the new.

    Parameters
    ----------
    path : Path
        The folder; those above it are made where they are missing.
    files : Mapping[str, str or bytes]
        Name of each file to its content; text is written as UTF-8, its line ends as they are.
    """
    with replacing(path) as (new,):
        fill_folder(new, files)


def fill_folder(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files into a new folder of `replacing`, and wait until the disk has them."""
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())


def finish_swap(place: Path) -> None:
    """Finish the swap that a killed process began, and clear away what it had not begun to swap.

    Parameters
    ----------
    place : Path
        The first of the places that are replaced together.

    Raises
    ------
    UsageError
        If a process that does not answer for itself, such as one of another machine, does not end its swap.
    """
    place = place.resolve()
    journal = _journal(place)
    patience = time.monotonic() + _LONGEST_WAIT_SECONDS
    while (plan := _read(journal)) is not None:
        owner = ProcessId(**plan["process"])
        if owner != ProcessId.own() and not owner.is_gone():
            if time.monotonic() > patience:
                raise UsageError("swap_unfinished", where=str(journal), pid=owner.pid, host=owner.host)
            time.sleep(_WAIT_SECONDS)  # it swaps at this moment: a matter of milliseconds
            continue
        moves = [(Path(at), Path(new), Path(old)) for at, new, old in plan["moves"]]
        _swap(moves)
        _close(journal)
        _clear(old for _, _, old in moves)
    with contextlib.suppress(OSError):  # there is none, or another process has put its own there
        journal.rmdir()
    _clear(_abandoned(place))


def finish_swaps(room: Path) -> None:
    """Finish every swap whose journal lies in a folder: what is to be read there may be one of its other places."""
    for journal in room.glob(f".*{_JOURNAL}") if room.is_dir() else ():
        finish_swap(room / journal.name[1 : -len(_JOURNAL)])


def _swap(moves: list[_Move]) -> None:
    """Move what is not moved yet: where a new folder is still beside its place, it is to be put there."""
    for place, new, old in moves:
        if not new.exists():
            continue
        if place.exists():
            place.rename(old)
        if any(new.iterdir()):
            new.rename(place)
        else:
            new.rmdir()


def _undo(moves: list[_Move]) -> None:
    for place, new, old in reversed(moves):
        if place.exists() and not new.exists():
            place.rename(new)
        if old.exists():
            old.rename(place)


def _announce(place: Path, moves: list[_Move]) -> Path:
    """Put the journal down: a folder is renamed, which fails where another process has put its own."""
    plan = {"process": ProcessId.own().to_json(), "moves": [[str(path) for path in move] for move in moves]}
    draft, journal = _folder_beside(place), _journal(place)
    try:
        fill_folder(draft, {_PLAN: json.dumps(plan)})
        while True:
            try:
                return draft.rename(journal)
            except OSError:
                if _read(journal) is None:
                    raise
                finish_swap(place)
    finally:
        _clear([draft])


def _close(journal: Path) -> None:
    (journal / _PLAN).unlink()
    with contextlib.suppress(OSError):  # another process has put its own there
        journal.rmdir()


def _read(journal: Path) -> dict[str, Any] | None:
    try:
        plan: dict[str, Any] = json.loads((journal / _PLAN).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return plan


def _journal(place: Path) -> Path:
    return place.with_name(f".{place.name}{_JOURNAL}")


def _folder_beside(place: Path) -> Path:
    """Make a hidden folder whose name says for which place it is and whose it is."""
    own = ProcessId.own()
    return Path(tempfile.mkdtemp(prefix=f".{place.name}.{own.host}.{own.pid}.", dir=place.parent))


def _abandoned(place: Path) -> Iterator[Path]:
    """Yield the folders beside a place that a process of this machine left."""
    prefix = f".{place.name}.{ProcessId.own().host}."
    for path in list(place.parent.iterdir()) if place.parent.is_dir() else ():
        pid = path.name.removeprefix(prefix).partition(".")[0]
        if path.name.startswith(prefix) and pid.isdecimal() and not runs_here(int(pid)):
            yield path


def _clear(folders: Iterator[Path] | list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
