import lightgbm
import numpy as np
import pytest

from responder.errors import ResponderError
from responder.models import lightgbm_library
from responder.models.lightgbm_library import Booster, TrainingData, parameter_text
from responder.models.trees import SMALL_SAMPLE_PRESET, LightGbm

PARAMETERS = {**SMALL_SAMPLE_PRESET, "monotone_constraints": [1, 0, 0, -1]}


def table(n=12):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 4))
    return x, (x[:, 0] + rng.normal(size=n) > 0).astype(float), rng.integers(1, 4, n).astype(float)


def test_a_fit_is_what_the_package_fits():
    x, y, weight = table()
    ours = Booster(TrainingData(x, y, weight, parameters=parameter_text(PARAMETERS)), 8)
    theirs = lightgbm.Booster(dict(PARAMETERS), lightgbm.Dataset(x, y, weight=weight, params=dict(PARAMETERS)))
    for _ in range(8):
        theirs.update()
    assert ours.to_text() == theirs.model_to_string()
    assert ours.trees() == [tree["tree_structure"] for tree in theirs.dump_model()["tree_info"]]
    np.testing.assert_array_equal(ours.logit(x), theirs.predict(x, raw_score=True))


def test_rows_keep_their_bins_when_labels_are_exchanged():
    x, y, _ = table()
    data = TrainingData(x, y, parameters=parameter_text(PARAMETERS))
    data.label(1 - y)
    anew = TrainingData(x, 1 - y, parameters=parameter_text(PARAMETERS))
    np.testing.assert_array_equal(Booster(data, 5).logit(x), Booster(anew, 5).logit(x))


def test_a_long_text_is_read_whole(monkeypatch):
    x, y, _ = table()
    booster = Booster(TrainingData(x, y, parameters=parameter_text(PARAMETERS)), 3)
    whole = booster.to_text()
    monkeypatch.setattr(lightgbm_library, "FIRST_BUFFER_BYTES", 64)
    assert booster.to_text() == whole


def test_what_the_library_refuses_is_said_in_its_words():
    x, y, _ = table()
    with pytest.raises(RuntimeError, match="objective"):
        Booster(TrainingData(x, y, parameters=parameter_text({**PARAMETERS, "objective": "nonsense"})), 1)


def test_a_library_that_does_not_load_names_what_it_needs(monkeypatch):
    def missing():
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(lightgbm_library, "_library", missing)
    x, y, _ = table()
    with pytest.raises(ResponderError, match=r"libgomp\.so\.1"):
        LightGbm().decide(x, y)
