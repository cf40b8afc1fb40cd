"""An experiment over an ensemble: the range of its headline, the same for the same seed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from responder.errors import ConfigError, NotEstimableError
from responder.experiment import plan_experiment, resolve_experiment, run_ensemble, run_experiment
from responder.experiment.ensemble import HEADLINES
from responder.experiment.run import primary_headline

SIMPLE = {"rpdai": "baseline", "rpdai_week12": "week12"}
ORGANS = {"organs=ear_nose": "baseline.ear_nose", "organs=airway": "baseline.airway"}


@pytest.fixture(scope="module")
def ask(root):
    """A function that resolves the reference experiment with an ensemble of the simple model's cohorts."""

    def resolve(*settings, **ensemble):
        asked = {"facts": "facts/rp_simple_model.toml", "draws": 3, "columns": SIMPLE | ORGANS} | ensemble
        flags = {f"ensemble.{key}": value for key, value in asked.items()}
        flags |= {"models": ["prevalence", "ridge:0.1"], "bootstrap.draws": 0, "validation.tournament": False}
        return resolve_experiment(root / "experiments/rp_ld_il2.toml", flags=flags, settings=settings, environment={})

    return resolve


@pytest.fixture(scope="module")
def reference(ask):
    """The whole run on the given table."""
    return run_experiment(ask()).primary_model


def test_without_an_ensemble_there_is_none(root):
    assert run_ensemble(resolve_experiment(root / "experiments/rp_ld_il2.toml", environment={})) is None


def test_the_shipped_experiment_names_one(root):
    asked = resolve_experiment(root / "experiments/rp_ensemble.toml", environment={}).experiment.ensemble
    assert (asked.facts, asked.draws, asked.assign) == ("facts/rp_rpdai.toml", 50, "shuffled")


def test_the_headline_is_that_of_the_whole_run(ask, reference):
    found = primary_headline(plan_experiment(ask()))
    assert found.lpo_auc == reference.metrics["lpo_auc"]
    assert found.permutation_p == reference.metrics["permutation_p"]
    assert found.brier_skill == pytest.approx(reference.metrics["brier_skill_loo"], abs=1e-12)
    assert found.verdict == reference.verdict


def test_one_cohort_in_rank_order_is_the_reference_cohort(ask, reference):
    """One assignment fits the simple model, and the reference cohort was made from it."""
    found = run_ensemble(ask(assign="ranked"))
    assert found.exhaustive
    assert len(found.headlines) == 1
    auc, p, skill = found.ranges
    assert auc.lowest == auc.highest == reference.metrics["lpo_auc"]
    assert p.lowest == p.highest == reference.metrics["permutation_p"]
    assert skill.middle == pytest.approx(reference.metrics["brier_skill_loo"], abs=1e-12)
    assert found.verdicts[reference.verdict.kind.value] == 1
    assert found.to_json()["cohorts"]["count"] == 1


def test_shuffled_members_differ_and_the_seed_decides(ask):
    one, again, other = (run_ensemble(ask(f"seed={seed}", draws=6)) for seed in (7, 7, 8))
    assert one.files() == again.files()
    assert one.files() != other.files()
    assert not one.exhaustive
    assert len(set(one.frame()["lpo_auc"])) > 1
    assert one.responders.tolist() == [6] * 6


def test_ranges_and_verdicts_are_those_of_the_members(ask):
    found = run_ensemble(ask(draws=6))
    frame, content = found.frame(), found.to_json()
    for name, of in zip(HEADLINES, content["ranges"], strict=True):
        assert (of["lowest"], of["highest"]) == (frame[name].min(), frame[name].max())
        assert of["middle"] == pytest.approx(float(np.median(frame[name])))
    assert sum(found.verdicts.values()) == 6
    beats = int((frame["verdict"] == "beats_chance").sum())
    assert content["share_that_beats_chance"] == beats / 6
    assert "no probability" in found.meaning
    assert "5% of members beat chance" in found.meaning
    files = found.files()
    assert json.loads(files["ensemble.json"]) == content
    assert len(files["ensemble.csv"].splitlines()) == 7


def test_a_condition_may_stand_for_a_column(ask):
    columns = SIMPLE | {"organs=airway": "baseline > 9", "organs=ear_nose": "baseline != 14"}
    one, two = run_ensemble(ask(columns=columns)), run_ensemble(ask())
    assert one.frame().equals(two.frame())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": {"rpdia": "baseline"}}, "no column 'rpdia'"),
        ({"columns": {"rpdai": "basline"}}, "no variable 'basline'"),
        ({"columns": {"rpdai": "baseline >> 9"}}, "no condition"),
        ({"facts": "facts/closure_25.toml"}, "facts speak of 25 people, the cohort has 9"),
        ({"facts": "facts/none.toml"}, "no such file"),
    ],
)
def test_what_does_not_go_together_is_refused(ask, changes, message):
    with pytest.raises(ConfigError, match=message) as caught:
        run_ensemble(ask(**changes))
    assert caught.value.where
    assert caught.value.hint


def test_an_endpoint_that_compares_needs_both(ask):
    with pytest.raises(ConfigError, match="replace both or none"):
        run_ensemble(ask("cohort.endpoint=rpdai_change", columns={"rpdai": "baseline"}))


def test_it_needs_a_model_named_before_looking(ask):
    with pytest.raises(ConfigError, match="an ensemble needs 'primary'"):
        ask('primary=""')


def test_facts_that_conflict_have_no_ensemble(ask, root, tmp_path):
    text = (root / "experiments/facts/rp_simple_model.toml").read_text(encoding="utf-8")
    path = tmp_path / "facts.toml"
    path.write_text(text.replace("value = 6", "value = 3"), encoding="utf-8")
    with pytest.raises(NotEstimableError, match="no cohort is known to fit") as caught:
        run_ensemble(ask(facts=str(path)))
    assert "responder reconstruct" in caught.value.hint


def test_it_is_kept_with_the_run_printed_first_and_named_on_the_page(ask, tmp_path):
    from responder.cli.train import describe_ensemble
    from responder.experiment import write_result
    from responder.report.html import render_report
    from responder.report.source import ReportInput

    asked = ask(assign="ranked")
    found, result = run_ensemble(asked), run_experiment(asked)
    folder = write_result(result, tmp_path / "run", found.files())
    assert json.loads((folder / "ensemble.json").read_text(encoding="utf-8")) == found.to_json()
    assert (folder / "ensemble.csv").is_file()
    assert (folder / "result.json").is_file()
    printed = describe_ensemble(found)
    assert printed.startswith(found.sentence)
    assert "1 cohort fits: RPDAI under a model" in printed
    for language in ("en", "zh"):
        assert "ensemble.json" in render_report(ReportInput.from_folder(folder), language, figures={})


def test_what_cannot_be_estimated_is_said_and_shown_as_a_dash(ask, tmp_path):
    from responder.cli.train import describe_ensemble

    path = tmp_path / "facts.toml"
    path.write_text(
        """
        schema = "responder/facts/1"
        title = "One of nine does not respond"
        n = 9
        variables.week12 = { lowest = 0, highest = 14 }
        fact = [{ id = "response", statistic = "count", of = "week12 == 0", value = 8 }]
        """,
        encoding="utf-8",
    )
    found = run_ensemble(ask(facts=str(path), columns={"rpdai_week12": "week12"}, draws=2))
    assert found.verdicts["cannot_be_estimated"] == 2
    assert found.to_json()["ranges"][1]["lowest"] is None
    row = next(line for line in describe_ensemble(found).splitlines() if line.startswith("p "))
    assert row.split() == ["p", "-", "-", "-"]
