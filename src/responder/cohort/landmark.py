"""What a landmark analysis did to its cohort: when it looks, how many were enrolled, and who was left out, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.words import Phrase

__all__ = ["Landmark"]


@dataclass(frozen=True)
class Landmark:
    """The landmark of a cohort.

    Attributes
    ----------
    week : float
        Weeks since the first dose.
    endpoint_week : float
        When response counts.
    enrolled : int
        Patients of the table.
    excluded : Mapping[str, int]
        Reason to the number of patients left out for it, each counted once; reasons without a patient are absent.

    Examples
    --------
    >>> print(Landmark(4, 12, 10, {"responding": 3}).flow)
    Landmark at week 4. Patients analysed: 7 of 10. Left out: 3 in response by week 4.
    """

    week: float
    endpoint_week: float
    enrolled: int
    excluded: Mapping[str, int]

    @property
    def flow(self) -> Phrase:
        """How many of those enrolled are analysed, and how many were left out for which reason."""
        values = {"week": self.week, "n": self.enrolled - sum(self.excluded.values()), "enrolled": self.enrolled}
        if not self.excluded:
            return Phrase("landmark.flow_all", values)
        weeks = {"week": self.week, "endpoint_week": self.endpoint_week}
        reasons = [Phrase(f"landmark.reason.{name}", {"n": n, **weeks}) for name, n in self.excluded.items()]
        listed = reasons[0]
        for reason in reasons[1:]:
            listed = Phrase("landmark.reasons", {"first": listed, "then": reason})
        return Phrase("landmark.flow", {**values, "reasons": listed})

    def to_json(self) -> dict[str, Any]:
        """Return the landmark as JSON types."""
        return {
            "week": self.week,
            "endpoint_week": self.endpoint_week,
            "enrolled": self.enrolled,
            "excluded": dict(self.excluded),
            "flow": self.flow.to_json(),
        }
