"""Write hypotheses across cohorts: everything as JSON, a row a cohort as CSV, a forest plot each as SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from responder.csv_text import csv_text
from responder.report.across_figures import draw_across
from responder.report.figures import save_figures
from responder.report.files import json_text, write_texts
from responder.words import Language

if TYPE_CHECKING:
    from responder.explain import Across

__all__ = ["write_across"]


def write_across(result: Across, folder: Path, language: Language = "en") -> list[Path]:
    """Write ``across.json``, ``across.csv`` and the forest plots.

    Returns
    -------
    list of Path
        The files.
    """
    texts = {"across.json": json_text(result.to_json()), "across.csv": csv_text(result.frame())}
    return [*write_texts(folder, texts), *save_figures(draw_across(result, language), folder)]
