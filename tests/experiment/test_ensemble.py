"""An experiment over an ensemble: the range of its headline, the same for the same seed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from responder.errors import ConfigError, NotEstimableError
from responder.experiment import bundle_of, plan_experiment, resolve_experiment, run_experiment
from responder.experiment.ensemble import run_ensemble
from responder.experiment.ensemble_result import HEADLINES, EnsembleResult, Headline
from responder.experiment.run import primary_headline
from responder.experiment.write import dump_json, result_files
from responder.validate.verdict import Reason, verdict

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
    assert "no probability" in found.meaning
    assert "5% of members beat chance" in found.meaning


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
        ((NOT_SHOWN, NOT_SHOWN), "not_shown_to_beat_chance", "in any of 2 cohorts", "0 个优于随机，2 个未能证明"),
        ((BEATS, SILENT), "not_shown_to_beat_chance", "in 1 it cannot be estimated", "1 个无法估计"),
        ((SILENT, SILENT), "cannot_be_estimated", "in none of 2 cohorts", "在符合已发表事实的 2 个队列中均如此"),
    ],
)
def test_it_beats_chance_only_where_every_member_does(headlines, kind, said, said_zh):
    found = ensemble(*headlines).verdict
    assert found.kind.value == kind
    assert said in found.sentence
    assert said_zh in found.sentence_zh
    assert (found.reason is Reason.CLASSES_TOO_SMALL) == (kind == "cannot_be_estimated")
    assert "nan" not in found.sentence + found.sentence_zh


def test_the_worst_member_meets_a_gate_or_nobody_does(ask):
    assert ensemble(BEATS, NOT_SHOWN).worst == {"lpo_auc": 0.6, "permutation_p": 0.4, "brier_skill_loo": 0.1}
    assert "permutation_p" not in ensemble(BEATS, SILENT).worst
    # the reference cohort alone has an AUC of 0.83
    failed = run_experiment(ask("gates.lpo_auc_at_least=0.8", draws=6)).failed_gates
    assert failed
    assert failed[0].startswith("lpo_auc is 0.")


def test_a_condition_may_stand_for_a_column(ask):
    columns = SIMPLE | {"organs=airway": "baseline > 9", "organs=ear_nose": "baseline != 14"}
    one, two = over(ask(columns=columns)), over(ask())
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
        over(ask(**changes))
    assert caught.value.where
    assert caught.value.hint


def test_an_endpoint_that_compares_needs_both(ask):
    with pytest.raises(ConfigError, match="replace both or none"):
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
    assert "responder reconstruct" in caught.value.hint


def test_the_result_leads_with_the_range(result):
    files = result_files(result)
    content = json.loads(files["result.json"])
    assert content["verdict"] == content["ensemble"]["verdict"]
    assert content["ensemble"]["members"] == 6
    assert len(files["ensemble.csv"].splitlines()) == 7


def test_it_is_printed_first(result, tmp_path):
    from responder.cli.trained import describe_result

    printed = describe_result(result, tmp_path, tmp_path)
    assert printed.startswith(result.ensemble.verdict.sentence)
    assert "1 cohort fits: RPDAI under a model" in printed
    assert printed.index("The given table alone") < printed.index(result.primary_model.verdict.sentence)


def test_a_bundle_of_one_table_says_so_and_holds_back(result):
    standing = bundle_of(result).standing
    assert standing.in_language("en") == result.ensemble.verdict.sentence
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
