"""The one voice: a code and its values become a sentence in the reader's language."""

from __future__ import annotations

from responder.words.phrase import (
    Given,
    Phrase,
    Spoken,
    first_of,
    from_json,
    plain,
    said,
    said_all,
    said_in,
    what_and_fix,
)
from responder.words.say import MOST_LISTED, knows, languages, say, say_list
from responder.words.voice import Voice

Language = str
"""Code of a language that has a catalogue."""

__all__ = [
    "MOST_LISTED",
    "Given",
    "Language",
    "Phrase",
    "Spoken",
    "Voice",
    "first_of",
    "from_json",
    "knows",
    "languages",
    "plain",
    "said",
    "said_all",
    "said_in",
    "say",
    "say_list",
    "what_and_fix",
]
