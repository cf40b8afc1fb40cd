"""Figures, the HTML report and the model card of a finished run: drawn from its files, never computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.report.answers import CardAnswers, empty_answers, read_answers
    from responder.report.card import Card, build_card, write_card
    from responder.report.figures import draw_all, save_figures
    from responder.report.html import render_report
    from responder.report.source import ReportInput
    from responder.report.write import answers_beside, is_drawn_from, report_name, write_report

__all__ = [
    "Card",
    "CardAnswers",
    "ReportInput",
    "answers_beside",
    "build_card",
    "draw_all",
    "empty_answers",
    "is_drawn_from",
    "read_answers",
    "render_report",
    "report_name",
    "save_figures",
    "write_card",
    "write_report",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "answers": ("CardAnswers", "empty_answers", "read_answers"),
        "card": ("Card", "build_card", "write_card"),
        "figures": ("draw_all", "save_figures"),
        "html": ("render_report",),
        "source": ("ReportInput",),
        "write": ("answers_beside", "is_drawn_from", "report_name", "write_report"),
    },
)
