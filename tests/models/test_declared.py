"""Estimators are declared by class, from packages that the user allows, and from nowhere else."""

import sys

import pytest

from responder.errors import ConfigError
from responder.models.declared import declared_estimator


def declared(content, *allowed):
    return declared_estimator(content, allowed or ("sklearn",), "estimators.mine")


def test_settings_are_those_of_the_class_and_estimators_hold_estimators():
    found = declared(
        {
            "class": "sklearn.pipeline.Pipeline",
            "steps": [
                {"class": "sklearn.feature_selection.SelectKBest", "k": 2},
                {
                    "class": "sklearn.model_selection.GridSearchCV",
                    "estimator": {"class": "sklearn.svm.SVC"},
                    "param_grid": {"C": [0.1, 1]},
                },
            ],
        }
    )
    assert [name for name, _ in found.steps] == ["selectkbest", "gridsearchcv"]
    assert found.get_params()["gridsearchcv__param_grid"] == {"C": [0.1, 1]}
    assert type(found.get_params()["gridsearchcv__estimator"]).__name__ == "SVC"


def test_seconds_are_no_setting_of_the_class():
    assert declared({"class": "sklearn.svm.SVC", "seconds_per_fit": 0.1}).C == 1.0


def test_a_package_is_imported_only_where_it_is_allowed(tmp_path, monkeypatch):
    (tmp_path / "otherboost.py").write_text(
        "class Boost:\n    def __init__(self, depth=1):\n        self.depth = depth\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    content = {"class": "otherboost.Boost", "depth": 3}
    with pytest.raises(ConfigError, match="not from an allowed package") as refused:
        declared(content)
    assert "otherboost" not in sys.modules
    assert "allow" in str(refused.value.hint)
    try:
        assert declared(content, "sklearn", "otherboost").depth == 3
    finally:
        sys.modules.pop("otherboost", None)


@pytest.mark.parametrize(
    ("content", "what", "hint"),
    [
        ({}, "does not say its class", "sklearn.svm.SVC"),
        ({"class": 3}, "does not say its class", "sklearn.svm.SVC"),
        ({"class": "subprocess.Popen", "args": "x"}, "not from an allowed package", "subprocess"),
        ({"class": "sklearn.utils.validation.np.save"}, "cannot be imported", "sklearn"),
        ({"class": "sklearn.utils.validation.Integral"}, "no class", ""),
        ({"class": "sklearn.neighbors.KNeighboursClassifier"}, "no class", "KNeighborsClassifier"),
        ({"class": "sklearn.vsm.SVC"}, "cannot be imported", ""),
        ({"class": "sklearn"}, "no class", ""),
        ({"class": "sklearn.svm.SVC", "kernal": "linear"}, "no setting 'kernal'", "kernel"),
    ],
)
def test_what_cannot_be_is_refused_with_the_fix(content, what, hint):
    with pytest.raises(ConfigError, match=what) as refused:
        declared(content)
    assert hint in str(refused.value.hint)
    assert refused.value.where == "estimators.mine"
