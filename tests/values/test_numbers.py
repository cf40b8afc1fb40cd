"""What is written in any usual style is read as it was meant, or asked about; never as another number."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.values import decimal_proof, number_style, parse_number, undecided

THOUSANDS = {".": [",", " ", "'", "\u2009", "\u202f", "\u00a0", "’", ""], ",": [".", " ", "'", "\u00a0", ""]}
WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
numbers = st.decimals(-999_999_999, 999_999_999, places=3, allow_nan=False)


def written(number, mark, thousands, places):
    """A number in a style, as a spreadsheet of that country shows it."""
    text = f"{abs(number):,.{places}f}".replace(",", "t").replace(".", mark).replace("t", thousands)
    return f"-{text}" if number < 0 else text


@settings(max_examples=400)
@given(data=st.data(), number=numbers, places=st.integers(0, 3), mark=st.sampled_from([".", ","]))
def test_what_was_written_is_read_or_asked_about(data, number, places, mark):
    number = round(number, places)
    text = written(number, mark, data.draw(st.sampled_from(THOUSANDS[mark])), places)
    if data.draw(st.booleans()):
        text = text.translate(WIDE)
    if data.draw(st.booleans()):
        text = text.replace("-", "\u2212")
    style = number_style([text])
    if style.doubt:
        assert undecided(text)
    elif undecided(text):
        assert "." in text or "．" in text  # a lone point is one of decimals, unless the column says otherwise
    else:
        assert parse_number(text, style).value == float(number)
    assert parse_number(text, number_style([text], declared=mark)).value == float(number)


@settings(max_examples=200)
@given(column=st.lists(numbers, min_size=1, max_size=8), mark=st.sampled_from([".", ","]))
def test_a_column_in_one_style_is_read_or_asked_about(column, mark):
    cells = [written(number, mark, "," if mark == "." else ".", 2) for number in column]
    style = number_style(cells)
    assert not style.doubt
    assert [parse_number(cell, style).value for cell in cells] == [float(round(number, 2)) for number in column]


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_repr_survives(number):
    assert parse_number(repr(number)).value == number


@pytest.mark.parametrize(
    ("text", "value", "unit", "limit"),
    [
        ("+5", 5, "", ""),
        ("1.5e3", 1500, "", ""),
        ("1.5 × 10^3", 1500, "", ""),
        ("2·10⁻³", 0.002, "", ""),
        ("12.5 %", 12.5, "%", ""),
        ("１２％", 12, "%", ""),
        ("24个月", 24, "个月", ""),
        ("2 yr", 2, "yr", ""),
        ("15 mg/d", 15, "mg/d", ""),
        ("0.022×10^9/L", 0.022, "10^9/l", ""),
        ("0.022 10^9/L", 0.022, "10^9/L", ""),
        ("＜0.5", 0.5, "", "<"),
        ("≤ 0,5", 0.5, "", "<"),
        (">2000", 2000, "", ">"),
        ("<LOD 0.5", 0.5, "", "<"),
        ("低于0.5", 0.5, "", "<"),
        ("2000以上", 2000, "", ">"),
        ("< 5 U/mL", 5, "U/mL", "<"),
        ("1 234", 1234, "", ""),
        ("1'234'567.5", 1234567.5, "", ""),
        ("1.234.567,5", 1234567.5, "", ""),
    ],
)
def test_cells_as_they_arrive(text, value, unit, limit):
    parsed = parse_number(text, number_style([text]))
    assert (parsed.value, parsed.unit, parsed.limit) == (value, unit, limit)
    assert parsed.percent == (unit == "%")


@pytest.mark.parametrize("text", ["", "many", "1.2.2024", "-", "±", "1,2,3", "1,23,456", "..", "12,", "#N/A", "٣"])
def test_what_is_no_number(text):
    assert parse_number(text, number_style([text])) is None


@pytest.mark.parametrize(
    ("cells", "decimal", "doubt"),
    [
        (["12,34"], ",", ""),
        (["0,5"], ",", ""),
        (["0,123"], ",", ""),
        (["1234,567"], ",", ""),
        (["1.234,5", "1.234"], ",", ""),
        (["1,234,567", "1,234"], ".", ""),
        (["850.5", "1,234"], ".", ""),
        (["1 234,567"], ",", ""),
        (["1.234"], ".", ""),
        (["12", "many", "UNK", "1.2.2024", "ear, eye"], ".", ""),
        (["1,234"], ".", "ambiguous"),
        (["1,234", "1.234"], ".", "ambiguous"),
        (["12,5", "1.234"], ",", "ambiguous"),
        (["12,5", "12.5"], ".", "mixed"),
    ],
)
def test_a_column_proves_its_marks_or_is_asked_about(cells, decimal, doubt):
    assert number_style(cells) == (decimal, doubt)


def test_other_columns_raise_a_doubt_and_never_decide():
    assert number_style(["1.234", "12"], table=",").ambiguous
    assert number_style(["1.5"], table=",") == (".", "")
    assert number_style(["1.234"], declared=",", table=",") == (",", "")
    assert decimal_proof("1,234") == ""


def test_two_parts_of_a_duration():
    assert parse_number("1年6个月")[:2] == (1, "年")
    assert parse_number("2 y 3 mo").second == (3, "mo")
    assert parse_number("1 year and 6 months").second == (6, "months")
    assert math.isinf(parse_number("9" * 400).value)
