"""One patient of a finished run: what the model that did not see them made of each of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from responder.errors import UsageError, did_you_mean
from responder.words import MOST_LISTED, Phrase, Voice

if TYPE_CHECKING:
    from responder.report.source import ReportInput

__all__ = ["ExplainedPatient", "PatientPart", "explain_patient"]


@dataclass(frozen=True)
class PatientPart:
    """What one feature of a patient adds to the out-of-fold logit.

    Attributes
    ----------
    feature, trait : str
        The feature, and the trait that it is of.
    value : float
        Of the feature; ``nan`` where missing.
    contribution : float
        Shapley value in logits.
    """

    feature: str
    trait: str
    value: float
    contribution: float

    def told(self, source: ReportInput, words: Voice) -> tuple[str, str]:
        """Return the feature's label and its value as a person would write it."""
        step = next((step for step in source.spec.steps if step.name == self.feature), None)
        if step is None:
            return source.feature_label(self.feature, words), words("yes" if self.value else "no")
        return source.plain_label(step, words), source.shown_value(step, self.value, words)


@dataclass(frozen=True)
class ExplainedPatient:
    """A patient, explained by the model that was fitted without them.

    Attributes
    ----------
    patient, model : str
        Whom, and by which model.
    base, logit : float
        Mean logit of the other patients, and the patient's own.
    parts : tuple of PatientPart
        From one to the other, the largest first.
    """

    patient: str
    model: str
    base: float
    logit: float
    parts: tuple[PatientPart, ...]

    def told(self, source: ReportInput, words: Voice) -> list[tuple[str, str, float]]:
        """Return label, value and contribution of each part; of very many the largest, and all others together."""
        rows = [(*part.told(source, words), part.contribution) for part in self.parts[:MOST_LISTED]]
        others = [part.contribution for part in self.parts[MOST_LISTED:]]
        return [*rows, (words.of(Phrase("score.rest", {"n": len(others)})), "", sum(others))] if others else rows

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as JSON types."""
        own = {"model": self.model, "patient": self.patient, "base_value": self.base, "logit": self.logit}
        return {**own, "contributions": [dict(vars(part)) for part in self.parts]}


def explain_patient(source: ReportInput, model: Mapping[str, Any], patient: str) -> ExplainedPatient:
    """Return the out-of-fold attributions of one patient.

    Raises
    ------
    UsageError
        If the run has no such patient.
    """
    shap = source.tables["shap"]
    own = shap[(shap["model"] == model["id"]) & (shap["patient_id"] == patient)]
    if own.empty:
        known = shap["patient_id"].unique().tolist()
        hint = did_you_mean(patient, known) or Phrase("hint.of_run.patients", {"names": tuple(known[:10])})
        raise UsageError("run_no_patient", where="--patient", hint=hint, name=patient)
    own = own.sort_values("shap", key=abs, ascending=False, kind="stable")
    columns = (own["feature"], own["trait"], own["value"].tolist(), own["shap"].tolist())
    parts = tuple(PatientPart(*row) for row in zip(*columns, strict=True))
    return ExplainedPatient(patient, model["id"], float(own["base"].iloc[0]), float(own["logit"].iloc[0]), parts)
