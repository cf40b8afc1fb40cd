"""What a report says of an ensemble: numbers that come first, how they are to be read, the table of ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from responder.report.source import ReportInput, spoken
from responder.report.tables import ReportTable, cell, p_value
from responder.study.text import Text
from responder.words import Voice

__all__ = ["ensemble_lead", "ensemble_numbers", "ensemble_table"]


def ensemble_lead(source: ReportInput, words: Voice) -> list[str]:
    """Return how many cohorts fit the facts, and what their range means; nothing without an ensemble."""
    found = source.ensemble
    if found is None:
        return []
    fit = "fit" if found["cohorts"]["exhaustive"] else "fit_about"
    if found["cohorts"]["count"] == 1:
        fit = "fit_one"
    title = Text.model_validate(found["facts"]["title"]).given
    said = words(f"ensemble.{fit}", count=f"{found['cohorts']['count']:,}", title=title)
    return [said, words.of(spoken(found, "meaning"))]


def ensemble_numbers(source: ReportInput, words: Voice) -> list[tuple[str, str, list[str]]]:
    """Return (name, value, what it must be read with) of the ranges that come first."""
    found = source.ensemble
    assert found is not None
    verdicts = found["verdicts"]
    notes = [words("ensemble.key_not_shown", count=verdicts["not_shown_to_beat_chance"])]
    if verdicts["cannot_be_estimated"]:
        notes.append(words("ensemble.key_silent", count=verdicts["cannot_be_estimated"]))
    beats = words("key.ratio", responders=verdicts["beats_chance"], n=found["members"])
    numbers = [(words("ensemble.key_members"), beats, notes)]
    for each in found["ranges"]:
        parts = {key: _shown(each, key, words) for key in ("lowest", "lower_quartile", "upper_quartile", "highest")}
        between = words("span", lower=parts["lowest"], upper=parts["highest"])
        notes = [
            words("ensemble.key_median", median=_shown(each, "median", words)),
            words("ensemble.key_quartiles", lower=parts["lower_quartile"], upper=parts["upper_quartile"]),
            words("ensemble.key_given", value=_given(source, each["name"], words)),
        ]
        known = each["lowest"] is not None
        numbers.append(
            (words(f"ensemble.{each['name']}"), between if known else words("page.none"), notes if known else [])
        )
    return numbers


def ensemble_table(source: ReportInput, words: Voice) -> ReportTable | None:
    """Return each headline with its range over the members, and its value in the given table."""
    found = source.ensemble
    if found is None:
        return None
    undefined = any(each["undefined"] for each in found["ranges"])
    rows = tuple(
        (
            words(f"ensemble.{each['name']}"), _shown(each, "lowest", words),
            words("span", lower=_shown(each, "lower_quartile", words), upper=_shown(each, "upper_quartile", words)),
            _shown(each, "median", words), _shown(each, "highest", words), _given(source, each["name"], words),
            *([str(each["undefined"])] if undefined else []),
        )
        for each in found["ranges"]
    )  # fmt: skip
    keys = ("headline", "lowest", "quartiles", "median", "highest", "given", *(["undefined"] if undefined else []))
    title = words("ensemble.table", model=source.model_title(source.model(), words), members=found["members"])
    return ReportTable(title, tuple(words(f"ensemble.{key}") for key in keys), rows, frozenset(range(1, len(keys))))


def _shown(each: Mapping[str, Any], part: str, words: Voice) -> str:
    return _number(each["name"], each[part], words)


def _given(source: ReportInput, name: str, words: Voice) -> str:
    return _number(name, source.model()["metrics"].get(name), words)


def _number(name: str, value: float | None, words: Voice) -> str:
    return p_value(value, words) if name == "permutation_p" else cell(value, words)
