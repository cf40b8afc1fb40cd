"""The house style: same bytes, no global state, no missing glyphs, enough contrast."""

import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from responder.report import style
from responder.report.fonts import own_font
from responder.report.style import house_style, new_figure, png_bytes, svg_text, wrap


@house_style
def draw(title="A title", **words):
    figure, (axes,) = new_figure(title, height_inches=1.5, **words)
    axes.plot([0, 1], [0, 1])
    return figure


def test_same_figure_same_bytes():
    one, two = draw(subtitle="seen"), draw(subtitle="seen")
    assert svg_text(one) == svg_text(two)
    assert svg_text(one) == svg_text(one)
    assert png_bytes(one) == png_bytes(two)


def test_a_notebook_shows_a_figure_before_pyplot_was_imported():
    """IPython's own formatter, which knows figures only once pyplot has registered them, and asks the object else."""
    from IPython.core.formatters import PNGFormatter

    figure = draw()
    shown, how = PNGFormatter()(figure)
    assert shown == png_bytes(figure)
    assert how["width"] == round(figure.get_figwidth() * 96)


def test_svg_has_words_as_text_and_no_date():
    text = svg_text(draw("Words stay words", footnotes=["a note"], warning="Take care."))
    ET.fromstring(text)
    for words in ("Words stay words", "a note", "Take care."):
        assert f">{words}</text>" in text
    assert "<dc:date>" not in text


def test_settings_are_left_as_they_were():
    before = dict(mpl.rcParams)
    png_bytes(draw())
    assert dict(mpl.rcParams) == before


def test_the_label_is_the_text_alternative():
    assert draw("A title", subtitle="What is seen.", warning="Care.").get_label() == "A title. What is seen. Care."


@pytest.mark.parametrize("colour", [style.INK, style.MUTED, style.WARNING, style.BLUE])
def test_text_colours_have_contrast(colour, contrast):
    assert contrast(colour) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("colour", [*style.OUTCOME_COLOURS.values(), style.VERMILLION])
def test_mark_colours_have_contrast(colour, contrast):
    assert contrast(colour) >= 3  # WCAG 2.2, 1.4.11


def test_outcome_is_told_by_shape_too():
    assert style.OUTCOME_MARKERS[0] != style.OUTCOME_MARKERS[1]


def test_chinese_has_its_glyphs():
    if not own_font("zh"):
        pytest.skip("no font with Chinese characters (Debian: apt-get install fonts-noto-cjk)")
    png_bytes(draw("未能证明优于随机：留对 AUC 0.83"))  # a missing glyph warns, and a warning is an error


@pytest.mark.parametrize("cells", [6, 11, 40])
def test_wrapped_lines_fit(cells):
    text = "留对交叉验证 AUC 0.83，单侧置换检验 p = 0.143（全部 84 种标签排列，n = 9）。"
    lines = wrap(text, cells)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(style._cells(line.rstrip("，。；：、）」！？,.;:)%")) <= cells for line in lines)
