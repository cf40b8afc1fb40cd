"""What ``import responder`` offers: the objects of its packages, loaded when they are used and not before."""

import importlib
import subprocess
import sys

import pytest

import responder


def test_every_name_is_that_of_its_package():
    offered = {name: home for home, names in responder._EXPORTS.items() for name in names}
    assert {*offered, *responder._PACKAGES, "__version__"} == set(responder.__all__)
    for name, home in offered.items():
        package = importlib.import_module(f"responder.{home}")
        assert getattr(responder, name) is getattr(package, name)
        assert name in package.__all__


def test_packages_for_scikit_learn_are_offered_whole():
    assert responder.estimators.RidgeLogistic.__module__ == "responder.estimators.logistic"
    assert responder.validation.LeavePairOut.__module__ == "responder.validation.splitter"


def test_no_other_name():
    with pytest.raises(AttributeError, match="module 'responder' has no attribute 'fit'"):
        responder.fit  # noqa: B018


def test_importing_it_loads_nothing_else(root):
    code = "import sys; before = set(sys.modules); import responder; print(*set(sys.modules) - before)"
    # without site packages: what an editable installation loads at the start is not the package's
    command, environment = [sys.executable, "-S", "-c", code], {"PYTHONPATH": str(root / "src")}
    loaded = set(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split())
    assert {name for name in loaded if name.startswith("responder")} == {"responder"}
    assert not loaded & {"typing", "numpy", "pandas", "shap"}
