"""The figures of a run as SVG, drawn side by side by whoever works; who asks for them need not be able to draw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest

from responder.report.fonts import figure_language
from responder.report.source import ReportInput
from responder.words import Language, Voice
from responder.workers import IN_PROCESS, Workers

__all__ = ["Drawing", "drawings"]

PIECES = 6


@dataclass(frozen=True)
class Drawing:
    """A figure that another process drew.

    Attributes
    ----------
    label : str
        Its text alternative.
    svg : str
        As `responder.report.style.svg_text` gives it.
    """

    label: str
    svg: str

    def get_label(self) -> str:
        """Return the text alternative, as of a matplotlib figure."""
        return self.label


def drawings(source: ReportInput, language: Language = "en", workers: Workers = IN_PROCESS) -> dict[str, Drawing]:
    """Draw what `responder.report.figures.draw_all` draws; the texts are the same, whoever draws them.

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
        By name, in the order of `responder.report.figures.draw_all`.
    """
    every_sixth = [slice(first, None, PIECES) for first in range(PIECES)]
    drawn = workers.map(_draw, (source, figure_language(language)), every_sixth)
    return dict(filter(None, chain.from_iterable(zip_longest(*drawn))))  # read across the pieces, they are in order


def _draw(shared: tuple[ReportInput, Language], piece: slice) -> list[tuple[str, Drawing]]:
    from responder.report.figures import wanted_figures
    from responder.report.style import svg_text

    source, language = shared
    words, drawn = Voice(language, "report"), []
    for name, draw in list(wanted_figures(source).items())[piece]:
        figure = draw(source, words)
        drawn.append((name, Drawing(str(figure.get_label()), svg_text(figure))))
    return drawn
