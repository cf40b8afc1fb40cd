"""The layout of help pages; lines break also between characters of scripts without spaces."""

from __future__ import annotations

from collections.abc import Iterable

import click

from responder.cli.table import display_width, wrap

__all__ = ["PageFormatter"]

WIDEST_TERM = 30
GAP = 2


class PageFormatter(click.HelpFormatter):
    """A page of help; a heading brings its own colon."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self._write_line("", heading)

    def write_text(self, text: str) -> None:
        """Write paragraphs, which an empty line parts."""
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            for line in wrap(paragraph, self.width - self.current_indent):
                self._write_line("", line)

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = WIDEST_TERM, col_spacing: int = GAP) -> None:
        """Write terms, each with its meaning beside it, or below where the term is wide."""
        content = list(rows)
        column = min(max(display_width(term) for term, _ in content), col_max)
        for term, text in content:
            lines = wrap(text, self.width - self.current_indent - column - col_spacing)
            space = " " * (column + col_spacing - display_width(term))
            if display_width(term) > column:
                self._write_line("", term)
                space, term = " " * (column + col_spacing), ""
            for line in lines:
                self._write_line(f"{term}{space}", line)
                space, term = " " * (column + col_spacing), ""

    def _write_line(self, before: str, text: str) -> None:
        self.write(f"{' ' * self.current_indent}{before}{text}".rstrip() + "\n")
