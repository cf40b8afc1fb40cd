"""Files of a run: whole or not at all."""

import pytest

from responder.experiment.write import dump_json
from responder.files import write_atomically


def test_json_is_sorted_exact_and_refuses_nan():
    assert dump_json({"b": 0.1, "a": "软骨"}) == '{\n "a": "软骨",\n "b": 0.1\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_json({"a": float("nan")})


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    file = tmp_path / "result.json"
    write_atomically(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "\ud800")
    assert file.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]
