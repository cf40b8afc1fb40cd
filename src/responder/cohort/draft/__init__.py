"""Draft a study from a person's own table: what is certain is written, what is not is asked."""

from __future__ import annotations

from responder.cohort.draft.drafting import Draft, Ignored, draft_study

__all__ = ["Draft", "Ignored", "draft_study"]
