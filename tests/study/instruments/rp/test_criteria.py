"""Michet 1986, McAdam 1976 and Damiani 1979 against their wording and every completion of what is missing."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import DataRefusedError, UsageError
from responder.study.instruments.rp.criteria import CRITERIA, Fulfilment, assess_criteria

EAR, NOSE, LARYNX = "auricular_chondritis", "nasal_chondritis", "laryngotracheal_chondritis"
ARTHRITIS, EYE = "seronegative_inflammatory_arthritis", "ocular_inflammation"
HISTOLOGY, RESPONSE = "histology_confirms", "responded_to_glucocorticoid_or_dapsone"


def filled(criteria, **present):
    """Return findings with everything not named absent."""
    rule = CRITERIA[criteria]
    return dict.fromkeys(rule.manifestations, "never") | dict.fromkeys(rule.facts, "no") | present


@pytest.mark.parametrize(
    ("present", "met"),
    [
        ((EAR, NOSE), True),
        ((EAR, LARYNX), True),
        ((NOSE, LARYNX), True),
        ((EAR, ARTHRITIS, EYE), True),
        ((LARYNX, "hearing_loss", "vestibular_dysfunction"), True),
        ((EAR,), False),
        ((EAR, ARTHRITIS), False),
        ((ARTHRITIS, EYE, "hearing_loss", "vestibular_dysfunction"), False),
    ],
)
def test_michet(present, met):
    result = assess_criteria("michet_1986", filled("michet_1986", **dict.fromkeys(present, "past")))
    assert result.verdict is (Fulfilment.MET if met else Fulfilment.NOT_MET)


@pytest.mark.parametrize("count", range(7))
def test_mcadam_needs_three(count):
    for present in itertools.combinations(CRITERIA["mcadam_1976"].manifestations, count):
        findings = filled("mcadam_1976", **dict.fromkeys(present, "active"))
        assert (assess_criteria("mcadam_1976", findings).verdict is Fulfilment.MET) == (count >= 3)


@pytest.mark.parametrize(
    ("signs", "facts", "met"),
    [
        (3, (), True),
        (2, (), False),
        (2, (RESPONSE,), True),
        (1, (RESPONSE,), False),
        (1, (HISTOLOGY,), True),
        (0, (HISTOLOGY, RESPONSE), False),
    ],
)
def test_damiani(signs, facts, met):
    present = dict.fromkeys(CRITERIA["damiani_1979"].manifestations[:signs], "active") | dict.fromkeys(facts, "yes")
    result = assess_criteria("damiani_1979", filled("damiani_1979", **present))
    assert result.verdict is (Fulfilment.MET if met else Fulfilment.NOT_MET)


@given(st.sampled_from(list(CRITERIA)), st.data())
def test_verdict_is_undetermined_exactly_when_the_missing_could_tip_it(criteria, data):
    """Oracle: assess every completion of the missing findings."""
    rule = CRITERIA[criteria]
    names = rule.manifestations + rule.facts
    words = {name: ("no", "yes") if name in rule.facts else ("never", "active") for name in names}
    findings = {name: data.draw(st.sampled_from([*words[name], None])) for name in names}
    free = [name for name in names if findings[name] is None]
    verdicts = {
        assess_criteria(criteria, findings | dict(zip(free, completion, strict=True))).verdict
        for completion in itertools.product(*(words[name] for name in free))
    }
    result = assess_criteria(criteria, findings)
    assert result.verdict is (verdicts.pop() if len(verdicts) == 1 else Fulfilment.UNDETERMINED)
    assert set(result.missing) == set(free)


def test_ever_is_not_active():
    findings = filled("michet_1986", **{EAR: "active", NOSE: "past"})
    assert assess_criteria("michet_1986", findings).verdict is Fulfilment.MET
    active = assess_criteria("michet_1986", findings, basis="active")
    assert active.verdict is Fulfilment.NOT_MET
    assert active.absent.count(NOSE) == 1
    assert [reason.code for reason in active.reasons] == ["criteria.not_met", "criteria.only_active"]


def test_undetermined_names_what_is_missing():
    result = assess_criteria("michet_1986", {EAR: "active", NOSE: "never"})
    assert result.verdict is Fulfilment.UNDETERMINED
    assert "laryngotracheal chondritis" in str(result.reasons[0])


@pytest.mark.parametrize(
    ("findings", "named"),
    [
        ({"auricular_chondrits": "past"}, "auricular_chondrits"),
        ({EAR: True}, EAR),
        ({EAR: "yes"}, EAR),
        ({EAR: 1}, EAR),
        ({HISTOLOGY: "yes"}, HISTOLOGY),
    ],
)
def test_wrong_findings_are_named(findings, named):
    with pytest.raises(DataRefusedError) as refused:
        assess_criteria("michet_1986", findings)
    assert named in str(refused.value.where)


def test_wrong_fact_criteria_and_basis_are_named():
    with pytest.raises(DataRefusedError, match="histology_confirms"):
        assess_criteria("damiani_1979", {HISTOLOGY: "likely"})
    with pytest.raises(UsageError) as refused:
        assess_criteria("michet_1968", {})
    assert str(refused.value.hint) == "did you mean 'michet_1986'?"
    with pytest.raises(UsageError, match="basis"):
        assess_criteria("michet_1986", {}, basis="now")


def test_frame_and_json():
    result = assess_criteria("damiani_1979", {HISTOLOGY: True, "nasal_chondritis": "past"})
    assert result.verdict is Fulfilment.MET
    assert len(result.frame()) == 8
    assert json.loads(json.dumps(result.to_json()))["verdict"] == "met"
