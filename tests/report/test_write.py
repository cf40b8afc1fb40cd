"""What is put beside a run, and that a report drawn later is the same."""

import logging
import shutil

from responder.experiment.write import write_result
from responder.report import ReportInput, write_report


def test_everything_is_written_and_can_be_drawn_again(reference_result, tmp_path):
    folder = write_result(reference_result, tmp_path / "run")
    paths = write_report(reference_result, folder, languages=["en"])
    names = {path.relative_to(folder).as_posix() for path in paths}
    assert {"report.html", "card.md", "card.html", "figures/attributions.svg", "figures/attributions.png"} <= names
    assert not list(folder.rglob(".*"))
    first = (folder / "report.html").read_bytes()
    shutil.rmtree(folder / "figures")
    write_report(ReportInput.from_folder(folder), folder, languages=["en"])
    assert (folder / "report.html").read_bytes() == first
    assert (folder / "figures/attributions.svg").is_file()


def test_answers_that_cannot_be_read_do_not_lose_a_run(reference_result, tmp_path, caplog, monkeypatch):
    from responder.report import write

    path = tmp_path / "x.card.toml"
    path.write_text("[tripod", encoding="utf-8")
    with caplog.at_level(logging.WARNING, "responder.report"):
        assert write._answers_beside(tmp_path / "x.toml") is None
    assert "model card goes without answers" in caplog.text
