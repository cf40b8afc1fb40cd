"""What a prediction is worth: resampling, significance, intervals, stability, verdicts.

A function that is called like its file, such as ``stability`` and ``verdict``, is imported from that file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.validate.budget import PermutationPlan
    from responder.validate.calibration import Calibration
    from responder.validate.conformal import ConformalSets
    from responder.validate.decision import DecisionCurve
    from responder.validate.familywise import Familywise
    from responder.validate.intervals import AucInterval, calibrated_interval
    from responder.validate.loo import LeaveOneOut, leave_one_out_predictions
    from responder.validate.pairs import PairMatrix, Tournament, leave_pair_out
    from responder.validate.patient_interval import PatientIntervals
    from responder.validate.permutation import PermutationTest, draw_labelings, permutation_test
    from responder.validate.refit import ModelPipeline, Pipeline, Refits, Table
    from responder.validate.resampling import Resampling
    from responder.validate.result import Result
    from responder.validate.scores import ProbabilityScores, probability_scores
    from responder.validate.stability import Stability
    from responder.validate.tune import TunedPipeline
    from responder.validate.tuning_report import TuningReport
    from responder.validate.verdict import Reason, Verdict, VerdictKind, p_text, percent
    from responder.validate.winners import WinnersCurse, winners_curse

__all__ = [
    "AucInterval",
    "Calibration",
    "ConformalSets",
    "DecisionCurve",
    "Familywise",
    "LeaveOneOut",
    "ModelPipeline",
    "PairMatrix",
    "PatientIntervals",
    "PermutationPlan",
    "PermutationTest",
    "Pipeline",
    "ProbabilityScores",
    "Reason",
    "Refits",
    "Resampling",
    "Result",
    "Stability",
    "Table",
    "Tournament",
    "TunedPipeline",
    "TuningReport",
    "Verdict",
    "VerdictKind",
    "WinnersCurse",
    "calibrated_interval",
    "draw_labelings",
    "leave_one_out_predictions",
    "leave_pair_out",
    "p_text",
    "percent",
    "permutation_test",
    "probability_scores",
    "winners_curse",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "budget": ("PermutationPlan",),
        "calibration": ("Calibration",),
        "conformal": ("ConformalSets",),
        "decision": ("DecisionCurve",),
        "familywise": ("Familywise",),
        "intervals": (
            "AucInterval",
            "calibrated_interval",
        ),
        "loo": (
            "LeaveOneOut",
            "leave_one_out_predictions",
        ),
        "pairs": (
            "PairMatrix",
            "Tournament",
            "leave_pair_out",
        ),
        "patient_interval": ("PatientIntervals",),
        "permutation": (
            "PermutationTest",
            "draw_labelings",
            "permutation_test",
        ),
        "refit": (
            "ModelPipeline",
            "Pipeline",
            "Refits",
            "Table",
        ),
        "resampling": ("Resampling",),
        "result": ("Result",),
        "scores": (
            "ProbabilityScores",
            "probability_scores",
        ),
        "stability": ("Stability",),
        "tune": ("TunedPipeline",),
        "tuning_report": ("TuningReport",),
        "verdict": (
            "Reason",
            "Verdict",
            "VerdictKind",
            "p_text",
            "percent",
        ),
        "winners": (
            "WinnersCurse",
            "winners_curse",
        ),
    },
)
