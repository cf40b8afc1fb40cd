"""The figure of a plan in both languages, and its files."""

import json
from dataclasses import replace

import pytest

from responder.cohort import Provenance
from responder.plan import AtHand, of_numbers, overridden, plan_study
from responder.report.fonts import own_font
from responder.report.plan_figures import draw_plan
from responder.report.plan_write import write_plan
from responder.report.style import svg_text


@pytest.fixture(scope="module")
def plan():
    at_hand = AtHand("cohort.csv", 12, 5, None, (Provenance.SIMULATED,))
    setting = overridden(replace(of_numbers(0.4, 3), at_hand=at_hand), aucs=(0.7, 0.9), sizes=(12, 25))
    return plan_study(setting, seed=1, cohorts=3)


def test_two_panels_a_line_for_each_auc_and_chance(plan):
    figure = draw_plan(plan)["plan"]
    power, width = figure.axes
    curves = [line for line in power.lines if len(line.get_xdata()) == 2 and list(line.get_xdata()) == [12, 25]]
    assert len(curves) == 3
    assert list(curves[1].get_ydata()) == [point.power for point in plan.simulated.at(0.7)]
    assert [list(line.get_ydata()) for line in width.lines[:3]] == [
        [point.interval_width for point in plan.simulated.at(auc)] for auc in (0.5, 0.7, 0.9)
    ]
    assert "If the true AUC is 0.70, the test of ridge:0.1" in figure.get_label()
    text = svg_text(figure)
    for said in ("true AUC 0.50 (chance)", "this cohort", "80% power", "it rests on simulated values"):
        assert said in text


@pytest.mark.skipif(not own_font("zh"), reason="no font with Chinese characters")
def test_chinese(plan):
    text = svg_text(draw_plan(plan, "zh")["plan"])
    assert "多少患者才足够" in text
    assert "基于模拟数值" in text


@pytest.mark.parametrize(
    ("powers", "said"),
    [
        ((0.1, 0.2), "in 80% of studies with more than 25 patients."),
        ((0.1, 0.9), "in 80% of studies from about 23 patients (13 to 25)."),
        ((0.8, 0.9), "in 80% of studies with 12 patients or fewer."),
    ],
)
def test_every_answer_has_words(plan, powers, said):
    points = [replace(p, power=powers[p.n == 25]) for p in plan.simulated.points]
    figure = draw_plan(replace(plan, simulated=replace(plan.simulated, points=tuple(points))))["plan"]
    assert figure.get_label().endswith(said)


def test_files(plan, tmp_path):
    written = write_plan(plan, tmp_path)
    assert [path.name for path in written] == ["plan.html", "plan.json", "plan.csv", "plan.svg", "plan.png"]
    # codes and numbers: a program reads the same in every language
    assert set(json.loads(written[1].read_text(encoding="utf-8"))["answer"]) == {"code", "values"}
    assert draw_plan(replace(plan, simulated=None)) == {}
