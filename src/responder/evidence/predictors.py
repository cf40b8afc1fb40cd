"""Published predictors of response, read from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from responder.errors import InvalidValueError
from responder.evidence.reports import AnyReport
from responder.study.text import Text
from responder.toml_file import StrictModel, read_toml_model

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Closeness",
    "Predictor",
    "Predictors",
    "load_predictors",
]


TEXTS = ("disease", "treatment", "source", "caution")
THE_TREATMENT = "low-dose interleukin-2"
Closeness = Literal["same_disease_and_drug", "same_drug", "same_class"]


class Predictor(StrictModel):
    """One published predictor.

    Attributes
    ----------
    disease : Text
        In whom.
    treatment : Text
        Under what (interleukin-2 unless named).
    trait : str
        What was measured, in the source's words.
    features : tuple of str
        Features of the study that measure the same.
    timing : str
        ``on_treatment`` values are no baseline predictors.
    direction : str
        Whether more (``higher``) or less (``lower``) of the trait goes with a better outcome; ``none`` if neither.
    n, finding : str
        As published.
    caution : Text
        What limits it.
    endpoint : str
        What response was.
    closeness : str
        How close disease and drug are to this study's; it stands wherever there is a report.
    report : a kind of report, optional
        The published numbers; without them a predictor has a direction, and carries nothing into a prior.
    source : Text
        Where.
    """

    id: str = Field(pattern=r"^[A-Za-z]\w*$")
    disease: Text
    treatment: Text = Text(en=THE_TREATMENT)
    trait: str
    features: tuple[str, ...] = ()
    timing: Literal["baseline", "on_treatment"] = "baseline"
    direction: Literal["higher", "lower", "none"]
    n: str
    finding: str
    source: Text
    caution: Text = Text(en="")
    endpoint: str = ""
    closeness: Closeness = "same_class"
    report: AnyReport | None = None

    @model_validator(mode="after")
    def _whole(self) -> Predictor:
        if self.report is None:
            return self
        if not self.features or "closeness" not in self.model_fields_set:
            raise InvalidValueError("report_not_placed", id=self.id)
        if self.timing != "baseline":
            raise InvalidValueError("report_on_treatment", id=self.id)
        value = self.report.log_odds().value
        if value and self.direction != ("higher" if value > 0.0 else "lower"):
            raise InvalidValueError("report_other_direction", id=self.id, direction=self.direction)
        return self

    @property
    def other_treatment(self) -> bool:
        """Whether it was seen under another treatment."""
        return str(self.treatment) != THE_TREATMENT


class Predictors(StrictModel):
    """All published predictors of one file."""

    schema_id: Literal["responder/predictors/1"] = Field(alias="schema")
    predictors: tuple[Predictor, ...] = Field(alias="predictor", min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Predictors:
        _refuse_twice([predictor.id for predictor in self.predictors])
        return self

    def of_feature(self, feature: str) -> tuple[Predictor, ...]:
        """Return the baseline predictors that measure what a feature measures."""
        return tuple(p for p in self.predictors if feature in p.features and p.timing == "baseline")

    @property
    def features(self) -> tuple[str, ...]:
        """Features that some baseline predictor measures, in the order of the file."""
        return tuple(dict.fromkeys(f for p in self.predictors if p.timing == "baseline" for f in p.features))

    def frame(self) -> pd.DataFrame:
        """Return one row per predictor."""
        import pandas as pd

        rows = [p.model_dump() | {name: getattr(p, name).in_language("en") for name in TEXTS} for p in self.predictors]
        return pd.DataFrame(rows).assign(features=lambda table: table["features"].map("; ".join))

    def to_json(self) -> dict[str, Any]:
        """Return the file's content as JSON types."""
        return self.model_dump(mode="json", by_alias=True)


def load_predictors(path: Path) -> Predictors:
    """Read a file of published predictors; raises `ConfigError` when it is not one."""
    return read_toml_model(path, Predictors)


def _refuse_twice(ids: list[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise InvalidValueError("facts_twice", id=name)
