"""Files of profiles, sound and broken."""

import pytest

from responder.errors import DataRefusedError, UsageError
from responder.score.profile_files import read_profiles


def read(tmp_path, name, content, **settings):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_profiles(path, **settings))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", '{"rpdai": 9, "sex": null}'),
        ("p.json", '\ufeff[{"rpdai": 9}]'),
        ("p.jsonl", '{"rpdai": 9}\n\n'),
        ("p.csv", "rpdai,sex\n9,\n"),
        ("p.csv", "\ufeffrpdai;sex\r\n9;\r\n;\r\n"),
        ("p.tsv", "rpdai\tsex\n9\t\n"),
        ("p.csv", "rpdai\n9\n"),
        ("p.csv", '"rpdai","sex"\n"9",""'),
    ],
)
def test_one_profile_in_any_spelling(tmp_path, name, content):
    (part,) = read(tmp_path, name, content)
    assert len(part) == 1
    assert str(part.profile(0)["rpdai"]) == "9"
    assert part.first_row == 1


def test_files_are_read_in_parts(tmp_path):
    parts = read(tmp_path, "p.csv", "id,rpdai\n" + "".join(f"P{i},{i}\n" for i in range(25)), rows_at_once=10)
    assert [(part.first_row, len(part)) for part in parts] == [(1, 10), (11, 10), (21, 5)]
    assert parts[2].profile(4) == {"id": "P24", "rpdai": "24"}
    objects = "".join(f'{{"rpdai": {i}}}\n' for i in range(25))
    assert [len(part) for part in read(tmp_path, "p.jsonl", objects, rows_at_once=10)] == [10, 10, 5]


def test_profiles_may_give_different_traits(tmp_path):
    (part,) = read(tmp_path, "p.json", '[{"rpdai": 9}, {"treg": 20}]')
    assert [part.profile(row) for row in (0, 1)] == [{"rpdai": 9}, {"treg": 20}]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("p.json", "", "not valid JSON"),
        ("p.json", "{", "not valid JSON"),
        ("p.json", "[]", "no profile"),
        ("p.json", "{}", "empty"),
        ("p.json", "[[1]]", "object"),
        ("p.json", "7", "object"),
        ("p.json", '{"rpdai": 9, "rpdai": 10}', "twice"),
        ("p.json", "[" * 100_000, "not valid JSON"),
        ("p.json", b"\xff\xfe{\x00", "UTF-8"),
        ("p.jsonl", '{"rpdai": 9}\nnonsense\n', "not valid JSON"),
        ("p.csv", "", "no profile"),
        ("p.csv", "rpdai,sex\n", "no profile"),
        ("p.csv", "rpdai,sex\n9\n", "1 cells and the header 2"),
        ("p.csv", "rpdai,rpdai\n9,9\n", "same header"),
        ("p.csv", "rpdai,\n9,9\n", "no header"),
        ("p.csv", 'rpdai,sex\n"9,1\n', "split into cells"),
        ("p.csv", b"rpdai,sex\n9,m\xe4nnlich\n", "UTF-8"),
        ("p.csv", b"PK\x03\x04\x00\xff,\n", "UTF-8"),
    ],
)
def test_broken_files_are_refused_with_the_reason(tmp_path, name, content, problem):
    with pytest.raises(DataRefusedError, match=problem) as refused:
        read(tmp_path, name, content)
    assert name in refused.value.where
    assert refused.value.hint


def test_no_file(tmp_path):
    with pytest.raises(UsageError):
        list(read_profiles(tmp_path / "none.csv"))
    with pytest.raises(UsageError):
        list(read_profiles(tmp_path))
