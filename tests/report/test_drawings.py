"""Figures that other processes draw are those that this one draws."""

import pytest

from responder.report import drawings as drawings_module
from responder.report.drawings import Drawing, drawings
from responder.report.figures import wanted_figures
from responder.report.style import svg_text
from responder.workers import IN_PROCESS, prepared_processes
from responder.workers import local as local_workers


def test_other_processes_draw_the_same(reference, figures):
    others = prepared_processes("responder.report.figures")
    pieces = list(others.map(drawings_module._draw, (reference, "en"), [slice(4, 5), slice(8, None, 8)]))
    assert [[name for name, _ in piece] for piece in pieces] == [["roc"], ["attributions", "waterfall_05"]]
    for name, drawing in (one for piece in pieces for one in piece):
        assert drawing.svg == svg_text(figures[name]), name
        assert drawing.get_label() == figures[name].get_label()


def test_pieces_are_put_together_in_order(reference, figures, monkeypatch):
    names = list(figures)
    monkeypatch.setattr(drawings_module, "_draw", lambda _, piece: [(name, Drawing(name, "")) for name in names[piece]])
    assert list(drawings(reference)) == names


def test_all_that_can_be_drawn_is_asked_for(reference, figures):
    assert list(wanted_figures(reference)) == list(figures)


@pytest.mark.parametrize(("cores", "forkserver"), [(1, True), (2, False)])
def test_without_a_second_core_or_a_process_to_fork_from_nobody_else_draws(cores, forkserver, monkeypatch):
    monkeypatch.setattr(local_workers, "cores", lambda: cores)
    methods = ["spawn", *["forkserver"] * forkserver]
    monkeypatch.setattr(local_workers.multiprocessing, "get_all_start_methods", lambda: methods)
    assert prepared_processes("responder.report.figures") is IN_PROCESS
