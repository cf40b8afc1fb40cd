"""What the calibration figures of a run cover in simulation: sentences, and rows of the table of intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from responder.report.source import ReportInput
from responder.report.tables import cell, span
from responder.words import Voice

__all__ = ["calibration_covered", "calibration_intervals"]


def calibration_covered(source: ReportInput, words: Voice) -> list[str]:
    """Return what holds of the primary model's slope, or from how many patients on there is one, and of .632+."""
    model = source.model()
    found = model["calibration"]
    if found is None or found["slope_coverage"] is None:
        return []
    said, simulated, large = [], found["slope_coverage"], found["in_the_large_coverage"]
    if "auc_632plus" in model["metrics"] and large["auc_632plus_within"] is not None:
        said.append(
            words(
                "models.within_632plus", n=large["n"], smaller=large["smaller"],
                auc=cell(large["auc_632plus_within"], words), brier=cell(large["brier_632plus_within"], words),
            )
        )  # fmt: skip
    reason = found["slope"]["reason"]
    if reason == "too_few_patients":
        said.append(words("models.slope_too_few", n=simulated["smallest_n"]))
    elif reason == "not_simulated":
        said.append(words("models.slope_not_simulated"))
    elif reason is None:
        said.append(
            words(
                "models.slope_covered", n=simulated["n"], smaller=simulated["smaller"],
                error=cell(simulated["monte_carlo_error"], words),
                **{key: cell(simulated[key], words) for key in ("lowest", "highest")},
            )
        )  # fmt: skip
    if reason in {None, "too_few_patients", "not_simulated"} and not simulated["is_own_model"]:
        said.append(words("models.slope_other_model", model=source.model_title(model, words)))
    return said


def calibration_intervals(source: ReportInput, model: Mapping[str, Any], words: Voice) -> list[tuple[str, ...]]:
    """Return rows of the table of intervals: the slope, and calibration-in-the-large, of the fitted model."""
    found = model["calibration"]
    if found is None or found["slope_coverage"] is None:
        return []
    slope, (lowest, highest) = found["slope_coverage"], found["in_the_large_coverage"]["in_the_large"]
    covered = {
        "slope": span(slope["lowest"], slope["highest"], words),
        "in_the_large": span(lowest, highest, words),
    }
    return [
        (
            source.model_title(model, words), words(f"models.{name}_method"),
            span(found[name]["lower"], found[name]["upper"], words), words("page.none"), covered[name],
        )
        for name in covered
        if found[name]["value"] is not None
    ]  # fmt: skip
