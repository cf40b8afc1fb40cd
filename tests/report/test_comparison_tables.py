"""Comparisons and subgroups on the page: what is shown, what is said of it, and runs that hold neither."""

from dataclasses import replace

import pytest

from responder.report.comparison_table import comparison_notes, comparison_table
from responder.report.subgroup_tables import subgroup_notes, subgroup_sentences, subgroup_table
from responder.words import Voice, languages


def with_content(source, **content):
    return replace(source, content={**source.content, **content})


@pytest.mark.parametrize("language", languages())
def test_nine_patients_are_said_not_to_be_enough(reference, language):
    words = Voice(language, "report")
    rows = comparison_table(reference, words).rows
    assert len(rows) == sum(not model["is_baseline"] for model in reference.models) - 1
    assert {row[3] for row in rows} == {words("compared.few_patients")}
    (note,) = comparison_notes(reference, words)
    assert "15" in note
    assert all(row[3] == row[4] == words("not_estimable") for row in subgroup_table(reference, words).rows)
    assert len(subgroup_notes(reference, words)) == 1
    assert len(subgroup_sentences(reference, words)) == 1


@pytest.mark.parametrize("language", languages())
def test_what_is_known_is_shown_with_how_it_is_to_be_read(reference, language):
    words = Voice(language, "report")
    other = next(m["id"] for m in reference.models if not m["is_baseline"] and m["id"] != reference.primary)
    compared = {
        "other": other, "difference": -0.05, "better": 2, "worse": 3, "pairs": 18, "p": 0.25, "p_adjusted": 0.5,
        "pairs_tested": 20, "reason": "",
    }  # fmt: skip
    group = {
        "trait": "organs=airway", "level": "yes", "n": 12, "responders": 5, "needed": 5, "auc": 0.8, "auc_lower": 0.5,
        "auc_upper": 0.9, "brier": 0.2, "brier_lower": 0.1, "brier_upper": 0.3,
    }  # fmt: skip
    source = with_content(reference, comparisons=[compared], subgroups=[group])
    (row,) = comparison_table(source, words).rows
    assert row[1] == "−0.05"
    assert row[3:] == ("0.250", "0.500")
    assert len(comparison_notes(source, words)) == 4
    (shown,) = subgroup_table(source, words).rows
    assert "0.80" in shown[3]
    assert "organs" not in shown[0]
    assert subgroup_notes(source, words) == [words("subgroup.how")]
    assert "0.80" in subgroup_sentences(source, words)[0]


def test_runs_of_earlier_versions_hold_neither(reference):
    words = Voice("en", "report")
    content = {k: v for k, v in reference.content.items() if k not in {"comparisons", "subgroups"}}
    source = replace(reference, content=content)
    assert comparison_table(source, words).rows == subgroup_table(source, words).rows == ()
    assert comparison_notes(source, words) == subgroup_notes(source, words) == []
    assert subgroup_sentences(source, words) == [words("fairness.none")]
