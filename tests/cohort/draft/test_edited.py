"""What a person says of a column though nobody asked stands in the study, and the study reads the table."""

import io
import tomllib

import pandas as pd
import pytest

from responder.cohort import scan_cohort
from responder.cohort.draft import draft_study
from responder.study import Study
from responder.study.questions import AnswerError

ROWS = [("light", "M", "1", "3.5"), ("mild", "Male", "2", "30"), ("severe", "F", "3", "12"), ("mild", "F", "1", "7.5")]
TABLE = "patient_id,severity,who,stage,crp (mg/L),responder\n" + "".join(
    f"P{i:02d},{','.join(ROWS[i % 4])},{('yes', 'no')[i % 3 == 0]}\n" for i in range(12)
)
WORDS = {"title": "t", "intervention": "i", "population": "p", "endpoint.response.label": "response"}


def drafted(**edits):
    frame = pd.read_csv(io.StringIO(TABLE), dtype=str)
    answers = {f"trait.{key.replace('__', '.')}": answer for key, answer in edits.items()}
    draft = draft_study(frame, {**WORDS, **answers})
    assert draft.questions == ()
    return frame, Study.model_validate(tomllib.loads(draft.text))


def test_levels_get_an_order_and_spellings():
    frame, study = drafted(severity__levels="mild = light < severe", severity__label="Severity of disease")
    trait = study.trait("severity")
    assert (trait.kind, trait.label.en) == ("ordinal", "Severity of disease")
    cohort = scan_cohort(frame, study).cohort
    assert cohort.values[:4, cohort.columns.index("severity")].tolist() == [0, 0, 1, 0]


def test_few_numbers_may_be_steps():
    frame, study = drafted(stage__kind="ordinal")
    assert [level.name for level in study.trait("stage").levels] == ["1", "2", "3"]
    cohort = scan_cohort(frame, study).cohort
    assert cohort.values[:4, cohort.columns.index("stage")].tolist() == [0, 1, 2, 0]


def test_a_unit_says_what_the_numbers_are_in():
    frame, study = drafted(crp__unit="mg/dl")
    assert study.trait("crp").unit == "mg/dL"
    cohort = scan_cohort(frame, study).cohort
    assert cohort.values[:2, cohort.columns.index("crp")].tolist() == [3.5, 30.0]
    assert drafted(crp__unit="none")[1].trait("crp").unit == ""


def test_an_expectation_is_a_hypothesis():
    _, study = drafted(crp__expected="higher", severity__expected="severe:lower", severity__label="severity")
    assert [(h.id, h.parts[0].feature, h.parts[0].direction) for h in study.hypotheses] == [
        ("severity=severe", "severity=severe", "lower"),
        ("crp", "crp", "higher"),
    ]
    assert study.hypotheses[0].statement.en == "severity: severe is less common in responders before treatment"
    assert study.hypotheses[1].prior_log_odds_per_sd == 0


@pytest.mark.parametrize(
    ("edits", "key"),
    [
        ({"severity__kind": "ordinal"}, "trait.severity.levels"),  # no order is assumed
        ({"severity__levels": "mild < severe"}, "trait.severity.levels"),  # light is left out
        ({"severity__levels": "mild < light | severe"}, "trait.severity.levels"),
        ({"severity__levels": "mild = light < severe < light"}, "trait.severity.levels"),
        ({"crp__kind": "set"}, "trait.crp.kind"),
        ({"crp__expected": "up"}, "trait.crp.expected"),
        ({"responder__expected": "higher"}, "trait.responder.expected"),  # the outcome is no trait
    ],
)
def test_what_cannot_be_is_refused_at_its_place(edits, key):
    with pytest.raises(AnswerError) as refused:
        drafted(**edits)
    assert refused.value.key == key
