"""What is put beside a run, and that a report drawn later is the same."""

import logging

import pytest

from responder.experiment.write import write_result
from responder.report import ReportInput, write_report
from responder.report import write as write_module
from responder.report.drawings import Drawing
from responder.report.style import svg_text


@pytest.fixture
def few_figures(figures, monkeypatch):
    """Two figures stand for all; that each can be drawn is tested where they are drawn."""
    drawn = {name: Drawing(figures[name].get_label(), svg_text(figures[name])) for name in ("roc", "attributions")}
    monkeypatch.setattr(write_module, "drawings", lambda *_: drawn)


def test_everything_is_written_and_can_be_drawn_again(reference_result, few_figures, tmp_path):
    folder = write_result(reference_result, tmp_path / "run")
    paths = write_report(reference_result, folder, languages=["en"])
    names = {path.relative_to(folder).as_posix() for path in paths}
    assert {"report.html", "card.md", "card.html", "figures/attributions.svg"} <= names
    assert not any(name.endswith(".png") for name in names)
    assert not list(folder.rglob(".*"))
    first = (folder / "report.html").read_bytes()
    write_report(ReportInput.from_folder(folder), folder, languages=["en", "zh"])
    assert (folder / "report.html").read_bytes() == first
    assert (folder / "report.zh.html").is_file()
    assert (folder / "card.zh.md").is_file()


def test_answers_beside_the_experiment_reach_the_card(tmp_path):
    (tmp_path / "x.card.toml").write_text('[tripod]\n"19" = "None."\n', encoding="utf-8")
    assert write_module.answers_beside(tmp_path / "x.toml").tripod == {"19": "None."}


def test_answers_that_cannot_be_read_do_not_lose_a_run(tmp_path, caplog):
    (tmp_path / "x.card.toml").write_text("[tripod", encoding="utf-8")
    with caplog.at_level(logging.WARNING, "responder.report"):
        assert write_module.answers_beside(tmp_path / "x.toml") is None
    assert "model card goes without answers" in caplog.text
