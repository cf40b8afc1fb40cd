"""Ids of patients stay where they are asked to stay: no file of a run holds one, and a page to pass on holds no row."""

import re
import shutil

import pytest

from responder.experiment import resolve_experiment, run_experiment
from responder.experiment.write import write_result
from responder.report import ReportInput, figures, render_report
from responder.report.files import files_of_patients
from responder.words import Voice

MARKER = "Zephyrine"
QUICK = ("models=['prevalence','ridge:0.1']", "bootstrap.draws=10", "validation.rebalanced_draws=0")


@pytest.fixture(scope="module")
def marked(root, tmp_path_factory):
    """A project whose ids are a marker and a number.

    One patient has no outcome; a joined table lacks some patients, and knows one who is in no cohort.
    """
    folder = tmp_path_factory.mktemp("marked")
    shutil.copytree(root / "data" / "rp_ld_il2", folder / "data" / "rp_ld_il2")
    table = folder / "data" / "rp_ld_il2" / "cohort.csv"
    head, *rows = re.sub(r"^P0?(?=\d)", f"{MARKER}-Q", table.read_text(encoding="utf-8"), flags=re.MULTILINE).split()
    place = head.split(",").index("rpdai_week12")
    cells = rows[2].split(",")
    without = ",".join([f"{MARKER}-Q77", *cells[1:place], "", *cells[place + 1 :]])
    table.write_text("\n".join([head, rows[0], without, *rows[1:]]) + "\n", encoding="utf-8")
    joined = ["patient_id,ferritin", *(f"{MARKER}-Q{number},{100 + number}" for number in (1, 2, 3, 99))]
    (folder / "data" / "lab.csv").write_text("\n".join(joined) + "\n", encoding="utf-8")
    text = (root / "experiments" / "rp_ld_il2.toml").read_text(encoding="utf-8")
    path = folder / "experiments" / "marked.toml"
    path.parent.mkdir()
    path.write_text(text.replace("[cohort]\n", '[cohort]\njoin = ["../data/lab.csv"]\n'), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def written(marked, tmp_path_factory):
    """The files of a run without pseudonyms."""
    folder = tmp_path_factory.mktemp("written") / "run"
    write_result(run_experiment(resolve_experiment(marked, settings=QUICK, environment={})), folder)
    return folder


def holding(folder, marker=MARKER):
    """Return the files that hold a marker, wherever in them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in files if marker.encode() in path.read_bytes()}


def test_under_pseudonyms_no_file_and_no_output_holds_an_id(marked, run, tmp_path, monkeypatch):
    shutil.copytree(marked.parent, tmp_path / "experiments")
    shutil.copytree(marked.parent.parent / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    possible = figures.possible_figures
    monkeypatch.setattr(figures, "possible_figures", lambda source: {"predictions": possible(source)["predictions"]})
    monkeypatch.setattr(figures, "MOST_WATERFALLS", 1)
    settings = [part for one in QUICK for part in ("--set", one)]
    ran = run("train", "experiments/marked.toml", "--pseudonyms", *settings)
    assert ran.code == 0, ran.err
    assert MARKER not in ran.out + ran.err
    assert "P01 is the first patient of the table" in ran.out
    shutil.rmtree(tmp_path / "data")
    assert holding(tmp_path) == set()
    assert (tmp_path / "mlflow.db").is_file()
    assert {"predictions.csv", "predictions.svg", "report.html"} <= holding(tmp_path, "P03")
    told = files_of_patients(tmp_path / "runs/rp_ld_il2")
    assert f"are in {Voice('en').listed(told)}" in ran.out
    found = {path.relative_to(tmp_path / "runs/rp_ld_il2") for path in (tmp_path / "runs/rp_ld_il2").rglob("*")
             if path.is_file() and re.search(rb"\bP0[1-9]\b", path.read_bytes())}  # fmt: skip
    assert {f"{path.parent}/" if path.parent.name else path.name for path in found} <= set(told)
    assert (tmp_path / "runs/rp_ld_il2/left_out.csv").read_text() == "patient_id\nP02\n"  # the second row of the table


def test_what_names_nobody_names_neither_who_was_left_out_nor_a_stranger(written):
    assert holding(written) == {"predictions.csv", "stability.csv", "shap.csv", "left_out.csv"}
    assert (written / "left_out.csv").read_text() == f"patient_id\n{MARKER}-Q77\n"
    told = str(ReportInput.from_folder(written).content["findings"])
    assert f"{MARKER}-Q77" in told  # the report names them again
    assert f"{MARKER}-Q99" not in told
    assert "patient#" not in told


def test_a_page_to_pass_on_has_neither_ids_nor_rows(written, run, tmp_path):
    ran = run("report", str(written), "--shareable", "--out", str(tmp_path / "page.html"))
    assert ran.code == 0, ran.err
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert MARKER not in page
    assert "patient#" not in page
    assert "It is not anonymous" in page
    drawn = set(re.findall(r'<figure id="figure-(\w+)"', page))
    assert {"permutation", "comparison", "ranks"} <= drawn
    assert not drawn & figures.OF_PATIENTS
    assert not [name for name in drawn if name.startswith("waterfall")]
    source = ReportInput.from_folder(written)
    (row,) = [row for row in source.table("predictions").to_dict("records") if row["patient_id"] == f"{MARKER}-Q4"]
    whole = render_report(source, figures={})
    band = f"{row['interval_lower']:.2f} to {row['interval_upper']:.2f}"
    assert band in whole
    assert band not in page
    assert "This page shows single patients" in whole
