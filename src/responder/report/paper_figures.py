"""Figures for a paper: as wide as a journal's column, as PDF, SVG or PNG, with or without their words."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends import backend_agg, backend_mixed, backend_pdf
from matplotlib.figure import Figure

from responder.files import write_atomically
from responder.report.figures import draw_all
from responder.report.source import ReportInput
from responder.report.style import MM_PER_INCH, Paper, caption_of, figure_settings, on_paper, svg_text
from responder.report.tables import file_name
from responder.words import Language

__all__ = ["FigureFormat", "write_paper_figures"]

FigureFormat = Literal["pdf", "svg", "png"]
POINTS_PER_INCH = 72
# matplotlib's backends have no types
_agg: Any = backend_agg
_mixed: Any = backend_mixed
_pdf_file: Any = backend_pdf


def write_paper_figures(
    source: ReportInput,
    folder: Path,
    paper: Paper,
    formats: Sequence[FigureFormat],
    *,
    dots_per_inch: int = 300,
    language: Language = "en",
) -> list[Path]:
    """Write every figure of a run, and what each shows as ``captions.md``.

    Parameters
    ----------
    source : ReportInput
        The run.
    folder : Path
        Where to.
    paper : Paper
        Width of the column, and whether the words are within the figures.
    formats : sequence of str
        Of ``pdf``, ``svg``, ``png``.
    dots_per_inch : int
        Of PNG files, at the width on paper.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    list of Path
        The files.
    """
    with on_paper(paper):
        figures = draw_all(source, language)
    write: dict[FigureFormat, Callable[[Figure], str | bytes]] = {
        "pdf": lambda figure: _pdf(figure, paper.scale(figure)),
        "svg": lambda figure: _svg(figure, paper.scale(figure)),
        "png": lambda figure: _png(figure, paper.scale(figure), dots_per_inch),
    }
    paths = []
    for name, figure in figures.items():
        for ending in formats:
            path = folder / f"{name}.{ending}"
            write_atomically(path, write[ending](figure))
            paths.append(path)
    captions = folder / file_name("captions", "md", language)
    write_atomically(captions, _captions(figures))
    return [*paths, captions]


def _captions(figures: Mapping[str, Figure]) -> str:
    blocks = [f"## {name}\n\n" + "\n\n".join(caption_of(figure).splitlines()) for name, figure in figures.items()]
    return "\n\n".join(blocks) + "\n"


def _pdf(figure: Figure, scale: float) -> bytes:
    """Return a figure as PDF, all of it scaled; matplotlib's own writer knows no scale."""
    buffer = io.BytesIO()
    width, height = (float(inches) for inches in figure.get_size_inches())
    usual = figure.dpi
    metadata = {"Creator": None, "Producer": None, "CreationDate": None, "Title": figure.get_label()}
    with mpl.rc_context({**figure_settings(), "pdf.fonttype": 42}):
        figure.set_dpi(POINTS_PER_INCH)
        file = _pdf_file.PdfFile(buffer, metadata=metadata)
        file.newPage(width * scale, height * scale)
        file.output(scale, 0, 0, scale, 0, 0, _pdf_file.Op.concat_matrix)
        renderer = _mixed.MixedModeRenderer(
            figure, width, height, POINTS_PER_INCH, _pdf_file.RendererPdf(file, POINTS_PER_INCH, height, width)
        )
        figure.draw(renderer)
        renderer.finalize()
        file.finalize()
        file.close()
        figure.set_dpi(usual)
    return buffer.getvalue()


def _svg(figure: Figure, scale: float) -> str:
    """Return a figure as SVG that is as wide on paper as the column."""

    def on_page(found: re.Match[str]) -> str:
        return f'{found[1]}="{float(found[2]) * scale / POINTS_PER_INCH * MM_PER_INCH:.2f}mm"'

    opening, rest = re.split(r"(?<=>)", (text := svg_text(figure))[text.index("<svg") :], maxsplit=1)
    return text[: text.index("<svg")] + re.sub(r'\b(width|height)="([0-9.]+)pt"', on_page, opening) + rest


def _png(figure: Figure, scale: float, dots_per_inch: int) -> bytes:
    """Return a figure as PNG with so many dots an inch of paper."""
    buffer = io.BytesIO()
    usual = figure.dpi
    with mpl.rc_context(figure_settings()):
        figure.set_dpi(dots_per_inch * scale)
        _agg.FigureCanvasAgg(figure).print_png(
            buffer, metadata={"Software": None}, pil_kwargs={"dpi": (dots_per_inch, dots_per_inch)}
        )
        figure.set_dpi(usual)
    return buffer.getvalue()
