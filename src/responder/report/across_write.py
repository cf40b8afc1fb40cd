"""Write hypotheses across cohorts: everything as JSON, a row a cohort as CSV, a forest plot each as SVG and PNG."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from responder.files import write_atomically
from responder.report.across_figures import draw_across
from responder.report.figures import save_figures
from responder.words import Language, said_in

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
    told = said_in(result.to_json(), language)
    contents = {
        folder / "across.json": json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        folder / "across.csv": result.frame().to_csv(index=False, lineterminator="\n"),
    }
    for path, content in contents.items():
        write_atomically(path, content)
    return [*contents, *save_figures(draw_across(result, language), folder)]
