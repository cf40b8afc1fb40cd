"""Nothing that is cited and not listed."""

import re

import pytest

from responder.report.methods import references
from responder.words import languages
from responder.words.say import catalogue


@pytest.mark.parametrize("language", languages())
def test_every_citation_is_listed_and_every_listed_work_is_cited(language):
    texts = [
        text for key, text in catalogue(language).items() if key.startswith(("report.methods.", "report.imputed."))
    ]
    assert set(re.findall(r"\[@(\w+)\]", " ".join(texts))) == set(references())
