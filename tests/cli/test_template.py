"""``responder template``."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("form", ["csv", "redcap"])
def test_text_on_stdout(form, run):
    ran = run("template", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert "treg_per_ul" in ran.out
    assert run("template", "--format", form, "--json").envelope["text"].strip() == ran.out.strip()


def test_a_file_is_written_once(run, tmp_path):
    target = tmp_path / "cohort.xlsx"
    ran = run("template", "--format", "xlsx", "--out", str(target))
    assert ran.code == 0
    assert target.read_bytes().startswith(b"PK")
    again = run("template", "--format", "xlsx", "--out", str(target))
    assert again.code == 2
    assert again.error_lines()[2] == "choose another name, or add --force"
    assert run("template", "--format", "xlsx", "--out", str(target), "--force").code == 0


def test_a_workbook_needs_a_file(run):
    ran = run("template", "--format", "xlsx")
    assert ran.code == 2
    assert ran.error_lines()[2] == "add --out cohort.xlsx"


def test_a_folder_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").touch()
    ran = run("template", "--out", str(tmp_path / "file" / "cohort.csv"))
    assert ran.code == 2
    ran.error_lines()
