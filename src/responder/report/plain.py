"""The verdict for a reader who is no statistician: the same p, told as how often chance does as well."""

from __future__ import annotations

from responder.report.source import ReportInput
from responder.words import Voice

__all__ = ["familywise_words", "overlap_words", "plain_words"]


def familywise_words(source: ReportInput, words: Voice) -> list[str]:
    """Return what holds for all verdicts of a run together; nothing where one model was tried."""
    if sum(not model["is_baseline"] for model in source.models) < 2:
        return []
    return [words("models.rule_named" if source.setting("primary") else "models.rule_open", alpha=source.alpha)]


def overlap_words(source: ReportInput, words: Voice) -> list[str]:
    """Return what the mark of a marker that is part of the endpoint means; nothing where no model has it."""
    marked = any(model["part_of_endpoint"] for model in source.models)
    return [words("models.legend_part_of_endpoint")] if marked else []


def plain_words(source: ReportInput, words: Voice) -> str:
    """Return what the verdict of the primary model means; empty where the run leads with a range of cohorts."""
    if source.ensemble is not None:
        return ""
    model = source.model()
    test, kind = model["permutation"], model["verdict"]["kind"]
    if kind == "cannot_be_estimated" or test is None:
        return words("plain.cannot_be_estimated", n=source.n)
    # without a model named beforehand the verdict is on the best of all
    named = bool(source.setting("primary")) or "permutation_p_maxt" not in model["metrics"]
    p = test["p"] if named else model["metrics"]["permutation_p_maxt"]
    ways = test["labelings"] + (not test["exact"])
    often = words(
        f"plain.often_{'exact' if test['exact'] else 'random'}", count=f"{round(p * ways):,}", ways=f"{ways:,}"
    )
    as_good = words(f"plain.{'model' if named else 'best'}_{'good' if test['side'] == 'greater' else 'far'}")
    return words(f"plain.{kind}", n=source.n, as_good=as_good, often=often)
