"""A sentence that is not said yet: a code and the values that go into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from responder.words.say import knows, say

__all__ = ["Given", "Phrase", "Spoken", "first_of", "from_json", "plain", "said", "said_all", "said_in", "what_and_fix"]


@runtime_checkable
class Spoken(Protocol):
    """Whatever has words in a language."""

    def in_language(self, language: str, /) -> str:
        """Return the words."""
        ...

    def to_json(self) -> Any:
        """Return what they are said from, as JSON types."""
        ...


@dataclass(frozen=True)
class Phrase:
    """What a result says: the key of a sentence in the catalogues, and its values.

    Attributes
    ----------
    code : str
        Dotted key of ``words/en.toml`` and of every other language.
    values : Mapping
        Numbers, names, other phrases, words given by language, or lists of these.

    Examples
    --------
    >>> found = Phrase("check.patients", {"n": 14})
    >>> str(found), found.in_language("zh")
    ('14 patients', '14 名患者')
    >>> from_json(found.to_json()) == found
    True
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def in_language(self, language: str) -> str:
        """Return the sentence in a language; values that have words of their own are said in it too."""
        return say(self.code, language, **{name: said_in(value, language) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.in_language("en")

    def to_json(self) -> dict[str, Any]:
        """Return code and values as JSON types."""
        return {"code": self.code, "values": {name: plain(value) for name, value in self.values.items()}}


@dataclass(frozen=True)
class Given:
    """Words that came from outside, such as the labels of a study, by language; English stands in for what is absent.

    Examples
    --------
    >>> Given({"en": "age", "zh": "年龄"}).in_language("zh"), Given({"en": "age"}).in_language("zh")
    ('年龄', 'age')
    """

    by_language: Mapping[str, str] = field(hash=False)

    def in_language(self, language: str) -> str:
        """Return the words in a language."""
        return self.by_language.get(language) or self.by_language.get("en", "")

    def __str__(self) -> str:
        return self.in_language("en")

    def to_json(self) -> dict[str, str]:
        """Return the words by language."""
        return dict(self.by_language)


def what_and_fix(case: str, values: Mapping[str, Any]) -> tuple[Phrase, Phrase | None]:
    """Return what a case says, and how to fix it where the catalogue tells that.

    Examples
    --------
    >>> what, fix = what_and_fix("RSP231.empty", {"trait": "sex"})
    >>> str(what)
    "'sex' has no value in any patient"
    """
    fix = Phrase(f"{case}.fix", values) if knows(f"{case}.fix") else None
    return Phrase(f"{case}.what", values), fix


def first_of(shown: int, count: int, where: str) -> Phrase:
    """Return that a table shows the first of very many rows, and where all of them are: a file or an option.

    Examples
    --------
    >>> print(first_of(30, 2000, "shap.csv"))
    The first 30 of 2,000; for all of them see shap.csv.
    """
    return Phrase("list.first_of", {"shown": shown, "count": f"{count:,}", "where": where})


def said(text: str | Spoken, language: str) -> str:
    """Return a text in a language; a plain text is a name and the same in all.

    Examples
    --------
    >>> said("P07", "zh"), said(Phrase("list.and", {"items": ("a", "b")}), "en")
    ('P07', 'a and b')
    """
    return text if isinstance(text, str) else text.in_language(language)


def said_all(phrases: Sequence[str | Spoken], language: str) -> str:
    """Return several sentences as one text."""
    return say("grammar.between", language).join(said(phrase, language) for phrase in phrases)


def said_in(tree: Any, language: str) -> Any:
    """Return a value, or JSON types with phrases in them, with every phrase said in a language.

    Examples
    --------
    >>> said_in({"status": {"code": "status.passed", "values": {}}, "n": 9}, "zh")
    {'status': '通过', 'n': 9}
    """
    if isinstance(tree, str | int | float):  # asking an object for a protocol is dear, and nearly all values are these
        return tree
    if isinstance(tree, Spoken):
        return tree.in_language(language)
    if isinstance(tree, Mapping):
        if tree.keys() == {"code", "values"}:
            return from_json(tree).in_language(language)
        return {key: said_in(value, language) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(said_in(item, language) for item in tree)
    return tree


def from_json(content: Any) -> Any:
    """Rebuild what `Phrase.to_json` and `Given.to_json` gave; numbers and names are as they were."""
    if isinstance(content, Mapping):
        if content.keys() == {"code", "values"}:
            return Phrase(content["code"], {name: from_json(value) for name, value in content["values"].items()})
        return Given(dict(content))
    if isinstance(content, list):
        return tuple(from_json(item) for item in content)
    return content


def plain(value: Any) -> Any:
    """Return a value as JSON types: a phrase as its code and values, words by language, a name or number as it is."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.to_json() if not isinstance(value, str | int | float) and isinstance(value, Spoken) else value
