"""Checks of a whole cohort: each finds what it should, knows n, and says so."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cohort import CheckStatus, Severity, scan_cohort
from responder.cohort.checks import COHORT_CHECKS, Subject, run_checks
from responder.cohort.checks.change import is_change
from responder.cohort.checks.leakage import chance_of_separation
from responder.cohort.checks.moments import correlations, may_be_change
from responder.names.timing import time_of
from responder.study import load_study
from responder.toml_file import parse_model

RNG = np.random.default_rng(7)


def subject(study, outcome, columns, headers=None, outcome_values=None):
    """A cohort of named columns; the endpoint's column is the response itself unless given."""
    outcome = np.asarray(outcome).astype(int)
    target = outcome.astype(float) if outcome_values is None else np.asarray(outcome_values, dtype=float)
    traits = dict.fromkeys(name.split("=")[0] for name in columns)
    return Subject(
        study=study,
        endpoint=study.endpoint,
        source="cohort.csv",
        ids=tuple(f"P{i}" for i in range(len(outcome))),
        headers=headers or {name: name for name in traits},
        columns=tuple(columns),
        values=np.column_stack([np.asarray(v, dtype=float) for v in columns.values()]),
        outcome=outcome,
        outcome_values=target,
        measured=target,
    )


def run(subject, code):
    findings, results = run_checks(COHORT_CHECKS, subject)
    (status,) = [r.status for r in results if r.code == code]
    return status, [f for f in findings if f.code == code]


def noise(n):
    return RNG.normal(size=n)


# ---------------------------------------------------------------- size
@pytest.mark.parametrize(
    ("outcome", "code", "severity"),
    [([1], "RSP201", "refused"), ([1, 0], "RSP201", "refused"), ([1, 1, 1], "RSP202", "refused"),
     ([1, 1, 0, 0, 1], "RSP203", "caution")],
)  # fmt: skip
def test_size(study, outcome, code, severity):
    _, found = run(subject(study, outcome, {"age_years": noise(len(outcome))}), code)
    assert [f.severity for f in found] == [Severity(severity)]


def test_size_passes_and_does_not_apply(study):
    large = subject(study, [1, 0] * 10, {"age_years": noise(20)})
    assert {c: run(large, c)[0] for c in ("RSP201", "RSP202", "RSP203")} == dict.fromkeys(
        ("RSP201", "RSP202", "RSP203"), CheckStatus.PASSED
    )
    one_class = subject(study, [1, 1, 1, 1], {"age_years": noise(4)})
    assert run(one_class, "RSP203")[0] is CheckStatus.NOT_APPLICABLE
    assert run(one_class, "RSP224")[0] is CheckStatus.NOT_APPLICABLE


def test_one_person_under_two_ids(study):
    measured = {name: noise(8) for name in "abc"}
    twice = {name: np.append(values, values[0]) for name, values in measured.items()}
    (found,) = run(subject(study, [1, 0] * 4 + [1], twice), "RSP206")[1]
    assert found.severity is Severity.REFUSED
    assert "patients P0 and P8 have the same values in all 3 measured columns" in str(found.message)
    assert {run(subject(study, [1, 0] * 4, measured), c)[0] for c in ("RSP205", "RSP206")} == {CheckStatus.PASSED}
    # scores of few steps agree by luck: 36 pairs x (1/6)^3
    scores = {name: np.append(RNG.permutation([0, 1, 2, 3, 4, 5, 6, 6]), 0.0) for name in "abc"}
    for values in scores.values():
        values[8] = values[0]
    (found,) = run(subject(study, [1, 0] * 4 + [1], scores), "RSP205")[1]
    assert found.severity is Severity.CAUTION
    assert not run(subject(study, [1, 0] * 4 + [1], scores), "RSP206")[1]
    few = {"a": twice["a"], "sex": [0] * 9}
    assert run(subject(study, [1, 0] * 4 + [1], few), "RSP205")[0] is CheckStatus.NOT_APPLICABLE


# ---------------------------------------------------------------- leakage
@pytest.mark.parametrize(
    "name",
    ["treg_week4", "TREG_W12", "w12_treg", "crp week 12", "score.wk8", "day14_il6", "crp_d28", "il6_month3",
     "followup_crp", "follow-up score", "crp_post_treatment", "score_eot", "end of study crp",
     "on_treatment_il6"],
)  # fmt: skip
def test_names_of_later_visits(name):
    assert time_of(name).kind == "later"


@pytest.mark.parametrize(
    "name",
    ["age_years", "duration_months", "disease_duration_weeks", "bmi_kg_per_m2", "cd4", "CD25+", "treg_w0",
     "crp_week_0", "day1_crp", "day0", "vitamin_d3", "il2_day", "Th17", "postcode", "monthly_income",
     "weight"],
)  # fmt: skip
def test_names_that_are_no_later_visit(name):
    assert time_of(name).kind in {"", "baseline"}


def test_a_column_named_after_a_later_visit_is_refused_by_its_header_too(study):
    cohort = subject(study, [1, 0, 1, 0], {"marker_per_ul": noise(4)}, headers={"marker_per_ul": "marker_w12"})
    _, found = run(cohort, "RSP221")
    assert [f.severity for f in found] == [Severity.REFUSED]
    assert "column 'marker_w12'" in str(found[0].where)


def test_a_column_named_like_an_outcome_is_refused(study):
    _, found = run(subject(study, [1, 0, 1, 0], {"delta_crp": noise(4), "score": noise(4)}), "RSP222")
    assert [f.severity for f in found] == [Severity.REFUSED]
    assert "'delta_crp'" in str(found[0].message)


def test_the_outcome_under_another_name_is_refused(study):
    week12 = [0, 14, 0, 9, 0, 14, 0, 3]
    response = [int(v == 0) for v in week12]
    for copy in (week12, [2 * v + 1 for v in week12], [-v for v in week12]):
        _, found = run(subject(study, response, {"score": copy}, outcome_values=week12), "RSP223")
        assert [f.severity for f in found] == [Severity.REFUSED], copy
    status, found = run(subject(study, response, {"score": noise(8)}, outcome_values=week12), "RSP223")
    assert (status, found) == (CheckStatus.PASSED, [])


def test_the_outcome_by_rank_is_refused_where_luck_is_out_of_the_question(study):
    week12 = np.arange(10.0)
    cohort = subject(study, week12 < 4, {"score": np.exp(week12)}, outcome_values=week12)
    assert run(cohort, "RSP223")[1]
    short = subject(study, week12[:4] < 2, {"score": np.exp(week12[:4])}, outcome_values=week12[:4])
    assert not run(short, "RSP223")[1]  # 2 of 4! = 24 orders: common luck


def test_a_yes_no_trait_equal_to_the_response_is_luck_at_9_and_a_copy_at_30(study):
    nine = [1] * 6 + [0] * 3
    assert run(subject(study, nine, {"sex": nine}), "RSP223")[0] is CheckStatus.PASSED
    assert run(subject(study, nine, {"sex": nine}), "RSP224")[1][0].severity is Severity.CAUTION
    thirty = [1] * 15 + [0] * 15
    assert run(subject(study, thirty, {"sex": [1 - y for y in thirty]}), "RSP223")[1]


@pytest.mark.parametrize(
    ("computed", "baseline"),
    [
        (lambda after, before: after - before, "score"),
        (lambda after, before: 3.0 - 0.1 * (before - after), "score"),
        (lambda after, before: np.round(100 * (before - after) / before, 1), "score"),
        (lambda after, before: np.round(after / before, 3), "score"),
    ],
)
def test_a_change_from_baseline_under_another_name_is_refused(study, computed, baseline):
    before = RNG.integers(5, 40, 9).astype(float)
    after = np.round(before * RNG.uniform(0.1, 1.1, 9))
    columns = {"age_years": noise(9), baseline: before, "marker_per_ul": computed(after, before)}
    cohort = subject(study, after < 12, columns, outcome_values=after)
    (found,) = run(cohort, "RSP225")[1]
    assert found.severity is Severity.REFUSED
    assert str(found.message) == f"'{baseline}' and 'marker_per_ul' together give 'score_week12'"
    # what was not computed is let through: another marker, the baseline itself, one that only goes with the outcome
    for other in (noise(9), 2.0 * before, after + RNG.normal(0, 2, 9)):
        assert (
            run(subject(study, after < 12, {**columns, "marker_per_ul": other}, outcome_values=after), "RSP225")[0]
            is CheckStatus.PASSED
        )


def test_noise_is_never_called_a_change(study):
    """200 cohorts of nine with small whole numbers, among which coincidences are commonest."""
    for _ in range(200):
        columns = {name: RNG.integers(0, 6, 9) for name in ("age_years", "score", "marker_per_ul")}
        after = RNG.integers(0, 6, 9)
        assert not run(subject(study, after < 3, columns, outcome_values=after), "RSP225")[1]


def test_separation_beyond_belief_is_refused_unless_a_person_vouches_for_it(study):
    outcome = [1] * 12 + [0] * 12
    perfect = {"score": np.arange(24.0)[::-1] + RNG.normal(0, 0.1, 24)}
    (found,) = run(subject(study, outcome, perfect), "RSP226")[1]
    assert found.severity is Severity.REFUSED  # 2 of 2,704,156 labelings
    assert not run(subject(study, outcome, perfect), "RSP224")[1]
    content = study.model_dump(by_alias=True)
    for trait in content["trait"]:
        trait["known_before_treatment"] = trait["name"] == "score"
    vouched = subject(parse_model(content, type(study), "vouched"), outcome, perfect)
    assert not run(vouched, "RSP226")[1]
    assert run(vouched, "RSP224")[1][0].severity is Severity.CAUTION
    gaps = np.where(outcome * 2, np.nan, noise(48))
    (found,) = run(subject(study, outcome * 2, {"score": gaps, "age_years": noise(48)}), "RSP226")[1]
    assert "missing in every patient of one outcome class" in str(found.message)
    small = subject(study, outcome[6:-6], {"score": perfect["score"][6:-6], "age_years": gaps[6:18]})
    assert not run(small, "RSP226")[1]  # 2 of 924: luck that happens


def test_separation_states_its_chance(study):
    # eight unrelated columns at 6 against 3: 1 - (1 - 2/84)^8 = 17.5 %
    outcome = [1] * 6 + [0] * 3
    columns = {f"x{i}": RNG.permutation(9.0 + np.arange(9)) for i in range(8)}
    columns["x0"] = np.arange(9.0)
    _, found = run(subject(study, outcome, columns), "RSP224")
    assert "'x0' separates" in str(found[0].message)
    assert f"does is {1 - (1 - 2 / 84) ** 8:.2g}" in str(found[0].message)
    assert f"{1 - (1 - 2 / 84) ** 8:.3f}" == "0.175"


def test_separation_too_good_to_be_luck_asks_when_it_was_measured(study):
    outcome = [1] * 8 + [0] * 8
    _, found = run(subject(study, outcome, {"score": np.arange(16.0)}), "RSP224")  # 2 of 12,870 labelings
    assert "before treatment" in str(found[0].hint)


def test_a_trait_that_nearly_tells_the_outcome_is_named(study):
    outcome = [1] * 20 + [0] * 20
    late = np.array(outcome, dtype=float)
    late[3] = 0.0  # the outcome under another name, with one slip
    (found,) = run(subject(study, outcome, {"score": late}), "RSP227")[1]
    assert "'score' alone puts 97% of pairs" in str(found.message)
    assert found.severity is Severity.CAUTION
    # a good baseline trait (AUC near .8) is none; nor is luck among nine; perfection has codes of its own
    good = np.random.default_rng(1).normal(size=40) + 1.2 * np.array(outcome)
    for labels, values in (
        (outcome, good),
        ([1] * 3 + [0] * 6, [9, 8, 5, 6, 4, 3, 2, 1, 0]),
        (outcome, np.arange(40.0)),
    ):
        assert run(subject(study, labels, {"score": values}), "RSP227")[0] is CheckStatus.PASSED


@given(st.lists(st.integers(0, 4), min_size=4, max_size=8), st.data())
def test_chance_of_separation_is_the_share_of_labelings(values, data):
    from itertools import combinations

    values = np.array(values, dtype=float)
    n = len(values)
    k = data.draw(st.integers(1, n - 1))
    separated = 0
    for chosen in combinations(range(n), k):
        mask = np.isin(np.arange(n), chosen)
        a, b = values[mask], values[~mask]
        separated += bool(a.min() > b.max() or a.max() < b.min())
    assert chance_of_separation(values, k) == pytest.approx(separated / math.comb(n, k))


@pytest.mark.parametrize(("n", "columns"), [(2_000, 200), (20_000, 12)])
def test_large_cohorts_are_checked_to_the_end(study, n, columns):
    rng = np.random.default_rng(3)
    outcome = rng.permutation(np.arange(n) % 2)
    before, after = rng.normal(50, 10, n), rng.normal(40, 10, n)
    traits = {f"x{i}": rng.normal(size=n) for i in range(columns - 3)}
    traits |= {"age_years": before, "score": np.where(rng.random(n) < 0.1, np.nan, after - before)}
    traits["marker_per_ul"] = np.where(outcome, np.nan, rng.normal(size=n))
    findings, results = run_checks(COHORT_CHECKS, subject(study, outcome, traits, outcome_values=after))
    assert len({r.code for r in results}) == len(COHORT_CHECKS)
    assert {f.code for f in findings if f.severity is Severity.REFUSED} == {"RSP225", "RSP226"}
    assert chance_of_separation(np.arange(float(n)), n // 2) == 0.0


def test_the_sums_over_pairs_miss_no_change_and_no_correlation():
    """Against one pair at a time, with gaps and with values far from 0."""
    rng = np.random.default_rng(5)
    for _ in range(40):
        before, after = rng.uniform(5, 40, 30), rng.uniform(5, 40, 30)
        columns = [after - before, 3 + 2 * (before - after), 100 * (after - before) / before, after / before, before]
        table = np.column_stack([c.round(2) for c in columns] + [rng.normal(1e4, 1, 30), rng.integers(0, 3, 30)])
        table[rng.random(table.shape) < 0.1] = np.nan
        may_be, (r, n) = may_be_change(table, after), correlations(table)
        for i, a in enumerate(table.T):
            for j, b in enumerate(table.T):
                known = ~np.isnan(a) & ~np.isnan(b)
                assert n[i, j] == known.sum()
                assert r[i, j] == pytest.approx(np.corrcoef(a[known], b[known])[0, 1], abs=1e-6)
                assert may_be[i, j] or i == j or not is_change(a, after, b)
        assert not may_be[6, 4]


# ---------------------------------------------------------------- constants and gaps
def test_constants_and_gaps(study):
    nan = math.nan
    outcome = [1, 0, 1, 0, 1, 0, 1, 0]
    cohort = subject(
        study,
        outcome,
        {
            "sex": [0] * 8,
            "organs=ear": [1, 0, 1, 0, 0, 0, 1, 1],
            "organs=eye": [0] * 8,
            "a": [nan] * 8,
            "b": [1, 2, 3, 4, nan, nan, nan, nan],
            "c": [1, 2, 3, 4, 5, 6, 7, nan],
            "d": [nan, 2, nan, 4, nan, 6, nan, 8],
        },
    )
    assert [str(f.message) for f in run(cohort, "RSP230")[1]] == [
        "the same value in every patient: sex",
        "the same value in every patient: organs=eye",
    ]
    assert ["'a'" in str(f.message) for f in run(cohort, "RSP231")[1]] == [True]
    assert [str(f.message).split("'")[1] for f in run(cohort, "RSP232")[1]] == ["b", "d"]
    assert ["'c'" in str(f.message) for f in run(cohort, "RSP233")[1]] == [True]
    (uneven,) = run(cohort, "RSP234")[1]
    # all 4 responders and none of the 4 others: Fisher's two-sided p = 2 / C(8, 4) = 0.0286
    assert "'d' is missing in 4 of 4 responders and 0 of 4 non-responders" in str(uneven.message)
    assert "p = 0.029" in str(uneven.message)


def test_no_gaps_no_pattern(study):
    status, _ = run(subject(study, [1, 0, 1, 0], {"x": noise(4)}), "RSP234")
    assert status is CheckStatus.NOT_APPLICABLE


# ---------------------------------------------------------------- coupling and collinearity
def test_coupling(study):
    cohort = subject(study, [1, 0, 1, 0], {"score": noise(4), "age_years": noise(4)})
    (found,) = run(cohort, "RSP240")[1]
    assert "'score' is part of the endpoint" in str(found.message)


def test_an_endpoint_that_is_a_change_from_a_trait_in_use(root):
    study = load_study("rp-ld-il2")
    found = scan_cohort(
        root / "data/rp_ld_il2/cohort.csv",
        study,
        endpoint="steroid_reduction_25_percent",
        traits=["prednisone_mg_per_day", "rpdai"],
    )
    (ratio,) = [f for f in found.findings if f.code == "RSP241"]
    assert "a ratio to 'prednisone_mg_per_day'" in str(ratio.message)
    assert not [f for f in found.findings if f.code == "RSP240"]
    plain = scan_cohort(root / "data/rp_ld_il2/cohort.csv", study, traits=["prednisone_mg_per_day"])
    (check,) = [c for c in plain.findings.checks if c.code == "RSP241"]
    assert check.status is CheckStatus.NOT_APPLICABLE


def test_collinear_pairs(study):
    x = np.arange(12.0)
    wobble = np.tile([1.0, -1.0], 6)
    cohort = subject(study, [1, 0] * 6, {"a": x, "b": x + 0.1 * wobble, "c": x + 3 * wobble, "sex": [0] * 12})
    (same,) = run(cohort, "RSP250")[1]
    assert "'a' and 'b' correlate with r = 1.00 (n = 12)" in str(same.message)
    assert len(run(cohort, "RSP251")[1]) == 2
    small = subject(study, [1, 0, 1, 0], {"a": x[:4], "b": x[:4]})
    assert run(small, "RSP250")[0] is CheckStatus.NOT_APPLICABLE
    many = subject(study, [1, 0] * 6, {f"x{i}": x for i in range(6)})
    found = run(many, "RSP250")[1]
    assert len(found) == 11
    assert str(found[-1].message) == "and 5 more such pairs"
