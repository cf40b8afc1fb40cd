"""``plan.html``: the plan of a study on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from responder.report.html import environment, inline_svg
from responder.report.plan_parts import PlanPart, assumptions_part, observed_lines, plan_parts
from responder.report.tables import ReportTable
from responder.words import Language, Voice

if TYPE_CHECKING:
    from responder.plan import StudyPlan

__all__ = ["render_plan"]


def render_plan(plan: StudyPlan, language: Language, *, figures: Mapping[str, Figure]) -> str:
    """Return the page as one HTML text without any outside reference.

    Parameters
    ----------
    plan : StudyPlan
        From `responder.plan.plan_study`.
    language : str
        ``en`` or ``zh``.
    figures : Mapping of str to Figure
        Drawn by `responder.report.plan_figures.draw_plan`.
    """
    words, voice = Voice(language, "plan_page.page"), Voice(language, "study_plan")
    at_hand = plan.setting.at_hand
    assumed = assumptions_part(plan, language)
    page = (
        environment()
        .get_template("plan.html.j2")
        .render(
            w=words,
            answer=words.of(plan.answer),
            illustration=voice("illustrative", kinds=at_hand.kinds) if at_hand is not None and at_hand.kinds else "",
            observed=observed_lines(plan, language),
            plots=[inline_svg(name, figure) for name, figure in figures.items()],
            parts=[(part, _table(part)) for part in (assumed, *plan_parts(plan, language))],
            limits_title=voice("limits"),
            limits=[words.of(line) for line in plan.limits],
        )
    )
    return page.lstrip()


def _table(part: PlanPart) -> ReportTable:
    numeric = frozenset(
        column for column in range(1, len(part.headers)) if all(row[column][:1].isdigit() for row in part.rows)
    )
    return ReportTable(part.title, part.headers, part.rows, numeric)
