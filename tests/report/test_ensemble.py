"""A run over many cohorts that fit: the range leads, and no number of one table passes for the answer."""

import html
import re

import pytest

from responder.report import ReportInput, build_card, render_report
from responder.report.ensemble import ensemble_numbers, ensemble_table
from responder.report.limits import describe_limits
from responder.report.source import spoken
from responder.words import Voice


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_leads_with_the_range(ranged, language):
    found, words = ranged.content["ensemble"], Voice(language, "report")
    text = text_of(render_report(ranged, language, figures={}))
    sentence = ranged.lead_sentence(words)
    alone = words("ensemble.alone", verdict=ranged.verdict(ranged.model(), words))
    assert text.index(sentence) < text.index(words("page.one_of_many")) < text.index(alone)
    assert words.of(spoken(found, "meaning")) in text
    assert words("methods.drawn_cohorts") in text


def test_counts_and_ranges_come_first(ranged):
    words, found = Voice("en", "report"), ranged.content["ensemble"]
    numbers = ensemble_numbers(ranged, words)
    beats = found["verdicts"]["beats_chance"]
    assert numbers[0][1] == f"{beats} of 8"
    auc = found["ranges"][0]
    assert numbers[1][1] == f"{auc['lowest']:.2f} to {auc['highest']:.2f}"
    table = ensemble_table(ranged, words)
    assert [row[0] for row in table.rows] == ["Leave-pair-out AUC", "Permutation p", "Brier skill"]
    assert table.rows[0][-1] == f"{ranged.model()['metrics']['lpo_auc']:.2f}"


def test_the_figure_shows_every_member(ranged, ranged_figures):
    figure = ranged_figures["ensemble"]
    axes = figure.axes[0]
    members = ranged.tables["ensemble"]
    spots = {tuple(spot) for dots in axes.collections for spot in getattr(dots, "get_offsets", list)().tolist()}
    expected = set(zip(members["lpo_auc"].round(6), members["permutation_p"].round(6), strict=True))
    assert expected <= spots
    assert "8 members" in figure.get_label()
    assert next(iter(ranged_figures)) == "ensemble"


def test_limits_and_card_name_it(ranged):
    for language, said in (("en", "over 8 cohorts that fit the published facts"), ("zh", "符合已发表事实的 8 个队列")):
        words = Voice(language, "report")
        assert said in describe_limits(ranged, words)[0]
        card = build_card(ranged, language=language)
        lead, alone = ranged.sentences(ranged.model(), words)
        assert card.head[0] == lead
        assert any(alone in section.paragraphs for section in card.sections)


def test_one_table_that_beats_chance_is_drawn_grey(ranged):
    """Where the range does not decide, the figures of the given table carry the caution whatever that table shows."""
    model = {"verdict": {"kind": "beats_chance"}}
    assert not ranged.beats_chance(model)
    alone = ReportInput({**ranged.content, "ensemble": None}, ranged.study, ranged.tables, ranged.digest)
    assert alone.beats_chance(model)
