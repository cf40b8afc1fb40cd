"""The cohort of a landmark analysis: who is in it, and that it finds what is there and nothing else."""

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.explain.rank_sum import doubled_midranks, rank_sum_test
from responder.study.landmark import landmark_study
from responder.trial import landmark_cohort, read_visits

HEADER = "patient_id,week,rpdai,treg_per_ul,tcon_per_ul"
RISES = ("treg_per_ul", "treg_tcon_ratio")


def drawn(rng, n, *, effect=0.0, early=0.4, after_response=0.0):
    """Rows of n patients: log rise N(0.7, 0.3), `effect` of one SD on later response, shifted in early responders."""
    rows = []
    for i in range(n):
        z = rng.standard_normal()
        is_early = rng.random() < early
        responds = is_early or rng.random() < 1 / (1 + np.exp(-effect * z))
        start = float(np.exp(rng.normal(3.1, 0.3)))
        rise = np.exp(0.7 + 0.3 * z + after_response * is_early)
        for week, rpdai, treg in (
            (0, 9, start),
            (4, 0 if is_early else 9, start * rise),
            (12, 0 if responds else 9, start),
        ):
            rows.append(f"S{i:03d},{week},{rpdai},{treg:.2f},500")
    return rows


def p_of_rise(cohort):
    rise = np.log(cohort.values[:, 1] / cohort.values[:, 0])
    found = rank_sum_test(doubled_midranks(rise), cohort.outcome, [])
    return found.auc, found.p


@pytest.fixture
def landmark(visits_file, study):
    def build(rows, **options):
        return landmark_cohort(read_visits(visits_file(rows, HEADER), study), 4, ["treg_per_ul"], **options)

    return build


def test_reference_visits_by_hand(reference_file, study):
    """By eye in visits.csv: P01, P03 and P06 have RPDAI 0 at week 4; P09 has no week 12."""
    cohort = landmark_cohort(read_visits(reference_file, study), 4, RISES)
    assert cohort.ids == ("P02", "P04", "P05", "P07", "P08", "P10")
    assert cohort.outcome.tolist() == [1, 1, 0, 0, 0, 1]
    assert cohort.landmark.excluded == {"responding": 3, "no_outcome": 1}
    assert next(str(f.message) for f in cohort.findings if f.code == "RSP260").endswith("P01, P03 and P06")
    assert str(cohort.study.known_only).startswith("Known at week 4 only")


def test_an_early_rise_that_predicts_is_found_and_one_that_does_not_is_not(landmark):
    """Planted: two logits of later response per SD of the log rise; then none."""
    auc, p = p_of_rise(landmark(drawn(np.random.default_rng(1), 80, effect=2.0)))
    assert auc > 0.7
    assert p < 0.01
    assert p_of_rise(landmark(drawn(np.random.default_rng(1), 80)))[1] > 0.05


def test_counting_early_responders_finds_what_is_not_there(landmark, visits_file, study):
    """Null: the rise says nothing of later response, but response by week 4 raises Treg by a factor of e^0.6."""
    naive, honest = [], []
    for seed in range(12):
        rows = drawn(np.random.default_rng(seed), 40, after_response=0.6)
        visits = read_visits(visits_file(rows, HEADER), study)
        treg, outcome = visits.values["treg_per_ul"], (visits.values["rpdai"][:, -1] == 0).astype(int)
        naive.append(rank_sum_test(doubled_midranks(treg[:, 1] / treg[:, 0]), outcome, []).p)
        honest.append(p_of_rise(landmark(rows))[1])
    assert sum(p <= 0.05 for p in naive) >= 9
    assert sum(p <= 0.05 for p in honest) <= 2


def test_a_missing_denominator_is_a_finding_and_a_zero_is_refused(landmark, visits_file, study):
    rows = drawn(np.random.default_rng(2), 20, early=0.0)
    gap = [",".join([*row.split(",")[:4], ""]) if row.startswith("S000,0,") else row for row in rows]
    cohort = landmark_cohort(read_visits(visits_file(gap, HEADER), study), 4, RISES)
    assert [f.code for f in cohort.findings].count("RSP261") == 1
    zero = [row.replace(row.split(",")[3], "0") if row.startswith("S000,0,") else row for row in rows]
    with pytest.raises(Exception, match="RSP131"):
        landmark(zero)


def test_a_rise_cannot_enter_a_baseline_model(study):
    study_of_week_4 = landmark_study(study, 4, RISES)
    rise = next(f for f in study_of_week_4.features if f.name == "treg_per_ul_rise")
    content = study.model_dump(by_alias=True)
    content["feature"] = [*content["feature"], rise.model_dump(by_alias=True)]
    with pytest.raises(ValueError, match="not known at baseline"):
        type(study).model_validate(content)
    assert study_of_week_4.id != study.id
    assert all(t.timing == "baseline" for t in study_of_week_4.baseline_traits)


@pytest.mark.parametrize(("week", "rises"), [(6, RISES), (12, RISES), (4, ("treg",))])
def test_what_the_study_does_not_know_is_refused(reference_file, study, week, rises):
    with pytest.raises(ConfigError):
        landmark_cohort(read_visits(reference_file, study), week, rises)


def test_a_later_value_is_taken_in_every_unit_of_the_first(study):
    landmark = landmark_study(study, 4, RISES)
    for name in ("treg_per_ul", "tcon_per_ul"):
        assert landmark.trait(f"{name}_week4").units == landmark.trait(name).units != {}
