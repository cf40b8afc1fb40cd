import pytest

from responder.cohort.checks.ranges import IMPLAUSIBLE
from responder.study.trait import Trait
from responder.words import Phrase, languages
from responder.words.units import unit_phrase, unit_words


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("unit", ["years", "cells/ul", "mg/day", "10^9/L", "of nowhere"])
def test_a_unit_in_a_phrase_is_the_unit_of_the_pages(unit, language):
    phrase = Phrase("bounds.between_unit", {"low": 18, "high": 100, "unit": unit_phrase(unit)})
    assert unit_words(unit, language).replace("⁹", "^9") in phrase.in_language(language)


def test_a_finding_says_the_unit_in_chinese():
    bounds = Phrase("bounds.between_unit", {"low": 18, "high": 100, "unit": unit_phrase("years")})
    said = IMPLAUSIBLE.found("outside", "P01", trait="age", bounds=bounds).message.in_language("zh")
    assert "年" in said
    assert "years" not in said


def test_a_hint_offers_units_and_not_spellings_of_the_same():
    trait = Trait.model_validate(
        {
            "name": "treg", "kind": "continuous", "unit": "cells/ul", "units": {"10^9/L": 1000.0, "个/uL": 1.0},
            "group": "immune", "label": {"en": "Treg", "zh": "Treg"},
        }
    )  # fmt: skip
    assert trait.code.known_units == ["cells/ul", "10^9/L"]
