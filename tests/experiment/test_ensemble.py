"""An experiment over an ensemble: the range of its headline, the same for the same seed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from responder.errors import ConfigError, NotEstimableError
from responder.experiment import bundle_of, plan_experiment, resolve_experiment, run_experiment
from responder.experiment import ensemble as ensemble_module
from responder.experiment.checkpoint import Checkpoint
from responder.experiment.ensemble import run_ensemble
from responder.experiment.ensemble_result import HEADLINES, EnsembleResult, Headline
from responder.experiment.headline import primary_headline
from responder.experiment.write import dump_json, result_files
from responder.validate.verdict import Reason, verdict
from responder.words import from_json
from responder.workers import chunks

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


def over(resolved):
    return run_ensemble(plan_experiment(resolved))


@pytest.fixture(scope="module")
def result(ask):
    """The whole run: the given table, and six cohorts."""
    return run_experiment(ask(draws=6))


@pytest.fixture(scope="module")
def reference(result):
    """The primary model on the given table."""
    return result.primary_model


def headline(auc, p, skill=0.1, smallest=0.024):
    if np.isnan(p):
        return Headline(auc, p, skill, p, verdict(n=9, n_smaller_class=2))
    found = verdict(n=9, n_smaller_class=3, lpo_auc=auc, p=p, n_labelings=84, smallest_p=smallest)
    return Headline(auc, p, skill, smallest, found)


def ensemble(*headlines):
    """An ensemble of made-up headlines."""
    return EnsembleResult(
        title="facts", source="", model="ridge:0.1", columns={"rpdai": "baseline"}, assign="shuffled",
        cohorts={"count": 9, "low": 9, "high": 9, "exhaustive": True}, alpha=0.05, exhaustive=False,
        responders=np.full(len(headlines), 6), headlines=headlines,
    )  # fmt: skip


BEATS, NOT_SHOWN, SILENT = headline(1.0, 0.024), headline(0.6, 0.4), headline(float("nan"), float("nan"))


def test_without_an_ensemble_there_is_none(root):
    plan = plan_experiment(resolve_experiment(root / "experiments/rp_ld_il2.toml", environment={}))
    assert run_ensemble(plan) is None
    assert (plan.members, plan.facts) == (0, None)
    assert "members" not in plan.to_json()


def test_the_shipped_experiment_names_one(root):
    asked = resolve_experiment(root / "experiments/rp_ensemble.toml", environment={}).experiment.ensemble
    assert (asked.facts, asked.draws, asked.assign) == ("facts/rp_rpdai.toml", 50, "shuffled")


def test_the_headline_is_that_of_the_whole_run(ask, reference):
    found = primary_headline(plan_experiment(ask()))
    assert found.lpo_auc == reference.metrics["lpo_auc"]
    assert found.permutation_p == reference.metrics["permutation_p"]
    assert found.brier_skill_loo == pytest.approx(reference.metrics["brier_skill_loo"], abs=1e-12)
    assert found.smallest_attainable_p == reference.metrics["smallest_attainable_p"]
    assert found.verdict == reference.verdict


def test_one_cohort_in_rank_order_is_the_reference_cohort(ask, reference):
    """One assignment fits the simple model, and the reference cohort was made from it."""
    found = over(ask(assign="ranked"))
    assert found.exhaustive
    assert len(found.headlines) == 1
    auc, p, skill = found.ranges
    assert auc.lowest == auc.highest == reference.metrics["lpo_auc"]
    assert p.lowest == p.highest == reference.metrics["permutation_p"]
    assert skill.median == pytest.approx(reference.metrics["brier_skill_loo"], abs=1e-12)
    assert found.verdicts[reference.verdict.kind.value] == 1
    assert found.to_json()["cohorts"]["count"] == 1


def test_shuffled_members_differ_and_the_seed_decides(ask):
    one, again, other = (over(ask(f"seed={seed}", draws=6)) for seed in (7, 7, 8))
    assert dump_json(one.to_json()) == dump_json(again.to_json())
    assert one.frame().equals(again.frame())
    assert not one.frame().equals(other.frame())
    assert not one.exhaustive
    assert len(set(one.frame()["lpo_auc"])) > 1
    assert one.responders.tolist() == [6] * 6


def test_ranges_and_verdicts_are_those_of_the_members(result):
    found = result.ensemble
    frame, content = found.frame(), found.to_json()
    for name, of in zip(HEADLINES, content["ranges"], strict=True):
        parts = ("lowest", "lower_quartile", "median", "upper_quartile", "highest")
        expected = np.quantile(frame[name], [0, 0.25, 0.5, 0.75, 1])
        assert [of[part] for part in parts] == pytest.approx(expected)
        assert [found.metrics[f"{name}_{part}"] for part in parts] == pytest.approx(expected)
    assert sum(found.verdicts.values()) == found.metrics["members"] == 6
    assert (frame["permutation_p"] >= frame["smallest_attainable_p"] - 1e-12).all()
    assert "It is not a probability and not a confidence interval" in str(found.meaning)
    assert found.meaning.values["level"] == "5%"


@pytest.mark.parametrize(
    ("headlines", "kind", "said", "said_zh"),
    [
        (
            (BEATS, BEATS),
            "beats_chance",
            "Beats chance in each of 2 cohorts",
            "在符合已发表事实的 2 个队列中均优于随机",
        ),
        ((BEATS, NOT_SHOWN), "not_shown_to_beat_chance", "it does in 1 of 2 cohorts", "1 个优于随机，1 个未能证明"),
        ((NOT_SHOWN, NOT_SHOWN), "not_shown_to_beat_chance", "in any of 2 cohorts", "2 个队列中均未能证明优于随机"),
        ((BEATS, SILENT), "not_shown_to_beat_chance", "cannot be estimated in 1)", "1 个无法估计"),
        ((NOT_SHOWN, SILENT), "not_shown_to_beat_chance", "cannot be estimated in 1 of them", "其中 1 个无法估计"),
        ((SILENT, SILENT), "cannot_be_estimated", "in any of 2 cohorts", "在符合已发表事实的 2 个队列中均无法估计"),
        ((BEATS,), "beats_chance", "Beats chance in the one cohort examined", "1 个队列中均优于随机"),
    ],
)
def test_it_beats_chance_only_where_every_member_does(headlines, kind, said, said_zh):
    found = ensemble(*headlines).verdict
    assert found.kind.value == kind
    assert said in str(found.statement)
    assert said_zh in found.statement.in_language("zh")
    assert (found.reason is Reason.CLASSES_TOO_SMALL) == (kind == "cannot_be_estimated")
    assert "nan" not in str(found.statement)
    assert from_json(json.loads(json.dumps(found.statement.to_json(), allow_nan=False))) == found.statement


def test_the_worst_member_meets_a_gate_or_nobody_does(ask):
    assert ensemble(BEATS, NOT_SHOWN).worst == {"lpo_auc": 0.6, "permutation_p": 0.4, "brier_skill_loo": 0.1}
    assert "permutation_p" not in ensemble(BEATS, SILENT).worst
    # the reference cohort alone has an AUC of 0.83
    failed = run_experiment(ask("gates.lpo_auc_at_least=0.8", draws=6)).failed_gates
    assert failed
    assert (failed[0].code, failed[0].values["name"]) == ("gate.at_least", "lpo_auc")
    assert str(failed[0]).startswith("lpo_auc is 0.")


def test_a_condition_may_stand_for_a_column(ask):
    columns = SIMPLE | {"organs=airway": "baseline > 9", "organs=ear_nose": "baseline != 14"}
    one, two = over(ask(columns=columns)), over(ask())
    assert one.frame().equals(two.frame())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": {"rpdia": "baseline"}}, "does not use a column 'rpdia'"),
        ({"columns": {"rpdai": "basline"}}, "no variable 'basline'"),
        ({"columns": {"rpdai": "baseline >> 9"}}, "not a condition"),
        ({"facts": "facts/closure_25.toml"}, "facts describe 25 people, but the cohort has 9"),
        ({"facts": "facts/none.toml"}, "no such file"),
    ],
)
def test_what_does_not_go_together_is_refused(ask, changes, message):
    with pytest.raises(ConfigError, match=message) as caught:
        over(ask(**changes))
    assert caught.value.where
    assert caught.value.hint


def test_an_endpoint_that_compares_needs_both(ask):
    with pytest.raises(ConfigError, match="replace both or neither"):
        over(ask("cohort.endpoint=rpdai_change", columns={"rpdai": "baseline"}))


def test_it_needs_a_model_named_before_looking(ask):
    with pytest.raises(ConfigError, match="an ensemble needs 'primary'"):
        ask('primary=""')


def test_facts_that_conflict_have_no_ensemble(ask, root, tmp_path):
    text = (root / "experiments/facts/rp_simple_model.toml").read_text(encoding="utf-8")
    path = tmp_path / "facts.toml"
    path.write_text(text.replace("value = 6", "value = 3"), encoding="utf-8")
    with pytest.raises(NotEstimableError, match="no cohort is known to fit") as caught:
        over(ask(facts=str(path)))
    assert "responder reconstruct" in str(caught.value.hint)


def test_the_result_leads_with_the_range(result):
    files = result_files(result)
    content = json.loads(files["result.json"])
    assert content["verdict"] == content["ensemble"]["verdict"]
    assert content["ensemble"]["members"] == 6
    assert len(files["ensemble.csv"].splitlines()) == 7


def test_it_is_printed_first(result, tmp_path):
    from responder.cli.trained import describe_result

    printed = describe_result(result, tmp_path, tmp_path)
    assert printed.startswith(str(result.ensemble.verdict.statement))
    assert "1 cohort fits: RPDAI under a model" in printed
    assert printed.index("The given table alone") < printed.index(str(result.primary_model.verdict.statement))


def test_a_bundle_of_one_table_says_so_and_holds_back(result):
    standing = bundle_of(result).standing
    assert standing.statement == result.ensemble.verdict.statement
    assert (standing.lpo_auc, standing.lpo_auc_lower, standing.permutation_p) == (None, None, None)
    assert "at most one of the cohorts" in standing.illustration_in("en")
    assert "至多是" in standing.illustration_in("zh")


def test_the_plan_counts_members_and_fits(ask):
    from responder.cli.trained import describe_plan

    one, many = plan_experiment(ask(draws=2)), plan_experiment(ask(draws=12))
    assert many.fits - one.fits == 10 * many.fits_a_member
    assert many.seconds > one.seconds
    # leave-one-out, leave-pair-out, and the permutation test that the given table needs too
    assert many.fits_a_member == 9 + 18 + many.permutations["ridge:0.1"].fits
    assert many.to_json()["members"] == 12
    assert f"at most 12 members x {many.fits_a_member:,} fits of ridge:0.1" in describe_plan(many)


def test_what_cannot_be_estimated_is_said_and_shown_as_a_dash(ask, tmp_path):
    from responder.cli.trained import describe_ensemble

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
    found = over(ask(facts=str(path), columns={"rpdai_week12": "week12"}, draws=2))
    assert found.verdicts["cannot_be_estimated"] == 2
    assert found.to_json()["ranges"][1]["lowest"] is None
    row = next(line for line in describe_ensemble(found, "en").splitlines() if line.startswith("p "))
    assert row.split() == ["p", *"-----"]


@pytest.mark.parametrize("found", [BEATS, NOT_SHOWN, SILENT], ids=["beats", "not shown", "silent"])
def test_a_headline_survives_being_kept(found):
    again = Headline.from_json(json.loads(json.dumps(found.to_json())))
    assert repr(again) == repr(found)  # of nan, too


def test_finished_members_of_an_interrupted_ensemble_are_not_computed_again(ask, tmp_path, monkeypatch):
    plan, computed = plan_experiment(ask()), []
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0.0)  # a member at a time
    whole = run_ensemble(plan)
    compute = ensemble_module._headlines

    def interrupted_in_the_last(members, chunk):
        computed.extend(chunk)
        if len(computed) == 3:
            raise KeyboardInterrupt
        return compute(members, chunk)

    monkeypatch.setattr(ensemble_module, "_headlines", interrupted_in_the_last)
    with pytest.raises(KeyboardInterrupt):
        run_ensemble(plan, checkpoint=Checkpoint(tmp_path, "key"))
    resumed = run_ensemble(plan, checkpoint=Checkpoint(tmp_path, "key"))
    assert computed == [0, 1, 2, 2]
    assert dump_json(resumed.to_json()) == dump_json(whole.to_json())
    assert resumed.frame().equals(whole.frame())
