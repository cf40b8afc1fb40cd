"""What is published of a trial: facts with what they rest on, read from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from responder.errors import ConfigError, InvalidValueError, did_you_mean
from responder.study.text import Text
from responder.toml_file import StrictModel, read_toml_model
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fact", "PublishedFacts", "Source", "load_published"]

Tag = Literal["P", "A", "I", "NF"]
Scalar = bool | int | float | str


class Source(StrictModel):
    """Where facts were read."""

    citation: str


class Fact(StrictModel):
    """One published statement with its numbers.

    Attributes
    ----------
    id : str
        Stable name.
    statement : Text
        The fact in one or two sentences.
    values : Mapping
        Its numbers by name, in `unit` where they are measurements or counts of one.
    opinion : bool
        Whether it is an expectation of the trial's lead, to be tested and never assumed.
    tags : tuple of str
        ``P`` published, ``A`` news summary and interview, ``I`` inferred, ``NF`` not found.
    sources : tuple of str
        Keys of the file's sources; empty for arithmetic alone.
    results : Mapping
        Of some values, the results of a trial that they should equal, by name; see `responder.trial.trial_numbers`.
    """

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    statement: Text
    values: Mapping[str, Scalar | tuple[Scalar, ...]] = Field(default_factory=dict)
    unit: str = ""
    opinion: bool = False
    tags: tuple[Tag, ...] = Field(min_length=1)
    sources: tuple[str, ...] = ()
    results: Mapping[str, str | tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Fact:
        for name in self.results:
            if name not in self.values:
                raise InvalidValueError("facts_result_no_value", id=self.id, name=name)
        if self.tags == ("NF",) and self.values:
            raise InvalidValueError("facts_not_found", id=self.id)
        if not self.sources and self.tags != ("I",):
            raise InvalidValueError("facts_no_source", id=self.id)
        return self

    def number(self, name: str) -> float:
        """Return one of the fact's numbers.

        Raises
        ------
        ConfigError
            If the fact has no number of that name.
        """
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            where, near = Phrase("place.reported_fact", {"fact": self.id}), did_you_mean(name, self.values)
            raise ConfigError(
                "facts_no_number", where=where, hint=near or "", fact=self.id, name=name, names=list(self.values)
            )
        return value


class PublishedFacts(StrictModel):
    """All facts of one trial.

    Examples
    --------
    >>> facts = PublishedFacts.model_validate({
    ...     "schema": "responder/published/1", "title": "A trial",
    ...     "sources": {"paper": {"citation": "Doe 2025"}},
    ...     "fact": [{"id": "age", "statement": "Median age 39.", "values": {"median": 39},
    ...               "unit": "years", "tags": ["P"], "sources": ["paper"]}]})
    >>> facts["age"].number("median")
    39
    """

    schema_id: Literal["responder/published/1"] = Field(alias="schema")
    title: str
    sources: Mapping[str, Source]
    facts: tuple[Fact, ...] = Field(alias="fact", min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> PublishedFacts:
        seen: set[str] = set()
        for fact in self.facts:
            if fact.id in seen:
                raise InvalidValueError("facts_twice", id=fact.id)
            seen.add(fact.id)
            for source in fact.sources:
                if source not in self.sources:
                    raise InvalidValueError(
                        "facts_unknown_source", fact=fact.id, source=source, names=list(self.sources)
                    )
        return self

    def __getitem__(self, fact_id: str) -> Fact:
        """Return a fact by its id.

        Raises
        ------
        ConfigError
            If there is no such fact.
        """
        for fact in self.facts:
            if fact.id == fact_id:
                return fact
        ids = [fact.id for fact in self.facts]
        near = did_you_mean(fact_id, ids)
        raise ConfigError("facts_no_fact", where=self.title, hint=near or "", fact=fact_id, names=ids)

    def frame(self) -> pd.DataFrame:
        """Return one row per fact: id, statement, unit, tags, opinion, sources (citations)."""
        import pandas as pd

        rows = [
            {
                "id": fact.id,
                "statement": fact.statement.in_language("en"),
                "unit": fact.unit,
                "tags": ", ".join(fact.tags),
                "opinion": fact.opinion,
                "sources": "; ".join(self.sources[source].citation for source in fact.sources),
            }
            for fact in self.facts
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return the file's content as JSON types."""
        return self.model_dump(mode="json", by_alias=True)


def load_published(path: Path) -> PublishedFacts:
    """Read a file of published facts.

    Parameters
    ----------
    path : Path
        TOML file with ``schema = "responder/published/1"``.

    Returns
    -------
    PublishedFacts

    Raises
    ------
    ConfigError
        If the file cannot be read, has an unknown key, a fact without a source, or a fact twice.
    """
    return read_toml_model(path, PublishedFacts)
