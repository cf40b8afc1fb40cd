"""A run over an ensemble in MLflow: ranges on the parent, and no champion."""

import json

import pytest

from responder.cli.runs import describe, describe_list
from responder.experiment import export_bundle, resolve_experiment, run_experiment, write_result
from responder.report import ReportInput, render_report
from responder.track import TrackedRun
from responder.track.registered import CHAMPION
from responder.track.runs import list_runs, read_run
from responder.track.summary import model_description, run_description

SETTINGS = ["ensemble.draws=4", "bootstrap.draws=20", "validation.rebalanced_draws=0", "validation.tournament=false"]


@pytest.fixture(scope="module")
def tracked(root, new_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    uri, client = new_store(folder)
    path = root / "experiments/rp_ensemble.toml"
    resolved = resolve_experiment(path, flags={"tracking.uri": uri}, settings=SETTINGS, environment={})
    with TrackedRun.start(resolved, folder, "rp-ld-il2") as run:
        result = run_experiment(resolved)
        kept = write_result(result, folder / "run", {"tracked.json": json.dumps(run.to_json())})
        run.log(result, kept, export_bundle(result, folder / "bundle"))
    return uri, client, run, result, kept


def test_the_parent_holds_ranges_and_no_number_of_one_table(tracked):
    _, client, run, result, _ = tracked
    data = client.get_run(run.run_id).data
    for name, value in result.ensemble.metrics.items():
        assert data.metrics[name] == pytest.approx(value, abs=5.1e-5), name
    assert not {"lpo_auc", "permutation_p", "brier_skill_loo"} & set(data.metrics)
    beats = result.ensemble.verdicts["beats_chance"]
    assert data.tags["responder.verdict"] == f"beats_chance in {beats} of 4"
    parts = [data.tags[f"responder.verdict_{part}"] for part in ("code", "count", "of")]
    assert parts == ["beats_chance", str(beats), "4"]
    note = data.tags["mlflow.note.content"].splitlines()
    assert note[0] == f"**{result.ensemble.verdict.statement}**"
    assert "| ridge:0.1 over 4 members | lowest |" in "\n".join(note)


def test_a_run_describes_itself_in_the_language_of_the_run(tracked):
    *_, result, _ = tracked
    note = run_description(result, "zh")
    assert note.startswith(f"**{result.ensemble.verdict.statement.in_language('zh')}**")
    assert "| ridge:0.1，4 个成员 | 最低 |" in note
    assert "事先指定的主要模型：" in note
    model = model_description(result, result.primary_model, "zh")
    assert model.startswith(f"**{result.primary_model.title.in_language('zh')}。**")
    assert "留出预测中贡献最大的特征" in model


def test_the_models_runs_say_that_they_are_of_one_table(tracked):
    uri, client, *_ = tracked
    (model,) = [m for m in read_run(uri).models if m.name == "ridge:0.1"]
    assert model.tags["verdict"] == "one table: not_shown_to_beat_chance"
    assert model.tags["verdict_code"] == "not_shown_to_beat_chance"
    assert model.tags["verdict_scope"] == "one_table"
    assert "given table alone" in client.get_run(model.id).data.tags["mlflow.note.content"]


def test_nobody_is_champion(tracked):
    _, client, _, result, _ = tracked
    assert CHAMPION not in client.get_registered_model("rp-ld-il2").aliases
    (version,) = client.search_model_versions("name='rp-ld-il2'")
    assert version.description.startswith(str(result.ensemble.verdict.statement))


def test_runs_are_listed_and_shown_with_the_range(tracked):
    uri, _, _, result, _ = tracked
    auc = result.ensemble.ranges[0]
    assert f"{auc.lowest:.3g} to {auc.highest:.3g}" in describe_list(list_runs(uri))
    assert "over 4 members" in describe(read_run(uri))


def test_a_page_that_is_drawn_again_keeps_the_link(tracked):
    _, _, run, _, kept = tracked
    source = ReportInput.from_folder(kept)
    assert source.tracked == run.to_json()
    assert f'<a href="{run.to_json()["url"]}"' in render_report(source, figures={})
    (kept / "tracked.json").unlink()
    assert run.run_id not in render_report(ReportInput.from_folder(kept), figures={})


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("sqlite:////x/mlflow.db", "http://127.0.0.1:5000/#/experiments/1/runs/ab"),
        ("https://me:secret@host:81/", "https://host:81/#/experiments/1/runs/ab"),
    ],
)
def test_the_link_leads_to_the_server_and_names_no_password(uri, url):
    assert TrackedRun(uri, "1", "ab").to_json()["url"].startswith(url)
