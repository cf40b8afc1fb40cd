"""Finished permutation tests, and parts of one at work, kept on disk: an interrupted run goes on where it stopped."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from responder.arrays import FloatArray
from responder.files import write_atomically
from responder.validate.permutation import PermutationTest, Side

__all__ = ["Checkpoint", "KeptParts", "KeptTests"]

FoundT = TypeVar("FoundT")


class Checkpoint:
    """A folder of finished tests that belong to one key.

    Parameters
    ----------
    folder : Path or None
        Where tests are kept; None keeps nothing.
    key : str
        Identity of data, settings and code; tests under another key are not used.
    """

    def __init__(self, folder: Path | None, key: str) -> None:
        self._folder = None if folder is None else folder / key[:16]

    def permutation(
        self, model: str, compute: Callable[[KeptParts[FloatArray] | None], PermutationTest]
    ) -> PermutationTest:
        """Return the kept test of a model, or compute and keep it, part by part while it is at work."""
        finished, parts = self.tests([model]), self.arrays(_name(model))
        if finished is None or parts is None:
            return compute(None)
        known = finished.get(0)
        if known is not None:
            return known
        test = compute(parts)
        finished.put(0, test)
        parts.forget()
        return test

    def tests(self, models: Sequence[str]) -> KeptTests | None:
        """Return where the finished tests of models are kept that are computed side by side."""
        return None if self._folder is None else KeptTests(self._folder, models)

    def parts(
        self, name: str, write: Callable[[FoundT], bytes], read: Callable[[bytes], FoundT]
    ) -> KeptParts[FoundT] | None:
        """Return where the parts of something else are kept; they stay until the whole run is done.

        Parameters
        ----------
        name : str
            What it is.
        write, read : callable
            What is found in a part, as the bytes of a file and back.
        """
        return None if self._folder is None else KeptParts(self._folder / name, write, read)

    def arrays(self, name: str) -> KeptParts[FloatArray] | None:
        """Return where parts that are arrays are kept; see `parts`."""
        return self.parts(name, _array_content, _read_array)


class KeptTests:
    """Finished permutation tests, one file each.

    Parameters
    ----------
    folder : Path
        Their folder, made when there is something to keep.
    models : sequence of str
        Whose they are, by number.
    """

    def __init__(self, folder: Path, models: Sequence[str]) -> None:
        self._paths = [folder / f"{_name(model)}.npz" for model in models]

    def get(self, model: int, /) -> PermutationTest | None:
        """Return the test of a model; None where it is not kept."""
        path = self._paths[model]
        return _read(path) if path.is_file() else None

    def put(self, model: int, test: PermutationTest, /) -> None:
        """Keep the test of a model."""
        _keep(self._paths[model], _content(test))


class KeptParts(Generic[FoundT]):
    """What was found in numbered parts, one file each.

    Parameters
    ----------
    folder : Path
        Their folder, made when there is something to keep.
    write, read : callable
        What is found in a part, as the bytes of a file and back.
    """

    def __init__(self, folder: Path, write: Callable[[FoundT], bytes], read: Callable[[bytes], FoundT]) -> None:
        self._folder, self._write, self._read = folder, write, read

    def get(self, part: int, /) -> FoundT | None:
        """Return what was found in a part; None where it is not kept."""
        path = self._path(part)
        return self._read(path.read_bytes()) if path.is_file() else None

    def put(self, part: int, found: FoundT, /) -> None:
        """Keep what was found in a part."""
        _keep(self._path(part), self._write(found))

    def forget(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, part: int) -> Path:
        return self._folder / f"{part}.part"


def _name(model: str) -> str:
    return f"permutation_{model.replace(':', '_')}"


def _keep(path: Path, content: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):  # another run of this experiment ended, and took the folder along
        write_atomically(path, content)


def _array_content(found: FloatArray) -> bytes:
    file = io.BytesIO()
    np.save(file, found, allow_pickle=False)
    return file.getvalue()


def _read_array(content: bytes) -> FloatArray:
    found: FloatArray = np.load(io.BytesIO(content), allow_pickle=False)
    return found


def _content(test: PermutationTest) -> bytes:
    file = io.BytesIO()
    np.savez(
        file,
        auc=test.auc,
        margin=test.margin,
        rows=test.rows,
        numbers=np.array(
            [test.observed, test.exact, test.fits, test.pairs, test.all_pairs, test.failed], dtype=np.int64
        ),
        side=np.array(test.side),
    )
    return file.getvalue()


def _read(path: Path) -> PermutationTest:
    with np.load(path, allow_pickle=False) as kept:
        observed, exact, fits, pairs, all_pairs, failed = (int(x) for x in kept["numbers"])
        side: Side = "two-sided" if str(kept["side"]) == "two-sided" else "greater"
        return PermutationTest(
            kept["auc"], kept["margin"], observed, bool(exact), side, fits, pairs, bool(all_pairs), kept["rows"], failed
        )
