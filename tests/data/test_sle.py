"""Published summaries of lupus: their arithmetic holds, each number has a source, no row passes for observed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from responder.evidence import load_predictors, load_published, simulate_cohort
from responder.features import compile_features
from responder.study import load_study
from responder.toml_file import read_toml

ROOT = Path(__file__).resolve().parents[2]
FACTS = load_published(ROOT / "data/sle_ld_il2/published.toml")
STUDY = load_study("sle-ld-il2")


@pytest.mark.parametrize(
    ("fact", "count", "of", "percent"),
    [
        ("sri4_week12", "week12", "n", "percent"),
        ("sri4_week24", "week24", "n", "percent"),
        ("sri4_week12", "week12_placebo", "n_placebo", "percent_placebo"),
        ("sri4_week24", "week24_placebo", "n_placebo", "percent_placebo"),
    ],
)
def test_counts_give_the_published_shares(fact, count, of, percent):
    counts = FACTS["sri4_counts"]
    assert round(100 * counts.number(count) / counts.number(of), 2) == FACTS[fact].number(percent)


@pytest.mark.parametrize("week", ["week12", "week24"])
def test_counts_give_the_published_p(week):
    """Chi-squared on the counts is the P printed beside the shares within 0.002; the paper's tables name no test."""
    counts = FACTS["sri4_counts"]
    responders = [counts.number(f"{week}{arm}") for arm in ("", "_placebo")]
    table = [[r, counts.number(n) - r] for r, n in zip(responders, ("n", "n_placebo"), strict=True)]
    p = chi2_contingency(table, correction=False).pvalue
    assert p == pytest.approx(FACTS[f"sri4_{week}"].number("p"), abs=2e-3)


def test_every_published_number_has_a_source():
    for fact in FACTS.facts:
        assert fact.sources or fact.tags == ("I",), fact.id
    assert [fact.id for fact in FACTS.facts if fact.tags == ("NF",)] == ["participant_level_values", "treg_values"]


def test_the_endpoint_of_the_study_is_the_published_index():
    fact = FACTS["sri"]
    rule = {
        part.column: (part.measure, part.operator, part.threshold) for part in (STUDY.endpoint, *STUDY.endpoint.also)
    }
    assert rule["sledai_week12"] == ("change", "<=", -fact.number("sledai_fall_at_least"))
    assert rule["pga_week12"] == ("change", "<", fact.number("pga_worse_below"))
    assert rule["new_bilag_a_week12"] == ("value", "<=", FACTS["sri_bilag_both"].number("new_bilag_a_at_most"))
    assert rule["new_bilag_b_week12"] == ("value", "<=", fact.number("new_bilag_b_at_most"))


def test_predictors_name_features_of_the_study():
    known = {step.name for step in compile_features(STUDY, [t.name for t in STUDY.baseline_traits]).steps}
    found = load_predictors(ROOT / "data/sle_ld_il2/predictors.toml")
    assert {feature for p in found.predictors for feature in p.features} <= known


def test_the_simulated_cohort_is_what_the_command_makes_and_says_so(tmp_path):
    table, _ = simulate_cohort(STUDY, 120, np.random.default_rng(2025))
    path = ROOT / "data/sle_planted_truth/cohort.csv"
    assert table.to_csv(index=False, lineterminator="\n") == path.read_text(encoding="utf-8")
    labels = read_toml(path.with_name("provenance.toml"))["cohort"]
    assert {name: label["provenance"] for name, label in labels.items()} == dict.fromkeys(table.columns, "simulated")


@pytest.mark.parametrize("arguments", [("template", "--study", "sle-ld-il2"), ("study", "show", "sle-ld-il2")])
def test_commands_know_the_study(arguments):
    done = subprocess.run([sys.executable, "-m", "responder.cli.main", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "sledai" in done.stdout
