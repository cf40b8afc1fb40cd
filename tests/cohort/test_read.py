"""Reading tables as they really arrive, whatever the format."""

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from responder.cohort import TableRefusedError, read_table
from responder.cohort.csv_file import sniff_delimiter
from responder.cohort.table import cell_text
from responder.names import fold_name

TABLE = [["id", "Größe", "µg/L"], ["007", "naïve", "1.5"], ["08", "déjà", "2"]]


def codes(table):
    return [f.code for f in table.findings]


def written(path, rows, delimiter=",", encoding="utf-8", end="\n"):
    path.write_bytes((end.join(delimiter.join(row) for row in rows) + end).encode(encoding))
    return path


# ---------------------------------------------------------------- delimited text
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_any_delimiter_line_end_and_usual_encoding(tmp_path, delimiter, end, encoding):
    table = read_table(written(tmp_path / "t.csv", TABLE, delimiter, encoding, end))
    assert [list(table.headers), *map(list, table.rows)] == TABLE
    assert table.lines == (2, 3)
    assert ("RSP106" in codes(table)) == (encoding in {"cp1252", "mac_roman"})  # the others say what they are
    assert any("CR only" in f.message for f in table.findings) == (end == "\r")


def test_padded_headers_trailing_blanks_and_blank_rows_are_mended(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(" id , value ,,\nP1,PD ,,\n,,,\nP2, \u00a0SD,,\n\n", encoding="utf-8")
    table = read_table(path)
    assert table.headers == ("id", "value")
    assert table.rows == (("P1", "PD"), ("P2", "SD"))
    assert table.lines == (2, 4)
    assert codes(table) == ["RSP108"]


def test_a_quoted_cell_may_hold_the_delimiter_and_line_ends(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,"Q2: CD45RA+ , CD27+ | Freq"\nP1,"a\nb"\nP2,"say ""x"""\n')
    table = read_table(path)
    assert table.headers[1] == "Q2: CD45RA+ , CD27+ | Freq"
    assert table.rows == (("P1", "a\nb"), ("P2", 'say "x"'))
    assert table.lines == (2, 4)


def test_excel_may_name_its_delimiter(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("sep=;\nid;value\nP1;2\n")
    assert read_table(path).rows == (("P1", "2"),)


def test_summary_rows_at_the_foot_only_are_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,value\nMean,3\nP1,2\nP2,4\nMean,3\nSD,1\n")
    table = read_table(path)
    assert [row[0] for row in table.rows] == ["Mean", "P1", "P2"]
    assert codes(table) == ["RSP107"]


names = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=6)
cells = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=6)


@given(st.lists(st.tuples(names, cells, cells), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_what_a_csv_writer_writes_is_read_back(tmp_path_factory, rows, delimiter):
    rows = [(f"P{i}{name}", *rest) for i, (name, *rest) in enumerate(rows)]
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    pd.DataFrame(rows, columns=["id", "a", "b"]).to_csv(path, index=False, sep=delimiter)
    assert [tuple(row) for row in read_table(path).rows] == rows


@given(st.binary(max_size=300))
@example(b"only\t\nvalue")  # a second column without a name and a value is none
def test_any_bytes_are_a_table_or_a_refusal(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except TableRefusedError:
        return
    assert len(table.headers) > 1
    assert all(len(row) == len(table.headers) for row in table.rows)


def test_binary_that_is_no_table_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"GIF89a\x00\x01\x02")
    with pytest.raises(TableRefusedError, match="RSP101"):
        read_table(path)


def test_a_folder_and_a_file_too_large_are_refused(tmp_path, monkeypatch):
    with pytest.raises(TableRefusedError, match="folder"):
        read_table(tmp_path)
    path = written(tmp_path / "t.csv", TABLE)
    monkeypatch.setattr("responder.cohort.bounds.MAX_FILE_BYTES", 10)
    with pytest.raises(TableRefusedError, match="larger than"):
        read_table(path)


def test_sniffing_looks_at_rows_too():
    assert sniff_delimiter("id,organs\nP1,ear;eye;lung\nP2,ear\n") == ","
    assert sniff_delimiter("") == ""


def test_a_table_as_a_frame_of_text(tmp_path):
    frame = read_table(written(tmp_path / "t.csv", TABLE)).frame()
    assert frame.index.tolist() == [2, 3]
    assert frame["id"].tolist() == ["007", "08"]


def test_names_fold():
    assert fold_name("Treg (cells/µL)") == fold_name("treg (cells/μl)")
    assert fold_name("age_years") == fold_name("Age Years") == fold_name("AGE-YEARS")
    assert fold_name("CD45RA+") != fold_name("CD45RA-")


# ---------------------------------------------------------------- workbooks, Parquet, SAS transport
FRAME = pd.DataFrame({"id": ["01", "02"], "dose": [10.0, 12.5], "count": [3, None], "when": ["a", None]})


def as_text(frame):
    return [tuple(cell_text(cell) for cell in row) for row in frame.itertuples(index=False)]


def test_a_workbook_keeps_text_ids_and_writes_whole_numbers_without_point(tmp_path):
    path = tmp_path / "t.xlsx"
    FRAME.to_excel(path, index=False)
    table = read_table(path)
    assert table.headers == ("id", "dose", "count", "when")
    assert table.rows == (("01", "10", "3", "a"), ("02", "12.5", "", ""))
    assert table.lines == (2, 3)


def test_the_first_sheet_is_read_and_another_by_name(tmp_path):
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path) as book:
        FRAME.to_excel(book, sheet_name="cohort", index=False)
        FRAME.rename(columns={"dose": "other"}).to_excel(book, sheet_name="more", index=False)
    table = read_table(path)
    assert table.headers[1] == "dose"
    assert codes(table) == ["RSP109"]
    assert table.findings[0].hint.endswith("t.xlsx#more")
    assert read_table(f"{path}#more").headers[1] == "other"
    with pytest.raises(TableRefusedError, match="no sheet 'mor'") as refused:
        read_table(f"{path}#mor")
    assert str(refused.value.hint) == "did you mean 'more'?"


def test_an_empty_workbook_and_one_cut_short_are_refused(tmp_path):
    path = tmp_path / "t.xlsx"
    pd.DataFrame().to_excel(path, index=False)
    with pytest.raises(TableRefusedError, match="RSP102"):
        read_table(path)
    FRAME.to_excel(path, index=False)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(TableRefusedError, match="RSP101"):
        read_table(path)


def test_parquet(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME.to_parquet(path)
    assert list(read_table(path).rows) == as_text(FRAME)
    FRAME.set_index("id").to_parquet(path)
    assert read_table(path).headers[0] == "id"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(TableRefusedError, match="RSP101"):
        read_table(path)


def test_parquet_is_bounded(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    FRAME.to_parquet(path)
    monkeypatch.setattr("responder.cohort.bounds.MAX_CELLS", 3)
    with pytest.raises(TableRefusedError, match="too many cells"):
        read_table(path)


@pytest.mark.parametrize("version", [5, 8])
def test_sas_transport(tmp_path, version):
    import pyreadstat

    path = tmp_path / "adsl.xpt"
    frame = pd.DataFrame({"USUBJID": ["01", "02"], "AGE": [41.0, 50.5]})
    pyreadstat.write_xport(frame, path, file_format_version=version)
    table = read_table(path)
    assert table.headers == ("USUBJID", "AGE")
    assert table.rows == (("01", "41"), ("02", "50.5"))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(TableRefusedError):
        read_table(path)


# ---------------------------------------------------------------- genuine exports
@pytest.mark.parametrize("ending", ["csv", "xls"])
def test_a_flowjo_export(datasets, ending):
    table = read_table(datasets / f"formats/flowjo_table_export_pembro_cart.{ending}")
    assert table.headers[0] == "unnamed_1"
    assert table.headers[3].endswith("Q2: CD45RA+ , CD27+ | Freq. of Parent")
    assert len(table.rows) == 24  # 26 with Mean and SD
    assert all(cell.endswith("%") for cell in table.column(table.headers[3]))
    assert codes(table) == ["RSP107", "RSP108"]


def test_a_strict_ooxml_workbook(datasets):
    path = datasets / "formats/flow_longitudinal_strict_ooxml_TableS4.xlsx"
    assert "RSP109" in codes(read_table(path))
    table = read_table(f"{path}#S4b")
    assert table.headers[:3] == ("ID", "Day", "DC2")
    assert len(table.rows) == 177


@pytest.mark.parametrize("rows", ["P01;150,000\nP02;75,500\n", "P01;12,5\nP02;1,2,5\n", "P01;1.178,3\nP02;17,9 %\n"])
def test_cells_stay_as_they_are_written(rows, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id;cells\n" + rows, encoding="utf-8")
    table = read_table(path)
    assert [";".join(row) for row in table.rows] == rows.strip().split("\n")
    assert codes(table) == ["RSP108"]
