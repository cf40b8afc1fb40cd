"""Write what people look at of a treated cohort: the page, its tables as CSV, its figures as SVG and PNG."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from responder.files import write_atomically
from responder.report.figures import save_figures
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
    page = folder / file_name("trial", "html", language)
    contents = {page: render_trial(result, language, figures=figures, published=published)}
    contents[folder / "trial.json"] = json.dumps(result.to_json(), indent=2, ensure_ascii=False) + "\n"
    frames = result.frames() | ({"published": rows_frame(published)} if published else {})
    for name, frame in frames.items():
        if not frame.empty:
            contents[folder / f"{name}.csv"] = frame.to_csv(index=False, lineterminator="\n")
    for path, content in contents.items():
        write_atomically(path, content)
    return [*contents, *save_figures(figures, folder / "figures")]
