"""A run's files are all that a report needs."""

import json

import pytest

from responder.errors import ConfigError
from responder.experiment.write import write_result
from responder.report import ReportInput
from responder.words import Voice


def test_from_files_as_from_the_result(reference, reference_result, tmp_path):
    again = ReportInput.from_folder(write_result(reference_result, tmp_path / "run"))
    assert again.content == reference.content
    assert again.study == reference.study
    assert again.digest == reference.digest
    for name, table in reference.tables.items():
        assert table.equals(again.tables[name]), name


@pytest.mark.parametrize("name", ["result.json", "study.json", "shap.csv"])
def test_a_folder_without_a_run(reference_result, tmp_path, name):
    folder = write_result(reference_result, tmp_path / "run")
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=name):
        ReportInput.from_folder(folder)


@pytest.mark.parametrize("text", ["{}", "[", '{"schema": "responder/result/99"}'])
def test_a_result_that_cannot_be_read(reference_result, tmp_path, text):
    folder = write_result(reference_result, tmp_path / "run")
    (folder / "result.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        ReportInput.from_folder(folder)


def test_ids_keep_their_zeros(convincing):
    assert list(convincing.table("predictions")["patient_id"])[:2] == ["001", "002"]


def test_no_patient_value_is_in_the_json(reference, reference_result):
    """Predictions and values of patients stay in the tables; the result itself can be shown around."""
    findings = {"findings", "checks"}  # these name whom a feature rests on, and no value
    content = {name: part for name, part in reference.content.items() if name not in findings}
    text = json.dumps(content | {"cohort": {k: v for k, v in content["cohort"].items() if k not in findings}})
    for patient in reference_result.cohort.ids:
        assert f'"{patient}"' not in text


def test_labels_and_values(reference):
    words = Voice("en", "report")
    steps = {step.name: step for step in reference.spec.steps}
    assert reference.plain_label(steps["log_disease_duration"], words) == "Disease duration"
    assert reference.shown_value(steps["log_disease_duration"], 0.6931471805599453, words) == "2 years"
    assert reference.shown_value(steps["organs=airway"], 1.0, Voice("zh", "report")) == "是"
    assert reference.shown_value(steps["rpdai_baseline"], 1234.0, words) == "1,234 points"
    assert reference.shown_value(steps["log_treg"], 3.0, words) == "20.1 cells/µL"
    assert reference.shown_value(steps["log_treg"], 3.0, Voice("zh", "report")) == "20.1 个/µL"
    assert reference.shown_value(steps["rpdai_baseline"], float("nan"), words) == "unknown"
    assert reference.trait_label("nothing", words) == "nothing"


def test_illustration(reference, convincing):
    assert reference.illustration(Voice("en", "report")) == "Illustrative: rests on reconstructed and simulated values."
    assert reference.illustration(Voice("zh", "report")) == "仅作示例：基于重建、模拟数值。"
    assert convincing.illustration(Voice("en", "report")) == ""
