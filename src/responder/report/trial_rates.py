"""Figures of the shares of patients that met an endpoint, with exact intervals: each endpoint, and each subgroup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from responder.report.figures._common import quiet_grid
from responder.report.style import BLUE, INK, MUTED, house_style, new_figure, wrap
from responder.report.trial_text import capital, illustration, percent
from responder.words import Voice

if TYPE_CHECKING:
    from responder.trial import EndpointOutcome, Population, TrialResult

__all__ = ["draw_endpoints", "draw_subgroups"]

_STYLE: Mapping[Population, Mapping[str, Any]] = {
    "completers": {"color": BLUE, "marker": "o"},
    "enrolled": {"color": MUTED, "marker": "D"},
}


@house_style
def draw_endpoints(result: TrialResult, words: Voice) -> Figure:
    """Draw the share of patients that met each endpoint with its exact interval, under both withdrawal rules."""
    shown: dict[str, list[EndpointOutcome]] = {}
    for row in result.endpoints:
        if row.n:
            shown.setdefault(row.endpoint, []).append(row)
    return _draw_shares(
        result,
        [(words.of(own[0].label), own) for own in shown.values()],
        words("figure.endpoints"),
        words("figure.endpoints_seen"),
        shown,
        words,
    )


@house_style
def draw_subgroups(result: TrialResult, words: Voice) -> Figure:
    """Draw the share of responders in all patients and in each subgroup, with exact intervals, as a forest."""
    endpoint = result.visits.study.endpoint
    groups = [(words("subgroups.all"), result.endpoints)]
    groups += [(capital(words.of(group.subgroup.label)), group.endpoints) for group in result.subgroups]
    return _draw_shares(
        result,
        [(name, [row for row in rows if row.endpoint == endpoint.name]) for name, rows in groups],
        words("figure.subgroups"),
        words("figure.subgroups_seen", label=words.of(endpoint.label)),
        {endpoint.name},
        words,
        besides=[group.subgroup.trait for group in result.subgroups],
    )


def _draw_shares(
    result: TrialResult,
    rows: Sequence[tuple[str, Sequence[EndpointOutcome]]],
    title: str,
    subtitle: str,
    endpoints: Iterable[str],
    words: Voice,
    *,
    besides: Iterable[str] = (),
) -> Figure:
    """Draw one line a name: completers above all enrolled, the numbers in words on the right."""
    declared = [endpoint for endpoint in result.visits.study.endpoints if endpoint.name in set(endpoints)]
    compared = [trait for endpoint in declared for trait in result.visits.compared_traits(endpoint)]
    figure, (axes,) = new_figure(
        title,
        subtitle=subtitle,
        height_inches=0.75 + 0.62 * len(rows),
        key=[
            Line2D([], [], linewidth=1.6, markersize=6, label=words(f"figure.{population}"), **look)
            for population, look in _STYLE.items()
        ],
        footnotes=[illustration(result, words, dict.fromkeys([*compared, *besides]))],
    )
    for place, (_, own) in enumerate(rows):
        for row in own:
            height = -place - (0.17 if row.population == "enrolled" else -0.17)
            if not row.n:
                said = words("figure.subgroup_nobody")
            else:
                look = _STYLE[row.population]
                axes.plot([row.lower, row.upper], [height, height], linewidth=1.6, color=look["color"])
                axes.plot(row.estimate, height, markersize=6, **look)
                low, high = percent(row.lower).removesuffix("%"), percent(row.upper)
                share = words("range", median=percent(row.estimate), low=low, high=high)
                said = f"{row.responders}/{row.n}  {share}"
            axes.text(1.04, height, said, va="center", ha="left", size=8, color=INK, clip_on=False)
    axes.set_yticks([-place for place in range(len(rows))], ["\n".join(wrap(name, 30)) for name, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-len(rows) + 0.45, 0.55)
    axes.set_xlim(0, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel(words("figure.share"))
    quiet_grid(axes, "x")
    return figure
