"""A week is written one way in Chinese, so that a label of a study and a sentence about it look alike."""

import re

import pytest

SPACED = re.compile(r"第 *(?:\{[^}]*\}|[\d.、-]+) *周")


@pytest.mark.parametrize("folder", ["src/responder/words", "src/responder/study/library", "experiments", "data"])
def test_no_space_in_a_week(root, folder):
    files = [*(root / folder).rglob("*.toml")]
    assert files
    found = [found for file in files for found in SPACED.findall(file.read_text(encoding="utf-8"))]
    assert [week for week in found if " " in week] == []
