"""A run's files are all that a report needs."""

import json
from functools import partial
from types import SimpleNamespace

import pytest

from responder.errors import ConfigError
from responder.experiment.write import write_result
from responder.features import compile_features, label_of_traits
from responder.report import ReportInput
from responder.study import Study, load_study
from responder.words import Phrase, Voice, said


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


def test_a_run_that_borrowed_before_it_was_said_whose_the_information_is(reference_result, tmp_path):
    folder = write_result(reference_result, tmp_path / "run")
    content = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    old = Phrase("borrowing.behind", {"n": 9.0, "others": 6.0})
    content["models"][1]["borrowing"] = {"others_behind": 6.0, "said": [old.to_json()]}
    (folder / "result.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigError, match="earlier version") as refused:
        ReportInput.from_folder(folder)
    assert (refused.value.where, str(refused.value.hint)) == (str(folder), "train again")


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


@pytest.mark.parametrize(
    ("language", "values"), [("en", ("placebo", "low-dose IL-2")), ("zh", ("安慰剂", "低剂量IL-2"))]
)
def test_levels_keep_their_names(tmp_path, language, values):
    """Which arm is favoured? A feature of two named levels says which one is meant, and its values are their names."""
    study = load_study("rp-ld-il2")
    content = study.model_dump(mode="json", by_alias=True)
    arm = {
        "name": "arm", "kind": "binary", "group": "clinical", "label": {"en": "Arm", "zh": "组别"},
        "levels": [
            {"name": "placebo", "label": {"en": "placebo", "zh": "安慰剂"}},
            {"name": "il2", "label": {"en": "low-dose IL-2", "zh": "低剂量IL-2"}},
        ],
    }  # fmt: skip
    content["trait"] = [*content["trait"], arm]
    study = Study.model_validate(content)
    spec = compile_features(study, ["arm", "rpdai"])
    step = next(step for step in spec.steps if step.name == "arm")
    words = Voice(language, "report")
    assert said(step.label, language).endswith(values[1])
    assert said(label_of_traits(study, spec, "arm"), language).endswith(values[1])
    source = SimpleNamespace(study=study, spec=spec, is_yes_no=lambda step: True)
    source.shown_value = partial(ReportInput.shown_value, source)
    assert ReportInput.names_of_values(source, "arm", words) == values
    assert ReportInput.plain_label(source, step, words) == ("Arm" if language == "en" else "组别")
    assert ReportInput.names_of_values(source, "rpdai_missing", words) == (words("no"), words("yes"))
