"""A treated cohort as people see it: sentences, figures and page in both languages, never without their label."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

import responder.report
from responder.evidence import load_published
from responder.report.style import svg_text
from responder.report.trial_figures import draw_trial
from responder.report.trial_groups import group_tables, trial_sections
from responder.report.trial_html import render_trial
from responder.report.trial_tables import published_facts
from responder.report.trial_text import SUBJECT, number, p_text, percent
from responder.report.trial_write import write_trial
from responder.study import load_study
from responder.trial import analyse_trial, compare_published, read_visits
from responder.words import Voice

PACKAGE = Path(responder.report.__file__).parent


@pytest.fixture(scope="module")
def folder(root):
    return root / "data" / "rp_ld_il2"


@pytest.fixture(scope="module")
def trial(folder):
    return analyse_trial(read_visits(folder / "visits.csv", load_study("rp-ld-il2")))


@pytest.fixture(scope="module")
def drawn(trial):
    return draw_trial(trial)


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """Four patients of a real table: nothing else than RPDAI is recorded."""
    path = tmp_path_factory.mktemp("observed") / "visits.csv"
    rows = [f"P{i},{week},{score}" for i in range(4) for week, score in ((0, 9), (4, 9), (8, 9), (12, 9 * (i > 2)))]
    path.write_text("\n".join(["patient_id,week,rpdai", *rows]) + "\n", encoding="utf-8")
    return analyse_trial(read_visits(path, load_study("rp-ld-il2")))


def said(result, language="en"):
    return "\n".join(line for section in trial_sections(result, language) for line in section.lines)


def test_numbers_as_text():
    assert [number(x) for x in (9.0, -9.0, 0.5, 0.0451263, 1049.0, float("nan"))] == [
        "9", "−9", "0.5", "0.04513", "1049", "–",
    ]  # fmt: skip
    assert [percent(x) for x in (2 / 3, 0.75, 0.0, 1.0, 0.29929)] == ["66.7%", "75%", "0%", "100%", "29.9%"]
    assert [p_text(x) for x in (0.0156, 0.0009, 0.9999, float("nan"))] == ["0.016", "<0.001", "1", "–"]


@pytest.mark.parametrize(
    "sentence",
    [
        "10 patients were enrolled; 9 were seen at week 12.",
        "Left before week 12: P09 (last seen at week 4).",
        "Age (years): 39 (30–62)",
        "RPDAI (points): 9 (9–23) at baseline, 9 (0–23) at week 4, 0 (0–23) at week 8, 0 (0–14) at week 12.",
        "6 of 9 completers, 66.7% (95% interval 29.9–92.5%)",
        "6 of 10 enrolled when patients who left early count as non-responders, 60% (95% interval 26.2–87.8%)",
        "exact P = 0.016, asymptotic 0.011, with continuity correction 0.015; ",
        "exact P after Holm adjustment for 3 tests: 0.047",
        "No infection in 9 completers (95% interval 0–33.6%; rule of three: up to 33.3%; ",
        "(Disease activity: 3; Treg: 9; Glucocorticoid: 2)",
    ],
)
def test_results_section(sentence, trial):
    assert sentence in said(trial)


def test_subgroups_and_changes_as_tables(trial):
    tables = group_tables(trial, Voice("en", SUBJECT))
    assert ("Airway involved", "Infection", "0 of 4", "0–60.2%", "0 of 4", "0–60.2%") in tables["subgroups"].rows
    assert ("Treg/Tcon ratio, week 12", "RPDAI, week 12", "9", "0.77", "0.016", "0.048", "0.008") in tables[
        "together"
    ].rows
    assert ("Treg count (cells/µL)", "12", "6", "34.81 (14.55–59.62)", "3", "27.73 (18.93–35.06)") in tables[
        "by_response"
    ].rows
    assert "28 by week 12" in said(trial)
    assert "Doses received are not recorded" in said(trial)


def test_response_by_colour(drawn, trial):
    lines = drawn["response_dose"].axes[0].lines
    assert [sum(line.get_marker() == marker for line in lines) for marker in "o^"] == [5, 3]


def test_results_section_in_chinese(trial):
    text = said(trial, "zh")
    assert "完全应答（第12周RPDAI = 0）：完成者9例中6例，66.7%（95%区间 29.9–92.5%）" in text
    assert "Treg计数（个/µL）" in text


def test_what_is_not_recorded_is_said(observed):
    text = said(observed)
    assert "nothing can be said" in text
    assert "Cannot be estimated, because the table lacks what they compare: Prednisone dose lower" in text
    assert "4 patients were seen at week 12" in text
    # three of four changed: the smallest exact P is 0.25
    assert "the smallest exact P possible with that many changes is 0.250, so P < 0.05 was out of reach" in text


def test_figures(drawn):
    assert list(drawn) == [
        "course_activity",
        "course_treg",
        "course_dose",
        "response_treg",
        "response_dose",
        "endpoints",
        "subgroups",
    ]
    assert [len(figure.axes) for figure in drawn.values()] == [1, 3, 1, 3, 1, 1, 1]


def test_each_subgroup_has_its_exact_interval(drawn):
    """1 of 4 and 5 of 5: the intervals of Clopper and Pearson, as the table says them."""
    axes = drawn["subgroups"].axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["All patients", "Airway involved", "Ear or nose only", "Taking prednisone"]
    said = [text.get_text() for text in axes.texts]
    assert said[2:5] == ["1/4  25% (0.6–80.6%)", "1/4  25% (0.6–80.6%)", "5/5  100% (47.8–100%)"]


def test_one_line_a_patient_in_two_colours(drawn, trial):
    axes = drawn["course_activity"].axes[0]
    lines = [line for line in axes.lines if line.get_marker() in {"o", "^"}]
    assert len(lines) == trial.visits.n
    by_marker = {marker: {line.get_color() for line in lines if line.get_marker() == marker} for marker in "o^"}
    assert [len(colours) for colours in by_marker.values()] == [1, 1]
    assert by_marker["o"] != by_marker["^"]
    assert sum(line.get_marker() == "o" for line in lines) == 6  # P01-P03, P06, P09, P10: ear or nose alone


def test_points_stand_at_their_values(drawn, trial):
    drawn_lines = [line for line in drawn["course_activity"].axes[0].lines if line.get_marker() in {"o", "^"}]
    values = trial.visits.values["rpdai"]
    for line, row in zip(drawn_lines, values, strict=True):
        assert line.get_ydata().tolist() == row[~(row != row)].tolist()  # a score of 0 stands at 0
        assert abs(line.get_xdata() - [w for w, v in zip((0, 4, 8, 12), row, strict=True) if v == v]).max() < 0.6


def test_stars_are_those_of_the_adjusted_exact_test(drawn, trial):
    for axes, course in zip(
        drawn["course_treg"].axes, ["treg_percent_of_cd4", "treg_per_ul", "treg_tcon_ratio"], strict=True
    ):
        shown = {text.get_position()[0]: text.get_text() for text in axes.texts}
        for week in (4.0, 8.0, 12.0):
            p = trial.at_week(course, week).change.p_holm
            assert shown[week] == ("**" if p < 0.01 else "*" if p < 0.05 else "")


def test_who_left_is_dashed_and_ends(drawn):
    lines = [line for line in drawn["course_treg"].axes[1].lines if line.get_marker() == "o"]
    dashed = [line for line in lines if line.is_dashed()]
    assert [list(line.get_xdata()) for line in dashed] == [[0.0, 4.0]]


@pytest.mark.parametrize("name", ["course_activity", "course_treg", "course_dose", "endpoints", "subgroups"])
def test_every_figure_carries_its_label(name, drawn):
    text = svg_text(drawn[name])
    ElementTree.fromstring(text)
    assert "Illustrative: rests on" in text
    assert "simulated" in text or name != "course_treg"


def test_figures_of_observed_values_carry_none(observed):
    figures = draw_trial(observed)
    assert list(figures) == ["course_activity", "endpoints"]
    assert "Illustrative" not in svg_text(figures["course_activity"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_is_self_contained_and_labelled(language, trial, drawn, folder):
    published = compare_published(trial, load_published(folder / "published.toml"))
    page = render_trial(trial, language, figures=drawn, published=published)
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 7
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "<script" not in page
    assert ("Illustrative: rests on reconstructed and simulated values." if language == "en" else "仅作示例") in page
    assert ("54 of 54 published numbers agree" if language == "en" else "54个已发表数字中54个") in page
    assert ("confirms nothing" if language == "en" else "不构成任何验证") in page


def test_ids_are_escaped(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("patient_id,week,rpdai\n<b>1,0,9\n<b>1,4,9\nP2,0,9\nP2,12,0\n", encoding="utf-8")
    page = render_trial(analyse_trial(read_visits(path, load_study("rp-ld-il2"))))
    assert "<b>1" not in page
    assert "&lt;b&gt;1" in page


def test_files(trial, tmp_path):
    paths = write_trial(trial, tmp_path / "out")
    names = {str(path.relative_to(tmp_path / "out")) for path in paths}
    assert {"trial.html", "trial.json", "baseline.csv", "endpoints.csv", "courses.csv", "safety.csv"} <= names
    assert {f"figures/{name}.{ending}" for name in ("course_treg", "endpoints") for ending in ("svg", "png")} <= names
    for name in ("baseline", "endpoints", "courses", "safety"):
        lines = (tmp_path / "out" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert all(re.search("reconstructed|simulated", line) for line in lines[1:])
    again = write_trial(trial, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]


def test_published_facts_stand_beside_their_results(trial, folder):
    published = compare_published(trial, load_published(folder / "published.toml"))
    labels = {row.event: row.label for row in trial.safety}
    table = published_facts(published, labels, Voice("en", SUBJECT))
    assert len(table.rows) == len({row.fact for row in published})
    by_statement = {row[0]: row[1:] for row in table.rows}
    assert by_statement["Median age 39 years (30-62)."][:3] == ("39 · 30 · 62 · 9", "39 · 30 · 62 · 9", "4 of 4")
    assert ("Injection-site reaction", "Injection-site reaction", "1 of 1", "A") in by_statement.values()
    wrong = [replace(row, agrees=False) if row.fact == "sex" and row.value == "n" else row for row in published]
    assert ("9 · 9", "9 · 9", "1 of 2", "A") in {
        row[1:] for row in published_facts(wrong, labels, Voice("en", SUBJECT)).rows
    }


def test_a_chinese_page_has_no_english_sentence(trial, folder):
    published = compare_published(trial, load_published(folder / "published.toml"))
    page = render_trial(trial, "zh", figures={}, published=published)
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    shown = re.findall(r">([^<>]+)<|aria-label=\"([^\"]+)\"", body)
    assert [
        text for pair in shown for text in pair if re.search(r"\b[A-Za-z]+ (of|the|is|and|in|not) [a-z]", text)
    ] == []
