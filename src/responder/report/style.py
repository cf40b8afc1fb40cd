"""One house style for every figure: readable in print, by colour-blind people, in English and in Chinese.

Figures are made with matplotlib's object-oriented interface alone; settings are changed inside `house_style` only.
"""

from __future__ import annotations

import contextlib
import functools
import io
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec
from weakref import WeakKeyDictionary

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import Collection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from responder.report.fonts import own_font
from responder.words import languages

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "MUTED",
    "ORANGE",
    "OUTCOME_COLOURS",
    "OUTCOME_MARKERS",
    "SKY",
    "VERMILLION",
    "Paper",
    "caption_of",
    "diverging",
    "figure_settings",
    "greys",
    "greys_from_white",
    "house_style",
    "new_figure",
    "on_paper",
    "png_bytes",
    "sequential",
    "svg_text",
    "values_map",
    "wrap",
]

# Okabe and Ito 2008, "Color Universal Design": told apart with every common colour deficiency
BLUE, VERMILLION, GREEN, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9"
INK, MUTED, GREY, RULE, WARNING = "#1b1f23", "#5a6068", "#9aa0a6", "#dfe2e6", "#a33f00"
OUTCOME_COLOURS = {1: BLUE, 0: VERMILLION}
OUTCOME_MARKERS = {1: "o", 0: "^"}
"""Outcome is told by shape as well as by colour: 1 responder, 0 non-responder."""

WIDTH_INCHES = 7.2
MM_PER_INCH = 25.4
SMALLEST_SCALE = 0.63  # of 8 points, the smallest text: 5 on paper, the least that journals take
TITLE_POINTS, TEXT_POINTS, SMALL_POINTS = 11.0, 9.0, 8.0
LINE_INCHES = 0.185
# cells (half a Chinese character) of a line of text at TEXT_POINTS, for each inch of width
CELLS_PER_INCH = 15.0
PNG_DOTS_PER_INCH = 150
CSS_DOTS_PER_INCH = 96
MOST_SHAPES = 1000
P = ParamSpec("P")

diverging = LinearSegmentedColormap.from_list("responder_diverging", [VERMILLION, "#ffffff", BLUE])
sequential = LinearSegmentedColormap.from_list("responder_sequential", ["#ffffff", "#9ecae1", BLUE, "#00304d"])
values_map = LinearSegmentedColormap.from_list("responder_values", ["#F0B429", "#9fb3c8", "#00507d"])
greys = LinearSegmentedColormap.from_list("responder_greys", ["#d5d8dc", "#4a4f55"])
greys_from_white = LinearSegmentedColormap.from_list("responder_greys_from_white", ["#ffffff", "#4a4f55"])


def figure_settings() -> Any:
    """Return matplotlib's settings of the house style."""
    # DejaVu comes with matplotlib, so layout is the same on every machine
    families = ["DejaVu Sans", *filter(None, map(own_font, languages()))]
    return {
        "font.family": families,
        "font.size": TEXT_POINTS,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": TEXT_POINTS,
        "axes.unicode_minus": True,
        "figure.facecolor": "white",
        "legend.fontsize": SMALL_POINTS,
        "legend.frameon": False,
        "savefig.facecolor": "white",
        "svg.fonttype": "none",
        "svg.hashsalt": "responder",
        "text.color": INK,
        "text.parse_math": False,
        "xtick.color": MUTED,
        "xtick.labelcolor": INK,
        "xtick.labelsize": SMALL_POINTS,
        "ytick.color": MUTED,
        "ytick.labelcolor": INK,
        "ytick.labelsize": SMALL_POINTS,
    }


def _wrap_labels(figure: Figure) -> None:
    """Wrap what stands below each of several axes to their width: in a narrow column the words would meet."""
    if len(figure.axes) > 1:
        for axes in figure.axes:
            room = max(12, int(CELLS_PER_INCH * axes.get_position().width * figure.get_figwidth()))
            axes.set_xlabel("\n".join(wrap(axes.get_xlabel(), room)))


def _rasterize_clouds(figure: Figure) -> None:
    """Have marks that are too many to be told apart drawn as one picture: as shapes they are megabytes of SVG."""
    for axes in figure.axes:
        for artist in axes.get_children():
            if isinstance(artist, Line2D):
                marks = np.size(artist.get_xdata())
            elif isinstance(artist, Collection):
                marks = max(np.shape(artist.get_offsets())[0], len(artist.get_paths()))
            else:
                continue
            artist.set_rasterized(marks > MOST_SHAPES)


def house_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw a figure under the house style, leaving matplotlib's settings as they were."""

    @functools.wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(figure_settings()):
            figure = draw(*args, **kwargs)
            _rasterize_clouds(figure)
            # lay out once, however often the figure is then written
            engine = figure.get_layout_engine()
            if engine is not None:
                engine.execute(figure)
                if _PAPER.get() is not None:
                    _wrap_labels(figure)
                    engine.execute(figure)
            figure.set_layout_engine("none")
            return figure

    return styled


@dataclass(frozen=True)
class Paper:
    """How figures are drawn for a page of a journal.

    Attributes
    ----------
    width_mm : float
        Width of the page's column.
    caption : bool
        Whether title, subtitle and notes stand within the figure; else the figure holds its axes and legend alone.
    """

    width_mm: float
    caption: bool = True

    def drawn_inches(self, wanted: float) -> float:
        """Return the width that a figure is laid out at before it is scaled to the column: text stays legible."""
        return min(wanted, self.width_mm / MM_PER_INCH / SMALLEST_SCALE)

    def scale(self, figure: Figure) -> float:
        """Return by what a figure is scaled to be as wide as the column."""
        return float(self.width_mm / MM_PER_INCH / figure.get_figwidth())


_PAPER: ContextVar[Paper | None] = ContextVar("responder_paper", default=None)


@contextlib.contextmanager
def on_paper(paper: Paper) -> Iterator[None]:
    """Lay out the figures that are drawn within for a journal's column."""
    token = _PAPER.set(paper)
    try:
        yield
    finally:
        _PAPER.reset(token)


_CAPTIONS: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


def caption_of(figure: Figure) -> str:
    """Return the words of a figure, baked into it or not: title, what is seen, warning and notes, a line each."""
    return _CAPTIONS[figure]


class _NotebookFigure(Figure):
    """A figure that a notebook shows by itself, whatever else was imported there."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return png_bytes(self), {"width": round(self.get_figwidth() * CSS_DOTS_PER_INCH)}


def new_figure(
    title: str,
    *,
    height_inches: float,
    subtitle: str = "",
    footnotes: Sequence[str] = (),
    warning: str = "",
    key: Sequence[Artist] = (),
    columns: int = 1,
    rows: int = 1,
    width_inches: float = WIDTH_INCHES,
    width_ratios: Sequence[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return an empty figure with its words in place, and its axes, row by row from left to right.

    The figure's label (``figure.get_label()``) is its text alternative: title, subtitle and warning.

    Parameters
    ----------
    title, subtitle : str
        What is shown, and what is seen in it.
    height_inches : float
        Height of the axes with their labels; what the words need comes on top.
    footnotes : sequence of str
        Lines below: what the figure rests on.
    warning : str
        A sentence that must not be overlooked, above the axes (a model that is not shown to beat chance).
    key : sequence of Artist
        Entries of the legend, which stands between the words and the axes.
    columns, rows, width_ratios
        Number of axes side by side and below one another, and their relative widths.
    """
    paper = _PAPER.get()
    words = [line for line in (title, subtitle, warning, *footnotes) if line]
    label = " ".join(filter(None, [title if title.endswith(("?", "？")) else f"{title}.", subtitle, warning]))
    if paper is not None:
        width_inches = paper.drawn_inches(width_inches)
        if not paper.caption:
            title = subtitle = warning = ""
            footnotes = ()
    cells = int(CELLS_PER_INCH * width_inches)
    said: list[tuple[str, float, dict[str, Any]]] = [
        (title, 0.78 if paper is None else 0.7, {"size": TITLE_POINTS, "weight": "bold"}),
        (subtitle, 1.0, {"size": TEXT_POINTS, "color": MUTED}),
        (warning, 0.86, {"size": TEXT_POINTS, "color": WARNING, "weight": "bold"}),
    ]
    head = [(line, how) for text, share, how in said for line in wrap(text, int(cells * share))]
    foot = [line for note in footnotes if note for line in wrap(note, int(cells * 1.1))]
    head_inches = 0.1 + sum(LINE_INCHES * how["size"] / TEXT_POINTS for _, how in head)
    per_row = max(1, int(cells / (7 + max((_cells(str(entry.get_label())) for entry in key), default=0))))
    key_inches = 0.21 * -(-len(key) // per_row)
    foot_inches = 0.06 + 0.165 * len(foot) if foot else 0.0
    whole = height_inches + head_inches + key_inches + foot_inches
    figure = _NotebookFigure(figsize=(width_inches, whole), label=label)
    _CAPTIONS[figure] = "\n".join(words)
    FigureCanvasAgg(figure)
    below, inside = foot_inches / whole, height_inches / whole
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0.0, below, 1.0, inside), h_pad=0.06, w_pad=0.06))
    top = whole - 0.06
    for line, how in head:
        figure.text(0.012, top / whole, line, ha="left", va="top", in_layout=False, **how)
        top -= LINE_INCHES * how["size"] / TEXT_POINTS
    if key:
        legend = figure.legend(
            handles=list(key), loc="upper left", bbox_to_anchor=(0.0, (top - 0.01) / whole), ncols=per_row,
            columnspacing=1.4, handletextpad=0.5, borderaxespad=0, borderpad=0.35,
        )  # fmt: skip
        legend.set_in_layout(False)
    for number, line in enumerate(reversed(foot)):
        height = (0.05 + 0.165 * number) / whole
        figure.text(0.012, height, line, ha="left", va="bottom", size=SMALL_POINTS, color=MUTED, in_layout=False)
    grid = figure.add_gridspec(rows, columns, width_ratios=width_ratios)
    return figure, [figure.add_subplot(grid[row, column]) for row in range(rows) for column in range(columns)]


def wrap(text: str, cells: int) -> list[str]:
    """Return text in lines of at most so many cells; a Chinese character takes two.

    Examples
    --------
    >>> wrap("one two three", 8)
    ['one two', 'three']
    >>> wrap("未能证明优于随机", 8)
    ['未能证明', '优于随机']
    """
    if not text:
        return []
    if text.isascii() or sum(_is_wide(c) for c in text) * 4 < len(text):
        return textwrap.wrap(text, cells, break_long_words=True)
    lines, line, used = [], "", 0
    for character in text:
        width = 1 + _is_wide(character)
        # a line never starts with a closing mark
        if used + width > cells and character not in "，。；：、）」！？,.;:)%":
            lines.append(line.rstrip())
            line, used = "", 0
            if character == " ":
                continue
        line, used = line + character, used + width
    return [*lines, line]


def _cells(text: str) -> int:
    return sum(1 + _is_wide(character) for character in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


_SVG_TEXTS: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


def svg_text(figure: Figure) -> str:
    """Return a figure as SVG, the same text for the same figure: no date, no random ids, words kept as words."""
    # a report shows the figure that is also saved beside it
    if figure not in _SVG_TEXTS:
        buffer = io.StringIO()
        with mpl.rc_context(figure_settings()):
            metadata = {"Date": None, "Creator": None, "Title": figure.get_label()}
            # the canvas itself, not savefig: that would draw everything twice, for a layout which is done
            FigureCanvasSVG(figure).print_svg(buffer, metadata=metadata)  # type: ignore[no-untyped-call]
        _SVG_TEXTS[figure] = buffer.getvalue()
    return _SVG_TEXTS[figure]


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as PNG, the same bytes for the same figure."""
    buffer = io.BytesIO()
    usual = figure.dpi
    with mpl.rc_context(figure_settings()):
        figure.set_dpi(PNG_DOTS_PER_INCH)
        FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
        figure.set_dpi(usual)
    return buffer.getvalue()
