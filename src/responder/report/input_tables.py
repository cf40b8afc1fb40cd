"""Tables of what went in: traits, characteristics, findings, settings and provenance."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from responder.report.source import ReportInput
from responder.report.tables import ReportTable
from responder.words import Voice, say
from responder.words.units import unit_words

__all__ = [
    "characteristics_table",
    "checks_table",
    "findings_table",
    "provenance_table",
    "settings_table",
    "traits_in_use",
]


def traits_in_use(source: ReportInput, words: Voice) -> ReportTable:
    """Return the baseline traits that reached the models, with unit, provenance and completeness."""
    missing, rows = source.cohort["missing"], []
    for name in source.cohort["traits"]:
        trait = source.study.trait(name)
        gaps = max(count for column, count in missing.items() if column.split("=")[0] == name)
        group = source.study.groups.get(trait.group)
        rows.append(
            (
                words.of(trait.label), words(f"kind.{trait.kind}"),
                unit_words(trait.unit, words.language) or words("page.none"),
                words.of(group) if group else trait.group,
                say(f"provenance.{source.cohort['provenance'].get(name, 'observed')}", words.language),
                words("cohort.of", known=source.n - gaps, n=source.n),
            )
        )  # fmt: skip
    headers = tuple(words(f"cohort.{key}") for key in ("trait", "kind", "unit", "group", "provenance", "known"))
    return ReportTable(words("cohort.traits"), headers, tuple(rows))


def characteristics_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return Table 1: median and range of each number, counts of each level, of all patients and by response."""
    found = source.tables["characteristics"]
    found = found.assign(level=found["level"].fillna(""))
    rows = []
    for (name, level), own in found.groupby(["trait", "level"], sort=False):
        groups = own.to_dict("records")
        label = _characteristic(source, str(name), str(level), words, counted=not math.isnan(groups[0]["count"]))
        rows.append((label, *(_summary(group, words) for group in groups), str(groups[0]["missing"])))
    headers = (
        words("cohort.trait"), words("cohort.everybody", n=source.n),
        words("cohort.responders", n=source.responders), words("cohort.others", n=source.n - source.responders),
        words("cohort.missing"),
    )  # fmt: skip
    return ReportTable(words("cohort.characteristics"), headers, tuple(rows), frozenset({4}))


def _characteristic(source: ReportInput, name: str, level: str, words: Voice, *, counted: bool) -> str:
    """Return the name of a row: of the trait with its unit, or of one level of it."""
    trait = source.study.trait(name)
    label = words.of(trait.label)
    if counted:
        named = {each.name: words.of(each.shown) for each in trait.levels}
        return say("feature.level", words.language, feature=label, level=named.get(level, words("yes")))
    return words("with_unit", label=label, unit=unit_words(trait.unit, words.language)) if trait.unit else label


def _summary(found: Mapping[Any, Any], words: Voice) -> str:
    if not found["known"]:
        return words("page.none")
    if not math.isnan(found["count"]):
        return words("cohort.share", count=int(found["count"]), n=int(found["known"]))
    return words("cohort.median_range", **{key: f"{found[key]:.4g}" for key in ("median", "lowest", "highest")})


def findings_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return the findings, gravest first."""
    order = ("refused", "caution", "note")
    findings = sorted(source.content["findings"], key=lambda f: order.index(f["severity"]))
    rows = tuple(
        (
            f["code"], say(f"severity.{f['severity']}", words.language),
            *(source.told(f, part, words) for part in ("message", "where", "hint")),
        )
        for f in findings
    )  # fmt: skip
    headers = tuple(words(f"findings.{key}") for key in ("code", "severity", "message", "where", "hint"))
    return ReportTable(words("section.findings"), headers, rows, wide=frozenset({2, 4}))


def checks_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return every check and what became of it."""
    rows = tuple(
        (c["code"], source.told(c, "title", words), say(f"status.{c['status'].replace(' ', '_')}", words.language))
        for c in source.content["checks"]
    )
    headers = tuple(words(f"findings.{key}") for key in ("code", "check", "status"))
    return ReportTable(words("findings.checks"), headers, rows)


def settings_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return the resolved experiment, each value with its source."""
    rows = tuple(
        (key, _setting(item["value"]), words(f"setting_source.{item['source']}"))
        for key, item in sorted(source.content["experiment"].items())
    )
    headers = tuple(words(f"tables.{key}") for key in ("key", "value", "source"))
    return ReportTable(words("tables.settings"), headers, rows)


def _setting(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def provenance_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return what the result rests on, as digests that can be compared."""
    provenance = source.content["provenance"]
    keys = ("code_version", "lock_digest", "cohort_digest", "study_digest", "seed")
    rows = [(words(f"tables.{key}"), str(provenance[key])) for key in keys]
    if "borrowed_digest" in provenance:
        rows.append((words("tables.borrowed_digest"), provenance["borrowed_digest"]))
        cohorts = (source.borrowing or {}).get("cohorts", [])
        rows += [(words("tables.other_digest", name=one["name"]), one["digest"]) for one in cohorts]
    rows += [(words("tables.experiment_key"), provenance["key"]), (words("tables.result_digest"), source.digest)]
    headers = (words("tables.key"), words("tables.value"))
    return ReportTable(words("tables.provenance"), headers, tuple(rows))
