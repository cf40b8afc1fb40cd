"""Workbooks, files of statistics programs, JSON, other programs' documents, and the bounds of all."""

import datetime
import gzip
import time
import zipfile

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from responder.cohort import TableRefusedError, read_table
from responder.cohort.table import ReadOptions


def codes(table):
    return [f.code for f in table.findings]


def workbook(path, *sheets, change=lambda book: None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(book)
    book.save(path)
    return path


ROWS = [["id", "day", "share", "ratio"], ["P1", datetime.date(2024, 1, 5), 0.125, "#DIV/0!"], ["P2", None, 0.07, 2]]


@pytest.mark.parametrize("mac", [False, True])
def test_percentages_dates_and_errors_are_text_as_shown(tmp_path, mac):
    def change(book):
        if mac:
            book.epoch = CALENDAR_MAC_1904
        book["a"]["B2"].value = datetime.date(2024, 1, 5)
        book["a"]["C2"].number_format = "0.0%"

    table = read_table(workbook(tmp_path / "t.xlsx", ("a", ROWS), change=change))
    assert table.rows == (("P1", "2024-01-05", "12.5 %", "#DIV/0!"), ("P2", "", "0.07", "2"))


def test_hidden_rows_and_columns_are_read_and_said(tmp_path):
    def change(book):
        book["a"].row_dimensions[3].hidden = True
        book["a"].column_dimensions["C"].hidden = True

    table = read_table(workbook(tmp_path / "t.xlsx", ("a", ROWS), change=change))
    assert len(table.rows) == 2
    assert [str(f.message) for f in table.findings] == ["one hidden row was read", "one hidden column was read"]


def test_formulas_that_were_never_calculated_are_refused_and_named(tmp_path):
    path = workbook(tmp_path / "t.xlsx", ("a", [["id", "x"], ["P1", "=1+1"]]))
    with pytest.raises(TableRefusedError, match=r"RSP154.*B2"):
        read_table(path)


def test_a_codebook_before_the_data_is_passed_over(tmp_path):
    book = [["variable", "label", "unit"], ["id", "Patient", ""], ["crp", "CRP", "mg/L"]]
    data = [["id", "crp"], ["P1", 3], ["P2", 4]]
    path = workbook(tmp_path / "t.xlsx", ("codebook", book), ("data", data), ("more", data))
    table = read_table(path)
    assert table.headers == ("id", "crp")
    assert codes(table) == ["RSP109", "RSP109"]
    assert "'codebook' describes" in str(table.findings[0].message)
    assert read_table(path, ReadOptions(sheet="codebook")).headers[0] == "variable"
    assert codes(read_table(f"{path}#more")) == []
    text = tmp_path / "t.csv"
    text.write_text("id,x\n1,2\n")
    with pytest.raises(TableRefusedError, match="no sheet"):
        read_table(text, ReadOptions(sheet="more"))


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    '<office:spreadsheet><table:table table:name="S">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)


ODS_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def ods(path, *rows):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", ODS_MANIFEST)
        archive.writestr("content.xml", ODS.format("".join(rows)))
    return path


def ods_cell(value, kind="float", more=""):
    text = f"<text:p>{value}</text:p></table:table-cell>"
    if kind == "string":
        return f'<table:table-cell office:value-type="string">{text}'
    return f'<table:table-cell {more} office:value-type="{kind}" office:value="{value}">{text}'


HEAD = f"<table:table-row>{ods_cell('id', 'string')}{ods_cell('share', 'string')}</table:table-row>"


def test_open_document_sheets(tmp_path):
    row = f"{ods_cell('P1', 'string')}{ods_cell(0.125, 'percentage')}</table:table-row>"
    blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    rows = (HEAD, f"<table:table-row>{row}", f'<table:table-row table:visibility="filter">{row}', blank)
    table = read_table(ods(tmp_path / "t.ods", *rows))
    assert table.rows == (("P1", "12.5 %"),) * 2
    assert codes(table) == ["RSP153"]


def test_what_is_far_too_large_is_refused_at_once(tmp_path):
    start = time.monotonic()
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(500_000_000)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    corner = workbook(
        tmp_path / "corner.xlsx", ("a", ROWS), change=lambda book: book["a"].cell(1_048_576, 16_384, "far")
    )
    many = ods_cell(1, more='table:number-columns-repeated="16384"')
    repeated = ods(
        tmp_path / "r.ods", HEAD, f'<table:table-row table:number-rows-repeated="9999">{many}</table:table-row>'
    )
    for path, words in ((big, "50 MB"), (bomb, "unpacks"), (corner, "cells; at most"), (repeated, "cells; at most")):
        with pytest.raises(TableRefusedError, match=f"RSP101.*{words}") as refused:
            read_table(path)
        assert refused.value.exit_code == 3
        assert str(refused.value.hint)
    assert time.monotonic() - start < 20


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", ("a", ROWS))
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (7).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(TableRefusedError, match="RSP101"):
        read_table(path)


FRAME = pd.DataFrame({"id": ["a", "b", "c"], "sex": [1.0, 2.0, 9.0], "crp": [1.5, -9.0, -8.0]})


def test_spss_with_labels_and_missing_values(tmp_path):
    path = tmp_path / "t.sav"
    pyreadstat.write_sav(
        FRAME,
        path,
        column_labels={"sex": "Sex of the patient"},
        variable_value_labels={"sex": {1: "male", 2: "female"}},
        missing_ranges={"sex": [9], "crp": [{"lo": -9, "hi": -8}]},
    )
    table = read_table(path)
    assert table.rows == (("a", "1", "1.5"), ("b", "2", ""), ("c", "", ""))
    assert table.facts["sex"].label == "Sex of the patient"
    assert table.facts["sex"].levels == (("1", "male"), ("2", "female"))
    assert (table.facts["sex"].missing, table.facts["crp"].missing) == (("9",), ("-9..-8",))
    assert [str(f.message).split(" hold")[0] for f in table.findings] == ["one cell of 'sex'", "2 cells of 'crp'"]
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(TableRefusedError, match="RSP101"):
        read_table(path)


def test_stata_with_labels_and_missing_values(tmp_path):
    path = tmp_path / "t.dta"
    frame = FRAME.assign(crp=[1.5, "a", 2.0])
    labels = {"sex": {1: "male", 2: "female"}}
    pyreadstat.write_dta(frame, path, variable_value_labels=labels, missing_user_values={"crp": ["a"]})
    table = read_table(path)
    assert table.column("crp") == ("1.5", "", "2")
    assert table.facts["sex"].levels == (("1", "male"), ("2", "female"))
    assert codes(table) == ["RSP158"]


def test_statistics_programs_as_they_arrive(field_cases):
    table = read_table(field_cases / "33_xpt_latin1.xpt")
    assert table.rows[0] == ("001", "Genève", "40", "N")
    assert codes(table) == ["RSP106"]
    spss = read_table(field_cases / "34_spss.sav")
    assert spss.facts["resp"].levels == (("0", "no"), ("1", "yes"))
    assert spss.column("crp")[3] == ""
    assert read_table(field_cases / "35_stata.dta").headers == ("id", "age", "sex", "crp", "resp")
    assert str(read_table(field_cases / "23_hidden_rows_columns.xlsx").findings[0].message) == "4 hidden rows were read"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            '[{"id": "P1", "organs": ["ear", "nose"]}, {"id": "P2", "x": true}]',
            (("P1", "ear;nose", ""), ("P2", "", "true")),
        ),
        ('{"treg": {"value": 0.022, "unit": "10^9/L"}, "organs": []}', (("0.022 10^9/L", "none"),)),
        ('{"id": "P1", "a": 1}\n\n{"id": "P2", "a": 2.5}\n', (("P1", "1"), ("P2", "2.5"))),
        ('{"rpdai": 3}', (("3",),)),
    ],
)
def test_profiles_in_json(tmp_path, text, rows):
    path = tmp_path / "profiles"
    path.write_text(text)
    assert read_table(path).rows == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": 1,', "not valid JSON"),
        ('{"a": {"b": 2}}', "object"),
        ("[1, 2]", "delimit|split|column|rows"),
        ('[["a"]]', "object of traits"),
        ("[" * 100_000, "not valid JSON"),
        ('{"a": ' + "1" * 6000 + "}", "not valid JSON"),
        ('{"a": 1}\n{"a": \n', "line is not valid"),
    ],
)
def test_json_that_is_no_profile_is_refused(tmp_path, text, words):
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(TableRefusedError, match=words):
        read_table(path)


def packed(name):
    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")

    return write


DOCUMENTS = {
    "a.docx": (packed("word/document.xml"), "Word"),
    "a.numbers": (packed("Index/Document.iwa"), "Numbers"),
    "a.jasp": (packed("analyses.json"), "JASP"),
    "a.omv": (packed("xdata.json"), "jamovi"),
    "renamed.csv": (packed("xdata.json"), "jamovi"),
    "a.zip": (packed("table.csv"), "packed"),
    "a.rds": (lambda path: path.write_bytes(gzip.compress(b"X\n\x00\x00\x00\x03")), "R objects"),
    "b.csv": (lambda path: path.write_bytes(gzip.compress(b"RDX3\nX\n")), "R objects"),
    "a.pdf": (lambda path: path.write_bytes(b"%PDF-1.7\n"), "PDF"),
    "a.pzfx": (lambda path: path.write_text('<?xml version="1.0"?><GraphPadPrismFile/>'), "Prism"),
    "a.pzf": (lambda path: path.write_bytes(b"PCFF\x00\x01"), "Prism"),
    "a.fcs": (lambda path: path.write_bytes(b"FCS3.1    58"), "FCS"),
    "a.mtw": (lambda path: path.write_bytes(b"\x01\x00\x00"), "Minitab"),
    "a.xls": (lambda path: path.write_text("<html><table><tr><td>id</td></tr></table></html>"), "web page"),
    "b.xls": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")),
        "password",
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_other_programs_documents_are_refused_with_the_export_to_use(tmp_path, name):
    write, words = DOCUMENTS[name]
    write(tmp_path / name)
    with pytest.raises(TableRefusedError, match=f"RSP152.*{words}") as refused:
        read_table(tmp_path / name)
    assert str(refused.value.hint)


@pytest.mark.parametrize(("file", "words"), [("36_jamovi.omv", "jamovi"), ("37_prism.pzfx", "Prism")])
def test_documents_as_they_arrive(field_cases, file, words):
    with pytest.raises(TableRefusedError, match=words):
        read_table(field_cases / file)
