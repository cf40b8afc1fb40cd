"""A landmark run says in its tag and description, and in those of its models, at which week its values are known."""

from responder.track import TrackedRun


def test_tag_and_description_of_a_landmark_run(landmark_result, new_store, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    _, client = new_store(tmp_path)
    run = TrackedRun.start(landmark_result.experiment, tmp_path, landmark_result.cohort.study.id)
    (tmp_path / "files").mkdir()
    run.log(landmark_result, tmp_path / "files")
    experiment = client.get_experiment_by_name("rp-ld-il2-landmark-week4")
    found = client.search_runs([experiment.experiment_id])
    assert len(found) == 1 + len(landmark_result.models)
    for each in found:
        assert each.data.tags["responder.known_at_week"] == "4"
        assert "Known at week 4 only" in each.data.tags["mlflow.note.content"]
