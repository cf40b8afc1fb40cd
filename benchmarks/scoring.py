"""Rows a second of scoring a table, interval and applicability included, beside bare predictions of other tools.

Run ``python benchmarks/scoring.py`` after ``make train``. The other tools return a probability alone. Rows are text, as
a CSV file gives them, for ``responder``; the others get the finished matrix of features. From file to file, half of the
time goes into reading text and writing eleven numbers a row with all their digits.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does, before NumPy is imported

import numpy as np

from responder.cli.scored_file import ScoredFile
from responder.score import Bundle, encode_table, load_bundle, score_table
from responder.score.files import read_profiles
from responder.score.table import score_in_parts

ROOT = Path(__file__).resolve().parents[1]


def best(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the shortest processor time in seconds: what else the machine does is left out."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print rows a second of processor time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--part", type=int, default=8192, help="rows handed over at once")
    given = parser.parse_args()
    rows, part = given.rows, given.part
    trained = load_bundle(ROOT / "models/rp_ld_il2")
    # a model that abstains has little to compute: here every row is scored
    bundle = dataclasses.replace(trained, standing=dataclasses.replace(trained.standing, kind="beats_chance"))
    rng = np.random.default_rng(0)
    columns: dict[str, list[str]] = {"patient_id": [f"P{i}" for i in range(rows)]}
    for sheet, seen in zip(bundle.traits, bundle.applicability.traits, strict=True):
        if sheet.code.kind == "set":
            texts = [
                ";".join(n for n, on in zip(sheet.code.levels, p, strict=True) if on) or "none" for p in seen.patterns
            ]
            columns[sheet.name] = [texts[i] for i in rng.integers(len(texts), size=rows)]
        elif sheet.code.kind == "count":
            columns[sheet.name] = [str(x) for x in rng.integers(int(seen.low or 0), int(seen.high or 1) + 1, rows)]
        else:
            columns[sheet.name] = [f"{x:.2f}" for x in rng.uniform(seen.low or 0.0, seen.high or 1.0, rows)]
    parts = [{k: v[at : at + part] for k, v in columns.items()} for at in range(0, rows, part)]
    print(f"{bundle.model.id}, {len(bundle.ensemble)} refits, {rows} rows in parts of {part}")
    seconds = best(lambda: [score_table(bundle, one) for one in parts])
    print(f"{'responder: probability, band, Venn-Abers, applicability':58} {rows / seconds:12,.0f} rows/s")
    with tempfile.TemporaryDirectory() as folder:
        seconds = best(lambda: _file_to_file(bundle, columns, Path(folder)))
    print(f"{'the same from a CSV file into another':58} {rows / seconds:12,.0f} rows/s")
    features = bundle.pipeline.features.transform(encode_table(bundle, columns).values)
    _others(features, rows)


def _file_to_file(bundle: Bundle, columns: dict[str, list[str]], folder: Path) -> None:
    given, target = folder / "given.csv", folder / "scored.csv"
    if not given.exists():
        with given.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([columns, *zip(*columns.values(), strict=True)])
    with ScoredFile(target) as file:
        encoded = encode_table(bundle, read_profiles(given).columns)
        for scored in score_in_parts(bundle, encoded):
            file.write(scored.columns)


def _others(features: np.ndarray, rows: int) -> None:
    import mlflow
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    labels = np.arange(rows) % 2
    model = LogisticRegression().fit(features[:1000], labels[:1000])
    print(f"{'scikit-learn: predict_proba':58} {rows / best(lambda: model.predict_proba(features)):12,.0f} rows/s")
    frame = pd.DataFrame(features, columns=[f"x{i}" for i in range(features.shape[1])])
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        mlflow.sklearn.save_model(
            LogisticRegression().fit(frame[:1000], labels[:1000]),
            path,
            pip_requirements=[],
            serialization_format="cloudpickle",
        )
        loaded = mlflow.pyfunc.load_model(path)
        print(f"{'mlflow.pyfunc: predict':58} {rows / best(lambda: loaded.predict(frame)):12,.0f} rows/s")


if __name__ == "__main__":
    main()
