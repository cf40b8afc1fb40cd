"""Which language figures can be labelled in: that of the reader, where a font with its characters is installed."""

from __future__ import annotations

import functools
import logging

from responder.words import Language, languages
from responder.words.say import catalogue

__all__ = ["figure_language", "own_font"]

_log = logging.getLogger("responder.report")


@functools.lru_cache
def own_font(language: Language) -> str:
    """Return the first installed of the fonts that a language asks for; empty where none is, or none is needed."""
    if not catalogue(language)["grammar.fonts"]:
        return ""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return next((name for name in catalogue(language)["grammar.fonts"] if name in installed), "")


@functools.lru_cache
def figure_language(language: Language) -> Language:
    """Return the language that figures can be labelled in: English where no installed font has its characters."""
    if not catalogue(language)["grammar.fonts"] or own_font(language):
        return language
    _log.warning("no installed font has the characters of '%s': figures are labelled in English", language)
    return languages()[0]
