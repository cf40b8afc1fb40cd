"""The same words in English and Chinese."""

from __future__ import annotations

from pydantic import model_validator

from responder.toml_file import StrictModel

__all__ = ["Text"]


class Text(StrictModel):
    """The same words in English and Chinese; a plain string is English.

    Examples
    --------
    >>> Text.model_validate("a citation").in_language("zh")
    'a citation'
    """

    en: str
    zh: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: object) -> object:
        """Take a plain string for English words."""
        return {"en": given} if isinstance(given, str) else given

    def in_language(self, language: str) -> str:
        """Return the words in ``en`` or ``zh``, English where Chinese is not given."""
        return self.zh if language == "zh" and self.zh else self.en
