"""What holds for all models of a run together, said beside their table."""

from __future__ import annotations

from responder.report.source import ReportInput
from responder.words import Voice

__all__ = ["familywise_words", "overlap_words"]


def familywise_words(source: ReportInput, words: Voice) -> list[str]:
    """Return what holds for all verdicts of a run together; nothing where one model was tried."""
    if sum(not model["is_baseline"] for model in source.models) < 2:
        return []
    return [words("models.rule_named" if source.setting("primary") else "models.rule_open", alpha=source.alpha)]


def overlap_words(source: ReportInput, words: Voice) -> list[str]:
    """Return what the mark of a marker that is part of the endpoint means; nothing where no model has it."""
    marked = any(model["part_of_endpoint"] for model in source.models)
    return [words("models.legend_part_of_endpoint")] if marked else []
