"""The figures of a run as SVG, drawn side by side by whoever works."""

from __future__ import annotations

from collections.abc import Sequence

from responder.report.figures import wanted_figures
from responder.report.source import ReportInput
from responder.report.style import Drawing, figure_language, svg_text
from responder.words import Language, Voice
from responder.workers import IN_PROCESS, Workers

__all__ = ["drawings"]

PIECES = 6


def drawings(source: ReportInput, language: Language = "en", workers: Workers = IN_PROCESS) -> dict[str, Drawing]:
    """Draw what `draw_all` draws; the texts are the same, whoever draws them.

    Parameters
    ----------
    source : ReportInput
        The run.
    language : str
        ``en`` or ``zh``; English where no installed font has Chinese characters.
    workers : Workers
        Who draws.

    Returns
    -------
    dict of str to Drawing
        By name, in the order of `draw_all`.
    """
    names = list(wanted_figures(source))
    pieces = [names[start::PIECES] for start in range(min(PIECES, len(names)))]
    drawn = {}
    for piece in workers.map(_draw, (source, figure_language(language)), pieces):
        drawn.update(piece)
    return {name: drawn[name] for name in names}


def _draw(shared: tuple[ReportInput, Language], names: Sequence[str]) -> dict[str, Drawing]:
    source, language = shared
    wanted, words = wanted_figures(source), Voice(language, "report")
    figures = {name: wanted[name](source, words) for name in names}
    return {name: Drawing(str(figure.get_label()), svg_text(figure)) for name, figure in figures.items()}
