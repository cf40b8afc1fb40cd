"""The same words in several languages, as a file gives them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ConfigDict, model_validator

from responder.errors import InvalidValueError
from responder.toml_file import StrictModel
from responder.words import Given, languages

__all__ = ["Text"]


class Text(StrictModel):
    """The same words by language, of every language that the program speaks; a plain string is English.

    Examples
    --------
    >>> Text.model_validate("a citation").in_language("zh")
    'a citation'
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    en: str

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: object) -> object:
        """Take a plain string for English words, and refuse languages that have no catalogue."""
        if isinstance(given, Mapping) and (unknown := set(given) - set(languages())):
            raise InvalidValueError("text_unknown_language", name=min(unknown), known=list(languages()))
        return {"en": given} if isinstance(given, str) else given

    @property
    def by_language(self) -> dict[str, str]:
        """The words of each language that has some."""
        return {language: words for language, words in self if words}

    @property
    def given(self) -> Given:
        """The words alone, as results hold them."""
        return Given(self.by_language)

    def in_language(self, language: str) -> str:
        """Return the words in a language, English where there are none."""
        return self.given.in_language(language)

    def __str__(self) -> str:
        return self.en

    def to_json(self) -> dict[str, str]:
        """Return the words by language."""
        return self.by_language
