"""The same words in English and Chinese."""

from __future__ import annotations

from responder.toml_file import StrictModel

__all__ = ["Text"]


class Text(StrictModel):
    """The same words in English and Chinese."""

    en: str
    zh: str = ""

    def in_language(self, language: str) -> str:
        """Return the words in ``en`` or ``zh``, English where Chinese is not given."""
        return self.zh if language == "zh" and self.zh else self.en
