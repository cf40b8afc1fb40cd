"""A second table is brought to the first, and nobody is lost or doubled in silence."""

import pytest

from responder.cohort import TableRefusedError, read_table
from responder.cohort.join import join_table, parse_join
from responder.cohort.table import ReadOptions

COHORT = "patient_id,age,crp\nP01,40,3\nP02,50,4\nP03,60,5\n"


@pytest.fixture
def joined(tmp_path):
    def join(second, spec="flow.csv", first=COHORT, **more):
        (tmp_path / "cohort.csv").write_text(first)
        (tmp_path / "flow.csv").write_text(second)
        said = parse_join(spec, tmp_path)
        return join_table(read_table(tmp_path / "cohort.csv"), read_table(said.file), said, **more)

    return join


def messages(table, code):
    return [str(f.message) for f in table.findings if f.code == code]


def test_by_the_column_of_the_same_name(joined):
    table = joined("treg,Patient ID\n1.0,P02\n12,P01\n7,P03\n", id_header="patient_id")
    assert table.headers == ("patient_id", "age", "crp", "treg")
    assert table.column("treg") == ("12", "1.0", "7")
    (joined_by,) = messages(table, "RSP168")
    assert joined_by.endswith("flow.csv was joined by 'Patient ID': treg")
    assert messages(table, "RSP167") == []
    assert table.facts["treg"].once


def test_by_the_first_column_without_a_name(joined):
    assert joined("Sample,treg\np01,12\nP02,3\nP03,7\n").column("treg") == ("12", "3", "7")


def test_the_ids_need_not_stand_first(joined):
    table = joined("site,ID,treg\nX,P01,12\nX,P02,3\n", first="site,id,age\nX,P01,40\nX,P02,50\n")
    assert table.headers == ("site", "id", "age", "site_flow", "treg")
    assert table.column("treg") == ("12", "3")


def test_by_a_pattern_and_everyone_unmatched_is_named(joined):
    table = joined(
        "Sample,treg\nRP-P01_W0_001.fcs,12\nRP-P01_W12_001.fcs,30\nRP-P02_W0_x.fcs,3\n"
        "RP-P09_W0_x.fcs,4\nRP-P09_W0_y.fcs,4\nControl,9\n",
        "flow.csv:Sample=RP-{id}_W0_*.fcs",
    )
    assert table.column("treg") == ("12", "3", "")
    assert messages(table, "RSP167") == [
        "2 rows of the table to join do not match 'RP-{id}_W0_*.fcs' and were left out",
        "one patient has no row in the joined table: P03",
        "one row of the table to join belongs to no patient",
    ]


def test_a_pattern_where_the_id_holds_what_comes_behind_it(joined):
    first = "id,age\nA_1,40\nA_2,50\n"
    assert joined("k,x\nA_1_BL,7\nA_2_BL,8\n", "flow.csv:k={id}_*", first=first).column("x") == ("7", "8")


@pytest.mark.parametrize(
    ("second", "spec", "words"),
    [
        ("k,x\nP01,1\nP01,2\n", "flow.csv", "'P01' has two rows"),
        ("k,x\nQ1,1\nQ2,2\n", "flow.csv", "no patient of"),
        ("姓名,x\n赵一明,1\n钱二丽,2\n", "flow.csv", "'姓名' names a person"),
        ("k,x\nP01,1\nP02,2\n", "flow.csv:key", "no column 'key'"),
        ("k,x\nP01,1\nP02,2\n", "flow.csv:k=RP-*", "must say exactly once where the id is"),
        ("k,x\nP01,1\nP02,2\n", "flow.csv:k={id}{id}", "must say exactly once where the id is"),
    ],
)
def test_what_cannot_be_joined_is_refused(joined, second, spec, words):
    with pytest.raises(TableRefusedError, match=f"RSP166.*{words}"):
        joined(second, spec)


def test_a_taken_name_gets_the_files_name(joined):
    table = joined("k,CRP,age_years\nP01,30,1\nP02,40,2\nP03,50,3\n")
    assert table.headers == ("patient_id", "age", "crp", "CRP_flow", "age_years")
    with pytest.raises(TableRefusedError, match="RSP105"):
        joined("k,crp,crp_flow\nP01,30,1\nP02,40,2\n")


def test_a_missing_file_is_refused(joined):
    with pytest.raises(TableRefusedError, match="RSP101"):
        joined("k,x\nP01,1\n", "nothing.csv:k")


def test_a_joined_value_is_one_a_patient_whatever_the_visit(tmp_path):
    from responder.cohort.visits import fold_repeated

    (tmp_path / "long.csv").write_text("id,visit,crp\nA,dose 1,1\nA,dose 2,2\nB,dose 1,3\nB,dose 2,4\n")
    (tmp_path / "flow.csv").write_text("id,treg\nA,7\nB,8\n")
    table = read_table(tmp_path / "long.csv", ReadOptions(join=("flow.csv",)))
    assert len(table.rows) == 4
    folded = fold_repeated(table, "id")
    assert folded.headers == ("id", "crp_dose_1", "crp_dose_2", "treg")
    assert folded.rows == (("A", "1", "2", "7"), ("B", "3", "4", "8"))
    assert folded.facts["treg"].visit == ""


def test_rows_can_be_kept_by_what_was_joined(tmp_path):
    (tmp_path / "cohort.csv").write_text(COHORT)
    (tmp_path / "flow.csv").write_text("id,batch\nP01,1\nP02,2\nP03,1\n")
    options = ReadOptions(join=("flow.csv",), where={"batch": "1"})
    assert read_table(tmp_path / "cohort.csv", options).column("patient_id") == ("P01", "P03")


def test_sheets_colons_and_drives(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("T cells")
    for row in (["Sample:", "treg"], ["P01", 4], ["P02", 5]):
        sheet.append(row)
    book.save(tmp_path / "flow.xlsx")
    (tmp_path / "cohort.csv").write_text(COHORT)
    table = read_table(tmp_path / "cohort.csv", ReadOptions(join=("flow.xlsx#T cells:Sample:",)))
    assert table.column("treg") == ("4", "5", "")
    assert parse_join(r"D:\lab\flow.csv") == parse_join(r"D:\lab\flow.csv:")
    assert parse_join("D:/lab/flow.csv:Key=A:{id}").pattern == "A:{id}"
