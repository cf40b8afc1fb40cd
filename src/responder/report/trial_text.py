"""The results section of a treated cohort in sentences, in English or Chinese, from its result alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.cohort.checks.intake import SELECTED
from responder.words import Language, Phrase, Voice, said_all, said_in, say
from responder.words.units import unit_words

if TYPE_CHECKING:
    from responder.trial import EndpointOutcome, EventSummary, Population, TrialResult, VisitSummary
    from responder.trial.summary import TrialDistribution

__all__ = [
    "TrialSection",
    "capital",
    "describe_trial",
    "illustration",
    "interval",
    "number",
    "p_text",
    "percent",
    "spread",
    "with_unit",
]

SUBJECT = "trial_page"
IDS_SHOWN = 10


@dataclass(frozen=True)
class TrialSection:
    """One heading and its sentences; `key` is the same in every language."""

    key: str
    heading: str
    lines: tuple[str, ...]


def describe_trial(result: TrialResult, language: Language = "en") -> tuple[TrialSection, ...]:
    """Return the results section: participants, baseline, endpoints, each family of courses, safety, methods."""
    words = Voice(language, SUBJECT)
    said: list[tuple[str, str, Iterator[str]]] = [
        ("participants", words("heading.participants"), _participants(result, words)),
        ("baseline", words("heading.baseline"), _baseline(result, words)),
        ("endpoints", words("heading.endpoints"), _endpoints(result, words)),
    ]
    followed = {row.family for row in result.courses}
    said += [
        (name, words.of(title), _courses(result, name, words))
        for name, title in result.visits.design.families.items()
        if name in followed
    ]
    said += [
        ("safety", words("heading.safety"), _safety(result, words)),
        ("methods", words("heading.methods"), _methods(result, words)),
    ]
    return tuple(TrialSection(key, heading, tuple(map(capital, lines))) for key, heading, lines in said)


def illustration(result: TrialResult, words: Voice, traits: Iterable[str] | None = None) -> str:
    """Return the sentence that says what all values, or those of some traits, rest on; empty for observed ones."""
    names = result.visits.provenance if traits is None else traits
    kinds = [Phrase(f"provenance.{kind}") for kind in result.visits.kinds(names)]
    return say("report.illustration", words.language, kinds=said_in(kinds, words.language)) if kinds else ""


def number(value: float) -> str:
    """Return a number to four significant digits with a real minus sign; a dash where there is none.

    Examples
    --------
    >>> number(0.0451263), number(-9.0), number(float("nan"))
    ('0.04513', '−9', '–')
    """
    return f"{value:.4g}".replace("-", "−") if value == value else "–"


def percent(share: float) -> str:
    """Return a proportion in percent, to one decimal where it has one.

    Examples
    --------
    >>> percent(2 / 3), percent(0.75), percent(1.0)
    ('66.7%', '75%', '100%')
    """
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def p_text(p: float) -> str:
    """Return a p value to three decimals, or that it is below 0.001.

    Examples
    --------
    >>> p_text(0.0114), p_text(0.00049), p_text(1.0), p_text(float("nan"))
    ('0.011', '<0.001', '1', '–')
    """
    if p != p:
        return "–"
    return "<0.001" if p < 0.001 else "1" if p >= 0.9995 else f"{p:.3f}"


def p_said(p: float) -> str:
    """Return a p value with its sign, as it stands behind a P: ``= 0.016``, ``< 0.001``."""
    text = p_text(p)
    return f"< {text[1:]}" if text.startswith("<") else f"= {text}"


def spread(values: TrialDistribution, words: Voice) -> str:
    """Return a median with its range, such as ``15 (10–22.5)``."""
    if not values.n:
        return words("missing")
    low, high = number(values.minimum), number(values.maximum)
    return words("range", median=number(values.median), low=low, high=high)


def interval(row: EndpointOutcome | EventSummary, words: Voice) -> str:
    """Return a proportion with its exact interval."""
    lower = percent(row.lower).removesuffix("%")
    return words("interval", percent=percent(row.estimate), lower=lower, upper=percent(row.upper))


def capital(line: str) -> str:
    """Return a line as a sentence or row begins: labels are written as they stand within one."""
    return line[:1].upper() + line[1:]


def with_unit(label: str, unit: str, words: Voice) -> str:
    """Return a label with its unit behind it in brackets."""
    return (
        say("report.with_unit", words.language, label=label, unit=unit_words(unit, words.language)) if unit else label
    )


def _participants(result: TrialResult, words: Voice) -> Iterator[str]:
    visits = result.visits
    told = visits.to_json()
    last = number(visits.design.weeks[-1])
    yield from (words.of(f.message) for f in visits.findings if f.code == SELECTED.code)
    flow = "participants.flow_all" if not told["withdrawn"] else "participants.flow"
    yield words(flow, enrolled=told["enrolled"], completed=told["completed"], last=last)
    if told["withdrawn"]:
        who = [
            words("participants.left_one", id=left["patient_id"], week=number(left["last_week"]))
            if left["last_week"] is not None
            else words("participants.left_never", id=left["patient_id"])
            for left in told["withdrawn"][:IDS_SHOWN]
        ]
        more = len(told["withdrawn"]) - len(who)
        named = _joined(who, words) + (words("participants.more", n=more) if more else "")
        yield words("participants.left", last=last, who=named)
    seen = [words("participants.seen_one", week=number(v["week"]), n=v["seen"]) for v in told["visits"]]
    yield words("participants.seen", visits=_joined(seen, words))


def _baseline(result: TrialResult, words: Voice) -> Iterator[str]:
    from responder.trial import BaselineCount

    rows = [row for row in result.baseline if row.population == "completers"]
    if not rows:
        yield words("baseline.nothing")
        return
    yield words("baseline.who", n=result.visits.to_json()["completed"])
    doses = set(result.visits.design.doses)
    for row in rows:
        label = words.of(row.label)
        if isinstance(row, BaselineCount):
            if row.level == "taken" and row.trait in doses:
                yield words("baseline.taken", label=label, count=row.count, n=row.n)
            elif row.count:
                yield words("baseline.count", label=label, count=row.count, n=row.n)
        elif row.trait in doses:
            label = with_unit(words("baseline.takers"), row.unit, words)
            yield words("baseline.number", label=label, value=spread(row.values, words))
        else:
            label = with_unit(label, row.unit, words)
            yield words("baseline.number", label=label, value=spread(row.values, words))


def _endpoints(result: TrialResult, words: Voice) -> Iterator[str]:
    told = {row.endpoint for row in result.endpoints}
    for endpoint in result.visits.study.endpoints:
        if endpoint.name not in told:
            continue
        completers, enrolled = (result.endpoint(endpoint.name, p) for p in ("completers", "enrolled"))
        label = words.of(endpoint.label)
        if not enrolled.n:
            yield words("endpoint.nobody", label=label)
            continue
        parts = [_rate("completers", completers, label, words), _rate("enrolled", enrolled, label, words)]
        told_of = [say("list.wide_separator", words.language).join(parts)]
        if enrolled.not_applicable:
            told_of.append(words("endpoint.not_applicable", n=enrolled.not_applicable))
        if enrolled.unknown:
            told_of.append(words("endpoint.unknown", n=enrolled.unknown))
        told_of.append(words("endpoint.declared", rule=words(f"rule.{endpoint.withdrawal}")))
        yield said_all(told_of, words.language)
    absent = [words.of(e.label) for e in result.visits.study.endpoints if e.name not in told]
    if absent:
        yield words("endpoint.absent", names=_joined(absent, words))


def _rate(population: Population, row: EndpointOutcome, label: str, words: Voice) -> str:
    shown = interval(row, words) if row.n else words("not_estimable")
    return words(f"endpoint.{population}", label=label, responders=row.responders, n=row.n, interval=shown)


def _joined(items: Sequence[str], words: Voice) -> str:
    return say("grammar.comma", words.language).join(items)


def _courses(result: TrialResult, family: str, words: Voice) -> Iterator[str]:
    rows = [row for row in result.courses if row.family == family and row.population == "completers"]
    for course in dict.fromkeys(row.course for row in rows):
        visits = [row for row in rows if row.course == course]
        first = visits[0]
        values = [
            words("course.at_baseline", value=spread(row.values, words))
            if row.change is None
            else words("course.at_week", value=spread(row.values, words), week=number(row.week))
            for row in visits
        ]
        label = with_unit(words.of(first.label), first.unit, words)
        yield words("course.by_visit", label=label, values=_joined(values, words))
        if first.of_takers:
            yield words("course.takers", n=first.values.n)
        yield _change(visits[-1], words)


def _change(row: VisitSummary, words: Voice) -> str:
    change = row.change
    assert change is not None
    if not change.changed:
        return words("course.no_change", week=number(row.week), pairs=change.pairs)
    return words(
        "course.out_of_reach" if change.smallest_p >= 0.05 else "course.change",
        week=number(row.week),
        change=number(change.median_change),
        changed=change.changed,
        pairs=change.pairs,
        exact=p_said(change.p_exact) if change.smallest_p < 0.05 else p_text(change.p_exact),
        asymptotic=p_text(change.p_asymptotic),
        continuity=p_text(change.p_continuity),
        tests=change.tests_in_family,
        holm=p_text(change.p_holm),
        smallest=p_text(change.smallest_p),
    )


def _safety(result: TrialResult, words: Voice) -> Iterator[str]:
    if not result.safety:
        yield words("safety.nothing")
    of_all = {row.event: row for row in result.safety if row.population == "enrolled"}
    for event, everyone in of_all.items():
        own = [row for row in result.safety if (row.event, row.population) == (event, "completers")]
        row = own[0] if own else everyone
        lines = [_event(row, words)]
        if row is not everyone and everyone.n != row.n:
            shown = interval(everyone, words)
            lines.append(words("safety.enrolled_too", n=everyone.n, patients=everyone.patients, interval=shown))
        yield said_all(lines, words.language)


def _event(row: EventSummary, words: Voice) -> str:
    label, population = words.of(row.label), words(f"population.{row.population}")
    if not row.patients:
        return words(
            "safety.none",
            label=label,
            n=row.n,
            population=population,
            upper=percent(row.upper),
            three=percent(row.rule_of_three),
            one_sided=percent(row.upper_one_sided),
        )
    return words(
        "safety.some",
        label=label,
        patients=row.patients,
        n=row.n,
        population=population,
        interval=interval(row, words),
        reports=row.reports,
        asked=row.asked,
    )


def _methods(result: TrialResult, words: Voice) -> Iterator[str]:
    design = result.visits.design
    tests = {
        row.family: row.change.tests_in_family
        for row in result.courses
        if row.population == "completers" and row.change is not None
    }
    families = [
        words("methods.family", name=words.of(design.families[name]), tests=count) for name, count in tests.items()
    ]
    yield words("methods.test", families=say("list.wide_separator", words.language).join(families))
    yield words("methods.interval")
    yield words("methods.withdrawal")
    weeks = _joined([number(week) for week in design.weeks], words)
    window, before = number(7 * design.window_weeks), number(7 * design.baseline_window_weeks)
    yield words("methods.windows", weeks=weeks, window=window, before=before)
    yield words("methods.no_control")
