"""No cell of a file that this package writes is a formula: every writer of tables is walked, and a new one is seen."""

import csv
import io
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from responder.cli.scored_file import ScoredFile
from responder.cohort.pseudonyms import PSEUDONYM_COLUMN, key_csv
from responder.cohort.table import RawTable
from responder.csv_text import csv_rows, csv_text
from responder.report import paper_tables as paper
from responder.report.tables import ReportTable
from responder.study import load_study, template

HOSTILE = ("=cmd|' /C calc'!A0", "+1+cmd", "-1+2", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x","y")')
PACKAGE = Path(__file__).resolve().parents[1] / "src/responder"
WRITERS = {"csv_text.py", "workbook.py", "report/paper_tables.py"}
"""Who may write tables: CSV, workbooks, and documents."""


def scored(ending, folder):
    columns = {"=id": list(HOSTILE), "+x": np.linspace(-0.5, 1, len(HOSTILE))}
    with ScoredFile(folder / f"scored.{ending}", text=["=id"]) as file:
        file.write(columns)
    return file.path.read_bytes()


def paper_table(form, folder, monkeypatch):
    table = ReportTable("=caption()", ("=head()", "+n"), tuple((text, "-0.5") for text in HOSTILE))
    monkeypatch.setattr(paper, "paper_tables", lambda *_: (paper.PaperTable("cells", table, ("@note",)),))
    (path,) = paper.write_paper_tables(SimpleNamespace(title=lambda _: HOSTILE[0]), folder, [form])
    return path.read_bytes()


def template_of(kind):
    study = load_study("rp-ld-il2")
    trait = study.trait("age_years")
    hostile = trait.model_copy(update={"label": trait.label.model_copy(update={"en": HOSTILE[0]})})
    study = study.model_copy(
        update={
            "id_column": HOSTILE[0],
            "traits": tuple(hostile if one is trait else one for one in study.traits),
        }
    )
    return {
        "csv": lambda: template.template_csv(study).encode(),
        "xlsx": lambda: template.template_xlsx(study),
        "redcap": lambda: template.redcap_dictionary(study).encode(),
    }[kind]()


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Return what every writer makes of hostile cells."""
    frame = pd.DataFrame({"=id": HOSTILE, "n": range(-3, 4)}, index=pd.Index(HOSTILE, name="=index"))
    lines = tuple(range(2, 2 + len(HOSTILE)))
    key = RawTable("x.csv", (PSEUDONYM_COLUMN, "=name"), tuple((cell, cell) for cell in HOSTILE), lines)
    return {
        "frame.csv": csv_text(frame, index=True).encode(),
        "rows.csv": csv_rows([HOSTILE, [-1, "-0.5", 2.0]]).encode(),
        "key.csv": key_csv(key, ["=name"]).encode(),
        **{f"scored.{ending}": scored(ending, tmp_path) for ending in ("csv", "xlsx")},
        **{f"paper.{form}": paper_table(form, tmp_path, monkeypatch) for form in ("csv", "xlsx", "docx", "html")},
        "template.csv": template_of("csv"),
        "template.xlsx": template_of("xlsx"),
        "redcap.csv": template_of("redcap"),
    }  # fmt: skip


def test_no_written_cell_is_a_formula(written):
    for name, content in written.items():
        ending, seen = name.rpartition(".")[2], 0
        if ending == "csv":
            for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
                for cell in row:
                    assert not re.match(r"[=+\-@\t\r].", cell) or float(cell) <= 0, (name, cell)
                    seen += cell[1:] in HOSTILE
        elif ending == "xlsx":
            for sheet in load_workbook(io.BytesIO(content)):
                for cell in (cell for row in sheet.iter_rows() for cell in row):
                    assert cell.data_type != "f", (name, cell.value)
                    seen += cell.value in HOSTILE
        elif ending == "docx":
            text = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
            assert not re.search(r"instrText|fldSimple|fldChar|<w:object", text)
            seen = text.count("=cmd|")
        else:
            text = content.decode()
            assert "=HYPERLINK(&#34;" in text
            assert '=HYPERLINK("' not in text
            seen = text.count("=cmd|")
        assert seen, name  # the walk saw hostile cells at all


def test_numbers_stay_numbers(written):
    rows = list(csv.reader(io.StringIO(written["scored.csv"].decode())))[1:]
    assert [float(row[1]) for row in rows] == np.linspace(-0.5, 1, len(HOSTILE)).tolist()
    assert csv_rows([[-1, "-0.5", 2.0]]) == "-1,-0.5,2.0\n"
    for name in ("scored.xlsx", "paper.xlsx"):
        sheet = load_workbook(io.BytesIO(written[name])).worksheets[0]
        assert {cell.data_type for cell in sheet["B"][3:]} <= {"n"}, name


def test_nobody_else_writes_tables():
    """A table is written by `responder.csv_text` or `responder.workbook`; a document where a paper's tables are."""
    ways = re.compile(
        r"\bcsv\.(?:writer|DictWriter)\b|\.to_(?:csv|excel)\b|import (?:Workbook|Document)\b|\bxlsxwriter\b"
        r"|\bsheet\.append\b|\bcell\.value = "
    )
    sources = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    found = {name: set(ways.findall(path.read_text(encoding="utf-8"))) for name, path in sources.items()}
    assert {name for name, used in found.items() if used} == WRITERS
    assert found["report/paper_tables.py"] == {"import Document"}
