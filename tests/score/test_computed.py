"""What training computes from other columns, scoring computes too, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest
from tests.score import build

from responder.cohort import load_cohort
from responder.errors import DataRefusedError, InvalidValueError
from responder.score import load_bundle, write_bundle
from responder.score.consistency import require_consistent
from responder.score.profile import encode_profile, encode_table
from responder.study import load_study
from responder.study.carried import Carried
from responder.study.carrying import carried
from responder.study.derive import Derivation

STUDY = load_study("rp-ld-il2")
N = 8


@pytest.fixture(scope="module")
def bundle():
    return replace(build.make_bundle(), carried=carried(STUDY, build.TRAITS))


TABLE = {
    "受累器官": ["耳;鼻", "气道", "耳", "眼", "耳;气道", "none", "耳", "喉"],
    "病程 (月)": [6, 12, 24, 30, 8, 11, 40, 7],
    "RPDAI基线": [9, 14, 9, 5, 23, 9, 9, 14],
    "泼尼松": ["10", "甲泼尼龙 8mg", "0.2 mg/kg", "", "5 mg/d", "0", "12.5", ""],
    "甲泼尼龙": ["", "", "", 4, 8, "", 0, ""],
    "体重": [60, 61, 50, "", 70, 71, 72, 80],
    "Treg占CD4%": [4.5, 3.1, 2.9, 5, 4.1, "", 3.3, 3.8],
    "CD4计数": [500, 411, 377, 612, "", 402, 388, 390],
    "Treg": ["", "", 11, 30, 22, 18, "", ""],
    "Tcon": [400, 380, 350, 500, 420, 333, 366, 340],
}


def test_scoring_computes_what_training_computed(bundle, tmp_path):
    path = tmp_path / "cohort.csv"
    ids, outcome = [f"P{i}" for i in range(N)], [9 * (i % 2) for i in range(N)]
    table = {"编号": ids, **TABLE, "RPDAI 12周": outcome}
    rows = [table.keys(), *zip(*table.values(), strict=True)]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    cohort = load_cohort(path, STUDY, traits=list(build.TRAITS))
    texts = {name: [str(cell) for cell in cells] for name, cells in TABLE.items()}
    scored = encode_table(bundle, texts)
    assert scored.errors == {}
    np.testing.assert_array_equal(scored.values, cohort.values)
    assert np.isfinite(scored.values[:, bundle.columns.index("treg_per_ul")]).all()
    dose = scored.values[:, bundle.columns.index("prednisone_mg_per_day")]
    np.testing.assert_array_equal(dose, [10, 10, 10, 5, 15, 0, 12.5, np.nan])
    for row in range(N):
        alone = encode_profile(bundle, {name: cells[row] for name, cells in texts.items()})
        np.testing.assert_array_equal(alone.values[0], cohort.values[row])


def test_what_is_carried_is_written_and_read_back(bundle, tmp_path):
    write_bundle(bundle, tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").carried == bundle.carried
    assert "carried" in bundle.to_json()
    without = {key: content for key, content in bundle.to_json().items() if key != "carried"}
    assert type(bundle).from_json(without).carried == Carried()


def test_a_dose_by_weight_needs_the_weight(bundle):
    with pytest.raises(DataRefusedError, match="by body weight"):
        encode_profile(bundle, {"prednisone": "0.2 mg/kg", "rpdai": 9})
    by_header = encode_profile(bundle, {"prednisone (mg/kg/d)": 0.2, "weight": "50 kg"})
    assert by_header.values[0, bundle.columns.index("prednisone_mg_per_day")] == 10.0
    with pytest.raises(DataRefusedError, match="plausible"):
        encode_profile(bundle, {"prednisone": "0.2 mg/kg", "weight": 5000})


def test_another_trait_that_cannot_be_read_is_left_aside(bundle):
    found = encode_profile(bundle, {"rpdai": 9, "cd4": "many", "treg_percent": 4})
    assert np.isnan(found.values[0, bundle.columns.index("treg_per_ul")])


def test_a_computed_value_is_held_to_the_plausible_range(bundle):
    with pytest.raises(DataRefusedError, match="treg_per_ul"):
        encode_profile(bundle, {"treg_percent": 40, "cd4": 5000})


@pytest.mark.parametrize(
    "wrong",
    [
        Carried(rules=(Derivation("sum", "rpdai", ("nothing",)),)),
        Carried(rules=(Derivation("product", "rpdai", ("rpdai",)),)),
        Carried(by_weight={"rpdai": "nothing"}),
        Carried(codes=(STUDY.trait("rpdai").code.compiled(),)),
    ],
)
def test_what_points_at_nothing_is_no_bundle(bundle, wrong):
    with pytest.raises(InvalidValueError) as refused:
        require_consistent(replace(bundle, carried=wrong))
    assert refused.value.message.values == {"part": "carried"}
