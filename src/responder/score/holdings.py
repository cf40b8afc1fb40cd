"""What of single patients a bundle holds, named part by part."""

from __future__ import annotations

from responder.models.borrowed_decision import BorrowedDecision
from responder.models.decision import ConstantDecision, KernelDecision, LaplaceDecision, TreeDecision
from responder.score.bundle import Bundle

__all__ = ["patient_level"]


def patient_level(bundle: Bundle) -> tuple[str, ...]:
    """Return which parts of a bundle tell of single patients, as codes; ``holding.CODE`` says each in words.

    Means, SDs, shares and coefficients are of the cohort and not named: what they reveal together,
    `responder.disclosure.audit` tries.
    """
    scaling, reference = bundle.pipeline.features.scaling, bundle.applicability
    decision = bundle.pipeline.decision
    holds = {
        "rows": not bundle.shareable,
        "pseudonyms": bool(bundle.pseudonyms),
        "row_digests": bool(bundle.provenance.row_digests),
        "out_of_fold": bool(bundle.venn_abers) or bool(bundle.conformal),
        "refits": bundle.ensemble is not None,
        "posterior": bundle.next_patient is not None,
        "nearest_distances": reference.nearest_distances.size > 0,
        "level_sets": any(t.low is None and t.patterns for t in reference.traits) and not bundle.shareable,
        "missing_sets": bool(reference.missing_patterns),
        "support_rows": isinstance(decision, KernelDecision),
        "covariance": isinstance(decision, LaplaceDecision | BorrowedDecision),
        "borrowed": isinstance(decision, BorrowedDecision),
        "splits": isinstance(decision, TreeDecision),
        "coefficients": not isinstance(decision, ConstantDecision | KernelDecision | TreeDecision),
        "extremes": scaling.low is not None or any(trait.low is not None for trait in reference.traits),
    }
    return tuple(code for code, held in holds.items() if held)
