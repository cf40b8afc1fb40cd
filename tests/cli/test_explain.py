"""``responder explain``: of a bundle, of a profile, of a run, of a patient."""

import json
import shutil

import pytest

from responder.score import write_bundle


@pytest.fixture(scope="module")
def folder(make_bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m"
    write_bundle(make_bundle("ridge:1"), path)
    return str(path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, root):
    """A finished run of the reference experiment, made small."""
    from responder.experiment import resolve_experiment, run_experiment, write_result

    quick = ["bootstrap.draws=40", 'models=["prevalence", "ridge:1", "firth"]', 'primary="ridge:1"']
    resolved = resolve_experiment(root / "experiments/rp_ld_il2.toml", settings=quick)
    target = tmp_path_factory.mktemp("runs") / "quick"
    write_result(run_experiment(resolved), target)
    return str(target)


def test_a_bundle(run, folder):
    ran = run("explain", folder)
    assert ran.code == 0
    assert "Organs involved" in ran.out
    assert "In sample" in ran.out
    envelope = run("explain", folder, "--json").envelope
    assert envelope["importance"][0]["name"] == "organs"
    assert "受累器官" in run("explain", folder, "--lang", "zh").out


def test_a_profile_and_whom_it_is_like(run, folder, tmp_path):
    profile = {"organs": "ear", "rpdai": 12, "treg": 22, "tcon": 550, "duration": 2, "prednisone": 15}
    (tmp_path / "p.json").write_text(json.dumps(profile))
    ran = run("explain", folder, "--profile", str(tmp_path / "p.json"))
    assert ran.code == 0
    for words in (
        "Training patients most like this profile, of 40",
        "with the opposite prediction",
        "SD",
        "probability of response",
    ):
        assert words in ran.out
    envelope = run("explain", folder, "--profile", str(tmp_path / "p.json"), "--set", "rpdai=13", "--json").envelope
    assert len(envelope["alike"]["nearest"]) == 3
    assert envelope["score"]["decision"] == "scored"


def test_a_run(run, finished):
    ran = run("explain", finished)
    assert ran.code == 0
    for words in ("ridge:1", "Out of fold", "ranks first", "H1:", "Illustrative"):
        assert words in ran.out
    # a verdict does not stand without what it is on
    assert "H2: Patients still dependent on glucocorticoid respond better" in ran.out
    assert "H2：仍依赖糖皮质激素者应答更好" in run("explain", finished, "--lang", "zh").out
    envelope = run("explain", finished, "--json").envelope
    assert all(found["claim"]["en"] for found in envelope["hypotheses"])
    assert {found["id"] for found in envelope["hypotheses"]} >= {"H1", "H6"}
    assert "prevalence" in run("explain", finished, "--model", "prevalence").out


def test_models_that_stand_side_by_side_are_compared(run, finished):
    ran = run("explain", finished)
    assert "The primary model against each other model, on the same left-out pairs" in ran.out
    assert "Models cannot be compared at n = 9" in ran.out
    (only,) = run("explain", finished, "--json").envelope["comparisons"]
    assert (only["other"], only["reason"]) == ("firth", "few_patients")
    assert "主要模型与其他各模型" in run("explain", finished, "--lang", "zh").out


def test_the_coefficients_of_a_firth_model(run, finished, tmp_path):
    """Ten coefficients of nine patients cannot be told apart; where they can, limits and p are of the fitted model."""
    assert "9 patients do not identify 10 of them" in run("explain", finished, "--model", "firth").out
    assert run("explain", finished, "--model", "firth", "--json").envelope["coefficients"]["why"] == "not_identified"
    assert run("explain", finished, "--json").envelope["coefficients"] is None
    folder = tmp_path / "told_apart"
    shutil.copytree(finished, folder)
    content = json.loads((folder / "result.json").read_text())
    found = [
        {"name": "intercept", "estimate": 0.5, "lower": -0.25, "upper": 1.5, "chi2": 1.0, "p": 0.3173},
        {"name": content["features"][0], "estimate": -1.25, "lower": -3.0, "upper": None, "chi2": 4.0, "p": 0.0456},
    ]
    content["models"][2]["coefficients"] = {
        "method": "firth", "why": "ok", "n": 9, "level": 0.95, "imputations": 0, "coefficients": found
    }  # fmt: skip
    (folder / "result.json").write_text(json.dumps(content))
    text = run("explain", str(folder), "--model", "firth").out
    for words in ("fitted to all 9 patients", "not whether the model predicts", "−0.25 to 1.50", "0.046"):
        assert words in text
    assert "而非模型能否预测" in run("explain", str(folder), "--model", "firth", "--lang", "zh").out


def test_a_patient_of_a_run(run, finished):
    envelope = run("explain", finished, "--patient", "P04", "--json").envelope
    total = envelope["base_value"] + sum(part["contribution"] for part in envelope["contributions"])
    assert total == pytest.approx(envelope["logit"], abs=1e-6)
    ran = run("explain", finished, "--patient", "P04")
    assert "fitted without P04" in ran.out
    assert "23 points" in ran.out  # a value as a person writes it, not the number of a feature
    assert "cells/µL" in ran.out
    assert "RPDAI评分" in run("explain", finished, "--patient", "P04", "--lang", "zh").out


@pytest.mark.parametrize(
    ("of", "arguments", "words"),
    [
        ("folder", ("--patient", "P04"), "does not apply to"),
        ("folder", ("--model", "gp"), "does not apply to"),
        ("finished", ("--set", "rpdai=9"), "does not apply to"),
        ("finished", ("--patient", "P4"), "no patient 'P4'"),
        ("finished", ("--model", "ridge"), "no model 'ridge'"),
    ],
)
def test_what_does_not_fit(run, request, of, arguments, words):
    ran = run("explain", request.getfixturevalue(of), *arguments)
    assert ran.code == 2
    assert words in ran.error_lines()[0]
    assert run("explain", "nowhere-at-all").code == 2


def test_values_for_shap(run, finished, folder, tmp_path):
    from responder.explain import read_explanation

    path = tmp_path / "new" / "shap.json"
    ran = run("explain", finished, "--shap", str(path))
    assert ran.code == 0
    # the verdict is told where the values are handed out
    for words in ("for shap, 9 patients, 9 features", "responder.read_explanation(", "Not shown to beat chance"):
        assert words in ran.out
    assert read_explanation(path).shape == (9, 9)
    of_firth = run("explain", finished, "--shap", str(path), "--model", "firth", "--patient", "P04", "--json").envelope
    assert json.loads(path.read_text())["model"] == of_firth["model"] == "firth"
    assert of_firth["shap"] == str(path)
    assert read_explanation(path)["P04"].base_values == pytest.approx(of_firth["base_value"], abs=1e-9)
    assert "供 shap 使用的留出预测 Shapley 值" in run("explain", finished, "--shap", str(path), "--lang", "zh").out


def test_values_for_shap_that_do_not_exist(run, finished, folder, tmp_path):
    path = tmp_path / "shap.json"
    ran = run("explain", finished, "--model", "prevalence", "--shap", str(path))
    assert (ran.code, path.exists()) == (2, False)
    assert "nothing to explain" in ran.error_lines()[0]
    ran = run("explain", folder, "--shap", str(path))
    assert (ran.code, path.exists()) == (2, False)
    assert "name the run" in ran.error_lines()[2]
