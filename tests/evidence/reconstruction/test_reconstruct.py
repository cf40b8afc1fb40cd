"""The enumeration against brute force on small cases, and against published counts."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import comb, floor, sqrt
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import fisher_exact, wilcoxon

from responder.errors import ConfigError, NotEstimableError
from responder.evidence.reconstruction import (
    ReportedFacts,
    ensemble_range,
    fisher_p_values,
    load_facts,
    reconstruct,
)
from responder.evidence.reconstruction.constraints import Cells
from responder.evidence.reconstruction.ensemble import bounded_ensemble
from responder.evidence.reconstruction.sift import Sieve

FACTS = Path(__file__).parents[3] / "experiments" / "facts"


def described(variables, facts, n, **more):
    return ReportedFacts.model_validate(
        {"schema": "responder/facts/1", "title": "a report", "n": n, "variables": variables, "fact": facts} | more
    )


def solved(facts, **limits):
    return reconstruct(facts, rng=np.random.default_rng(0), **limits)


def as_multisets(answer, *names):
    return Counter(
        tuple(sorted(zip(*(batch[name][row].tolist() for name in names), strict=True)))
        for batch in answer.cohorts()
        for row in range(len(batch))
    )


# ------------------------------------------------------------------ brute force
def half_up(exact, decimals):
    """Round a fraction exactly; the SD, which is irrational, is compared by its square instead."""
    unit = Fraction(1, 10**decimals)
    return floor(exact / unit + Fraction(1, 2)) * unit


def holds(fact, people):
    """Say whether a fact holds, by its definition; `people` are mappings from names to numbers."""
    compare = {"==": lambda a, b: a == b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b}

    def meets(person, condition):
        left, relation, right = condition.split()
        return compare[relation](person[left], person[right] if right in person else Fraction(right))

    value = Fraction(fact["value"]) if "value" in fact else None
    decimals = len(fact["value"].partition(".")[2]) if "value" in fact else 0
    if fact["statistic"] == "every":
        return all(meets(person, fact["of"]) for person in people)
    if fact["statistic"] == "count":
        return compare[fact.get("relation", "==")](sum(meets(p, fact["of"]) for p in people), value)
    if fact["statistic"] == "p_value":
        before, after = fact["of"].split(" - ")
        d = [float(person[before] - person[after]) for person in people]
        if not any(d):
            return False
        p = wilcoxon(d, zero_method="wilcox", correction=False, method="asymptotic").pvalue
        return Decimal(p).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) == Decimal(fact["value"])
    group = [person for person in people if meets(person, fact["where"])] if "where" in fact else people
    if "where" in fact and len(group) != fact["n"]:
        return False
    x = [person[fact["of"]] for person in group]
    if fact["statistic"] == "sd":
        variance = (sum(v * v for v in x) - sum(x) ** 2 / Fraction(len(x))) / (len(x) - 1)
        half = Fraction(1, 2 * 10**decimals)
        return max(value - half, 0) ** 2 <= variance < (value + half) ** 2
    exact = {"mean": lambda: sum(x) / Fraction(len(x)), "median": lambda: median(x)}.get(
        fact["statistic"], lambda: (min if fact["statistic"] == "minimum" else max)(x)
    )()
    return half_up(exact, decimals) == value


def brute_force(states, facts, n):
    cohorts = itertools.combinations_with_replacement(range(len(states)), n)
    return [c for c in cohorts if all(holds(fact, [states[i] for i in c]) for fact in facts)]


@st.composite
def reports(draw):
    """A small report of two variables: facts that hold in some drawn cohort, most of the time."""
    n = draw(st.integers(2, 5))
    step = draw(st.sampled_from(["1", "0.5"]))
    a_low, a_steps = draw(st.integers(-1, 2)), draw(st.integers(1, 3))
    b_values = draw(st.lists(st.integers(0, 7), min_size=1, max_size=2, unique=True))
    variables = {
        "a": {"lowest": a_low, "highest": float(a_low + a_steps * Fraction(step)), "step": step},
        "b": {"values": b_values},
    }
    a_states = [a_low + i * Fraction(step) for i in range(a_steps + 1)]
    states = [{"a": a, "b": Fraction(b)} for a in a_states for b in sorted(b_values)]
    people = [draw(st.sampled_from(states)) for _ in range(n)]
    decimals = draw(st.integers(0, 2))

    def text(number):
        return str(Decimal(float(half_up(Fraction(number), decimals))).quantize(Decimal(1).scaleb(-decimals)))

    def fact(kind):
        name = draw(st.sampled_from("ab"))
        if kind == "every":
            return {"statistic": kind, "of": draw(st.sampled_from(["a <= b", "b > 0", "a > 0"]))}
        if kind == "count":
            condition = draw(st.sampled_from(["a == 1", "b <= a", "b > 2"]))
            return {
                "statistic": kind,
                "of": condition,
                "relation": draw(st.sampled_from(["==", "<=", ">"])),
                "value": str(draw(st.integers(0, n))),
            }
        if kind == "p_value":
            return {"statistic": kind, "of": "a - b", "value": draw(st.sampled_from(["0.1", "0.2", "0.3", "1.0"]))}
        group, where = people, {}
        if draw(st.booleans()):
            condition = draw(st.sampled_from(["b > 1", "a <= 1"]))
            left, relation, right = condition.split()
            group = [p for p in people if (p[left] > int(right)) == (relation == ">")]
            where = {"where": condition, "n": len(group)}
        x = [person[name] for person in group]
        if not x or (kind == "sd" and len(x) < 2):
            return {"statistic": "count", "of": "a > 0", "value": "1"}
        value = {
            "median": lambda: median(x),
            "mean": lambda: sum(x) / Fraction(len(x)),
            "minimum": lambda: min(x),
            "maximum": lambda: max(x),
            "sd": lambda: sqrt((sum(v * v for v in x) - sum(x) ** 2 / Fraction(len(x))) / (len(x) - 1)),
        }[kind]()
        if draw(st.integers(0, 9)) == 0:
            value += 1
        return {"statistic": kind, "of": name, "value": text(value)} | where

    kinds = ["median", "mean", "sd", "minimum", "maximum", "count", "every", "p_value"]
    facts = [fact(kind) for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4))]
    return variables, states, [f | {"id": f"fact{i}"} for i, f in enumerate(facts)], n


@settings(max_examples=80, deadline=None)
@given(reports())
def test_reconstruction_is_brute_force(report):
    variables, states, facts, n = report
    answer = solved(described(variables, facts, n))
    expected = brute_force(states, facts, n)
    assert answer.tally.exhaustive
    assert answer.tally.count == len(expected)
    wanted = {tuple(sorted((float(states[i]["a"]), float(states[i]["b"])) for i in c)) for c in expected}
    listed = as_multisets(answer, "a", "b")
    assert set(listed) == wanted
    assert sum(listed.values()) == len(expected)
    for fact in facts:
        others = [other for other in facts if other is not fact]
        assert answer.without[fact["id"]].count == len(brute_force(states, others, n))
    assert (answer.conflict is None) == bool(expected)
    if answer.conflict:
        assert_smallest(answer.conflict, states, facts, n)


def assert_smallest(conflict, states, facts, n):
    assert conflict.smallest
    conflicting = [fact for fact in facts if fact["id"] in conflict.facts]
    assert not brute_force(states, conflicting, n)
    for size in range(1, len(conflicting)):
        for subset in itertools.combinations(facts, size):
            assert brute_force(states, subset, n)


@settings(max_examples=25, deadline=None)
@given(reports(), st.integers(0, 2**32))
def test_draws_fit_and_reach_everything(report, seed):
    variables, _, facts, n = report
    facts = [fact for fact in facts if fact["statistic"] != "p_value"] or [
        {"id": "any", "statistic": "count", "of": "a > 99", "value": "0"}
    ]
    answer = solved(described(variables, facts, n))
    if not 0 < answer.tally.count <= 30:
        return
    listed = as_multisets(answer, "a", "b")
    drawn = answer.found.ensemble.draw(np.random.default_rng(seed), 60 * len(listed))
    seen = Counter(
        tuple(sorted(zip(a, b, strict=True))) for a, b in zip(drawn["a"].tolist(), drawn["b"].tolist(), strict=True)
    )
    assert set(seen) == set(listed)  # misses one of 30 with chance below 30 exp(-60)
    assert max(seen.values()) < 4 * min(seen.values())


# ------------------------------------------------------------------ published counts
@pytest.mark.parametrize(("name", "count"), [("130", 5359), ("70", 2492), ("25", 4)])
def test_closure_counts(name, count):
    """Counts published for CLOSURE (Heathers et al. 2025)."""
    answer = solved(load_facts(FACTS / f"closure_{name}.toml"))
    assert (answer.tally.count, answer.tally.exhaustive) == (count, True)
    conventions = answer.by_convention
    assert conventions["half_up"] == conventions["half_down"] == conventions["half_even"]
    answers = np.concatenate([batch["answer"] for batch in answer.cohorts()])
    frequencies = np.stack([(answers == level).sum(axis=1) for level in range(1, 6)], axis=1)
    assert (frequencies.sum(axis=1) == answer.facts.n).all()
    assert len(np.unique(frequencies, axis=0)) == count


@pytest.fixture(scope="module")
def rp():
    facts = load_facts(FACTS / "rp_rpdai.toml")
    return solved(facts, draws=20_000)


def test_rp_counts(rp):
    """3,254,069 multisets fit without the P value (counted apart by a plain loop over all of them)."""
    assert rp.without["p_value"].count == 3_254_069
    by_test = {test: tally.count for test, tally in rp.by_test["p_value"].items()}
    assert by_test["signed_rank_asymptotic"] == 181_303
    assert by_test["signed_rank_continuity"] == 330_610
    # multiples of 2/2^m: none rounds to 0.011 with at most nine differences
    assert by_test["signed_rank_exact"] == by_test["sign_exact"] == 0
    assert rp.tally.exhaustive
    assert rp.tally.count <= sum(by_test.values())


def test_rp_facts_that_do_no_work(rp):
    """Six zeros of nine settle the median and the minimum at week 12."""
    idle = [fact for fact, tally in rp.without.items() if tally == rp.tally]
    assert idle == ["week12_median", "week12_minimum"]
    sampled = rp.without["baseline_maximum"]
    assert not sampled.exhaustive
    assert rp.tally.count < sampled.low < sampled.count < sampled.high


def test_rp_does_not_pin_down_the_trait(rp):
    answer = rp.ranges[0]
    assert answer.exhaustive
    assert len(answer.values) == rp.tally.count
    assert answer.lowest == pytest.approx(1 / 84)  # the smallest P that 6 against 3 can give
    assert answer.highest == 1.0


def test_rp_members_fit(rp):
    for batch in itertools.islice(rp.cohorts(), 2):
        before, after = batch["baseline"], batch["week12"]
        assert (np.median(before, axis=1) == 9).all()
        assert ((after == 0).sum(axis=1) == 6).all()
        p = wilcoxon(before[0], after[0], correction=False, method="asymptotic").pvalue
        corrected = wilcoxon(before[0], after[0], correction=True, method="asymptotic").pvalue
        t = (before[0] - after[0]).mean() / ((before[0] - after[0]).std(ddof=1) / 3)
        assert 0.0105 <= p < 0.0115 or 0.0105 <= corrected < 0.0115 or t > 3


def test_simple_model_leaves_one_assignment():
    answer = solved(load_facts(FACTS / "rp_simple_model.toml"))
    assert answer.tally.count == 1
    assert answer.without["p_value"].count == 2
    only = next(iter(as_multisets(answer, "baseline", "week12")))
    assert Counter(only) == {(9, 0): 5, (23, 0): 1, (23, 14): 1, (14, 14): 2}
    assert answer.ranges[0].lowest == answer.ranges[0].highest == pytest.approx(0.0476, abs=5e-5)


# ------------------------------------------------------------------ conflicts, samples, results
AGE = {"age": {"lowest": 18, "highest": 70}}


def test_smallest_conflict_is_named():
    facts = [
        {"id": "median_age", "statistic": "median", "of": "age", "value": 39},
        {"id": "youngest", "statistic": "minimum", "of": "age", "value": 30},
        {"id": "oldest", "statistic": "maximum", "of": "age", "value": 62},
        {"id": "mean_age", "statistic": "mean", "of": "age", "value": "51.0"},
        {"id": "many_young", "statistic": "count", "of": "age < 40", "value": 2, "relation": ">="},
    ]
    answer = solved(described(AGE, facts, 9))
    assert answer.tally.count == 0
    # five of at most 39 and four of at most 62 have 443 years together, short of 9 x 51; four of 70 would do
    assert answer.conflict.facts == ("median_age", "oldest", "mean_age")
    assert answer.conflict.smallest
    assert answer.frame().set_index("id")["in_conflict"].to_dict() == {
        "median_age": True,
        "youngest": False,
        "oldest": True,
        "mean_age": True,
        "many_young": False,
    }
    with pytest.raises(NotEstimableError):
        answer.draw(np.random.default_rng(0), 1)
    with pytest.raises(NotEstimableError):
        ensemble_range(answer, lambda cohorts: cohorts["age"].mean(axis=1))


def test_p_value_in_conflict():
    facts = [
        {"id": "no_change", "statistic": "every", "of": "after == before"},
        {"id": "p", "statistic": "p_value", "of": "before - after", "value": 0.05, "relation": "<"},
        {"id": "top", "statistic": "maximum", "of": "before", "value": 3},
    ]
    scale = {"lowest": 0, "highest": 3}
    answer = solved(described({"before": scale, "after": scale}, facts, 6))
    assert answer.conflict.facts == ("no_change", "p")


def test_large_ensembles_are_counted_exactly_and_sampled():
    """Ages of 40 people: the number of multisets is C(53 + 39, 40), whatever its size."""
    nothing = [{"id": "adults", "statistic": "minimum", "of": "age", "value": 18}]
    answer = solved(described(AGE, nothing, 40), draws=500)
    assert answer.tally.count == comb(92, 40) - comb(91, 40)
    assert not answer.lists_all
    assert sum(len(batch) for batch in answer.cohorts()) == answer.known == 500
    ages = ensemble_range(answer, lambda cohorts: cohorts["age"].min(axis=1), name="youngest")
    assert (ages.lowest, ages.highest, ages.exhaustive) == (18, 18, False)
    # stars and bars: given one person of 18, the other 39 are any multiset of 53 ages, with mean 44
    means = ensemble_range(answer, lambda cohorts: cohorts["age"].mean(axis=1))
    assert np.mean(means.values) == pytest.approx((18 + 39 * 44) / 40, abs=1)


def test_sampled_limits_hold_the_truth():
    facts = load_facts(FACTS / "rp_rpdai.toml")
    facts = facts.model_copy(update={"questions": ()})
    answer = solved(facts, most_listed=1000, draws=5000)
    assert not answer.tally.exhaustive
    truth = 181_303
    tally = answer.by_test["p_value"]["signed_rank_asymptotic"]
    assert tally.low <= truth <= tally.high
    assert tally.phrase.code == "reconstruct.tally_sampled"
    assert all(len(batch) for batch in answer.cohorts())


def test_same_seed_same_answer():
    facts = load_facts(FACTS / "rp_rpdai.toml").model_copy(update={"questions": ()})
    answers = [solved(facts, most_listed=1000, draws=2000).to_json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert json.loads(json.dumps(answers[0])) == answers[0]


def test_range_over_a_sample_of_cohorts():
    answer = solved(load_facts(FACTS / "closure_70.toml"))
    rng = np.random.default_rng(5)
    part = ensemble_range(answer, lambda cohorts: cohorts["answer"].mean(axis=1), most=50, rng=rng, name="mean")
    assert (len(part.values), part.exhaustive) == (50, False)
    assert 3.45 <= part.lowest <= part.median <= part.highest < 3.55
    assert part.frame().loc[0, "cohorts"] == 50
    with pytest.raises(TypeError):
        ensemble_range(answer, lambda cohorts: cohorts["answer"].mean(axis=1), most=50)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_fisher_is_scipys(pairs):
    trait, response = np.array([pairs]).transpose(2, 0, 1)
    table = [[sum((t, r) == (a, b) for t, r in pairs) for b in (True, False)] for a in (True, False)]
    assert fisher_p_values(trait, response)[0] == pytest.approx(fisher_exact(table).pvalue, abs=1e-9)


# ------------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    ("fact", "named"),
    [
        ({"statistic": "mean", "of": "agee", "value": 3}, "'agee', which is not a variable"),
        ({"statistic": "mean", "of": "age"}, "has a value"),
        ({"statistic": "every", "of": "age = 3"}, "not a condition"),
        ({"statistic": "count", "of": "age > 3", "value": 1.5}, "whole number"),
        ({"statistic": "p_value", "of": "age", "value": 0.05}, "not a paired difference"),
        ({"statistic": "mean", "of": "age", "value": "three"}, "not a number"),
        ({"statistic": "mean", "of": "age", "value": 30, "relation": "<"}, "relation"),
        ({"statistic": "mean", "of": "age", "value": 30, "where": "age > 20"}, "go together"),
        ({"statistic": "mean", "of": "age", "value": 30, "tests": ["paired_t"]}, "only p_value can have tests"),
        ({"statistic": "average", "of": "age", "value": 30}, "statistic"),
        ({"statistic": "mean", "of": "age", "valu": 30}, "valu"),
    ],
)
def test_broken_facts_are_refused(fact, named, tmp_path):
    lines = ['schema = "responder/facts/1"', 'title = "t"', "n = 3", "[variables.age]", "lowest = 18", "highest = 70"]
    lines += ["[[fact]]", 'id = "the_fact"', *(f"{key} = {json.dumps(value)}" for key, value in fact.items())]
    path = tmp_path / "facts.toml"
    path.write_text("\n".join(lines))
    with pytest.raises(ConfigError) as refused:
        load_facts(path)
    assert named in f"{refused.value.message} {refused.value.hint}"
    assert str(path) in refused.value.where


def test_an_unknown_variable_gets_a_suggestion():
    for name, near in (("agee", "did you mean 'age'?"), ("sex", "variables: age")):
        with pytest.raises(ValidationError) as refused:
            described({"age": {"values": [1]}}, [{"id": "f", "statistic": "mean", "of": name, "value": 1}], 3)
        assert str(refused.value.errors()[0]["ctx"]["error"].hint) == near


@pytest.mark.parametrize(
    "variable",
    [
        {"lowest": 1},
        {"lowest": 3, "highest": 1},
        {"lowest": 0, "highest": 1, "step": 0.3},
        {"values": [1, 1]},
        {"values": [1], "items": {"a": 1}},
        {},
        {"lowest": 0, "highest": 1, "step": 0},
    ],
)
def test_broken_variables_are_refused(variable):
    with pytest.raises(ValueError, match="variables"):
        described({"x": variable}, [{"id": "f", "statistic": "mean", "of": "x", "value": 1}], 3)


def test_too_many_combinations_are_refused():
    wide = {"lowest": 0, "highest": 2000}
    with pytest.raises(ConfigError, match="combinations"):
        solved(described({"a": wide, "b": wide}, [{"id": "f", "statistic": "mean", "of": "a", "value": 1}], 3))


@pytest.mark.parametrize(("most_sums", "sifted"), [(10_000, set()), (1_500, {"sd"}), (1_000, {"sd", "mean"})])
def test_sums_that_are_too_many_are_sifted_instead(most_sums, sifted):
    """With less room for partial sums the SD, then also the mean, is looked up in each cohort: the same cohorts."""
    facts = [
        {"id": "mean", "statistic": "mean", "of": "x", "value": "4.3"},
        {"id": "sd", "statistic": "sd", "of": "x", "value": "2.1"},
        {"id": "highest", "statistic": "maximum", "of": "x", "value": "8"},
    ]
    report = described({"x": {"lowest": 0, "highest": 9}}, facts, 12)
    whole = solved(report)
    assert whole.tally.count == 253
    ensemble, others = bounded_ensemble(Cells(report), report.facts, "half_up", most_sums)
    assert {fact.id for fact in others} == sifted
    found = Sieve(10**6, 1000, np.random.default_rng(0)).sift(ensemble, others, ["half_up"])["half_up"]
    assert found.tally == whole.tally
    same = Counter(tuple(sorted(row)) for row in found.first(20_000, np.random.default_rng(0))["x"].tolist())
    listed = Counter(tuple(sorted(row)) for batch in whole.cohorts() for row in batch["x"].tolist())
    assert same.keys() == listed.keys()


def test_too_many_sums_are_refused():
    facts = [{"id": "one", "statistic": "count", "of": "x == 1", "value": "1"}]
    report = described({"x": {"lowest": 0, "highest": 9}}, facts, 12)
    with pytest.raises(NotEstimableError, match="partial sums"):
        bounded_ensemble(Cells(report), report.facts, "half_up", most_sums=5)
