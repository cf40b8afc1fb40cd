"""Which reasons hold a probability back, and which call for caution beside it."""

from responder.score.reasons import REASONS, ScoreReason

HOLD_BACK = {
    "model_not_shown",
    "model_not_estimable",
    "level_not_seen",
    "far_outside",
    "unlike_anyone",
    "mostly_missing",
}
"""No worth shown, or a patient of whom the cohort can say nothing."""
CAUTION = {
    "outside_range",
    "high_leverage",
    "no_near_neighbour",
    "missing",
    "missing_pattern_not_seen",
    "interval_open",
    "no_interval",
    "without_patients",
    "illustrative",
    "not_eligible",
    "held_at_edge",
}


def test_every_reason_either_holds_back_or_calls_for_caution():
    assert {code for code in REASONS if ScoreReason.of(code).abstains} == HOLD_BACK
    assert {code for code in REASONS if not ScoreReason.of(code).abstains} == CAUTION
