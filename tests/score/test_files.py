"""Files of profiles are read as every table is: any format, any encoding, and the same refusals."""

import pytest
from openpyxl import Workbook

from responder.errors import DataRefusedError, UsageError
from responder.score.files import GivenProfiles, read_profiles
from responder.score.profile import encode_table


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_profiles(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", '{"rpdai": 9, "sex": null}'),
        ("p.json", '\ufeff[{"rpdai": 9}]'),
        ("p.jsonl", '{"rpdai": 9}\n\n'),
        ("p.csv", "rpdai,sex\n9,\n"),
        ("p.csv", "\ufeffrpdai;sex\r\n9;\r\n;\r\n"),
        ("p.csv", "sep=;\nrpdai;sex\n9;\n"),
        ("p.tsv", "rpdai\tsex\n9\t\n"),
        ("p.csv", '"rpdai","sex"\n"9",""'),
        ("p.csv", "rpdai,性别\n9,\n".encode("utf-16")),
        ("p.csv", "rpdai,性别\n９,\n".encode("gb18030")),
    ],
)
def test_one_profile_in_any_spelling(bundle, tmp_path, name, content):
    given = read(tmp_path, name, content)
    assert len(given) == 1
    encoded = encode_table(bundle, {"rpdai": given.columns["rpdai"]})
    assert encoded.values[0, bundle.columns.index("rpdai")] == 9.0


def test_a_workbook(tmp_path, bundle):
    workbook = Workbook()
    workbook.active.append(["patient_id", "rpdai", "Treg (10^9/L)"])
    workbook.active.append(["P1", 9, 0.022])
    workbook.save(tmp_path / "p.xlsx")
    encoded = encode_table(bundle, read_profiles(tmp_path / "p.xlsx").columns)
    assert encoded.values[0, [7, 8]].tolist() == [9.0, 22.0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", "{"),
        ("p.json", "[]"),
        ("p.json", "[[1]]"),
        ("p.json", '{"rpdai": 9, "rpdai": 10}'),
        ("p.csv", ""),
        ("p.csv", "rpdai,sex\n"),
        ("p.csv", "rpdai,rpdai\n9,9\n"),
        ("p.csv", 'rpdai,sex\n"9,1\n'),
        ("p.csv", b"PK\x03\x04\x00\xff,\n"),
    ],
)
def test_broken_files_are_refused_with_the_reason(tmp_path, name, content):
    with pytest.raises(DataRefusedError) as refused:
        read(tmp_path, name, content)
    assert name in refused.value.where
    assert refused.value.hint


def test_no_file(tmp_path):
    with pytest.raises(UsageError):
        read_profiles(tmp_path / "none.csv")
    with pytest.raises(UsageError):
        read_profiles(tmp_path)


def test_what_is_given_besides_replaces_the_column_whatever_it_is_called(bundle):
    given = GivenProfiles("p.csv", {"RPDAI baseline": ("9", "12"), "treg": ("22", "30")}, (2, 3))
    over = given.overridden(bundle, {"rpdai": "5"})
    assert over.columns == {"treg": ("22", "30"), "rpdai": ["5", "5"]}
    assert GivenProfiles("--set", {}).overridden(bundle, {"rpdai": "5"}).columns == {"rpdai": ["5"]}


def test_what_was_odd_in_cells_is_told(bundle, tmp_path):
    given = read(tmp_path, "p.csv", "patient_id,rpdai,treg,tcon\nP1,UNK,<5,500\nP2,9,0.03 10^9/L,500\n")
    encoded = encode_table(bundle, given.columns, given.source)
    assert encoded.refused == {}
    notes = {note.code: note for note in given.notes(bundle, encoded)}
    assert "'UNK' (2)" in str(notes["RSP180"].message)
    assert "1 of 2 values of 'treg_per_ul'" in str(notes["RSP181"].message)
    assert "one value of 'treg_per_ul' was converted from 10^9/L" in str(notes["RSP185"].message)


def test_a_column_decides_how_its_numbers_are_written(bundle):
    columns = {"rpdai": ["9", "9", "9"], "treg": ["22,5", "30,1", "1,234"], "tcon": ["500", "1,234", "600"]}
    encoded = encode_table(bundle, columns)
    assert encoded.values[:, bundle.columns.index("treg_per_ul")].tolist() == [22.5, 30.1, 1.234]
    assert list(encoded.refused) == [1]  # 1.234 or 1234 Tcon: asked
    assert "separate decimals or thousands" in str(encoded.refused[1])
