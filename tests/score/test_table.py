"""Many profiles at once say what each would say alone; a bad row spoils nothing but itself."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from responder.errors import DataRefusedError
from responder.score import TABLE_COLUMNS, score_profile, score_table
from responder.score.evaluate import evaluate
from responder.score.profile import encode_table
from responder.score.table import TEXT_COLUMNS
from responder.words import say


@pytest.fixture
def columns(root):
    with (root / "data/rp_ld_il2/cohort.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


@pytest.mark.parametrize("show_anyway", [False, True])
def test_a_row_says_what_the_profile_alone_would(any_bundle, columns, show_anyway):
    scored = score_table(any_bundle, columns, show_anyway=show_anyway)
    assert tuple(scored.columns) == TABLE_COLUMNS
    for row in range(len(scored)):
        alone = score_profile(any_bundle, {key: cells[row] for key, cells in columns.items()}, show_anyway=show_anyway)
        cell = {name: cells[row] for name, cells in scored.columns.items()}
        assert cell["patient"] == alone.patient
        assert cell["decision"] == alone.decision
        numbers = [
            cell[name]
            for name in ("probability", "stability_lower", "stability_upper", "venn_abers_p0", "venn_abers_p1")
        ]
        if alone.probability is None:
            assert np.isnan(numbers).all()
        else:
            expected = [alone.probability, *alone.stability, *alone.venn_abers]
            np.testing.assert_allclose(numbers, expected, atol=1e-12)
        sets = [cell["conformal_80"], cell["conformal_90"]]
        assert sets == ([found.outcomes for found in alone.conformal] or ["", ""])
        outside = {check.name for check in alone.traits if check.state in {"outside_range", "not_seen"}}
        assert set(filter(None, cell["traits_outside"].split(";"))) == outside
        near = alone.neighbour
        assert cell["leverage_ratio"] == pytest.approx(near.leverage / near.largest_leverage, rel=1e-9)


def test_a_bad_row_is_refused_and_spoils_nothing_else(bundle, columns):
    sound = score_table(bundle, columns)
    columns["rpdai"][2] = "nine"
    columns["organs"][5] = "spleen"
    scored = score_table(bundle, columns)
    assert (scored.refused, len(scored)) == (2, len(sound))
    assert scored.columns["reasons"][2].startswith("the value of 'rpdai' is not a number")
    assert scored.columns["reasons"][5].startswith("the value of 'organs' is not a level")
    for row in set(range(len(sound))) - {2, 5}:
        assert scored.columns["probability"][row] == sound.columns["probability"][row]
    for name, cells in scored.columns.items():
        if name not in TEXT_COLUMNS:
            assert np.isnan(cells[2])
    assert "nine" not in str([cells[2] for cells in scored.columns.values()])


def test_numbers_in_arrays_are_understood(bundle):
    columns = {"organs": ["ear"] * 3, "rpdai": np.array([9, 10, 11]), "treg": np.array([20.0, np.nan, 1e300])}
    scored = score_table(bundle, columns)
    assert scored.refused == 1
    assert "treg_per_ul" in scored.columns["traits_missing"][1]


@pytest.mark.parametrize(
    "columns", [{"nonsense": ["1"]}, {"patient_id": ["P1"]}, {}, {"rpdai": ["9"], "treg": ["1", "2"]}]
)
def test_a_table_that_cannot_be_understood_is_refused_whole(bundle, columns):
    with pytest.raises(DataRefusedError):
        score_table(bundle, columns)


def test_every_column_is_documented(root):
    text = (root / "docs" / "files.md").read_text(encoding="utf-8").split("## Scored table")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    told = {name.strip(" `"): said.strip() for name, said in rows}
    said = {name: say(f"scored_column.{name}") for name in TABLE_COLUMNS}
    assert told == {name: f"{text[:1].upper()}{text[1:]}." for name, text in said.items()}


def test_counts_add_up(make_bundle, columns):
    scored = score_table(make_bundle("ridge:1", kind="not_shown_to_beat_chance"), columns)
    assert (scored.scored, scored.abstained, scored.refused) == (0, 9, 0)
    assert (scored.columns["prevalence"] == 18 / 40).all()


def test_a_distance_has_no_ratio_where_training_patients_are_all_alike(bundle, columns):
    alike = replace(bundle.applicability, nearest_distances=np.zeros(bundle.standing.n))
    alike = replace(bundle, applicability=alike)
    usual = score_table(bundle, columns, show_anyway=True).columns["distance_ratio"]
    assert (usual > 0).all()
    assert np.isnan(score_table(alike, columns, show_anyway=True).columns["distance_ratio"]).all()
    same = replace(
        alike,
        background=np.repeat(
            evaluate(alike, encode_table(alike, columns).values).features[:1], bundle.standing.n, axis=0
        ),
    )
    ratios = score_table(same, columns, show_anyway=True).columns["distance_ratio"]
    assert ratios[0] == 0.0
    assert np.isnan(ratios[1:]).all()
