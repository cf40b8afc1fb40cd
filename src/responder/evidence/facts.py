"""What is published of a trial: facts with what they rest on, read from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from responder.errors import ConfigError, did_you_mean
from responder.study.text import Text
from responder.toml_file import StrictModel, read_toml_model

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TAG_MEANINGS", "Fact", "PublishedFacts", "Source", "load_published"]

Tag = Literal["P", "A", "I", "NF"]
Scalar = bool | int | float | str
TAG_MEANINGS: Mapping[Tag, str] = {
    "P": "published, read at the source",
    "A": "the trial's own news summary with an interview of its lead",
    "I": "arithmetic or inference from what is published",
    "NF": "looked for, not found",
}


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
                raise ValueError(f"'{self.id}' has a result for '{name}', which is none of its values")
        if self.tags == ("NF",) and self.values:
            raise ValueError(f"'{self.id}' was not found and cannot have values")
        if not self.sources and self.tags != ("I",):
            raise ValueError(f"'{self.id}' names no source")
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
            raise ConfigError(
                f"fact '{self.id}' has no number '{name}'",
                where=f"fact '{self.id}'",
                hint=did_you_mean(name, self.values) or "its values: " + ", ".join(self.values),
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
                raise ValueError(f"fact '{fact.id}' is given twice")
            seen.add(fact.id)
            for source in fact.sources:
                if source not in self.sources:
                    near = did_you_mean(source, self.sources)
                    raise ValueError(
                        f"fact '{fact.id}' names the unknown source '{source}'" + f" ({near})" * bool(near)
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
        raise ConfigError(f"no published fact '{fact_id}'", where=self.title, hint=did_you_mean(fact_id, ids) or "")

    def frame(self) -> pd.DataFrame:
        """Return one row a fact: id, statement, unit, tags, opinion, sources (citations)."""
        import pandas as pd

        rows = [
            {
                "id": fact.id,
                "statement": fact.statement.en,
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
