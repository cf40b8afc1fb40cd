"""Each number of the reference trial again, from its visits.csv by a few lines that use nothing of the program.

Intervals against scipy.stats.binomtest, correlations against scipy.stats.spearmanr and a count of all 9! pairings.
"""

import csv
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import binomtest, rankdata, spearmanr

from responder.trial import spearman


@pytest.fixture(scope="module")
def by_hand(reference_file):
    """Patient to week to cells."""
    patients = {}
    with reference_file.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            patients.setdefault(row["patient_id"], {})[int(row["week"])] = row
    return patients


IN_SUBGROUP = {
    "airway": lambda first: "airway" in first["organs"].split(";"),
    "ear_nose_only": lambda first: first["organs"] == "ear_nose",
    "steroid_users": lambda first: float(first["prednisone_mg_per_day"]) > 0,
}
COUNTS = {  # responders, lower dose, infections, completers; counted by eye in the table
    "airway": (1, 4, 0, 4),
    "ear_nose_only": (5, 2, 0, 5),
    "steroid_users": (5, 6, 0, 8),
}


@pytest.mark.parametrize("name", IN_SUBGROUP)
def test_subgroups(name, reference, by_hand):
    own = {p: visits for p, visits in by_hand.items() if IN_SUBGROUP[name](visits[0])}
    done = [visits for visits in own.values() if 12 in visits]
    responders = sum(int(v[12]["rpdai"]) == 0 for v in done)
    takers = [v for v in done if float(v[0]["prednisone_mg_per_day"]) > 0]
    cut = sum(float(v[12]["prednisone_mg_per_day"]) <= 0.75 * float(v[0]["prednisone_mg_per_day"]) for v in takers)
    infected = sum(any(v[w]["infection"] == "1" for w in v if w > 0) for v in done)
    assert (responders, cut, infected, len(done)) == COUNTS[name]

    found = next(group for group in reference.subgroups if group.subgroup.name == name)
    assert (found.enrolled, found.completed, found.unknown) == (len(own), len(done), 0)
    response, dose = (found.endpoint(e) for e in ("complete_rpdai_response", "steroid_reduction_25_percent"))
    assert (response.responders, response.n) == (responders, len(done))
    assert (dose.responders, dose.n) == (cut, len(takers))
    assert found.endpoint("complete_rpdai_response", "enrolled").n == len(own)
    infection = found.event("infection")
    assert (infection.patients, infection.n) == (infected, len(done))
    for row, k, n in ((response, responders, len(done)), (dose, cut, len(takers)), (infection, infected, len(done))):
        oracle = binomtest(k, n).proportion_ci(0.95, method="exact")
        assert (row.lower, row.upper) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


def test_no_infection_in_four_airway_patients_allows_for_six_in_ten(reference):
    airway = next(group for group in reference.subgroups if group.subgroup.name == "airway")
    assert airway.event("infection").upper == pytest.approx(1 - 0.025 ** (1 / 4))
    assert round(100 * airway.event("infection").upper, 1) == 60.2


def changes(by_hand, week, ratio):
    done = [v for v in by_hand.values() if 12 in v]

    def marker(row):
        return float(row["treg_per_ul"]) / (float(row["tcon_per_ul"]) if ratio else 1)

    rise = np.array([marker(v[week]) / marker(v[0]) for v in done])
    return rise, np.array([float(v[0]["rpdai"]) - float(v[12]["rpdai"]) for v in done])


@pytest.mark.parametrize(("at", "week", "ratio"), [(0, 4, False), (1, 12, False), (2, 12, True)])
def test_the_rise_and_the_fall(at, week, ratio, reference, by_hand):
    row = reference.together[at]
    rise, fall = changes(by_hand, week, ratio)
    assert (row.rise_week, row.fall_week, row.test.n) == (week, 12, 9)
    assert row.test.rho == pytest.approx(spearmanr(rise, fall).statistic, abs=1e-12)
    # all 9! pairings, listed
    a, b = rankdata(rise) - 5, rankdata(fall) - 5
    every = b[np.array(list(permutations(range(9))))] @ a
    assert row.test.exact
    assert row.test.p == pytest.approx((np.abs(every) >= abs(a @ b) - 1e-9).mean(), abs=1e-12)
    assert row.test.smallest_p == pytest.approx((np.abs(every) >= np.abs(every).max() - 1e-9).mean(), abs=1e-12)


def test_courses_by_response(reference, by_hand):
    for response, wanted in (("responder", True), ("non_responder", False)):
        own = [v for v in by_hand.values() if 12 in v and (int(v[12]["rpdai"]) == 0) == wanted]
        for row in (r for r in reference.by_response if r.response == response and r.course.course == "treg_per_ul"):
            values = [float(v[int(row.course.week)]["treg_per_ul"]) for v in own]
            assert (row.course.values.n, row.course.values.median) == (len(own), pytest.approx(np.median(values)))
            assert row.course.change is None


def test_random_pairings_where_all_are_too_many():
    rng = np.random.default_rng(3)
    x = rng.normal(size=9)
    y = x + rng.normal(size=9)
    exact, drawn = spearman(x, y), spearman(x, y, most_additions=1e3)
    assert exact.exact
    assert not drawn.exact
    assert (drawn.draws, drawn.seed) == (99_999, 2025)
    # four standard errors of so many draws
    assert drawn.p == pytest.approx(exact.p, abs=4 * np.sqrt(exact.p * (1 - exact.p) / 99_999))
    assert spearman(x, y, most_additions=1e3).p == drawn.p


def test_what_does_not_vary_has_no_correlation():
    test = spearman(np.array([1.0, 2.0, np.nan]), np.array([5.0, 5.0, 1.0]))
    assert (test.n, np.isnan(test.rho), np.isnan(test.p)) == (2, True, True)


def test_doses_received_of_doses_planned(scan, rows_of_three, header_of_three):
    """P1 and P2 were planned 28 doses by week 12 (20 daily ones, then 8 weekly ones), P3 20 by week 4."""
    from responder.trial import analyse_trial

    given = {"P1,0": "", "P1,4": "20", "P1,12": "8", "P2,0": "", "P2,4": "18", "P2,8": "4", "P2,12": "4", "P3,0": "0"}
    rows = [f"{row},{given.get(row.split(',')[0] + ',' + row.split(',')[1], '')}" for row in rows_of_three]
    result = analyse_trial(scan(rows, header_of_three + ",doses_received")[0].visits)
    completers, enrolled = result.doses
    counted = completers.counted
    assert (counted.patients, completers.unknown, counted.complete) == (2, 0, 1)
    assert (counted.received, counted.planned) == (54, 56)
    assert (enrolled.counted.patients, enrolled.unknown) == (2, 1)  # P3's visit at week 4 does not say
    # P1, the responder, missed week 8: the 8 doses told at week 12 are of 8 planned since week 4
    told = {(row.group, row.week): row.counted for row in result.doses_by_visit}
    assert {key: (c.patients, c.received, c.planned) for key, c in told.items()} == {
        ("enrolled", 4): (2, 38, 40), ("enrolled", 8): (1, 4, 4), ("enrolled", 12): (2, 12, 12),
        ("responder", 4): (1, 20, 20), ("responder", 8): (0, 0, 0), ("responder", 12): (1, 8, 8),
        ("non_responder", 4): (1, 18, 20), ("non_responder", 8): (1, 4, 4), ("non_responder", 12): (1, 4, 4),
    }  # fmt: skip
    assert sum(told["enrolled", week].received for week in (4, 8, 12)) == enrolled.counted.received
    assert analyse_trial(scan()[0].visits).doses == ()
