"""A locked model in another study: what was carried over, and what the answer is an answer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.errors import DataRefusedError
from responder.score.bundle import Bundle
from responder.study.counterparts import Counterparts, find_counterparts
from responder.study.model import Endpoint, Study
from responder.words import Given, Phrase

__all__ = ["Transfer", "transfer_counterparts"]


@dataclass(frozen=True)
class Transfer:
    """What a model of one study is asked in another.

    Attributes
    ----------
    study : str
        The other study.
    title, endpoint : Given
        Its title, and what counts as response in it.
    trained_title, trained_endpoint : Given
        The same of the study that the model was trained in.
    renamed : Mapping[str, str]
        Trait of the model to the trait of another name that stands for it: that both are one thing, a person said.
    no_counterpart : tuple of str
        Traits of the model that the other study does not measure; they count as missing.
    """

    study: str
    title: Given
    endpoint: Given
    trained_title: Given
    trained_endpoint: Given
    renamed: Mapping[str, str]
    no_counterpart: tuple[str, ...]

    @classmethod
    def of(cls, bundle: Bundle, study: Study, endpoint: Endpoint, shared: Counterparts) -> Transfer:
        """Describe the transfer of a bundle to another study by the traits that they share."""
        return cls(
            study.id,
            study.title.given,
            endpoint.label.given,
            Given(dict(bundle.study.title)),
            Given(dict(bundle.study.endpoint)),
            shared.renamed,
            shared.missing,
        )

    @property
    def label(self) -> Phrase:
        """The name of what this is: no external validation."""
        told = ("title", "endpoint", "trained_title", "trained_endpoint")
        return Phrase("transfer.label", {name: getattr(self, name) for name in told})

    def to_json(self) -> dict[str, Any]:
        """Return the transfer as JSON types."""
        return {
            "study": self.study,
            "title": self.title.to_json(),
            "endpoint": self.endpoint.to_json(),
            "renamed": dict(self.renamed),
            "no_counterpart": list(self.no_counterpart),
            "label": self.label.to_json(),
        }


def transfer_counterparts(bundle: Bundle, study: Study, given: Mapping[str, str] | None = None) -> Counterparts:
    """Return the traits of another study that stand for those of a locked model.

    Parameters
    ----------
    bundle : Bundle
        The locked model.
    study : Study
        The other study.
    given : Mapping[str, str], optional
        Trait of the model to trait of the study, or to nothing; see `responder.study.find_counterparts`.

    Raises
    ------
    ConfigError, DataRefusedError
        As `responder.study.find_counterparts`; also where no trait of the model has a counterpart.
    """
    shared = find_counterparts((sheet.code for sheet in bundle.traits), study, given)
    if not shared.pairs:
        raise DataRefusedError("transfer_no_counterpart", where=Phrase("place.study", {"study": study.id}))
    return shared
