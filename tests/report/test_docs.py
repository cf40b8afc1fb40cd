"""docs/report.md says what is drawn and how a card is filled."""

import re

import pytest

from responder.report.answers import CardAnswers
from responder.report.limits import FEW_PATIENTS_A_FEATURE
from responder.report.probast import SMALL_COHORT
from responder.toml_file import read_toml_model


@pytest.fixture(scope="module")
def text(root):
    return (root / "docs/report.md").read_text(encoding="utf-8")


def test_every_figure_is_explained(text, figures, convincing_figures, ranged_figures):
    explained = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
    drawn = {
        re.sub(r"waterfall_\d+", "waterfall_01", name) for name in [*figures, *convincing_figures, *ranged_figures]
    }
    assert explained == drawn


def test_the_example_of_answers_can_be_read(text, tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", text, flags=re.DOTALL)[1], encoding="utf-8")
    answers = read_toml_model(path, CardAnswers)
    assert set(answers.tripod) == {"6b", "18d"}
    assert answers.probast["predictors"].rating == "low"


def test_the_thresholds_are_those_of_the_program(text):
    words = " ".join(text.split())
    assert (
        f"fewer than {SMALL_COHORT} patients, or fewer than {FEW_PATIENTS_A_FEATURE} patients of the smaller" in words
    )


def test_commands_exist(text, root):
    commands = (root / "docs/commands.md").read_text(encoding="utf-8")
    for command in re.findall(r"^responder (\w+)", text, flags=re.MULTILINE):
        assert f"### `responder {command}" in commands
