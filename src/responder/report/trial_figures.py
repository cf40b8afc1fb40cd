"""Figures of a treated cohort: one line a patient by visit, stars against baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from responder.arrays import FloatArray
from responder.report.figures._common import DASHED, quiet_grid
from responder.report.fonts import figure_language
from responder.report.style import BLUE, GREY, INK, MUTED, VERMILLION, house_style, new_figure
from responder.report.trial_rates import draw_endpoints, draw_subgroups
from responder.report.trial_text import SUBJECT, illustration, with_unit
from responder.words import Language, Voice

if TYPE_CHECKING:
    from responder.study.trial_design import Course
    from responder.trial import TrialResult

__all__ = ["draw_family", "draw_trial"]


STARS = ((0.01, "**"), (0.05, "*"))
BAND = "#eef1f3"
MANY = 20  # patients: from here on lines are thin, and the median stands before them
# by colour and by shape: who belongs to the first group of the study, and who does not
GROUP_COLOURS = {True: BLUE, False: VERMILLION}
GROUP_MARKERS = {True: "o", False: "^"}
STEP = 0.014  # of the weeks: how far apart points are drawn that coincide; across, so that a score of 0 stands at 0


def draw_trial(result: TrialResult, language: Language = "en") -> dict[str, Figure]:
    """Draw every figure that the table allows: a family of courses each, the endpoints, the response by subgroup.

    Parameters
    ----------
    result : TrialResult
        From `responder.trial.analyse_trial`.
    language : str
        ``en`` or ``zh``; English where no installed font has Chinese characters.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        By name. The text alternative of each is its ``get_label()``.
    """
    words = Voice(figure_language(language), SUBJECT)
    followed = dict.fromkeys(row.family for row in result.courses)
    figures = {f"course_{family}": draw_family(result, family, words) for family in followed}
    if result.by_response:
        # what the response is made of would only show its own definition
        of_response = set(result.visits.compared_traits(result.visits.study.endpoint))
        told = {c.family for c in result.visits.design.courses if not set(c.of) <= of_response}
        for family in (family for family in followed if family in told):
            figures[f"response_{family}"] = draw_family(result, family, words, by_response=True)
    if any(row.n for row in result.endpoints):
        figures["endpoints"] = draw_endpoints(result, words)
    first = result.visits.study.endpoint.name
    if any(row.n for group in result.subgroups for row in group.endpoints if row.endpoint == first):
        figures["subgroups"] = draw_subgroups(result, words)
    return figures


@house_style
def draw_family(result: TrialResult, family: str, words: Voice, *, by_response: bool = False) -> Figure:
    """Draw the courses of one family side by side, one line a patient, the median of completers above them.

    Colours tell apart the groups that the study declares, or those who responded and those who did not.
    """
    visits = result.visits
    courses = [c for c in visits.design.courses if c.family == family and visits.has(c)]
    split = (_by_response if by_response else _by_organs)(result, words)
    told = visits.to_json()
    traits = [visits.study.trait(course.of[0]) for course in courses if len(course.of) == 1]
    sources = dict.fromkeys(words.of(trait.reference_source) for trait in traits if trait.reference)
    figure, panels = new_figure(
        words("by_response.figure" if by_response else "figure.title", family=words.of(visits.design.families[family])),
        subtitle=words("figure.seen", n=told["enrolled"], completed=told["completed"]),
        height_inches=3.0,
        columns=len(courses),
        width_inches=7.2 if len(courses) < 3 else 9.6,
        key=_key(result, split, words),
        footnotes=[
            _about_stars(result, family, words),
            words("figure.dodged"),
            *(words("figure.reference", source=source) for source in sources if source),
            illustration(result, words, _columns(result, courses)),
        ],
    )
    for course, axes in zip(courses, panels, strict=True):
        _draw_course(axes, result, course, split.group, words)
    return figure


def _columns(result: TrialResult, courses: Sequence[Course]) -> list[str]:
    """Return the traits that a figure of courses shows."""
    groups = result.visits.design.groups
    return [name for course in courses for name in course.of] + ([groups.trait] if groups else [])


class _Split(NamedTuple):
    """Two groups of patients: 1, 0, or ``nan`` for each patient, and what they are called."""

    group: FloatArray
    first: str
    others: str


def _by_organs(result: TrialResult, words: Voice) -> _Split:
    """Return the groups that the study declares for its figures, such as ear or nose only."""
    from responder.trial import belongs

    visits, groups = result.visits, result.visits.design.groups
    if groups is None or visits.study.trait(groups.trait).code.columns[0] not in visits.values:
        return _Split(np.full(visits.n, np.nan), "", "")
    return _Split(belongs(visits, groups.first), words.of(groups.label), words.of(groups.others))


def _by_response(result: TrialResult, words: Voice) -> _Split:
    from responder.trial import responses

    response = responses(result.visits, result.visits.study.endpoint)
    return _Split(response, words("by_response.responders"), words("by_response.others"))


def _key(result: TrialResult, split: _Split, words: Voice) -> list[Artist]:
    entries: list[Artist] = [
        Line2D([], [], linewidth=1.2, label=label, **_style(value))
        for value, label in ((1.0, split.first), (0.0, split.others))
        if (split.group == value).any()
    ]
    entries.append(Line2D([], [], label=words("figure.median"), **_median_style(result)))
    if not result.visits.members("completers").all():
        entries.append(Line2D([], [], color=MUTED, linewidth=1.2, linestyle=DASHED, label=words("figure.left")))
    return entries


def _style(group: float) -> dict[str, Any]:
    if np.isnan(group):
        return {"color": GREY, "marker": "s", "markersize": 4}
    return {"color": GROUP_COLOURS[group == 1], "marker": GROUP_MARKERS[group == 1], "markersize": 4.5}


def _median_style(result: TrialResult) -> dict[str, Any]:
    if result.visits.n > MANY:
        return {"color": INK, "linewidth": 2.4, "zorder": 5}
    return {"color": "#b4bac1", "linewidth": 5, "zorder": 2}  # broad, behind the lines, which stay countable


def _about_stars(result: TrialResult, family: str, words: Voice) -> str:
    changes = [
        row.change
        for row in result.courses
        if row.family == family and row.population == "completers" and row.change is not None
    ]
    tests = max((change.tests_in_family for change in changes), default=0)
    n = max((change.pairs for change in changes), default=0)
    starred = any(_stars(change.p_holm) for change in changes)
    return words("figure.stars" if starred else "figure.no_stars", n=n, tests=tests)


def _stars(p: float) -> str:
    return next((stars for below, stars in STARS if p < below), "")


def _draw_course(axes: Axes, result: TrialResult, course: Course, group: FloatArray, words: Voice) -> None:
    from responder.trial import followed_values

    visits = result.visits
    values, weeks = followed_values(visits, course), np.array(visits.design.weeks)
    summaries = [row for row in result.courses if row.course == course.name and row.population == "completers"]
    low, high = float(np.nanmin(values, initial=0.0)), float(np.nanmax(values, initial=0.0)) or 1.0
    beside = STEP * weeks[-1] * _coincide(values)
    completed = visits.members("completers")
    thin = visits.n > MANY
    for patient in np.flatnonzero(~np.isnan(values).all(axis=1)):
        seen = ~np.isnan(values[patient])
        axes.plot(
            weeks[seen] + beside[patient, seen], values[patient, seen],
            linewidth=0.7 if thin else 1.1, alpha=0.5 if thin else 0.85,
            linestyle="-" if completed[patient] else DASHED, markeredgecolor="white", markeredgewidth=0.5,
            zorder=3, **_style(group[patient]),
        )  # fmt: skip
    medians = [row.values.median for row in summaries]
    axes.plot(weeks, medians, solid_capstyle="round", **_median_style(result))
    trait = visits.study.trait(course.of[0])
    if trait.reference and len(course.of) == 1:
        axes.axhspan(*trait.reference, color=BAND, zorder=0, linewidth=0)
        high = max(high, trait.reference[1])
    for row in summaries:
        stars = _stars(row.change.p_holm) if row.change is not None else ""
        axes.text(
            row.week, low + 1.1 * (high - low), stars, ha="center", va="center", size=12, weight="bold", color=INK
        )
    axes.set_ylim(low - 0.08 * (high - low), low + 1.17 * (high - low))
    axes.set_xlim(weeks[0] - 0.05 * weeks[-1], weeks[-1] + 0.05 * weeks[-1])
    axes.set_xticks(weeks, [f"{week:g}" for week in weeks])
    axes.set_xlabel(words("figure.week"))
    label = words.of(summaries[0].label)
    axes.set_ylabel(with_unit(label, summaries[0].unit, words))
    quiet_grid(axes, "y")


def _coincide(values: FloatArray) -> FloatArray:
    """Return by how many steps each point is moved so that patients with the same value stay apart, centred on it."""
    steps = np.zeros(values.shape)
    for visit in range(values.shape[1]):
        column = values[:, visit]
        for value in np.unique(column[~np.isnan(column)]):
            same = np.flatnonzero(column == value)
            steps[same, visit] = np.arange(len(same)) - (len(same) - 1) / 2
    # many at one value stay within a narrow band about it
    most = np.abs(steps).max(initial=0.0)
    return steps * min(1.0, 3.0 / most) if most else steps
