"""A bundle that can leave the clinic: without the rows of patients, and without the refits that reveal them."""

from __future__ import annotations

from dataclasses import replace

from responder.errors import UsageError
from responder.models.decision import ConstantDecision, KernelDecision, LinearDecision, TreeDecision
from responder.score.bundle import Bundle
from responder.score.holdings import patient_level

__all__ = ["left_out", "shareable"]

LOST = {
    "neighbours": ("rows", "nearest_distances"),
    "interval": ("posterior",),
    "band": ("refits",),
    "calibrated_pair": ("out_of_fold",),
    "overlap": ("row_digests",),
    "level_sets": ("level_sets",),
}
"""What a score loses to the parts of which it was made; ``share.lost.CODE`` says it."""


def shareable(bundle: Bundle) -> Bundle:
    """Return a bundle without rows of patients: the same probability, less beside it.

    Attributions are measured against the average patient instead of against every patient in turn. For a linear model
    that is the same number (Lundberg and Lee 2017, corollary 1); for all others it is another.

    Parameters
    ----------
    bundle : Bundle
        As `train` writes it.

    Raises
    ------
    UsageError
        If the model is its patients (a Gaussian process), the bundle dates from before values were held within the
        range of training, or is shareable already.
    """
    if bundle.shareable:
        raise UsageError("shareable_already", where=bundle.name)
    fitted = bundle.pipeline
    if isinstance(fitted.decision, KernelDecision):
        raise UsageError("shareable_kernel", where=bundle.model.id)
    if fitted.features.scaling.low is None:
        raise UsageError("shareable_too_old", where=bundle.name)
    if isinstance(fitted.decision, TreeDecision):
        # LightGBM's own text counts the patients of each leaf
        fitted = replace(fitted, decision=replace(fitted.decision, model_text=""))
    return replace(
        bundle,
        pipeline=fitted,
        background=bundle.background.mean(axis=0, keepdims=True),
        ensemble=None,
        venn_abers={},
        conformal=(),
        next_patient=None,
        applicability=bundle.applicability.without_patients(bundle.background),
        provenance=replace(bundle.provenance, salt="", row_digests=()),
        pseudonyms=(),
        shareable=True,
    )


def left_out(bundle: Bundle) -> tuple[str, ...]:
    """Return what the scores of `shareable` lose against those of the bundle, as codes."""
    held = patient_level(bundle)
    lost = tuple(code for code, parts in LOST.items() if any(part in held for part in parts))
    linear = isinstance(bundle.pipeline.decision, LinearDecision | ConstantDecision)
    return lost if linear else (*lost, "attributions")
