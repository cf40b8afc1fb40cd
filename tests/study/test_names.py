"""A study whose names would collide is refused; what an event may be."""

import pytest

from responder.errors import ConfigError
from responder.study.model import Study
from responder.toml_file import parse_model

TEXT = {"en": "x"}


def study(traits=(), **top):
    content = {
        "schema": "responder/study/1", "id": "s", "title": TEXT, "intervention": TEXT, "population": TEXT,
        "trait": [
            {"name": "cd4", "kind": "continuous", "group": "a", "label": TEXT},
            {"name": "done", "kind": "binary", "group": "a", "label": TEXT, "timing": "outcome"},
            *({"kind": "continuous", "group": "a", "label": TEXT, **trait} for trait in traits),
        ],
        "endpoint": [{"name": "e", "label": TEXT, "column": "done", "operator": "==", "threshold": 1}],
        **top,
    }  # fmt: skip
    return parse_model(content, Study, "study")


@pytest.mark.parametrize(
    ("traits", "top", "said"),
    [
        ([{"name": "helper", "aliases": ["CD 4"]}], {}, "'CD 4' of 'helper' is also one of 'cd4'"),
        ([{"name": "CD_4"}], {}, "also one of 'cd4'"),
        ([], {"ignored": ["Cd-4"]}, "ignored column 'Cd-4' is also a name of the trait 'cd4'"),
        ([], {"id_aliases": ["CD4"]}, "id column 'CD4'"),
        ([{"name": "organs", "kind": "set", "levels": [{"name": "ear"}, {"name": "eye", "aliases": ["E ar"]}]}], {},
         "'E ar' is a spelling of two levels of 'organs': ear and eye"),
    ],
)  # fmt: skip
def test_names_that_collide_are_refused(traits, top, said):
    with pytest.raises(ConfigError, match=said):
        study(traits, **top)


def test_one_trait_may_repeat_itself_and_a_sign_tells_two_apart():
    made = study([{"name": "cd127", "aliases": ["CD127", "CD 127"]}, {"name": "cd127_negative", "aliases": ["CD127-"]}])
    assert made.names == {"cd4", "done", "cd127", "cd127_negative"}


@pytest.mark.parametrize(
    ("event", "top", "refused"),
    [("dose_1", {}, True), ("dose_1", {"baseline_visit": "Dose 1"}, False),
     ("dose_2", {"baseline_visit": "dose_1"}, True),
     ("baseline", {}, False), ("week 12", {}, True), ("clinic", {}, True),
     ("clinic", {"baseline_visit": "clinic"}, False)],
)  # fmt: skip
def test_a_baseline_trait_is_of_the_baseline_visit(event, top, refused):
    trait = {"name": "crp", "event": event, "timing": "baseline"}
    if refused:
        with pytest.raises(ConfigError, match="has the event"):
            study([trait], **top)
    else:
        assert study([trait], **top).trait("crp").event == event
    untimed = study([{"name": "crp", "event": event}], **top).trait("crp")
    assert untimed.timing == ("on_treatment" if refused else "baseline")
    assert study([{**trait, "timing": "on_treatment"}], **top).trait("crp").event == event
    assert study([{**trait, "known_before_treatment": True}], **top).trait("crp").event == event
