"""Figures that other processes draw are those that this one draws."""

import pytest

from responder.report.figures import drawings as drawings_module
from responder.report.figures import wanted_figures
from responder.report.figures.drawings import drawings
from responder.report.style import svg_text
from responder.workers import IN_PROCESS, prepared_processes
from responder.workers import local as local_workers


def test_other_processes_draw_the_same(reference, figures, monkeypatch):
    few = ["attributions", "roc", "waterfall_01"]  # the others know them all
    monkeypatch.setattr(drawings_module, "wanted_figures", lambda _source: dict.fromkeys(few))
    drawn = drawings(reference, "en", prepared_processes(drawings_module.__name__))
    assert list(drawn) == few
    for name in few:
        assert drawn[name].svg == svg_text(figures[name]), name
        assert drawn[name].get_label() == figures[name].get_label()


def test_all_that_can_be_drawn_is_asked_for(reference, figures):
    assert list(wanted_figures(reference)) == list(figures)


@pytest.mark.parametrize(("cores", "forkserver"), [(1, True), (2, False)])
def test_without_a_second_core_or_a_process_to_fork_from_nobody_else_draws(cores, forkserver, monkeypatch):
    monkeypatch.setattr(local_workers, "cores", lambda: cores)
    monkeypatch.setattr(local_workers, "prepare", lambda _module: forkserver)
    assert prepared_processes("responder.report.figures.drawings") is IN_PROCESS
