"""What the name of a column says of the time when it was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from responder.names.fold import fold_name, split_unit
from responder.names.vocabulary import alternatives, plain, spaced, vocabulary

__all__ = ["TimeKind", "TimeOf", "baseline_rank", "same_visit", "stem", "time_of", "visit_kind", "without_times"]

TimeKind = Literal["", "baseline", "later", "afterwards"]

_MASK = " ~ "
_AMOUNT = r"(?! ?(?:mg|ug|mcg|g|kg|ml|iu|ie|l)(?![a-z]))"
_NUMBER = r"(?P<n>\d{1,4}(?:\.\d+)?)"
_UNIT_BESIDE = re.compile(r"[(\[（【][^\d()\[\]（）【】]*[)\]）】]")
_CYCLE_DAY = re.compile(r"(?<![a-z0-9])c ?(?P<c>\d{1,2}) ?d ?(?P<d>\d{1,3})(?![a-z0-9])")


@dataclass(frozen=True)
class TimeOf:
    """What a name says of its time.

    Attributes
    ----------
    kind : str
        ``baseline``; ``later``: a visit or time after the start of treatment; ``afterwards``: what can only be known
        when the outcome is; empty where the name says nothing.
    token : str
        The words that say so.
    visit : str
        The visit in one spelling (``week12``), to compare two names by; empty for ``afterwards``.
    """

    kind: TimeKind = ""
    token: str = ""
    visit: str = ""


@lru_cache(maxsize=50_000)
def time_of(name: str, unit: str = "") -> TimeOf:
    """Return what a column's name, and its unit, say of the time when it was measured.

    Parameters
    ----------
    name : str
        The header as it stands in the table.
    unit : str
        What stands beside it as unit; ``week 12`` there is a time, ``mg/day`` is none.

    Examples
    --------
    >>> [time_of(name).kind for name in ("treg_week4", "TREG_W12", "RPDAI 12周", "CRP 6 mo", "Treg after treatment")]
    ['later', 'later', 'later', 'later', 'later']
    >>> [time_of(name).kind for name in ("treg_w0", "RPDAI基线", "C1D1 CRP", "pre-treatment IL-6")]
    ['baseline', 'baseline', 'baseline', 'baseline']
    >>> [time_of(name).kind for name in ("pfs_months", "OS event", "疗效", "delta_crp", "best response")]
    ['afterwards', 'afterwards', 'afterwards', 'afterwards', 'afterwards']
    >>> [time_of(name).kind for name in ("duration_months", "bmi_kg_per_m2", "CD25", "24小时尿蛋白", "dose (mg/day)")]
    ['', '', '', '', '']
    >>> time_of("CD25 (个月)").kind, time_of("CRP (week 12)").kind
    ('', 'later')
    >>> time_of("crp week 12").token, time_of("crp_w12").visit
    ('week 12', 'week12')
    """
    words = _words()
    whole = f"{name} ({unit})" if unit else name
    text = words.no_time.sub(_MASK, spaced(whole))
    if spaced(whole).replace(" ", "") in words.alone:
        return TimeOf()
    outcome = words.computed.search(text) or (not words.history.search(spaced(whole)) and words.afterwards.search(text))
    bare = plain(split_unit(name)[0]).replace("_", " ").strip()
    if not outcome and {plain(name).replace("_", " ").strip(), bare} & set(words.whole):
        return TimeOf("afterwards", text)
    if outcome:
        return TimeOf("afterwards", outcome.group())
    # a unit in brackets belongs to no number of the name: CD25 (months) is no month 25
    apart = spaced(_UNIT_BESIDE.sub(r"~ \g<0>", whole))
    return _visit(words.no_time.sub(_MASK, apart))


def visit_kind(visit: str) -> TimeKind:
    """Return ``baseline``, ``later`` or an empty string for the name of a visit or event.

    Examples
    --------
    >>> [visit_kind(v) for v in ("baseline_arm_1", "Week 12", "dose_2", "final_visit", "随访", "clinic")]
    ['baseline', 'later', 'later', 'later', 'later', '']
    """
    return _visit(spaced(visit)).kind


def baseline_rank(visit: str) -> int | None:
    """Return how near a visit is to the start of treatment, 0 the nearest; None for one that is no baseline.

    Baseline and pre-treatment come before week 0, day 0 and day 1, these before enrolment, it before screening.

    Examples
    --------
    >>> [baseline_rank(v) for v in ("基线", "day_1", "Enrolment", "screening_visit_1", "week_12")]
    [0, 1, 2, 3, None]
    """
    text = spaced(visit)
    if _visit(text).kind != "baseline":
        return None
    words = _words()
    ranked = (words.state, words.before), (), (words.enrolment,), (words.screening,)
    return next((rank for rank, forms in enumerate(ranked) if any(form.search(text) for form in forms)), 1)


def same_visit(a: str, b: str) -> bool:
    """Return whether two names say the same visit; a column's name may say it as its ending.

    Examples
    --------
    >>> same_visit("crp_dose_1", "Dose 1"), same_visit("crp_w12", "week 12"), same_visit("crp_w12", "week 1")
    (True, True, False)
    """
    one, other = _visit(spaced(a)).visit, _visit(spaced(b)).visit
    return bool(b) and ((bool(one) and one == other) or fold_name(a).endswith(fold_name(b)))


def stem(name: str) -> str:
    """Return the measurement that a name means, folded, without its time and the number of a repeated header.

    Examples
    --------
    >>> stem("RPDAI 12周") == stem("RPDAI基线") == stem("rpdai_2") == stem("RPDAI.1") == stem("rpdai")
    True
    >>> stem("IL_6") == stem("IL_8"), stem("Treg after treatment")
    (False, 'treg')
    """
    words = _words()
    text = without_times(re.sub(r"\.(\d+)$", r" \1", name))
    repeated = re.fullmatch(r"(.*\S) \d{1,2}", text)
    if repeated and repeated.group(1) not in words.families and repeated.group(1).split()[-1] not in words.families:
        text = repeated.group(1)
    return fold_name(text) or fold_name(name)


@lru_cache(maxsize=4096)  # of each column, in every draft
def without_times(name: str) -> str:
    """Return a name as plain words, without those that say a time.

    Examples
    --------
    >>> without_times("CRP_week-12"), without_times("Response at 3 months"), without_times("T3")
    ('crp', 'response at', 't3')
    """
    words = _words()
    text = spaced(name)
    if text.replace(" ", "") not in words.alone and not words.no_time.search(text):
        for form in (*(form for _, form in words.numbered), _CYCLE_DAY, *words.visits()):
            text = " ".join(form.sub(" ", text).split())
    return text


@dataclass(frozen=True)
class _Words:
    """The vocabulary, compiled."""

    numbered: tuple[tuple[str, re.Pattern[str]], ...]
    state: re.Pattern[str]
    before: re.Pattern[str]
    enrolment: re.Pattern[str]
    screening: re.Pattern[str]
    later: re.Pattern[str]
    afterwards: re.Pattern[str]
    computed: re.Pattern[str]
    no_time: re.Pattern[str]
    history: re.Pattern[str]
    whole: frozenset[str]
    alone: frozenset[str]
    families: frozenset[str]

    def visits(self) -> tuple[re.Pattern[str], ...]:
        """Return the patterns of times in words."""
        return (self.later, self.state, self.before, self.enrolment, self.screening)


@lru_cache
def _words() -> _Words:
    book = vocabulary()
    baseline, no_time = book["baseline"], book["no_time"]
    afterwards = {key: words for key, words in book["afterwards"].items() if key != "whole"}
    return _Words(
        numbered=tuple(
            (unit, form)
            for unit, forms in book["numbered"].items()
            for form in _numbered(forms, book["glued"]["before"])
        ),
        state=alternatives(baseline["state"]),
        before=alternatives(baseline["before"]),
        enrolment=alternatives(baseline["enrolment"]),
        screening=alternatives(baseline["screening"]),
        later=alternatives(_all(book["later"])),
        afterwards=alternatives(_all(afterwards)),
        computed=alternatives(book["computed"]["words"]),
        no_time=alternatives([*no_time["quantities"], *no_time["window"]]),
        history=alternatives(no_time["history"]),
        whole=frozenset(map(plain, book["afterwards"]["whole"])),
        alone=frozenset(no_time["alone"]),
        families=frozenset(book["families"]["words"]),
    )


def _all(sections: Mapping[str, Iterable[str]]) -> list[str]:
    return [word for words in sections.values() for word in words]


def _numbered(forms: Mapping[str, list[str]], glued: list[str]) -> list[re.Pattern[str]]:
    """Return the patterns of a unit before and behind its number, Latin and Chinese or Japanese."""

    def any_of(words: Iterable[str]) -> str:
        escaped = (re.escape(plain(w)).replace(r"\ ", " ?") for w in sorted(words, key=len, reverse=True))
        return "(?:" + "|".join(escaped) + ")"

    found = []
    if forms["before"]:
        start = rf"(?<![a-z0-9]){any_of(forms['before'])} ?(?:no|nr|number)? ?"
        found.append(rf"{start}(?P<minus>minus )?{_NUMBER}(?![a-z0-9.]){_AMOUNT}")
        long = [word for word in forms["before"] if word in glued]
        found += [rf"{any_of(long)} ?(?P<minus>minus )?{_NUMBER}(?![0-9.])"] if long else []
    if forms["behind"]:
        found.append(rf"(?P<minus>minus )?(?<![a-z0-9.]){_NUMBER} ?{any_of(forms['behind'])}(?![a-z0-9])")
        attached = [word for word in forms["behind"] if len(word) > 1 or word == "m"]
        found.append(rf"(?<=[a-z])(?P<minus>minus )?{_NUMBER}{any_of(attached)}(?![a-z0-9])")
    if forms["behind_cjk"]:
        found.append(rf"(?P<first>第)? ?(?P<minus>minus )?(?<![0-9.]){_NUMBER} ?{any_of(forms['behind_cjk'])}")
    if forms["before_cjk"]:
        found.append(rf"{any_of(forms['before_cjk'])} ?(?P<minus>minus )?{_NUMBER}(?![0-9.]){_AMOUNT}")
    return [re.compile(form) for form in found]


def _visit(text: str) -> TimeOf:
    """Return the time that a spaced name says, be it a number or a word."""
    words = _words()
    started = words.state.search(text) or words.enrolment.search(text) or words.screening.search(text)
    baseline: list[TimeOf] = []
    later: list[TimeOf] = []
    for unit, match in _matches(text, words):
        visit, starts = _meaning(unit, match)
        found = TimeOf("baseline" if starts else "later", match.group().strip(), visit)
        if not starts and unit == "visit" and started:
            continue  # "Baseline (Visit 2)": the word decides
        (baseline if starts else later).append(found)
    word = words.later.search(text)
    if word:
        later.append(TimeOf("later", word.group(), fold_name(word.group())))
    word = started or words.before.search(text)
    if word:
        baseline.append(TimeOf("baseline", word.group(), fold_name(word.group())))
    return next(iter([*later, *baseline]), TimeOf())


def _matches(text: str, words: _Words) -> list[tuple[str, re.Match[str]]]:
    cycle = _CYCLE_DAY.search(text)
    if cycle:
        return [("cycle_day", cycle)]
    return [(unit, match) for unit, form in words.numbered if (match := form.search(text))]


def _meaning(unit: str, match: re.Match[str]) -> tuple[str, bool]:
    """Return a numbered visit in one spelling, and whether treatment starts at it."""
    parts: dict[str, Any] = match.groupdict()
    if unit == "cycle_day":
        cycle, day = int(parts["c"]), int(parts["d"])
        return f"cycle{cycle}day{day}", cycle == 1 and day <= 1
    number = float(parts["n"])
    first_day = unit == "day" and number == 1.0 and (not match.group().lstrip()[0].isdigit())
    if parts.get("minus"):
        return f"{unit}minus{number:g}", True
    return f"{unit}{number:g}", number == 0.0 or first_day
