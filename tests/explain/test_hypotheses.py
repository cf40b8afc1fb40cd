"""Verdicts of hypotheses: on the reference cohort, on a planted truth, and at the edges of the rule."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import rankdata

from responder.cohort import load_cohort
from responder.evidence import load_predictors
from responder.explain import LogOdds, explain_out_of_fold, holm, hypotheses, hypothesis_verdicts, rank_probabilities
from responder.explain.hypothesis_verdict import Standing
from responder.features import compile_features
from responder.models import build_model
from responder.study import load_study
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import stratified_bootstrap


def verdicts(cohort, table=None, **more):
    table = table or Table(compile_features(cohort.study, cohort.traits), cohort.values, {})
    return {v.id: v for v in hypothesis_verdicts(cohort, table, **more)}


@pytest.fixture(scope="module")
def planted(root):
    """Sixty simulated patients: airway, Treg and duration matter, prednisone does not."""
    traits = ["organs", "disease_duration_years", "prednisone_mg_per_day", "treg_per_ul", "tcon_per_ul"]
    return load_cohort(root / "data" / "planted_truth" / "cohort.csv", load_study("rp-ld-il2"), traits=traits)


def test_nine_reconstructed_patients_decide_nothing(cohort):
    found = verdicts(cohort)
    assert [v.standing for v in found.values()] == [
        Standing.NOT_DECIDABLE, Standing.NOT_DECIDABLE, Standing.NOT_DECIDABLE, Standing.NOT_TESTABLE,
        Standing.NOT_DECIDABLE, Standing.NOT_TESTABLE,
    ]  # fmt: skip
    # perfect as it can be, and still out of reach: 2 of 84 labelings, four hypotheses
    h1 = found["H1"]
    assert (h1.p, h1.p_holm) == pytest.approx((2 / 84, 8 / 84))
    assert h1.why == "level_out_of_reach"
    assert str(h1.statement) == (
        "Not decidable with n = 9: AUC in the expected direction 0.97 (0.55 to 1.00; 0.5 is chance), exact two-sided "
        "p = 0.0238, 0.0952 after adjustment for 4 hypotheses. The smallest p that these patients can give is 0.0238, "
        "or 0.0952 as the first of 4 hypotheses. Part of the endpoint's own score: Organs involved (active in the last "
        "28 days); the effect is partly arithmetic. Illustrative: rests on reconstructed values."
    )
    zh = h1.statement.in_language("zh")
    assert zh.startswith(
        "n = 9，无法判定：预期方向的 AUC 为 0.97（0.55 至 1.00；0.5 为随机），双侧精确检验 p = 0.0238，"
    )
    assert zh.endswith("属于终点评分本身，其效应部分源于算术关系。仅作示例：基于重建的数值。")
    assert found["H3"].rests_on == ("reconstructed", "simulated")
    assert found["H4"].statement.code == "hypothesis.said.on_treatment"
    assert found["H6"].why == "across_diseases"


def test_p_counts_the_labelings_whose_auc_is_as_far_from_a_half(cohort):
    """Over all 84 labelings: the p of a hypothesis of several features is of the AUC that stands beside it."""
    table = Table(compile_features(cohort.study, cohort.traits), cohort.values, {})
    names = [step.name for step in table.spec.steps]

    def auc(score, responders):
        chosen = np.isin(np.arange(cohort.n), responders)
        return ((np.sign(score[chosen][:, None] - score[~chosen]) + 1) / 2).mean()

    for verdict in verdicts(cohort).values():
        if np.isnan(verdict.p):
            continue
        score = np.zeros(cohort.n)
        for found in verdict.expectations:
            ranks = rankdata(table.derived[:, names.index(found.feature)])
            score += ranks if found.expected == "higher" else -ranks
        every = [auc(score, placed) for placed in combinations(range(cohort.n), cohort.responders)]
        assert verdict.auc == pytest.approx(auc(score, np.flatnonzero(cohort.outcome)))
        assert verdict.p == pytest.approx(np.mean(np.abs(np.array(every) - 0.5) >= abs(verdict.auc - 0.5) - 1e-9))


def test_what_was_planted_is_found_and_what_was_not_is_not(planted):
    found = verdicts(planted)
    assert found["H1"].standing is Standing.SUPPORTED  # airway involvement
    assert found["H3"].standing is Standing.SUPPORTED  # Treg
    assert found["H2"].standing is Standing.NOT_DECIDABLE  # prednisone: nothing planted
    assert found["H5"].auc > 0.5  # duration: planted, seen, but not enough for its level
    assert found["H1"].rests_on == ("simulated",)
    assert "rests on simulated values" in str(found["H1"].statement)


def test_turned_outcomes_contradict(planted):
    turned = replace(planted, outcome=1 - planted.outcome)
    found = verdicts(turned)["H3"]
    assert found.standing is Standing.CONTRADICTED
    assert str(found.statement).startswith("Contradicted: ")
    straight = verdicts(planted)["H3"]
    assert found.auc == pytest.approx(1 - straight.auc)
    assert found.p == pytest.approx(straight.p)


def test_features_that_disagree_decide_nothing(planted):
    values = planted.values.copy()
    treg, tcon = (planted.columns.index(name) for name in ("treg_per_ul", "tcon_per_ul"))
    # a low count, and still a high ratio, in responders
    values[:, treg] = np.where(planted.outcome == 1, 5.0, 50.0)
    values[:, tcon] = np.where(planted.outcome == 1, 20.0, 4000.0)
    found = verdicts(replace(planted, values=values))["H3"]
    assert found.p_holm < 0.05
    assert (found.standing, found.why) == (Standing.NOT_DECIDABLE, "features_disagree")
    assert "different directions" in str(found.statement)


def test_features_not_in_use_or_constant_are_left_out(planted):
    values = planted.values.copy()
    values[:, planted.columns.index("organs=airway")] = 0.0
    changed = replace(planted, values=values)
    spec = compile_features(planted.study, planted.traits, only=["organs", "log_treg", "prednisone_dose"])
    found = verdicts(changed, Table(spec, values, {}))
    assert found["H1"].missing_features == ("organs=airway",)
    assert "Left out, because not in use or the same in all patients: organs=airway." in str(found["H1"].statement)
    assert found["H3"].missing_features == ("log_treg_tcon_ratio", "treg_deficit")
    assert (found["H5"].standing, found["H5"].why) == (Standing.NOT_TESTABLE, "not_measured")
    assert "log_disease_duration" in found["H5"].statement.values["names"]
    assert found["H1"].tested == 3


def test_one_outcome_class(planted):
    found = verdicts(replace(planted, outcome=np.ones_like(planted.outcome)))["H2"]
    assert (found.standing, found.why, found.p_holm) == (
        Standing.NOT_DECIDABLE,
        "one_class",
        pytest.approx(np.nan, nan_ok=True),
    )
    json.dumps(found.to_json(), allow_nan=False)


def test_missing_values_count_as_a_middle_rank(planted):
    values = planted.values.copy()
    values[:20, planted.columns.index("prednisone_mg_per_day")] = np.nan
    found = verdicts(replace(planted, values=values))["H2"]
    assert (found.n, found.expectations[0].n) == (60, 40)


def test_observed_values_need_no_caveat(planted):
    observed = replace(planted, provenance={})
    assert "Illustrative" not in str(verdicts(observed)["H3"].statement)


def test_beside_it_stand_the_model_and_the_literature(cohort, table, root):
    chosen = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
    counts = stratified_bootstrap(cohort.outcome, 50, np.random.default_rng(0))
    found = verdicts(
        cohort,
        table,
        attributions=explain_out_of_fold(chosen, cohort.outcome),
        ranks=rank_probabilities(chosen, cohort.outcome, counts),
        published=load_predictors(root / "data" / "rp_ld_il2" / "predictors.toml"),
    )
    airway = found["H1"].expectations[1]
    assert (airway.feature, airway.shap_direction, airway.share_higher) == ("organs=airway", "lower", 0.0)
    assert airway.trait_rank_first > 0.5
    assert airway.published_agree == 1
    # biologics, and recurrence in the clinic: neither is response to interleukin-2
    told = str(found["H1"].statement)
    assert "2 in the expected direction, 0 in the opposite one; 2 of these under another treatment." in told
    assert "其中 2 项来自其他治疗" in found["H1"].statement.in_language("zh")
    # rheumatoid arthritis and lupus against chronic graft-versus-host disease
    assert "Published predictors: 2 in the expected direction, 1 in the opposite one." in str(found["H3"].statement)
    # the verdict is the cohort's own
    assert found["H3"].p == verdicts(cohort)["H3"].p
    for verdict in found.values():
        json.dumps(verdict.to_json(), allow_nan=False)
        assert len(verdict.frame()) == max(1, len(verdict.expectations))


def test_false_verdicts_are_rarer_than_the_level(cohort, table, monkeypatch):
    """Over all 84 outcomes that nine patients could have had, some hypothesis is decided in at most 5%."""
    monkeypatch.setattr(hypotheses, "firth_log_odds", lambda *_: LogOdds(0.0, 0.0, 0.0, 0.95))  # slow, not looked at
    decided = 0
    for chosen in combinations(range(9), 6):
        outcome = np.zeros(9, dtype=np.int64)
        outcome[list(chosen)] = 1
        found = verdicts(replace(cohort, outcome=outcome), table)
        decided += any(v.standing in (Standing.SUPPORTED, Standing.CONTRADICTED) for v in found.values())
    assert decided / 84 <= 0.05


def test_holm_published_example():
    """Four p values worked by hand from Holm 1979: smallest times 4, next times 3 ..., never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []
