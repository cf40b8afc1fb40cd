import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.isotonic import IsotonicRegression

from responder.validate.venn_abers import venn_abers, venn_abers_table

sizes = st.integers(1, 25)
calibration_sets = sizes.flatmap(
    lambda n: st.tuples(
        arrays(float, n, elements=st.integers(-5, 5).map(float) | st.floats(-5, 5, width=16)), arrays(bool, n)
    )
)


def by_definition(scores, labels, new):
    """Isotonic regression with the new patient added under each label, by another implementation."""
    pair = []
    for label in (0, 1):
        x, y = np.append(scores, new), np.append(labels.astype(float), label)
        pair.append(float(IsotonicRegression().fit(x, y).predict([new])[0]))
    return pair


def test_by_hand_with_a_tie_and_an_inversion():
    # scores 1, 2, 2, 3 with labels 0, 1, 0, 1; a new patient at 2 shares the block of two
    table = venn_abers_table([1, 2, 2, 3], [0, 1, 0, 1])
    interval = venn_abers(table, [0, 2, 2.5, 9])
    # at 2: labelled 0 the block holds 1 of 3, labelled 1 it holds 2 of 3
    # at 0: labelled 1 it is pooled with the whole of 1 and then 2: 1/2 and then 2/4; so 1/2
    # at 2.5: labelled 0 it is pooled with the block at 2: 1/3; labelled 1 it stands alone: 1
    # at 9: labelled 0 it is pooled with 3 (1/2) and with the block at 2 (2/4): 1/2
    assert interval.p0 == pytest.approx([0, 1 / 3, 1 / 3, 1 / 2])
    assert interval.p1 == pytest.approx([1 / 2, 2 / 3, 1, 1])
    assert interval.merged == pytest.approx([1 / 3, 1 / 2, 3 / 5, 2 / 3])


@given(calibration_sets, st.integers(-6, 6).map(float) | st.floats(-6, 6, width=16))
def test_agrees_with_isotonic_regression(calibration_set, new):
    scores, labels = calibration_set
    interval = venn_abers(venn_abers_table(scores, labels), new)
    assert [interval.p0[0], interval.p1[0]] == pytest.approx(by_definition(scores, labels, new), abs=1e-9)


def test_corners_of_the_hulls_give_what_all_blocks_give_to_the_last_bit():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal(300).round(1)  # with ties
    labels = rng.random(300) < 1.0 / (1.0 + np.exp(-scores))
    distinct, place, patients = np.unique(scores, return_inverse=True, return_counts=True)
    before = np.append(0, patients.cumsum())
    events_before = np.append(0.0, np.bincount(place, weights=labels).cumsum())

    def by_all_blocks(below, above):
        inside = before[None, above:] - before[: below + 1, None] + 1
        events = events_before[None, above:] - events_before[: below + 1, None]
        return [float(((events + label) / inside).min(axis=1).max()) for label in (0, 1)]

    table, k = venn_abers_table(scores, labels), len(distinct)
    assert [*zip(table["p0_at"], table["p1_at"], strict=True)] == [tuple(by_all_blocks(i, i + 1)) for i in range(k)]
    between = [*zip(table["p0_between"], table["p1_between"], strict=True)]
    assert between == [tuple(by_all_blocks(i, i)) for i in range(k + 1)]


@given(calibration_sets)
def test_interval_is_open_ordered_and_rises_with_the_score(calibration_set):
    scores, labels = calibration_set
    interval = venn_abers(venn_abers_table(scores, labels), np.linspace(-6, 6, 49))
    assert (interval.p0 < interval.p1).all()
    assert ((interval.p0 <= interval.merged) & (interval.merged <= interval.p1)).all()
    assert (np.diff(interval.p0) >= -1e-12).all()
    assert (np.diff(interval.p1) >= -1e-12).all()


@given(calibration_sets)
def test_only_the_order_of_the_scores_matters(calibration_set):
    scores, labels = calibration_set
    here, there = venn_abers_table(scores, labels), venn_abers_table(3 * scores + 1, labels)
    for name in ("p0_at", "p1_at", "p0_between", "p1_between"):
        assert here[name] == there[name]


@settings(max_examples=20)
@given(calibration_sets)
def test_table_survives_json(calibration_set):
    table = venn_abers_table(*calibration_set)
    again = json.loads(json.dumps(table, allow_nan=False))
    new = np.append(calibration_set[0], [-9.0, 0.25, 9.0])
    np.testing.assert_array_equal(venn_abers(table, new).p0, venn_abers(again, new).p0)


def test_one_of_the_two_is_calibrated():
    """Validity of Venn predictors (Vovk and Petej 2014): p chosen by the true label is right on average."""
    rng = np.random.default_rng(8)
    chosen, outcomes, widths = [], [], []
    for _ in range(3000):
        scores = rng.normal(size=10)
        labels = rng.random(10) < 1 / (1 + np.exp(-scores))
        interval = venn_abers(venn_abers_table(scores[:-1], labels[:-1]), scores[-1])
        chosen.append((interval.p1 if labels[-1] else interval.p0)[0])
        outcomes.append(labels[-1])
        widths.append((interval.p1 - interval.p0)[0])
    difference = np.array(chosen) - np.array(outcomes)
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(3000)
    assert 0.25 < np.mean(widths) < 0.45  # about a third at nine calibration patients


def test_wrong_arrays_are_refused():
    with pytest.raises(ValueError, match="as many as labels"):
        venn_abers_table([1.0, 2.0], [0])
    with pytest.raises(ValueError, match="finite"):
        venn_abers_table([1.0, np.nan], [0, 1])
    with pytest.raises(ValueError, match="missing"):
        venn_abers(venn_abers_table([1.0, 2.0], [0, 1]), [np.nan])


def test_frame_and_json():
    interval = venn_abers(venn_abers_table([1, 2], [0, 1]), [0, 3])
    assert len(interval.frame()) == 2
    assert interval.to_json()["p1"] == pytest.approx([1 / 2, 1.0])
