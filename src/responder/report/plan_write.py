"""Write a plan: the page, everything as JSON, a row per assumed AUC and size as CSV, and the figure as SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from responder.csv_text import csv_text
from responder.report.figures import save_figures
from responder.report.files import json_text, write_texts
from responder.report.plan_figures import draw_plan
from responder.report.plan_html import render_plan
from responder.report.tables import file_name
from responder.words import Language

if TYPE_CHECKING:
    from responder.plan import StudyPlan

__all__ = ["write_plan"]


def write_plan(plan: StudyPlan, folder: Path, language: Language = "en") -> list[Path]:
    """Write ``plan.html`` (``plan.zh.html``), ``plan.json``, ``plan.csv`` and the figure of what was simulated.

    Returns
    -------
    list of Path
        The files.
    """
    figures = draw_plan(plan, language)
    texts = {
        file_name("plan", "html", language): render_plan(plan, language, figures=figures),
        "plan.json": json_text(plan.to_json()),
        "plan.csv": csv_text(plan.frame()),
    }
    return [*write_texts(folder, texts), *save_figures(figures, folder)]
