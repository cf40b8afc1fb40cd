"""What is read of a finished run: markers, one patient, sliders, two runs side by side, files to take away."""

import html
import io
import json
import re
import shutil
import zipfile

import pytest

WORK = "/w/rp_ld_il2"


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def result(finished):
    return json.loads((finished / "runs/rp_ld_il2/result.json").read_text(encoding="utf-8"))


def test_markers_and_one_patient_are_those_of_the_command(reader, finished):
    from click.testing import CliRunner

    from responder.cli.main import cli

    page = text_of(reader.look(f"{WORK}/explain?row=0"))
    told = json.loads(CliRunner().invoke(cli, ["explain", "rp_ld_il2", "--patient", "P01", "--json"]).stdout)
    parts = re.findall(r"[+-]\d\.\d{3}\b", page)
    assert parts == [f"{part['contribution']:+.3f}" for part in told["contributions"]]
    assert f"({told['logit']:+.2f})" in page
    assert "Organ: airway chondritis" in page
    assert "单个患者" in reader.look(f"{WORK}/explain?lang=zh")
    reader.look("/?lang=en")


@pytest.mark.parametrize("row", ["99", "-1", "x", "٣"])
def test_a_row_that_is_not_there_shows_the_markers_alone(reader, row):
    page = reader.look(f"{WORK}/explain?row={row}")
    assert "Markers" in page
    assert " selected" not in page


def probability(page):
    found = re.search(r'class="answer-now">([^<]+)<', page)
    return found and html.unescape(found[1])


def test_sliders_ask_the_model(reader):
    start = reader.look(f"{WORK}/what-if?row=0")
    assert probability(start) is None  # the model abstains
    assert "This model has not been shown to beat chance." in start
    assert re.search(r'name="rpdai" min="9(.0)?" max="23(.0)?" step="1" value="9"', start)
    values = {"treg_per_ul": "20", "rpdai": "9", "show_anyway": "1"}
    whole = reader.send(f"{WORK}/what-if", values, status=200).text
    other = reader.send(f"{WORK}/what-if", {**values, "rpdai": "23", "part": "1"}, status=200).text
    assert probability(whole) != probability(other)
    assert "<html" not in other
    form = reader.send(f"{WORK}/score", {"treg_per_ul": "20", "rpdai": "9", "show_anyway": "1"}, status=200).text
    assert probability(whole) == html.unescape(re.search(r'<p class="answer">([^<]+)<', form)[1])


def test_a_value_that_is_not_known_is_not_given(reader):
    values = {"treg_per_ul": "20", "rpdai": "9", "show_anyway": "1", "not_known": "treg_per_ul"}
    without = reader.send(f"{WORK}/what-if", values, status=200).text
    form = reader.send(f"{WORK}/score", {"rpdai": "9", "show_anyway": "1"}, status=200).text
    assert probability(without) == html.unescape(re.search(r'<p class="answer">([^<]+)<', form)[1])


def test_what_is_no_number_is_told(reader):
    page = reader.send(f"{WORK}/what-if", {"rpdai": "<b>old</b>", "show_anyway": "1"}, status=200).text
    assert 'class="errors"' in page
    assert "<b>old" not in page


def test_two_runs_side_by_side(reader, finished, result):
    other = finished / "runs/other"
    shutil.copytree(finished / "runs/rp_ld_il2", other)
    changed = json.loads(json.dumps(result))
    changed["name"] = "other"
    changed["experiment"]["seed"]["value"] = 7
    (other / "result.json").write_text(json.dumps(changed), encoding="utf-8")
    try:
        page = reader.look("/compare?first=rp_ld_il2&second=other")
        same = reader.look("/compare?first=rp_ld_il2&second=rp_ld_il2")
    finally:
        shutil.rmtree(other)
    auc = next(model for model in result["models"] if model["id"] == result["primary"])["metrics"]["lpo_auc"]
    assert text_of(page).count(f" {auc:.2f} ") == 2
    assert re.findall(r"<th scope=\"row\"><code>([^<]+)</code>", page) == ["seed"]
    assert "Nothing was set differently." in same
    reader.look("/compare?first=../secret&second=rp_ld_il2", status=404)


def test_figures_for_a_paper_are_drawn_once(reader, finished, monkeypatch):
    from responder.report import paper_figures

    drawn = []

    def draw(source, folder, paper, formats, *, language):
        drawn.append(language)
        folder.mkdir(exist_ok=True)
        (folder / "roc.pdf").write_bytes(b"%PDF")
        return [folder / "roc.pdf"]

    monkeypatch.setattr(paper_figures, "write_paper_figures", draw)
    for _ in range(2):
        answer = reader.client.get(f"{WORK}/files/paper")
        assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["roc.pdf", "tables.docx"]
    assert drawn == ["en"]
    (finished / "workbench/rp_ld_il2/paper.zip").unlink()


def test_what_was_changed_since_the_stamp_stands_in_the_report(reader, finished, tmp_path):
    from pathlib import Path

    from responder.report import ReportInput, render_report
    from responder.workbench.stamp import note_changes, put_stamp
    from responder.workbench.work import Works

    work = Works(Path()).get("rp_ld_il2")
    noted, stamps = work.experiment_file.with_suffix(".changed.json"), work.folder / "plan.json"
    before = work.experiment_file.read_text(encoding="utf-8")
    put_stamp(work)
    note_changes(work)
    assert not noted.exists()
    try:
        work.experiment_file.write_text(before.replace("primary =", "seed = 9\nprimary ="), encoding="utf-8")
        note_changes(work)
        run = shutil.copytree(finished / "runs/rp_ld_il2", tmp_path / "run")
        shutil.copy(noted, run / "changed.json")  # as the training does
    finally:
        work.experiment_file.write_text(before, encoding="utf-8")
        noted.unlink(missing_ok=True)
        stamps.unlink()
    for language, told in (("en", "1 value of the plan was changed after the first look."), ("zh", "方案改动了 1 项")):
        page = render_report(ReportInput.from_folder(run), language, figures={})
        assert told in page
        assert "<code>seed</code>" in page


def test_no_p_of_a_test_stands_beside_what_cannot_be_estimated():
    from responder.workbench.comparing import _number

    model = {"verdict": {"kind": "cannot_be_estimated"}, "metrics": {"permutation_p": 0.4, "lpo_auc": 0.5}}
    assert _number(model, "permutation_p") is None
    assert _number(model, "lpo_auc") == 0.5
    assert _number({**model, "verdict": {"kind": "beats_chance"}}, "permutation_p") == 0.4


def test_the_link_may_begin_at_a_run(reader):
    assert "url=/w/rp_ld_il2/read" in reader.look("/open?run=rp_ld_il2")
    assert 'content="0;url=/"' in reader.look("/open?run=..%2Fgone")
