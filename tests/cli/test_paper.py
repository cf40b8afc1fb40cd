"""``responder figures`` and ``responder tables``: what a paper is given of a run, drawn from its files."""

import io
import re
import zipfile

import pytest
from PIL import Image

from responder.report import paper_figures
from responder.report.figures import draw_comparison
from responder.words import Voice


@pytest.fixture
def project(trained, monkeypatch):
    monkeypatch.chdir(trained.folder)
    # one figure stands for all: it has two panels, a subtitle, and a note
    monkeypatch.setattr(
        paper_figures,
        "draw_all",
        lambda source, language: {"comparison": draw_comparison(source, Voice(language, "report"))},
    )


@pytest.mark.parametrize(("width", "caption"), [("89", True), ("183", False)])
def test_figures_are_as_wide_as_a_column(project, run, tmp_path, width, caption):
    options = ("--format", "pdf", "--format", "svg", "--format", "png", "--width", width, "--out", str(tmp_path))
    ran = run("figures", "rp_ld_il2", *options, *([] if caption else ["--no-caption"]), "--json")
    assert ran.code == 0, ran.err
    assert [path.split(".")[-1] for path in ran.envelope["written"]] == ["pdf", "svg", "png", "md"]
    inches = float(width) / 25.4
    pdf = (tmp_path / "comparison.pdf").read_bytes()
    box = [float(part) for part in re.search(rb"/MediaBox \[ ([^\]]+) \]", pdf)[1].split()]
    assert box[2] == pytest.approx(72 * inches, abs=0.01)
    svg = (tmp_path / "comparison.svg").read_text(encoding="utf-8")
    assert f'width="{width}.00mm"' in svg
    assert ("Models compared</text>" in svg) == caption
    assert ("Illustrative: rests on" in svg) == caption
    with Image.open(tmp_path / "comparison.png") as image:
        assert image.width == pytest.approx(300 * inches, abs=1.5)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    captions = (tmp_path / "captions.md").read_text(encoding="utf-8")
    assert captions.startswith("## comparison\n\nModels compared\n")
    assert "Illustrative: rests on reconstructed and simulated values." in captions


def test_the_same_bytes(project, run, tmp_path):
    for folder in ("one", "other"):
        assert run("figures", "rp_ld_il2", "--format", "pdf", "--out", str(tmp_path / folder)).code == 0
    assert len({(tmp_path / folder / "comparison.pdf").read_bytes() for folder in ("one", "other")}) == 1


def test_tables_in_every_format(project, run, tmp_path):
    formats = [part for name in ("csv", "xlsx", "docx", "html") for part in ("--format", name)]
    ran = run("tables", "rp_ld_il2", *formats, "--out", str(tmp_path), "--json")
    assert ran.code == 0, ran.err
    names = {path.name for path in tmp_path.iterdir()}
    assert {"table_characteristics.csv", "table_models.csv", "table_comparisons.csv", "tables.xlsx"} <= names
    models = (tmp_path / "table_models.csv").read_text(encoding="utf-8-sig").splitlines()
    assert models[0].startswith("Model,Verdict,LPO AUC")

    from docx import Document
    from openpyxl import load_workbook

    book = load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames[:2] == ["characteristics", "models"]
    sheet = book["models"]
    auc = sheet["C3"]
    assert (type(auc.value), auc.number_format) == (float, "0.00")
    document = Document(io.BytesIO((tmp_path / "tables.docx").read_bytes()))
    assert len(document.tables) == len(book.sheetnames)
    assert document.tables[1].cell(0, 0).text == "Model"
    assert "not shown to beat chance" in " ".join(p.text for p in document.paragraphs).lower()
    assert zipfile.is_zipfile(tmp_path / "tables.docx")
    page = (tmp_path / "tables.html").read_text(encoding="utf-8")
    assert page.count("<table>") == len(book.sheetnames)
    assert "Illustrative: rests on" in page


def test_tables_in_chinese(project, run, tmp_path):
    assert run("tables", "rp_ld_il2", "--format", "html", "--lang", "zh", "--out", str(tmp_path)).code == 0
    page = (tmp_path / "tables.zh.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "未能证明优于随机" in page


@pytest.mark.parametrize("command", ["figures", "tables"])
def test_a_run_that_is_not_there(project, run, command):
    ran = run(command, "rp_ld_il3")
    assert ran.code == 2
    assert "rp_ld_il2" in ran.err
