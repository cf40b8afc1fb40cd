"""A model of another package from an experiment's file to the profile that it cannot score, in both languages."""

import json
import sys

import pandas as pd
import pytest

from responder.words import say

BOOST = """
import numpy as np

class Boost:
    def __init__(self, rate=1.0, random_state=None):
        self.rate = rate

    def fit(self, X, y, sample_weight=None):
        self.direction = np.average(X * (2 * np.asarray(y)[:, None] - 1), axis=0, weights=sample_weight)

    def predict_proba(self, X):
        yes = 1 / (1 + np.exp(-self.rate * (X @ self.direction)))
        return np.column_stack([1 - yes, yes])
"""
EXPERIMENT = """
schema = "responder/experiment/1"
name = "boosted"
study = "rp-ld-il2"
traits = ["rpdai", "treg_per_ul", "tcon_per_ul"]
models = ["prevalence", "sklearn:boost"]
primary = "sklearn:boost"
cohort.path = "cohort.csv"
bootstrap.draws = 10

[estimators]
allow = ["otherboost"]

[estimators.boost]
class = "otherboost.Boost"
rate = 0.5
"""


@pytest.fixture
def project(root, tmp_path, monkeypatch):
    """Seven patients, of whom no AUC can be estimated: nothing has to be explained, which takes the time."""
    table = pd.read_csv(root / "data/rp_ld_il2/cohort.csv")
    table.drop(index=table.index[table["rpdai_week12"] == 0][:2]).to_csv(tmp_path / "cohort.csv", index=False)
    (tmp_path / "otherboost.py").write_text(BOOST, encoding="utf-8")
    (tmp_path / "e.toml").write_text(EXPERIMENT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("responder.report.write.drawings", lambda *_: {})
    yield tmp_path
    sys.modules.pop("otherboost", None)


def test_a_class_of_an_allowed_package_is_trained_and_score_says_why_it_has_no_bundle(project, run):
    trained = run("train", "e.toml", "--no-track", "--quiet", "--lang", "zh")
    assert trained.code == 0, trained.err
    why = {lang: say("no_bundle.foreign", lang, model="sklearn:boost", kind="Boost") for lang in ("en", "zh")}
    assert why["zh"] in trained.out
    written = json.loads((project / "runs/boosted/result.json").read_text(encoding="utf-8"))
    assert written["no_bundle"]["code"] == "no_bundle.foreign"
    assert [path.name for path in (project / "models/boosted").iterdir()] == ["no_bundle.json"]
    for lang, sentence in why.items():
        refused = run("score", "--set", "rpdai=9", "--bundle", "models/boosted", "--lang", lang)
        assert refused.code == 2
        assert refused.out == ""
        what, where, fix = (line.split(":" if lang == "en" else "：", 1)[-1] for line in refused.err.splitlines())
        assert what.strip().endswith(sentence)
        assert "no_bundle.json" in where
        assert fix.strip()


def test_a_class_of_another_package_is_refused_before_anything_is_fitted(project, run):
    text = (project / "e.toml").read_text(encoding="utf-8").replace('allow = ["otherboost"]', 'allow = ["sklearn"]')
    (project / "e.toml").write_text(text, encoding="utf-8")
    refused = run("train", "e.toml", "--no-track", "--quiet")
    assert refused.code == 2
    assert "otherboost.Boost" in refused.error_lines()[0]
    assert "otherboost" not in sys.modules
    assert not (project / "models").exists()
