"""The ``[trial]`` section, repeated traits, instruments and endpoints on a level: mistakes are named."""

import copy
import tomllib

import pytest

from responder.errors import ConfigError, DataRefusedError
from responder.study import INSTRUMENTS, Study, load_study
from responder.study.instruments.rp import RPDAI_WEIGHTS
from responder.study.load import LIBRARY
from responder.toml_file import parse_model

CONTENT = tomllib.loads((LIBRARY / "rp-ld-il2.toml").read_text(encoding="utf-8"))


def changed(change):
    content = copy.deepcopy(CONTENT)
    change(content)
    return lambda: parse_model(content, Study, "study.toml")


def trait(content, name):
    return next(t for t in content["trait"] if t["name"] == name)


def endpoint(content, name):
    return next(e for e in content["endpoint"] if e["name"] == name)


def test_shipped_design():
    design = load_study("rp-ld-il2").trial
    assert design.weeks == (0, 4, 8, 12)
    assert [course.family for course in design.courses] == ["activity", "treg", "treg", "treg", "dose"]


MISTAKES = {
    "weeks fall": (lambda c: c["trial"].update(weeks=[0, 8, 4]), "rise"),
    "no baseline week": (lambda c: c["trial"].update(weeks=[4, 8]), "start with 0"),
    "subgroup of two rules": (lambda c: c["trial"]["subgroup"][0].update(above=1), "exactly one of"),
    "subgroup of no level": (lambda c: c["trial"]["subgroup"][0].update(has=["heart"]), "not a baseline trait with"),
    "subgroup twice": (lambda c: c["trial"]["subgroup"][1].update(name="airway"), "declared twice"),
    "changes of no course": (lambda c: c["trial"]["together"][0].update(rise="crp"), "is not a course"),
    "windows overlap": (lambda c: c["trial"].update(window_weeks=3), "overlap"),
    "unknown family": (lambda c: c["trial"]["course"][0].update(family="x"), "family 'x'"),
    "course twice": (lambda c: c["trial"]["course"].append(c["trial"]["course"][0]), "two courses are called"),
    "ratio without label": (lambda c: c["trial"]["course"][3].pop("label"), "needs a label"),
    "course of no trait": (lambda c: c["trial"]["course"][0].update(of=["rpdia"]), "'rpdia'"),
    "course of a set": (lambda c: c["trial"]["course"][0].update(of=["organs"]), "not a numeric baseline trait"),
    "dose of an outcome": (lambda c: c["trial"].update(doses=["rpdai_week12"]), "'rpdai_week12'"),
    "groups by unknown level": (lambda c: c["trial"]["groups"].update(only=["nose"]), "trial.groups"),
    "unknown key": (lambda c: c["trial"].update(windw_weeks=1), "unknown key 'trial.windw_weeks'"),
    "unknown instrument": (lambda c: trait(c, "rpdai").update(instrument="rpdia"), "did you mean 'rpdai'?"),
    "repeats another unit": (lambda c: trait(c, "rpdai_week12").update(repeats="age_years"), "the same kind and unit"),
    "repeats nothing": (lambda c: trait(c, "rpdai_week12").update(repeats="rpdia"), "'rpdia'"),
    "baseline repeats": (lambda c: trait(c, "rpdai").update(repeats="rpdai"), "cannot be a baseline trait"),
    "level of a number": (
        lambda c: endpoint(c, "rpdai_change").update(measure="resolution", level="ear_nose"),
        "set-valued",
    ),
    "unknown level": (lambda c: endpoint(c, "ear_nose_resolution").update(level="ear"), "must name one level"),
    "resolution without level": (lambda c: endpoint(c, "ear_nose_resolution").pop("level"), "needs 'level'"),
    "value with baseline": (lambda c: endpoint(c, "rpdai_change").update(measure="value"), "'value' cannot have it"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name):
    change, said = MISTAKES[name]
    with pytest.raises(ConfigError) as caught:
        changed(change)()
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_rpdai_as_an_instrument():
    rpdai = INSTRUMENTS["rpdai"]
    nothing = dict.fromkeys(RPDAI_WEIGHTS, "0")
    assert rpdai.items == tuple(RPDAI_WEIGHTS)
    assert rpdai.score(nothing | {"auricular_chondritis": "1"}).score == 9
    left_open = {name: cell for name, cell in nothing.items() if name not in {"fever", "crp_above_20_mg_per_l"}}
    score = rpdai.score(left_open)
    assert (score.score, score.lower, score.upper, score.missing) == (None, 0, 5, ("fever", "crp_above_20_mg_per_l"))
    assert rpdai.score(left_open | {"crp_mg_per_l": "31", "temperature_celsius": "38.5"}).score == 5
    assert rpdai.score(left_open | {"crp_mg_per_l": "", "temperature_celsius": 37}).score is None
    with pytest.raises(DataRefusedError, match="'crp_mg_per_l' is not a number"):
        rpdai.score({"crp_mg_per_l": "high"})
