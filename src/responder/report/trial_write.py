"""Write what people look at of a treated cohort: the page, its tables as CSV, its figures as SVG and PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from responder.csv_text import csv_text
from responder.report.figures import save_figures
from responder.report.files import json_text, write_texts
from responder.report.tables import file_name
from responder.report.trial_figures import draw_trial
from responder.report.trial_html import render_trial
from responder.trial.summary import rows_frame
from responder.words import Language

if TYPE_CHECKING:
    from responder.trial import PublishedNumber, TrialResult

__all__ = ["write_trial"]


def write_trial(
    result: TrialResult, folder: Path, language: Language = "en", *, published: Sequence[PublishedNumber] = ()
) -> list[Path]:
    """Write ``trial.html`` (``trial.zh.html``), ``trial.json``, a CSV a table and the figures into a folder.

    Every row of a table says what it rests on; no file but the figures shows a single patient's value.

    Returns
    -------
    list of Path
        The files.
    """
    figures = draw_trial(result, language)
    page = render_trial(result, language, figures=figures, published=published)
    texts = {file_name("trial", "html", language): page, "trial.json": json_text(result.to_json())}
    frames = result.frames() | ({"published": rows_frame(published)} if published else {})
    texts |= {f"{name}.csv": csv_text(frame) for name, frame in frames.items() if not frame.empty}
    return [*write_texts(folder, texts), *save_figures(figures, folder / "figures")]
