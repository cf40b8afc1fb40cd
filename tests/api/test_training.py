"""The Python interface asks what the command line asks: the same cohort gives the same bytes."""

import json

import pandas as pd
import pytest

import responder
from responder.api.training import _named
from responder.errors import ConfigError, DataRefusedError
from responder.experiment import resolve_experiment, run_experiment


def without_ways(content, table):
    """Return ``result.json`` as text, without what says where the table and each setting came from."""
    told = json.loads(json.dumps(content).replace(table, "TABLE"))
    told["title"] = told["title"]["en"]  # a file may give it in two languages
    del told["provenance"]["key"]
    told["experiment"] = {
        key: item["value"]
        for key, item in told["experiment"].items()
        if key not in {"cohort.path", "predictors", "title"}
    }
    return json.dumps(told, sort_keys=True, indent=1)


def test_a_frame_gives_the_bytes_of_its_file(root, analysis, settings):
    asked = resolve_experiment(
        root / "experiments/rp_ld_il2.toml",
        settings=[*(f"{k}={v}" for k, v in settings.items()), 'models=["prevalence", "ridge:0.1", "firth"]'],
        environment={},
    )
    by_file = run_experiment(asked)
    ours = without_ways(analysis.to_json(), "DataFrame")
    assert ours == without_ways(by_file.to_json(), str(asked.cohort_path))
    pd.testing.assert_frame_equal(analysis.predictions, by_file.predictions())


def test_every_value_knows_that_it_was_given_in_python(analysis):
    told = analysis.to_json()["experiment"]
    assert told["bootstrap.draws"] == {"value": 20, "source": "argument"}
    assert told["permutation.draws"]["source"] == "default"


def test_no_environment_variable_changes_a_question_in_python(monkeypatch):
    monkeypatch.setenv("RESPONDER_SEED", "7")
    asked = {"schema": "responder/experiment/1", "name": "a", "study": "rp-ld-il2", "cohort": {"path": "DataFrame"}}
    assert resolve_experiment(asked).experiment.seed == 2025
    assert asked["cohort"] == {"path": "DataFrame"}


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"settings": {"bootstrap.drws": 3}}, ConfigError, "unknown key 'bootstrap.drws'"),
        ({"settings": {"seed.x": 3}}, ConfigError, "seed"),
        ({"models": ["ridg:1"]}, ConfigError, "no model 'ridg'"),
        ({"primary": "firth"}, ConfigError, "'firth'"),
        ({"traits": ["rpdia"]}, ConfigError, "no trait 'rpdia'"),
        ({"provenance": "guessed"}, ConfigError, "'guessed'"),
        ({"study": "rp-ld-il"}, ConfigError, "no study 'rp-ld-il'"),
        ({"table": pd.DataFrame({"a": [1], "b": [2]})}, DataRefusedError, "identifies the patients|patient_id"),
    ],
)
def test_a_question_without_sense_is_refused(frame, more, kind, words):
    asked = {"table": frame, "study": "rp-ld-il2", "models": ["ridge:1"], **more}
    with pytest.raises(kind, match=words):
        responder.train(**asked)


def test_estimators_are_named_after_their_class():
    class Forest:
        pass

    names, estimators = _named(["ridge:1", Forest(), Forest()])
    assert names == ["prevalence", "ridge:1", "sklearn:forest", "sklearn:forest_2"]
    assert list(estimators) == ["forest", "forest_2"]
    assert _named(["prevalence", "firth"])[0] == ["prevalence", "firth"]
