"""What stands above, between and below the patients."""

import pytest

from responder.cohort import TableRefusedError, read_table
from responder.cohort.csv_file import sniff_delimiter


@pytest.fixture
def read(tmp_path):
    def of(text):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return read_table(path)

    return of


def codes(table):
    return [f.code for f in table.findings]


PATIENTS = "P1,33,2.5\nP2,34,2.6\nP3,41,3\n"


@pytest.mark.parametrize(
    "above",
    ["My study\n\n", "My study,,\n", "Instrument,Luminex\nDate,2024\n\n", "Run,3\nBatch,4\nKit,5\n"],
)
def test_lines_above_the_header_are_left_out_and_said(read, above):
    table = read(above + "id,age,crp\n" + PATIENTS)
    assert table.headers == ("id", "age", "crp")
    assert table.lines[0] == above.count("\n") + 2
    assert "RSP155" in codes(table)
    assert f"line {above.count(chr(10)) + 1}" in str(table.findings[0].message)


def test_decimal_commas_do_not_hide_the_header(read):
    table = read("Studie\n\nid;age;crp\nP1;33;2,5\nP2;33;2,5\nP3;33;2,5\nMittelwert;33;2,5\n")
    assert table.headers == ("id", "age", "crp")
    assert table.rows[0] == ("P1", "33", "2,5")
    assert "summary in line 7" in str(table.findings[-1].message)


@pytest.mark.parametrize(
    ("rows", "headers"),
    [
        ("ID,Labs,,\n,CRP,Treg,IL-6\n", ("ID", "Labs | CRP", "Labs | Treg", "Labs | IL-6")),
        ("Patient,Base,,Week 12\nID,Age,CRP,CRP\n", ("Patient ID", "Base | Age", "Base | CRP", "Week 12 | CRP")),
    ],
)
def test_a_header_of_two_rows_is_joined(read, rows, headers):
    if "CRP,CRP" in rows:
        rows = rows.replace("CRP,CRP", "CRP,Resp")
        headers = (*headers[:3], "Week 12 | Resp")
    table = read(rows + "P1,33,2.5,1\nP2,34,2.6,0\nP3,35,1,0\n")
    assert table.headers == headers
    assert codes(table) == ["RSP155"]


def test_groups_named_above_each_column_are_joined_and_twins_are_refused(read):
    table = read("Base,Base,Week 12\nID,CRP,Resp\nP1,33,1\nP2,34,0\n")
    assert table.headers == ("Base ID", "Base | CRP", "Week 12 | Resp")
    with pytest.raises(TableRefusedError, match="RSP105"):
        read("id,sex,sex,age\nP1,f,f,3\nP2,m,m,4\nP3,m,f,4\n")


def test_a_first_patient_in_words_is_no_header(read):
    table = read(",sex,organs,crp\nP01,f,ear,NA\nP02,f,eye,3\nP03,m,ear,4\n")
    assert table.headers == ("unnamed_1", "sex", "organs", "crp")
    assert len(table.rows) == 3


@pytest.mark.parametrize("first", ["", "unit", "单位"])
def test_a_row_of_units_goes_into_the_names(read, first):
    table = read(f"id,age,crp,resp\n{first},years,mg/L,0/1\nP1,33,2,1\nP2,34,3,0\n")
    assert table.headers == ("id", "age (years)", "crp (mg/L)", "resp")
    assert table.facts["crp (mg/L)"].unit == "mg/L"
    assert codes(table) == ["RSP156"]
    assert table.lines == (3, 4)


def test_a_patient_without_id_is_no_row_of_units(read):
    assert len(read("id,sex,crp\n,m,3\nP2,f,4\n").rows) == 2
    assert len(read("id,sex,organ\n,m,ear\nP2,f,eye\n").rows) == 2


@pytest.mark.parametrize(
    "label",
    ["Mean", "mean ± SD", "Mean (SD)", "Median [IQR]", "N", "Total", "平均值", "标准差", "Mittelwert", "p value"],
)
def test_summary_rows_are_left_out_and_named_by_line(read, label):
    table = read(f"id,age,crp\n{PATIENTS}{label},36,2.7\n")
    assert len(table.rows) == 3
    assert [(f.code, str(f.where).rpartition(":")[2]) for f in table.findings] == [("RSP107", "5")]


@pytest.mark.parametrize(
    "note", ["* by nephelometry,,", "* by ELISA", "Note: in the morning, by ELISA", "注：化学发光法"]
)
def test_footnotes_are_left_out_and_named_by_line(read, note):
    table = read(f"id,age,crp\n{PATIENTS}\n{note}\n")
    assert len(table.rows) == 3
    assert "footnote in line 6" in str(table.findings[0].message)


def test_patients_at_the_foot_stay(read):
    table = read("id,age,crp\nP1,3,4\nSD01,4,5\nMean,5,6\nMeanwell A,5,6\n")
    assert [row[0] for row in table.rows] == ["P1", "SD01", "Mean", "Meanwell A"]


def test_initials_like_a_summarys_name_are_a_patient_unless_summaries_stand_beside_them(read):
    initials = "id,age,crp\nAB,40,2\nKL,41,3\nRS,42,4\n"
    assert [row[0] for row in read(f"{initials}SD,43,5\n").rows] == ["AB", "KL", "RS", "SD"]
    assert [row[0] for row in read(f"{initials}Mean,41,3\nSD,1,1\n").rows] == ["AB", "KL", "RS"]
    assert len(read(f"id,age,crp\n{PATIENTS}SD,4,5\n").rows) == 3


def test_ids_are_filled_down_where_visits_tell_the_rows_apart(read):
    table = read("id,visit,crp\nP1,week 0,2\n,week 4,3\nP2,week 0,2\n,week 4,1\n")
    assert table.column("id") == ("P1", "P1", "P2", "P2")
    assert codes(table) == ["RSP157"]


@pytest.mark.parametrize(
    "rows",
    ["P1,40,2\n,44,3\nP2,35,7\n,41,1\nP3,50,2\n,33,1\n", "P1,1,2\n,2,3\nP3,1,4\nP4,1,5\n", ",week 0,1\nP1,week 4,2\n"],
)
def test_a_missing_id_stays_missing(read, rows):
    assert "" in read("id,age,crp\n" + rows).column("id")


def test_the_status_of_several_forms_is_numbered(read):
    table = read("Record ID,Age,Complete?,CRP,Complete?\n1,33,Complete,2,Incomplete\n2,31,Complete,2,Complete\n")
    assert table.headers == ("Record ID", "Age", "CRP")  # the status of a form is no measurement
    assert codes(table) == ["RSP108", "RSP162"]


def test_columns_without_anything_are_left_out(read):
    assert read(",,,\n,id,crp,\n,P1,3,\n,P2,4,\n").headers == ("id", "crp")


@pytest.mark.parametrize("sign", ["^", "~", ":", "¦"])
def test_any_sign_that_splits_every_row_alike_separates(sign):
    assert sniff_delimiter(f"id{sign}x\nP1{sign}3\nP2{sign}4\n") == sign


def test_tables_of_r_have_no_name_above_their_row_names(read):
    table = read('"id" "age" "crp"\n"1" "P1" 33 2.5\n"2" "P2" 31 2\n"3" "P3" 22 1\n')
    assert table.headers == ("unnamed_1", "id", "age", "crp")
    assert read('"id","age"\n"1","P1",33\n"2","P2",31\n').headers == ("unnamed_1", "id", "age")


def test_files_as_they_arrive(field_cases):
    preamble = read_table(field_cases / "40_instrument_preamble.csv")
    assert preamble.headers == ("Sample", "IL-6", "IL-10", "TNF-a", "Responder")
    assert len(preamble.rows) == 14
    titled = read_table(field_cases / "24_title_merged_units.xlsx")
    assert titled.headers[3] == "Baseline | CRP (mg/L)"
    assert titled.lines[0] == 5
    assert read_table(field_cases / "25_units_row.xlsx").headers[3:5] == ("CRP (mg/L)", "Treg (cells/µL)")
    noted = read_table(field_cases / "49_mean_pm_sd_footnote.csv")
    assert len(noted.rows) == 16
    assert "summary in line 18 and footnote in line 19" in str(noted.findings[0].message)
    assert read_table(field_cases / "20_german.csv").rows[0][4] == "28,1"


def test_unquoted_decimal_commas_shift_no_column(read):
    with pytest.raises(TableRefusedError, match="RSP104"):
        read("ID,age,crp,responder\nP01,34,12,5,yes\nP02,44,2,5,no\nP03,36,1,5,yes\n")


def test_the_same_names_may_stand_below_every_group(read):
    table = read("ID,age,Baseline,,Week 12,\n,,CRP,ESR,CRP,ESR\nP1,40,1,2,3,4\nP2,41,5,6,7,8\nP3,42,5,4,2,8\n")
    assert table.headers == ("ID", "age", "Baseline | CRP", "Baseline | ESR", "Week 12 | CRP", "Week 12 | ESR")


def test_a_header_that_comes_again_is_no_patient(read):
    table = read("id,age,crp\nP1,40,2\nP2,41,3\nid,age,crp\nP3,42,4\n")
    assert table.column("id") == ("P1", "P2", "P3")
    assert [(f.code, str(f.where).rpartition(":")[2]) for f in table.findings] == [("RSP108", "4")]
