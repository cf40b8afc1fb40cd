"""Files of published facts, predictors and Treg values, and what is refused in them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from responder.errors import ConfigError
from responder.evidence.facts import load_published
from responder.evidence.predictors import load_predictors
from responder.study import load_study

DATA = Path(__file__).parents[2] / "data" / "rp_ld_il2"
HEAD = 'schema = "responder/published/1"\ntitle = "t"\n[sources.paper]\ncitation = "c"\n'
FACT = '[[fact]]\nid = "age"\nstatement = "s"\ntags = ["P"]\nsources = ["paper"]\n'


def refused(tmp_path, text):
    path = tmp_path / "published.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_published(path)
    return f"{caught.value.message} {caught.value.hint}"


def test_published_facts_load():
    facts = load_published(DATA / "published.toml")
    frame = facts.frame()
    assert len(frame) == len(facts.facts)
    assert {tag for tags in frame["tags"] for tag in tags.split(", ")} <= {"P", "A", "I", "NF"}
    assert json.loads(json.dumps(facts.to_json()))["schema"] == "responder/published/1"
    assert facts["prednisone_baseline"].number("max") == 22.5


def test_unknown_fact_and_number_get_a_suggestion():
    facts = load_published(DATA / "published.toml")
    with pytest.raises(ConfigError) as caught:
        facts["rpdai_week_12"]
    assert str(caught.value.hint) == "did you mean 'rpdai_week12'?"
    with pytest.raises(ConfigError) as caught:
        facts["age"].number("medain")
    assert str(caught.value.hint) == "did you mean 'median'?"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + FACT + "valeus = {median = 3}\n", "did you mean 'values'"),
        (HEAD + FACT + FACT, "given twice"),
        (HEAD + FACT.replace('"paper"', '"papre"'), "unknown source 'papre'"),
        (HEAD + FACT.replace('sources = ["paper"]', ""), "names no source"),
        (HEAD + FACT.replace('"P"', '"NF"') + "values = {median = 3}\n", "cannot have values"),
        (HEAD + FACT.replace('"P"', '"X"'), "tags"),
        (HEAD, "fact"),
        (HEAD.replace("published/1", "published/9") + FACT, "schema"),
    ],
)
def test_broken_files_are_refused(tmp_path, text, named):
    assert named in refused(tmp_path, text)


def test_predictors_conflict_on_treg():
    predictors = load_predictors(DATA / "predictors.toml")
    directions = {p.direction for p in predictors.of_feature("log_treg_tcon_ratio")}
    assert directions == {"higher", "lower"}
    # a rise on treatment is no baseline predictor
    assert [p.id for p in predictors.predictors if p.timing == "on_treatment"] == ["transreg_treg"]
    assert len(predictors.frame()) == len(predictors.to_json()["predictor"])


def test_predictors_name_features_of_the_study():
    known = {column for feature in load_study("rp-ld-il2").features for column in _columns(feature)}
    for predictor in load_predictors(DATA / "predictors.toml").predictors:
        assert set(predictor.features) <= known


def _columns(feature):
    if feature.transform == "levels":
        return [f"{feature.name}={level}" for level in feature.levels]
    return [feature.name]


@pytest.fixture(scope="module")
def published_treg():
    """Published Treg values by population."""
    read = tomllib.loads((DATA / "treg_reference.toml").read_text(encoding="utf-8"))
    return {population["id"]: population for population in read["population"]}


def test_reference_ranges_of_the_study_are_the_published_ones(published_treg):
    study, healthy = load_study("rp-ld-il2"), published_treg["healthy_chinese_adults"]
    for trait in ("treg_per_ul", "treg_percent_of_cd4", "cd4_per_ul"):
        assert study.trait(trait).reference == tuple(healthy[f"{trait}_range95"])
