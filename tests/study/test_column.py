"""A trait's column: the fast way and the careful way agree, and everything odd is told."""

import math

import numpy as np
import pytest

from responder.names import fold_name
from responder.study.column import read_column, table_mark
from responder.study.encode import EncodeError, TraitCode
from responder.study.placing import ColumnSource, TraitNames

DOSE = TraitCode("dose", "continuous", unit="mg/day", units={"g/day": 1000.0})
ORGANS = TraitCode(
    "organs", "set", levels=("ear", "airway", "eye"),
    spellings={
        "ear": "ear", "耳": "ear", "鼻": "ear", "airway": "airway", "气道": "airway", "喉": "airway", "eye": "eye",
        "眼": "eye",
    },
)  # fmt: skip


def numbers(code, cells, mark=""):
    found = read_column(code, [ColumnSource(code.name)], [cells], mark)
    return found.values[:, 0].tolist(), found


def test_plain_columns_and_odd_ones_give_the_same_numbers():
    plain = ["1.5", "", "2", "1e1", ".5", "-3"]
    fast, _ = numbers(DOSE, plain)
    careful, found = numbers(DOSE, [*plain, "UNK"])
    np.testing.assert_array_equal(fast, careful[:-1])
    assert found.gaps == {"UNK": [(6, "dose")]}


def test_limits_count_as_the_study_says():
    cells = ["<5", ">2000", "7"]
    for limits, wanted in {"limit": [5, 2000, 7], "half": [2.5, 2000, 7], "missing": [math.nan, math.nan, 7]}.items():
        found, told = numbers(TraitCode("x", "continuous", limits=limits), cells)
        np.testing.assert_array_equal(found, wanted)
        assert told.limits == [0, 1]


def test_cells_that_the_study_declares():
    code = TraitCode("x", "count", cells={"ND": None, "neg": 0.0, "999": None})
    found, told = numbers(code, ["nd", "NEG", "999", "999.0", "12", "n.d."])
    np.testing.assert_array_equal(found, [math.nan, 0, math.nan, math.nan, 12, math.nan])
    assert [problem.row for problem in told.problems] == [5]


@pytest.mark.parametrize(
    ("cells", "doubtful"),
    [
        (["12%", "0.13", "9 %", "1"], [1, 3]),
        (["12%", "0.13", "9", "0"], []),  # percent points without the sign: 9 is no share of 1
        (["0.4%", "0.13"], []),
        (["0.12", "0.13"], []),
        (["12%", "", "NA", "0"], []),
    ],
)
def test_bare_numbers_up_to_one_beside_percentages_are_in_doubt(cells, doubtful):
    found, told = numbers(TraitCode("share", "continuous", unit="%"), cells)
    assert [problem.row for problem in told.problems] == doubtful
    assert all(math.isnan(found[row]) for row in doubtful)


def test_marks_that_cannot_be_decided_are_asked_about():
    found, told = numbers(DOSE, ["1,234", "2"])
    assert [problem.error.about for problem in told.problems] == ["mark"]
    assert math.isnan(found[0])
    assert numbers(TraitCode("x", "continuous", decimal_mark=","), ["1,234"])[0] == [1.234]
    assert numbers(TraitCode("x", "continuous", decimal_mark="."), ["1,234"])[0] == [1234]
    assert [problem.error.about for problem in numbers(DOSE, ["1,5", "2.5", "3"])[1].problems] == ["mixed", "mixed"]
    assert numbers(DOSE, ["1.234", "2"], mark=",")[1].problems[0].error.about == "mark"
    assert numbers(DOSE, ["1.5", "2"], mark=",")[0] == [1.5, 2]
    assert table_mark([["1.5"], ["2,5", "x"]]) == ","


@pytest.mark.parametrize(
    ("unit", "cell", "number"),
    [
        ("years", "24个月", 2.0),
        ("years", "2 yr", 2.0),
        ("years", "1年6个月", 1.5),
        ("years", "1 year 6 months", 1.5),
        ("mg/day", "15 mg/d", 15.0),
        ("mg/day", "15毫克/天", 15.0),
        ("cells/ul", "0.022×10^9/L", 22.0),
        ("cells/ul", "22 个/µL", 22.0),
        ("cells/ul", "22 /mm³", 22.0),
        ("cells/ul", "22×10⁶/L", 22.0),
        ("%", "12.5 %", 12.5),
        ("%", "１２．５％", 12.5),
        ("fraction", "12.5%", 0.125),
        ("titre", "1:80", math.log2(80)),
        ("titre", "80", math.log2(80)),
        ("", "1'234.5", 1234.5),
    ],
)
def test_units_in_cells(unit, cell, number):
    assert numbers(TraitCode("x", "continuous", unit=unit), [cell])[0] == [pytest.approx(number, rel=1e-15)]


@pytest.mark.parametrize(
    "cell", ["0.3 mg/kg", "15 mg", "5-10", "2024-01-15", "3 of 4", "6 months 1 year", "1 mg/d 5 mg/d"]
)
def test_units_that_do_not_go(cell):
    with pytest.raises(EncodeError):
        TraitCode("x", "continuous", unit="mg/day").encode(cell)


def test_an_unknown_unit_is_handed_on():
    with pytest.raises(EncodeError) as refused:
        TraitCode("x", "continuous", unit="mg/day").encode("0.3 mg/kg")
    assert (refused.value.about, refused.value.unit) == ("unit", "mg/kg")


def test_yes_and_no_of_named_levels_follow_the_study():
    spellings = {"absent": "absent", "present": "present", "0": "absent", "1": "present"}
    code = TraitCode(
        "x", "binary", levels=("absent", "present"), spellings=spellings, level_values={"absent": 0, "present": 1}
    )
    assert [code.encode(cell)[0] for cell in ("ja", "阴性", "1.0", True)] == [1.0, 0.0, 1.0, 1.0]
    sex = TraitCode(
        "sex", "binary", levels=("female", "male"),
        spellings={"female": "female", "male": "male", "0": "female", "1": "male"},
        level_values={"female": 0, "male": 1},
    )  # fmt: skip
    with pytest.raises(EncodeError, match="not a level"):
        sex.encode("yes")
    assert sex.encode("Ｆemale") == (0.0,)


@pytest.mark.parametrize(
    "cell", ["ear;eye", "耳；眼", "耳、眼", "ear, eye", "ear|eye", "ear + eye", "ear/eye", "ear\neye"]
)
def test_lists_of_levels(cell):
    assert ORGANS.encode(cell) == (1.0, 0.0, 1.0)


def test_codes_are_gaps_only_where_they_are_no_level():
    code = TraitCode(
        "x", "ordinal", levels=("NP", "QS"), spellings={"np": "NP", "qs": "QS"}, level_values={"NP": 0, "QS": 1}
    )
    assert code.read("NP").numbers == (0.0,)
    assert code.read("TI").gap == "TI"


def test_yes_no_columns_make_a_set():
    headers = ["编号", "耳", "鼻", "气道", "喉"]
    placed = TraitNames([ORGANS]).place(headers)
    sources = placed.sources["organs"]
    assert [(source.header, source.level) for source in sources] == [
        ("耳", "ear"), ("鼻", "ear"), ("气道", "airway"), ("喉", "airway"),
    ]  # fmt: skip
    cells = [["有", "", "", "1"], ["无", "有", "", "0"], ["否", "", "", "UNK"], ["否", "", "", "?"]]
    found = read_column(ORGANS, sources, cells)
    np.testing.assert_array_equal(found.values, [[1, 0, 0], [1, 0, 0], [math.nan] * 3, [1, 0, 0]])
    assert found.blank_beside == [1, 3]
    assert found.without_column == ("eye",)
    assert set(found.gaps) == {"UNK", "?"}


def test_one_column_named_like_a_level_is_no_set_and_the_whole_column_wins():
    assert TraitNames([ORGANS]).place(["耳", "age"]).sources == {}
    placed = TraitNames([ORGANS]).place(["organs", "ear", "eye"])
    assert placed.sources == {"organs": (ColumnSource("organs"),)}
    assert placed.spare == ("ear", "eye")


def test_markers_and_gates_are_told_apart():
    codes = [
        TraitCode("cd127", "continuous", aliases=("CD127",)),
        TraitCode("cd127neg", "continuous", aliases=("CD127-",)),
        TraitCode("treg", "continuous", unit="%", gate="CD4+/CD25hi FoxP3+ | Freq. of Parent"),
    ]
    gate = "Lymphocytes/Single Cells/CD4+/CD25hi FoxP3+ | Freq. of Parent (%)"
    other = "Lymphocytes/Single Cells/CD4+/CD25hi FoxP3+ | Count"
    placed = TraitNames(codes).place(["CD127", "CD127-", gate, other])
    assert {name: source[0].header for name, source in placed.sources.items()} == {
        "cd127": "CD127", "cd127neg": "CD127-", "treg": gate,
    }  # fmt: skip
    assert fold_name("CD127") != fold_name("CD127-")


def test_an_exact_name_wins_two_others_are_a_doubt_and_a_foreign_unit_is_told():
    code = TraitCode("dose", "continuous", unit="mg/day", aliases=("Prednisone",))
    names = TraitNames([code])
    assert names.place(["Prednisone", "dose"]).spare == ("Prednisone",)
    assert names.place(["Prednisone", "Dose"]).doubts == {"dose": ("Prednisone", "Dose")}
    assert names.place(["dose (mg/kg)"]).foreign_units == {"dose": (("dose (mg/kg)", "mg/kg"),)}
    assert names.place(["dose (g/d)"]).sources["dose"] == (ColumnSource("dose (g/d)", "g/d"),)


def test_codes_survive_json_and_old_ones_load():
    code = TraitCode(
        "x", "continuous", unit="years", cells={"ND": None}, limits="half", decimal_mark=",", aliases=("y",)
    )
    again = TraitCode.from_json(code.to_json())
    assert again == code.compiled()
    old = {
        key: value
        for key, value in code.to_json().items()
        if key not in {"cells", "limits", "factors", "aliases", "gate", "decimal_mark"}
    }
    assert TraitCode.from_json(old) == TraitCode("x", "continuous", unit="years", factors={})
