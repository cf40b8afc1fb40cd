"""What a publication says of a marker in numbers, as an entry of a predictors file; each kind is converted once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from responder.errors import InvalidValueError
from responder.evidence import effects
from responder.evidence.effects import EffectPerSd
from responder.toml_file import StrictModel
from responder.words import Phrase

__all__ = ["AnyReport"]

Patients = Annotated[int, Field(ge=2)]
Above0 = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Reported(StrictModel):
    """A published number of a marker."""

    kind: str

    @property
    def said(self) -> Phrase:
        """What was reported, in words."""
        return Phrase(f"evidence.reported.{self.kind}", self.model_dump())

    @property
    def converted(self) -> Phrase:
        """How it becomes log odds per SD, and who showed it."""
        return Phrase(f"evidence.converted.{self.kind}")


class _Groups(_Reported):
    """A report of responders and of others."""

    responders: Patients
    others: Patients


class OddsRatio(_Reported):
    """An odds ratio with its 95% interval; ``sds``: per how many SDs, where it is not of a divided marker."""

    kind: Literal["odds_ratio"]
    odds_ratio: Above0
    lower: Above0
    upper: Above0
    sds: Above0 | None = None

    @property
    def said(self) -> Phrase:
        """What was reported, in words."""
        return Phrase(f"evidence.reported.odds_ratio{'' if self.sds else '_divided'}", self.model_dump())

    @property
    def converted(self) -> Phrase:
        """How it becomes log odds per SD, and who showed it."""
        return Phrase(f"evidence.converted.odds_ratio{'' if self.sds else '_divided'}")

    @model_validator(mode="after")
    def _ordered(self) -> OddsRatio:
        if not self.lower < self.odds_ratio < self.upper:
            raise InvalidValueError("report_not_within", value="odds_ratio", lower="lower", upper="upper")
        return self

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_odds_ratio(self.odds_ratio, self.lower, self.upper, sds=self.sds)


class Auc(_Groups):
    """An area under the ROC curve; above 0.5 where more of the marker goes with response."""

    kind: Literal["auc"]
    auc: Annotated[float, Field(ge=0.0, le=1.0)]

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_auc(self.auc, self.responders, self.others)


class Means(_Groups):
    """Means and SDs of both groups."""

    kind: Literal["means"]
    mean: Number
    sd: Above0
    mean_others: Number
    sd_others: Above0

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_means(self.responders, self.mean, self.sd, self.others, self.mean_others, self.sd_others)


class Summary(StrictModel):
    """A group's median with quartiles, range or both."""

    n: Patients
    median: Number
    quartiles: tuple[Number, Number] | None = None
    range: tuple[Number, Number] | None = None

    @property
    def said(self) -> Phrase:
        """The group in words."""
        spread = "both" if self.quartiles and self.range else "quartiles" if self.quartiles else "range"
        low, high = self.quartiles or self.range or (0.0, 0.0)
        outer = self.range or (0.0, 0.0)
        values = {"n": self.n, "median": self.median, "low": low, "high": high, "least": outer[0], "most": outer[1]}
        return Phrase(f"evidence.summary.{spread}", values)

    @model_validator(mode="after")
    def _ordered(self) -> Summary:
        for name, limits in (("quartiles", self.quartiles), ("range", self.range)):
            if limits and not (limits[0] <= self.median <= limits[1] and limits[0] < limits[1]):
                raise InvalidValueError("report_not_within", value="median", lower=f"{name}[0]", upper=f"{name}[1]")
        if not (self.quartiles or self.range):
            raise InvalidValueError("report_median_alone")
        return self


class Medians(_Reported):
    """Medians of both groups."""

    kind: Literal["medians"]
    responders: Summary
    others: Summary

    @property
    def said(self) -> Phrase:
        """What was reported, in words."""
        return Phrase("evidence.reported.medians", {"responders": self.responders.said, "others": self.others.said})

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        one, other = ((g.n, g.median, g.quartiles, g.range) for g in (self.responders, self.others))
        return effects.from_medians(one, other)


class Counts(_Reported):
    """Patients with and without a trait; ``divided`` where it is a measurement above a cut."""

    kind: Literal["counts"]
    responders: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
    others: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
    divided: bool

    @property
    def said(self) -> Phrase:
        """What was reported, in words."""
        groups = {"responders": self.responders, "others": self.others}
        found = {f"{name}_{what}": n for name, pair in groups.items() for what, n in zip("wo", pair, strict=True)}
        return Phrase("evidence.reported.counts", {**found, **{name: sum(pair) for name, pair in groups.items()}})

    @property
    def converted(self) -> Phrase:
        """How it becomes log odds per SD, and who showed it."""
        return Phrase(f"evidence.converted.counts{'_divided' if self.divided else ''}")

    @model_validator(mode="after")
    def _enough(self) -> Counts:
        if min(sum(self.responders), sum(self.others)) < 2:
            raise InvalidValueError("report_groups_too_small", least=2)
        return self

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_counts(*self.responders, *self.others, divided=self.divided)


class Correlation(_Groups):
    """A correlation of the marker with response."""

    kind: Literal["correlation"]
    r: Annotated[float, Field(gt=-1.0, lt=1.0)]

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_correlation(self.r, self.responders, self.others)


class PValue(_Groups):
    """A two-sided p; the predictor's direction gives its sign."""

    kind: Literal["p_value"]
    p: Annotated[float, Field(gt=0.0, le=1.0)]
    higher: bool

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_p_value(self.p, self.responders, self.others, higher=self.higher)


class NoAssociation(_Groups):
    """No significant association, and no more than that."""

    kind: Literal["no_association"]

    def log_odds(self) -> EffectPerSd:
        """Return log odds per SD."""
        return effects.from_no_association(self.responders, self.others)


AnyReport = Annotated[
    OddsRatio | Auc | Means | Medians | Counts | Correlation | PValue | NoAssociation, Field(discriminator="kind")
]
