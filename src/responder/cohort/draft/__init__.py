"""Draft a study from a person's own table: what is certain is written, what is not is asked."""

from __future__ import annotations

from responder.cohort.draft.drafting import Draft, Ignored, draft_study, forget_columns
from responder.cohort.draft.trait import DraftTrait

__all__ = ["Draft", "DraftTrait", "Ignored", "draft_study", "forget_columns"]
