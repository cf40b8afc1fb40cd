"""Finished permutation tests kept on disk, so that an interrupted run can go on where it stopped."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from responder.files import write_atomically
from responder.validate.permutation import PermutationTest, Side

__all__ = ["Checkpoint"]


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

    def permutation(self, model: str, compute: Callable[[], PermutationTest]) -> PermutationTest:
        """Return the kept test of a model, or compute and keep it."""
        if self._folder is None:
            return compute()
        path = self._folder / f"permutation_{model.replace(':', '_')}.npz"
        if path.is_file():
            return _read(path)
        test = compute()
        with contextlib.suppress(FileNotFoundError):  # another run of this experiment ended, and took the folder along
            write_atomically(path, _content(test))
        return test


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
