"""One table of twelve patients in hundreds of dialects: the same cohort, to the last bit, or a question."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from responder.cohort import load_cohort, scan_cohort
from responder.study import load_study

STUDY = Path(__file__).with_name("dialects.toml")
DIALECTS = 360

# id, sex, age, duration in months, CRP, Treg per ul, smoker, response; None is a gap
PATIENTS = (
    ("P01", "f", 41, 24, "12.5", 22, 1, 1),
    ("P02", "m", 39, 6, "3.4", 18, 0, 0),
    ("P03", "f", 50, 48, "101.3", None, 0, 1),
    ("P04", "f", 61, 12, "0.8", 31, 1, 0),
    ("P05", "m", 35, 60, None, 12, None, 1),
    ("P06", "f", 47, 36, "22.1", 27, 0, 0),
    ("P07", "f", None, 18, "7.9", 40, 1, 1),
    ("P08", "m", 55, 30, "15.6", 16, 0, 0),
    ("P09", "f", 29, 120, "48.2", 25, 1, 1),
    ("P10", "f", 66, 9, "9.1", 33, 0, 0),
    ("P11", "m", 43, 72, "5.7", 14, 1, 1),
    ("P12", "f", 38, 3, "1.2", 20, 0, 0),
)
HEADERS = {
    "en": ("patient_id", "Sex", "Age", "Disease duration", "CRP", "Treg", "Smoker", "Response"),
    "zh": ("患者编号", "性别", "年龄", "病程", "C反应蛋白", "Treg计数", "吸烟", "应答"),
    "de": ("Patienten-Nr.", "Geschlecht", "Alter", "Krankheitsdauer", "C-reaktives Protein", "Treg-Zellen", "Raucher",
           "Ansprechen"),
    "fr": ("N° patient", "Sexe", "Âge", "Durée de la maladie", "Protéine C-réactive", "Treg absolus", "Fumeur",
           "Réponse"),
    "es": ("Paciente", "Sexo", "Edad", "Duración", "Proteína C reactiva", "Treg absolutas", "Fumador", "Respuesta"),
    "ja": ("患者ID", "性別", "年齢", "罹病期間", "CRP", "Treg数", "喫煙", "奏効"),
}  # fmt: skip
SEXES = {
    "en": ("female", "male"), "zh": ("女", "男"), "de": ("w", "m"), "fr": ("femme", "homme"),
    "es": ("mujer", "hombre"), "ja": ("女性", "男性"),
}  # fmt: skip
ANSWERS = {
    "en": ("yes", "no"), "zh": ("是", "否"), "de": ("ja", "nein"), "fr": ("oui", "non"), "es": ("sí", "no"),
    "ja": ("はい", "いいえ"),
}  # fmt: skip
YEARS = {"en": "years", "zh": "年", "de": "Jahre", "fr": "ans", "es": "años", "ja": "年"}
MONTHS = {"en": "months", "zh": "个月", "de": "Monate", "fr": "mois", "es": "meses", "ja": "か月"}
ENCODINGS = {
    "en": ("utf-8", "utf-8-sig", "utf-16", "ascii", "cp1252"),
    "zh": ("utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"),
    "de": ("utf-8", "utf-8-sig", "utf-16", "cp1252"),
    "fr": ("utf-8", "utf-8-sig", "utf-16", "cp1252"),
    "es": ("utf-8", "utf-8-sig", "utf-16", "cp1252"),
    "ja": ("utf-8", "utf-8-sig", "utf-16", "shift_jis"),
}
CONTAINERS = (",", ";", "\t", "|", "xlsx", "parquet", "json")
GAPS = ("", "NA", "n/a", ".", "UNK", "#N/A", "NaN", "missing")
TIMES = ("years header", "months header", "months cell", "years cell", "bare")
COUNTS = ("bare", "cells/µL", "10^9/L", "×10⁹/L cell", "/ul cell")
DECIMALS = (".", ",")


@dataclass(frozen=True)
class Dialect:
    language: str
    encoding: str
    container: str
    decimal: str
    gap: str
    time: str
    count: str
    coded: bool

    def cells(self) -> tuple[list[str], list[list[str]]]:
        headers = list(HEADERS[self.language])
        if self.time == "months header":
            headers[3] += f" ({MONTHS[self.language]})"
        if self.time == "years header":
            headers[3] += (
                f"（{YEARS[self.language]}）" if self.language in {"zh", "ja"} else f" [{YEARS[self.language]}]"
            )
        if self.count in {"cells/µL", "10^9/L"}:
            headers[5] += f" ({self.count})"
        return headers, [[self._cell(column, value) for column, value in enumerate(row)] for row in PATIENTS]

    def _cell(self, column: int, value: object) -> str:
        if value is None:
            return self.gap
        if column == 1:
            return SEXES[self.language][value == "m"]
        if column in {6, 7}:
            return str(value) if self.coded else ANSWERS[self.language][1 - int(str(value))]
        if column == 3:
            months = int(str(value))
            if self.time == "months header":
                return str(months)
            if self.time == "months cell":
                return (
                    f"{months}{MONTHS[self.language]}"
                    if self.language in {"zh", "ja"}
                    else f"{months} {MONTHS[self.language]}"
                )
            years = self._number(f"{months / 12:g}")
            return f"{years} {YEARS[self.language]}" if self.time == "years cell" else years
        if column == 4:
            return self._number(str(value))
        if column == 5:
            count = int(str(value))
            if self.count == "10^9/L":
                return self._number(f"{count / 1000:g}")
            if self.count == "×10⁹/L cell":
                return self._number(f"{count / 1000:g}") + "×10⁹/L"
            return f"{count}/µL" if self.count == "/ul cell" else str(count)
        return str(value)

    def _number(self, text: str) -> str:
        return text.replace(".", self.decimal)

    def write(self, folder: Path) -> Path:
        headers, rows = self.cells()
        if self.container == "xlsx":
            return _workbook(folder / "t.xlsx", headers, rows)
        if self.container == "parquet":
            return _parquet(folder / "t.parquet", headers, rows)
        if self.container == "json":
            path = folder / "t.json"
            path.write_text(
                json.dumps([dict(zip(headers, row, strict=True)) for row in rows], ensure_ascii=False), encoding="utf-8"
            )
            return path
        path = folder / "t.csv"
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=self.container)
        writer.writerows([headers, *rows])
        path.write_bytes(buffer.getvalue().encode(self.encoding))
        return path


def _typed(cell: str) -> object:
    return float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else cell or None


def _workbook(path: Path, headers: list[str], rows: list[list[str]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(headers)
    for row in rows:
        sheet.append([_typed(cell) for cell in row])
    book.save(path)
    return path


def _parquet(path: Path, headers: list[str], rows: list[list[str]]) -> Path:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {}
    for header, cells in zip(headers, zip(*rows, strict=True), strict=True):
        typed = [_typed(cell) for cell in cells]
        numeric = all(value is None or isinstance(value, float) for value in typed)
        columns[header] = pa.array(typed if numeric else [cell or None for cell in cells])
    parquet.write_table(pa.table(columns), path)
    return path


def dialects() -> list[Dialect]:
    """A seeded choice of combinations that can be written; every value of every dimension is among them."""
    every = [
        Dialect(language, encoding, container, decimal, gap, time, count, coded)
        for language, container, decimal, gap, time, count, coded in itertools.product(
            HEADERS, CONTAINERS, DECIMALS, GAPS, TIMES, COUNTS, (True, False)
        )
        for encoding in ENCODINGS[language]
        if len(container) == 1 or encoding == "utf-8"
    ]
    return random.Random(12).sample([d for d in every if _can_be_written(d)], DIALECTS)


def _can_be_written(dialect: Dialect) -> bool:
    headers, rows = dialect.cells()
    try:
        "".join([*headers, *(cell for row in rows for cell in row)]).encode(dialect.encoding)
    except UnicodeEncodeError:
        return False
    return True


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The cohort of the plain table."""
    dialect = Dialect("en", "utf-8", ",", ".", "", "months header", "bare", coded=True)
    return load_cohort(dialect.write(tmp_path_factory.mktemp("clean")), load_study(str(STUDY)))


def test_every_dialect_gives_the_same_cohort_or_a_question(clean, tmp_path):
    study = load_study(str(STUDY))
    chosen = dialects()
    assert (
        len({(d.language, d.encoding, d.container, d.decimal, d.gap, d.time, d.count, d.coded) for d in chosen}) >= 300
    )
    assert {d.encoding for d in chosen} == {e for encodings in ENCODINGS.values() for e in encodings}
    silent, refused = [], []
    for dialect in chosen:
        scan = scan_cohort(dialect.write(tmp_path), study)
        if scan.cohort is None:
            assert all(str(f.hint) for f in scan.findings.refused)
            refused.append((dialect, [str(f.message) for f in scan.findings.refused]))
        elif scan.cohort.digest != clean.digest:
            silent.append(dialect)
    assert silent == []
    assert refused == []
