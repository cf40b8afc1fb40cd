"""Figures that other processes draw are those that this one draws."""

import pytest

from responder.report.figures.drawings import drawings
from responder.report.style import svg_text
from responder.workers import IN_PROCESS, prepared_processes
from responder.workers import local as local_workers


def test_other_processes_draw_the_same(reference, figures):
    drawn = drawings(reference, "en", prepared_processes("responder.report.figures.drawings"))
    assert list(drawn) == list(figures)
    for name, figure in figures.items():
        assert drawn[name].svg == svg_text(figure), name
        assert drawn[name].get_label() == figure.get_label()


@pytest.mark.parametrize(("cores", "forkserver"), [(1, True), (2, False)])
def test_without_a_second_core_or_a_process_to_fork_from_nobody_else_draws(cores, forkserver, monkeypatch):
    monkeypatch.setattr(local_workers, "cores", lambda: cores)
    monkeypatch.setattr(local_workers, "prepare", lambda _module: forkserver)
    assert prepared_processes("responder.report.figures.drawings") is IN_PROCESS
