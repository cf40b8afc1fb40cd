"""The one voice: a code and its values become a sentence in the reader's language."""

from __future__ import annotations

from responder.words.say import LANGUAGES, Language, say, say_list

__all__ = ["LANGUAGES", "Language", "say", "say_list"]
