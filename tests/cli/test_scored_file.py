"""A scored table in a file: every number with all its digits, however often it comes again."""

import csv

import numpy as np
import pytest

from responder.cli.scored_file import ScoredFile
from responder.csv_text import harmless


@pytest.mark.parametrize("repeats", [1, 40])
def test_csv_holds_what_the_standard_writer_writes(tmp_path, repeats):
    numbers = np.array([0.1, -0.0, 0.0, 1e-7, 1e22, 2 / 3, np.nan, 5.0])
    columns = {
        "patient": tuple(f'P"{i}' for i in range(8 * repeats)),
        "reasons": np.array(["a;b", "", "says, so", "x", "", "", "", "=1"] * repeats, dtype=object),
        "probability": np.tile(numbers, repeats),
        "count": np.arange(8 * repeats),
    }
    path = tmp_path / "scored.csv"
    with ScoredFile(path) as file:
        for part in (slice(0, 3), slice(3, None)):
            file.write({name: cells[part] for name, cells in columns.items()})
    with (tmp_path / "plain.csv").open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        for cells in zip(*(list(c) if isinstance(c, tuple) else c.tolist() for c in columns.values()), strict=True):
            writer.writerow([None if cell != cell else harmless(cell) for cell in cells])
    assert path.read_bytes() == (tmp_path / "plain.csv").read_bytes()
