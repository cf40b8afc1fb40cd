"""What only the study team can say for a model card: one TOML file, asked for and never guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from responder.errors import InvalidValueError
from responder.toml_file import StrictModel, read_toml_model
from responder.words import Phrase, Voice

__all__ = ["DOMAINS", "CardAnswers", "Item", "Judgement", "empty_answers", "read_answers", "tripod_items"]

DOMAINS = ("participants", "predictors", "outcome", "analysis")


@dataclass(frozen=True)
class Item:
    """One sub-item of TRIPOD+AI.

    Attributes
    ----------
    number, section : str
        ``12c``, ``Methods``.
    applies : str
        ``D`` development, ``E`` evaluation, ``D;E`` both.
    answered_by : str
        ``run``; ``user``, the study team; ``both``: the run answers a part and the study team is asked for the rest.
    """

    number: str
    section: str
    applies: str
    answered_by: Literal["run", "user", "both"]

    @property
    def is_asked(self) -> bool:
        """Whether the study team is asked for it, or for the rest of it."""
        return self.answered_by != "run"

    @property
    def asks(self) -> Phrase:
        """What it asks, in our words."""
        return Phrase(f"tripod.asks.{self.number}")


@lru_cache(maxsize=1)
def tripod_items() -> tuple[Item, ...]:
    """Return the 52 sub-items in order.

    Examples
    --------
    >>> len(tripod_items()), len({item.number.rstrip("abcdefg") for item in tripod_items()})
    (52, 27)
    """
    text = files("responder.report").joinpath("text/tripod.toml").read_text(encoding="utf-8")
    return tuple(Item(answered_by=entry.pop("from"), **entry) for entry in tomllib.loads(text)["item"])


class Judgement(StrictModel):
    """The study team's rating of one domain of PROBAST+AI."""

    rating: Literal["low", "high", "unclear"]
    reason: str = Field(min_length=1)


class CardAnswers(StrictModel):
    """The answers of a study team.

    Attributes
    ----------
    owner, contact : str
        Who answers for the model.
    tripod : Mapping[str, str]
        Number of a TRIPOD+AI sub-item to what is to be said; an empty text is no answer.
    probast : Mapping[str, Judgement]
        Rating of a domain: participants, predictors, outcome or analysis.
    """

    schema_: Literal["responder/card/1"] = Field(default="responder/card/1", alias="schema")
    owner: str = ""
    contact: str = ""
    tripod: Mapping[str, str] = Field(default_factory=dict)
    probast: Mapping[str, Judgement] = Field(default_factory=dict)

    @field_validator("tripod")
    @classmethod
    def _known_items(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        _refuse_unknown(given, [item.number for item in tripod_items()], "card_no_item")
        return {number: text.strip() for number, text in given.items() if text.strip()}

    @field_validator("probast")
    @classmethod
    def _known_domains(cls, given: Mapping[str, Judgement]) -> Mapping[str, Judgement]:
        _refuse_unknown(given, DOMAINS, "card_no_domain")
        return given


def _refuse_unknown(given: Mapping[str, object], known: Sequence[str], case: str) -> None:
    for name in given:
        if name not in known:
            raise InvalidValueError(case, name=name, known=tuple(known))


def read_answers(path: Path | None) -> CardAnswers:
    """Read the answers; none where there is no file.

    Raises
    ------
    ConfigError
        If the file cannot be used.
    """
    return CardAnswers() if path is None or not path.is_file() else read_toml_model(path, CardAnswers)


def empty_answers(given: CardAnswers, words: Voice) -> str:
    """Return the TOML file that asks for everything that no run can answer, or not in full."""
    lines = [
        f"# {words('card.ask')}",
        'schema = "responder/card/1"',
        f'owner = "{_escaped(given.owner)}"',
        f'contact = "{_escaped(given.contact)}"',
        "",
        "[tripod]",
    ]
    for item in tripod_items():
        if item.is_asked or item.number in given.tripod:
            in_part = [f"# {words('declared.ask_rest')}"] if item.answered_by == "both" else []
            lines += [f"# {words.of(item.asks)}", *in_part]
            lines += [f'"{item.number}" = "{_escaped(given.tripod.get(item.number, ""))}"']
    lines += ["", f"# {words('card.ask_probast')}"]
    for domain in DOMAINS:
        judged = given.probast.get(domain)
        head = "" if judged else "# "
        reason = _escaped(judged.reason) if judged else ""
        lines += [f"{head}[probast.{domain}]", f'{head}rating = "{judged.rating if judged else "unclear"}"']
        lines += [f'{head}reason = "{reason}"']
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return text for a basic TOML string."""
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(marks.get(c, c if c.isprintable() else f"\\u{ord(c):04x}") for c in text)
