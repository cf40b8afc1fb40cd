"""What a person reads when a file does not fit its model."""

import pytest

from responder.errors import ConfigError
from responder.evidence.reconstruction.statements import ReportedFacts
from responder.toml_file import parse_model

FACTS = {"schema": "responder/facts/1", "title": "Ages", "n": 5, "variables": {"age": {"lowest": 18, "highest": 90}}}
MEAN = {"id": "mean_age", "statistic": "mean", "of": "age", "value": "45.2"}


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (MEAN | {"statistic": "avg"}, "'fact.0.statistic': input should be 'median', "),
        (MEAN | {"value": "4five"}, "'fact.0': value '4five' is not a number"),
        (MEAN | {"of": "agee"}, "'mean_age' refers to 'agee', which is not a variable"),
    ],
)
def test_one_mistake_is_said_once(fact, said):
    with pytest.raises(ConfigError) as refused:
        parse_model(FACTS | {"fact": [fact]}, ReportedFacts, "ages.toml")
    assert str(refused.value.message).startswith(said)
    assert ";" not in str(refused.value.message)


def test_a_list_that_is_empty_is_too_short():
    with pytest.raises(ConfigError, match="'fact': tuple should have at least 1 item"):
        parse_model(FACTS | {"fact": []}, ReportedFacts, "ages.toml")
