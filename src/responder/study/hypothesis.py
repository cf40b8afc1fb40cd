"""A hypothesis: what somebody expects, part by part, to be tested and never assumed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from responder.study.text import Text
from responder.toml_file import StrictModel

__all__ = ["Expectation", "Hypothesis"]

Direction = Literal["higher", "lower"]


class Expectation(StrictModel):
    """One feature and the direction in which it is expected to go with response.

    Attributes
    ----------
    feature : str
        A feature, one level of it (``organs=airway``), or a trait that no feature is made from.
    label : Text, optional
        How people name this part of a hypothesis; the feature's own label where it is left out.
    """

    feature: str
    direction: Direction
    label: Text | None = None


class Hypothesis(StrictModel):
    """What somebody expects, to be tested and never assumed.

    Attributes
    ----------
    expects : tuple of Expectation
        The models' features, with the direction that each is expected to have: what a prior rests on, and what is
        tested where no `part` is declared.
    part : tuple of Expectation
        What the claim says, part by part; each is tested. Where it is left out, the parts are those of `expects`.
    holds_when : str
        ``all``: the claim joins its parts by "and", and holds when all of them do; ``any``: by "or".
    testable : str
        ``baseline``; ``on_treatment`` (never from baseline traits); ``across_diseases``.
    prior_log_odds_per_sd : float
        Strength that the Bayesian model takes from the hypothesis; 0 keeps its prior sign-neutral.
    """

    id: str
    statement: Text
    expects: tuple[Expectation, ...] = ()
    part: tuple[Expectation, ...] = ()
    holds_when: Literal["all", "any"] = "all"
    testable: Literal["baseline", "on_treatment", "across_diseases"] = "baseline"
    prior_log_odds_per_sd: float = Field(default=0.0, ge=0.0, le=5.0)
    source: Text
    note: str = ""

    @property
    def parts(self) -> tuple[Expectation, ...]:
        """What is tested, one part after the other."""
        return self.part or self.expects
