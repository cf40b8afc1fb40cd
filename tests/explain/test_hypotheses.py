"""Verdicts of hypotheses: on the reference cohort, on a planted truth, and at the edges of the rule."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from responder.cohort import load_cohort
from responder.evidence import load_predictors
from responder.explain import LogOdds, explain_out_of_fold, holm, hypotheses, hypothesis_verdicts, rank_probabilities
from responder.explain.hypothesis_verdict import HypothesisVerdict, Standing, decided
from responder.features import compile_features
from responder.models import build_model
from responder.study import Hypothesis, load_study
from responder.validate.bootstrap import bootstrap_refits
from responder.validate.refit import ModelPipeline
from responder.validate.splits import stratified_bootstrap


def verdicts(cohort, **more):
    return {v.id: v for v in hypothesis_verdicts(cohort, **more)}


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
    # as clear as one yes-or-no trait can be, and still out of reach: 4 of 84 labelings, seven parts of four hypotheses
    h1 = found["H1"]
    assert (h1.p, h1.p_holm) == pytest.approx((4 / 84, 7 * 4 / 84))
    assert (h1.why, h1.deciding, h1.tested) == ("level_out_of_reach", "ear_nose_only", 7)
    assert str(h1.statement) == (
        "Not decidable with n = 9: ear or nose alone, its weakest part: AUC in the expected direction 0.92 (0.49 to "
        "0.99; 0.5 is chance), exact two-sided p = 0.0476, 0.333 after adjustment for 7 tests. The smallest p that "
        "these patients can give is 0.0476, or 0.143 after adjustment for 7 tests. Tested in part: ear or nose alone "
        "(undecided) and airway chondritis (undecided). Untested: structural damage (not measured, or not among the "
        "traits in use). Part of the endpoint's own score: Organs involved (active in the last 28 days); the effect is "
        "partly arithmetic. Illustrative: rests on reconstructed values."
    )
    zh = h1.statement.in_language("zh")
    assert zh.startswith(
        "n = 9，无法判定：最弱的部分“仅耳或鼻受累”：预期方向的 AUC 为 0.92（0.49 至 0.99；0.5 为随机），双侧精确检验 "
        "p = 0.0476，"
    )
    assert "仅部分检验：仅耳或鼻受累（无法判定）、气道软骨炎（无法判定）。未检验：结构破坏（" in zh
    assert zh.endswith("属于终点评分本身，其效应部分源于算术关系。仅作示例：基于重建的数值。")
    assert found["H3"].rests_on == ("reconstructed", "simulated")
    assert found["H4"].statement.code == "hypothesis.said.on_treatment"
    assert "landmark" in str(found["H4"].statement)
    assert found["H6"].why == "across_diseases"


def test_p_counts_the_labelings_whose_auc_is_as_far_from_a_half(cohort):
    """Over all 84 labelings: the p of each part is of the AUC that stands beside it."""
    spec = compile_features(cohort.study, cohort.traits, of_hypotheses=True)
    values = dict(zip((step.name for step in spec.steps), spec.derive(cohort.values).T, strict=True))

    def auc(value, responders):
        chosen = np.isin(np.arange(cohort.n), responders)
        return ((np.sign(value[chosen][:, None] - value[~chosen]) + 1) / 2).mean()

    tested = [part for verdict in verdicts(cohort).values() for part in verdict.expectations]
    assert len(tested) == 7
    for part in tested:
        value = values[part.feature]
        every = [auc(value, placed) for placed in combinations(range(cohort.n), cohort.responders)]
        assert part.auc == pytest.approx(auc(value, np.flatnonzero(cohort.outcome)))
        assert part.p == pytest.approx(np.mean(np.abs(np.array(every) - 0.5) >= abs(part.auc - 0.5) - 1e-9))


def test_what_was_planted_is_found_and_what_was_not_is_not(planted):
    found = verdicts(planted)
    assert found["H1"].standing is Standing.SUPPORTED  # airway involvement
    assert found["H3"].standing is Standing.SUPPORTED  # Treg
    assert found["H2"].standing is Standing.NOT_DECIDABLE  # prednisone: nothing planted
    assert found["H5"].auc > 0.5  # duration: planted, seen, but not enough for its level
    assert found["H1"].rests_on == ("simulated",)
    assert "rests on simulated values" in str(found["H1"].statement)
    # damage was not measured: "and" is not shown by some of its parts, "or" is by one
    assert found["H1"].as_far_as_tested
    assert str(found["H1"].statement).startswith("Supported as far as tested: ")
    assert not found["H3"].as_far_as_tested


def test_turned_outcomes_contradict(planted):
    turned, straight = verdicts(replace(planted, outcome=1 - planted.outcome)), verdicts(planted)
    assert turned["H1"].standing is Standing.CONTRADICTED
    assert str(turned["H1"].statement).startswith("Contradicted: ")  # one part is enough
    for id_ in ("H1", "H2", "H3", "H5"):
        for part, was in zip(turned[id_].expectations, straight[id_].expectations, strict=True):
            assert part.auc == pytest.approx(1 - was.auc)
            assert (part.p, part.p_holm) == pytest.approx((was.p, was.p_holm))
            assert part.points == -was.points


@pytest.mark.parametrize(
    ("holds_when", "of_first", "of_second", "whole"),
    [
        ("all", "supported", "supported", "supported"),
        ("all", "supported", "not_decidable", "not_decidable"),
        ("all", "contradicted", "not_decidable", "contradicted"),
        ("any", "supported", "not_decidable", "supported"),
        ("any", "contradicted", "not_decidable", "not_decidable"),
        ("any", "contradicted", "contradicted", "contradicted"),
        ("any", "contradicted", "supported", "not_decidable"),
    ],
)
def test_the_whole_follows_from_its_parts_by_logic(planted, holds_when, of_first, of_second, whole):
    """A claim with "and" falls with one of its parts, a claim with "or" with all of them (De Morgan)."""

    def part(feature, standing, p):
        found = next(each for each in verdicts(planted)["H3"].expectations)
        auc = {"supported": 0.2, "contradicted": 0.8}.get(standing, 0.5)
        return replace(found, feature=feature, standing=Standing(standing), p=p, p_holm=p, auc=auc)

    parts = (part("a", of_first, 0.01), part("b", of_second, 0.02))
    draft = HypothesisVerdict("H", Standing.NOT_DECIDABLE, "", 60, 0.05, holds_when, parts)
    found = decided(draft, 2)
    assert str(found.standing) == whole
    weakest = (holds_when == "all") != (whole == "contradicted")
    assert found.deciding == ("b" if weakest else "a")


def test_parts_that_disagree_decide_nothing(planted):
    values = planted.values.copy()
    treg, tcon = (planted.columns.index(name) for name in ("treg_per_ul", "tcon_per_ul"))
    # a low count, and still a high ratio, in responders
    values[:, treg] = np.where(planted.outcome == 1, 5.0, 50.0)
    values[:, tcon] = np.where(planted.outcome == 1, 20.0, 4000.0)
    found = verdicts(replace(planted, values=values))["H3"]
    assert found.p_holm < 0.05
    assert [part.standing for part in found.expectations] == [Standing.SUPPORTED, Standing.CONTRADICTED]
    assert (found.standing, found.why) == (Standing.NOT_DECIDABLE, "parts_disagree")
    assert "different directions" in str(found.statement)


def test_parts_not_held_or_constant_are_named(planted):
    values = planted.values.copy()
    values[:, planted.columns.index("organs=airway")] = 0.0
    kept = [i for i, column in enumerate(planted.columns) if column not in ("tcon_per_ul", "disease_duration_years")]
    columns = tuple(planted.columns[i] for i in kept)
    found = verdicts(replace(planted, columns=columns, values=values[:, kept]))
    # without airway involvement everybody has ear or nose alone, or nothing
    assert [(part.feature, part.why) for part in found["H1"].untested] == [
        ("organs=airway", "constant"), ("damage_count", "not_held"),
    ]  # fmt: skip
    assert found["H1"].tested_in_part
    told = str(found["H1"].statement)
    assert "Untested: airway chondritis (the same in all patients) and structural damage (" in told
    assert found["H3"].missing_features == ("log_treg_tcon_ratio",)
    assert all(verdict.exact for verdict in found.values() if not verdict.expectations)  # nothing was approximated
    assert [part.why for part in found["H2"].untested] == ["constant"]  # everybody is on prednisone
    assert (found["H5"].standing, found["H5"].why) == (Standing.NOT_TESTABLE, "not_measured")
    assert "disease duration (not measured" in str(found["H5"].statement)
    assert len(found["H5"].frame()) == 1
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
        attributions=explain_out_of_fold(chosen, cohort.outcome),
        ranks=rank_probabilities(bootstrap_refits(chosen, cohort.outcome, counts), cohort.outcome),
        published=load_predictors(root / "data" / "rp_ld_il2" / "predictors.toml"),
    )
    airway = found["H1"].expectations[1]
    assert (airway.feature, airway.shap_direction, airway.share_higher) == ("organs=airway", "lower", 0.0)
    assert airway.trait_rank_first > 0.5
    assert airway.published_agree == 1
    # recurrence in the clinic is not response to interleukin-2
    told = str(found["H1"].statement)
    assert "1 in the expected direction, 0 in the opposite one; 1 of these under another treatment." in told
    assert "其中 1 项来自其他治疗" in found["H1"].statement.in_language("zh")
    # rheumatoid arthritis and lupus against chronic graft-versus-host disease
    assert "Published predictors: 2 in the expected direction, 1 in the opposite one." in str(found["H3"].statement)
    # the verdict is the cohort's own
    assert found["H3"].p == verdicts(cohort)["H3"].p
    for verdict in found.values():
        json.dumps(verdict.to_json(), allow_nan=False)
        assert len(verdict.frame()) == max(1, len(verdict.expectations) + len(verdict.untested))


def test_false_verdicts_are_rarer_than_the_level(cohort, monkeypatch):
    """Over all 84 outcomes that nine patients could have had, some hypothesis is decided in at most 5%."""
    monkeypatch.setattr(hypotheses, "firth_log_odds", lambda *_: LogOdds(0.0, 0.0, 0.0, 0.95))  # slow, not looked at
    decided = 0
    for chosen in combinations(range(9), 6):
        outcome = np.zeros(9, dtype=np.int64)
        outcome[list(chosen)] = 1
        found = verdicts(replace(cohort, outcome=outcome))
        decided += any(v.standing in (Standing.SUPPORTED, Standing.CONTRADICTED) for v in found.values())
    assert decided / 84 <= 0.05


def test_holm_published_example():
    """Four p values worked by hand from Holm 1979: smallest times 4, next times 3 ..., never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """Forty invented patients: those with lasting damage do not respond, those with ear or nose alone do."""
    rng = np.random.default_rng(7)
    rows = ["patient_id,organs,damage,rpdai,prednisone_mg_per_day,weight_kg,rpdai_week12"]
    for i in range(40):
        damage = ["", "saddle nose", "tracheomalacia;hearing loss", "声门下狭窄"][rng.integers(4)]
        airway = rng.random() < 0.4
        responds = rng.random() < (0.05 if damage else 0.95)
        organs = "ear_nose;airway" if airway else "ear_nose"
        rows.append(f"P{i:02},{organs},{damage or 'none'},{23 if airway else 9},{5 + i % 4},60,{0 if responds else 9}")
    path = tmp_path_factory.mktemp("damage") / "cohort.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    traits = ["organs", "damage", "prednisone_mg_per_day"]
    return load_cohort(path, load_study("rp-ld-il2"), traits=traits)


def test_damage_is_a_part_of_its_own(damaged):
    """Damage is found as planted; the whole claim joins it to the organs by "and", and is not carried by it alone."""
    h1 = verdicts(damaged)["H1"]
    parts = {part.feature: part for part in h1.expectations}
    assert (parts["damage_count"].standing, parts["damage_count"].found) == (Standing.SUPPORTED, "lower")
    assert parts["organs=airway"].standing is Standing.NOT_DECIDABLE
    assert (h1.standing, h1.untested, h1.tested_in_part) == (Standing.NOT_DECIDABLE, (), False)
    assert "structural damage (supported)" in str(h1.statement)
    assert "结构破坏（支持）" in h1.statement.in_language("zh")


def test_what_hypotheses_alone_use_reaches_no_model(damaged):
    names = [step.name for step in compile_features(damaged.study, damaged.traits).steps]
    assert "damage_count" in names
    assert not {"ear_nose_only", "prednisone_use"} & set(names)


def test_a_hypothesis_of_an_earlier_study_file_keeps_its_parts():
    """`expects` alone, as in study files from before parts: each feature is one part, joined by "and"."""
    h = Hypothesis.model_validate(
        {"id": "A", "statement": "x", "source": "y", "expects": [{"feature": "log_treg", "direction": "lower"}]}
    )
    assert [(part.feature, part.direction) for part in h.parts] == [("log_treg", "lower")]
    assert h.holds_when == "all"
