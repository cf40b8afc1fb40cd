"""A table of new patients: scored as the command scores it, kept for its owner alone, deleted on request."""

import io
import stat
import zipfile

import pytest
from click.testing import CliRunner

from responder.cli.main import cli

WORK = "/w/rp_ld_il2"
PATIENTS = "patient_id,age_years,rpdai,treg_per_ul\nN1,40,12,22\nN2,41,15,=18\nN3,old,9,20\n<b>N4</b>,50,11,19\n"


@pytest.fixture
def scored(reader):
    answer = reader.send(f"{WORK}/tables", files={"table": ("new patients.csv", PATIENTS.encode())})
    yield answer.headers["location"]
    reader.send(f"{answer.headers['location']}/remove")


def test_the_page_says_what_became_of_each(reader, scored):
    page = reader.look(scored)
    assert "4 profiles: 0 scored, " in page
    assert "This model has not been shown to beat chance." in page
    assert "&lt;b&gt;N4" in page
    assert "<b>N4" not in page
    assert "不予评分" in reader.look(f"{scored}?lang=zh")
    reader.look("/?lang=en")


@pytest.mark.parametrize("anyway", [False, True])
def test_the_files_are_those_of_the_command(reader, scored, finished, tmp_path, anyway):
    table = "workbench/rp_ld_il2/new_patients/1/new patients.csv"
    for kind in ("csv", "xlsx"):
        target = tmp_path / f"scores.{kind}"
        asked = ["score", table, "--bundle", "models/rp_ld_il2", "--out", str(target), "--quiet"]
        done = CliRunner().invoke(cli, [*asked, *(["--show-anyway"] if anyway else [])], prog_name="responder")
        assert target.is_file(), done.output
        answer = reader.client.get(f"{scored}/{kind}", params={"show_anyway": "1"} if anyway else {})
        assert f".scored.{kind}" in answer.headers["content-disposition"]
        sent, written = answer.content, target.read_bytes()
        if kind == "xlsx":  # but for the time at which the workbook was written
            sent, written = (
                zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml") for book in (sent, written)
            )
        assert sent == written


def test_a_table_is_kept_for_its_owner_alone_and_deleted_on_request(reader, finished):
    place = reader.send(f"{WORK}/tables", files={"table": ("../a.csv", PATIENTS.encode())}).headers["location"]
    (kept,) = (finished / "workbench/rp_ld_il2/new_patients").glob("*/*")
    assert kept.name == "a.csv"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert place in reader.look(f"{WORK}/tables")
    reader.send(f"{place}/remove")
    assert not kept.parent.exists()
    reader.look(place, status=404)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"one line", "a single column"),
        (b"colour,shape\nred,round\nblue,square\n", "this model has no trait"),
        (b"", "no file was chosen"),
    ],
)
def test_what_cannot_be_scored_is_told_and_not_kept(reader, finished, content, told):
    page = reader.send(f"{WORK}/tables", files={"table": ("x.csv", content)}, status=422).text
    assert 'class="errors"' in page
    assert told in page
    assert not list((finished / "workbench/rp_ld_il2").glob("new_patients/*"))


def test_other_kinds_of_file_are_not_offered(reader, scored):
    reader.look(f"{scored}/parquet", status=404)
    reader.look(f"{WORK}/tables/99", status=404)
