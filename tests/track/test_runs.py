"""What was run is read back from the store."""

import pytest
from mlflow.entities import Metric, Param

from responder.errors import StoreUnavailableError, UsageError
from responder.track.runs import Difference, compare_runs, list_runs, read_run


@pytest.fixture(scope="module")
def store(tmp_path_factory, new_store):
    """Two runs of one experiment and one of another, as training tracks them."""
    folder = tmp_path_factory.mktemp("store")
    uri, client = new_store(folder)

    def track(experiment, name, start, auc, seed):
        tags = {"mlflow.note.content": f"**{name} says little.**\n\nmore", "responder.verdict": "not_beyond_chance"}
        run = client.create_run(experiment, start_time=start, tags=tags, run_name=name).info.run_id
        client.log_batch(run, [Metric("lpo_auc", auc, 0, 0)], [Param("seed", seed)])
        for model, value in (("ridge", auc), ("gp", 0.5)):
            child = client.create_run(experiment, run_name=model, tags={"mlflow.parentRunId": run}).info.run_id
            client.log_metric(child, "lpo_auc", value)
        client.log_text(run, "the report", "report.html")
        client.set_terminated(run)
        return run

    rp = client.create_experiment("rp", artifact_location=(folder / "mlartifacts/rp").as_uri())
    aml = client.create_experiment("aml", artifact_location=(folder / "mlartifacts/aml").as_uri())
    old = track(rp, "rp_ld_il2", 1_000, 0.75, "1")
    track(aml, "leukemia51", 2_000, 0.8, "1")
    new = track(rp, "rp_ld_il2", 3_000, 0.7, "2")
    return uri, old, new


def test_list_is_newest_first_and_without_the_models(store):
    uri, old, new = store
    runs = list_runs(uri)
    assert [run.name for run in runs] == ["rp_ld_il2", "leukemia51", "rp_ld_il2"]
    assert (runs[0].id, runs[2].id) == (new, old)
    assert runs[0].started == "1970-01-01T00:00:03+00:00"
    assert (runs[0].experiment, runs[1].experiment) == ("rp", "aml")
    assert runs[0].metrics == {"lpo_auc": 0.7}
    assert runs[0].tags == {"verdict": "not_beyond_chance"}
    assert list_runs(uri, limit=1) == runs[:1]


def test_a_run_by_id_by_name_and_the_latest(store):
    uri, old, new = store
    assert read_run(uri).run.id == new
    assert read_run(uri, "rp_ld_il2").run.id == new
    detail = read_run(uri, old[:10].upper())
    assert detail.run.id == old
    assert [(model.name, model.metrics["lpo_auc"]) for model in detail.models] == [("gp", 0.5), ("ridge", 0.75)]
    assert detail.description.startswith("**rp_ld_il2 says little.**")
    assert detail.artifacts == ("report.html",)
    assert detail.to_json()["models"][1]["params"] == {}


def test_differences(store):
    uri, old, new = store
    first, second = read_run(uri, old), read_run(uri, new)
    assert compare_runs(first, first) == ()
    assert compare_runs(first, second) == (
        Difference("setting", "seed", "1", "2"),
        Difference("ridge", "lpo_auc", 0.75, 0.7),
    )


def test_a_run_that_is_not_there(store):
    uri, _, _ = store
    with pytest.raises(UsageError) as caught:
        read_run(uri, "rp_ld_il3")
    assert str(caught.value.hint) == "did you mean 'rp_ld_il2'?"
    with pytest.raises(UsageError, match="no run"):
        read_run(uri, "")


def test_a_store_that_cannot_be_read(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(StoreUnavailableError) as caught:
        list_runs(f"sqlite:///{tmp_path}/mlflow.db")
    assert caught.value.exit_code == 6
