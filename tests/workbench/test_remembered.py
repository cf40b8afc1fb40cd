"""What was said of a table of the project comes again with the next one: offered, marked, and taken only on a click."""

import json

import pytest

from .conftest import TABLE
from .test_steps import answers, settle

RENAMED = TABLE.replace("crp_mg_l", "CRP serum")


@pytest.fixture
def first(person):
    """A table of which much was said."""
    address = person.bring(name="first.csv")
    settle(person, address)
    said = answers(
        trait__crp_mg_l__unit="mg/dL", trait__crp_mg_l__timing="ignored", trait__sex__label="Sex at birth",
        trait__treg_per_ul__expected="higher",
    )  # fmt: skip
    person.send(f"{address}/describe", {**said, "shown.trait.crp_mg_l.timing": "baseline"})
    return address


def kept(project, name):
    return json.loads((project / f"workbench/{name}/choices.json").read_text(encoding="utf-8"))["answers"]


def test_what_was_said_is_offered_and_is_no_answer(person, first, project):
    second = person.bring(name="second.csv")
    page = person.look(f"{second}/describe")
    assert "As in first.csv: mg/dL. Please confirm." in page
    assert "As in first.csv: leave out. Please confirm." in page
    assert "As in first.csv: Sex at birth." in page
    assert "As in first.csv: response." in page  # what the outcome is called
    assert 'value="trait.treg_per_ul.expected"' not in page  # declared for each study
    assert kept(project, "second") == {}
    settle(person, second)  # the words of the first questions alone
    assert not [key for key in kept(project, "second") if key.startswith("trait.")]
    assert 'unit = "mg/dL"' not in (project / "workbench/second/study.toml").read_text(encoding="utf-8")


def test_all_at_once_takes_no_time_and_no_outcome(person, first, project):
    second = person.bring(name="second.csv")
    person.send(f"{second}/remembered", {"take": "all"})
    taken = kept(project, "second")
    assert taken["trait.crp_mg_l.unit"] == "mg/dL"
    assert taken["trait.sex.label"] == "Sex at birth"
    assert taken["population"] == "adults"
    assert not {"title", "trait.crp_mg_l.timing", "endpoint.response.label"} & set(taken)
    person.send(f"{second}/remembered", {"take": "trait.crp_mg_l.timing"})
    assert kept(project, "second")["trait.crp_mg_l.timing"] == "ignored"


def test_what_does_not_fit_is_told_and_the_rest_is_taken(person, first, project):
    person.send(f"{first}/describe", answers(trait__sex__levels="f = female | m = male"))
    other = TABLE.replace(",f,", ",x,").replace(",m,", ",y,")
    second = person.bring(other, name="second.csv")
    assert "name every level" in person.send(f"{second}/remembered", {"take": "all"}, status=422).text
    assert kept(project, "second")["trait.crp_mg_l.unit"] == "mg/dL"
    assert "trait.sex.levels" not in kept(project, "second")


def test_a_renamed_column_is_remembered_too(person, first, project):
    second = person.bring(RENAMED, name="second.csv")
    page = person.look(f"{second}/describe")
    assert "mg/dL" not in page
    assert '<option value="crp_mg_l">' in page
    person.send(f"{second}/describe", {"alias.CRP serum": "crp_mg_l"})
    assert "As in first.csv: mg/dL." in person.look(f"{second}/describe")
    third = person.bring(RENAMED, name="third.csv")
    assert "As in first.csv: mg/dL." in person.look(f"{third}/describe")
    person.send(f"{third}/remembered", {"take": "trait.crp_serum.unit"})
    assert kept(project, "third") == {"trait.crp_serum.unit": "mg/dL"}


def test_a_column_of_the_outcome_is_offered_by_its_own_name(person, project):
    rows = "".join(f"P{i:02d},{i}.5,{i % 4},{(i * 3) % 7}\n" for i in range(12))
    address = person.bring(f"patient_id,crp,score,points\n{rows}", name="first.csv")
    person.send(f"{address}/describe", answers(endpoint__response__column="score"))
    second = person.bring(f"patient_id,points,score,crp\n{rows}", name="second.csv")
    page = person.look(f"{second}/describe")
    assert "As in first.csv: score." in page
    person.send(f"{second}/remembered", {"take": "all"})
    assert kept(project, "second") == {}
