"""The command line and scoring start fast: nothing heavy is imported before a command asks for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
HEAVY = {
    "fastapi",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "optuna",
    "pandas",
    "pydantic",
    "scipy",
    "shap",
    "sklearn",
    "uvicorn",
}


def modules_of(package):
    files = (SOURCE / "responder" / package).rglob("*.py")
    names = [".".join(file.relative_to(SOURCE).with_suffix("").parts) for file in files]
    return sorted(name.removesuffix(".__init__") for name in names if not name.endswith("__main__"))


def loaded_by(module):
    code = f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "module",
    ["responder", *modules_of("cli"), *modules_of("score"), "responder.study", "responder.validate.venn_abers"],
)
def test_import_is_light(module):
    assert not loaded_by(module) & HEAVY


@pytest.mark.parametrize("module", modules_of("cli"))
def test_command_line_defers_numpy(module):
    assert "numpy" not in loaded_by(module)


def test_a_training_starts_without_what_only_some_of_its_steps_need():
    assert not loaded_by("responder.experiment.run") & {"matplotlib", "mlflow", "scipy.stats", "shap"}
