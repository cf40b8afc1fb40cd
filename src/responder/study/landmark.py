"""The study of a landmark analysis: what is known at an early visit on treatment, and nothing that comes later.

The usual comparison of those whose marker rose with those whose marker did not counts patients who had responded before
the marker was measured, and so finds in the marker what the response had done to it. A landmark analysis fixes a visit
beforehand, keeps those who are still followed and have not responded by then, and looks forward from there (Anderson,
Cain and Gelber, J Clin Oncol 1983;1:710-719, doi 10.1200/JCO.1983.1.11.710; van Houwelingen, Scand J Stat
2007;34:70-85, doi 10.1111/j.1467-9469.2006.00529.x).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from responder.errors import ConfigError, did_you_mean, known_names
from responder.study.model import Study
from responder.study.text import Text
from responder.study.trait import Trait
from responder.study.trial_design import Course, TrialDesign
from responder.words import Phrase, languages, say

__all__ = ["RiseScale", "landmark_study", "landmark_traits", "rise_courses", "trait_at_week"]

RiseScale = Literal["log_ratio", "difference"]
"""How a rise is measured: the logarithm of the later value over the one at baseline, or the later less the earlier."""


def landmark_study(
    study: Study, week: float, rises: Sequence[str], *, scale: RiseScale = "log_ratio", adjust: Sequence[str] = ()
) -> Study:
    """Return the study whose features are rises from baseline to a visit on treatment.

    It has an id and a title of its own, so that nothing made from it can pass for something made from `study`. Its
    features are the rises, and those of `study` that the traits adjusted for make up; its hypotheses are those about a
    change on treatment.

    Parameters
    ----------
    study : Study
        With a ``[trial]`` section that schedules a visit at `week`.
    week : float
        The landmark, in weeks since the first dose.
    rises : sequence of str
        Courses of the ``[trial]`` section, of one trait or of the ratio of two.
    scale : str
        ``log_ratio`` (of the later over the earlier: a fold rise) or ``difference``.
    adjust : sequence of str
        Baseline traits that enter beside the rises.

    Raises
    ------
    ConfigError
        If the study has no trial, no visit at that week, or no such course or trait.

    Examples
    --------
    >>> from responder.study import load_study
    >>> landmark = landmark_study(load_study("rp-ld-il2"), 4, ["treg_per_ul", "treg_tcon_ratio"])
    >>> [feature.name for feature in landmark.features], landmark.id
    (['treg_per_ul_rise', 'treg_tcon_ratio_rise'], 'rp-ld-il2-landmark-week4')
    """
    design = _design(study)
    if week not in design.weeks[1:]:
        weeks = tuple(f"{known:g}" for known in design.weeks[1:])
        raise ConfigError("landmark_no_visit", where="landmark.week", study=study.id, week=week, weeks=weeks)
    known = {trait.name for trait in study.baseline_traits}
    for name in adjust:
        if name not in known:
            near = did_you_mean(name, known)
            raise ConfigError("landmark_no_trait", where="landmark.adjust", hint=near, study=study.id, name=name)
    courses = rise_courses(study, rises)
    _refuse_undefined(study, courses, scale)
    later = {name: trait_at_week(study, name, week) for course in courses for name in course.of}
    kept = [feature for feature in study.features if set(feature.of) <= set(adjust)]
    content = study.model_dump(by_alias=True)
    content |= {
        "id": f"{study.id}-landmark-week{_in_name(week)}",
        "title": _in_each_language("landmark.study_title", study.title, week),
        "known_at_week": week,
        "trait": [
            *(_before(trait, later) for trait in study.traits if trait.name not in {t.name for t in later.values()}),
            *(trait.model_dump() for trait in later.values()),
        ],
        "feature": [
            *(_rise(study, course, later, week, scale) for course in courses),
            *(feature.model_dump(by_alias=True) for feature in kept),
        ],
        "hypothesis": [h.model_dump() for h in study.hypotheses if h.testable == "on_treatment"],
    }
    return Study.model_validate(content)


def landmark_traits(study: Study, week: float, rises: Sequence[str], adjust: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the traits that a landmark analysis looks at: each value at baseline and later, then those adjusted for.

    Parameters
    ----------
    study, week, rises, adjust
        As in `landmark_study`.
    """
    parts = [name for course in rise_courses(study, rises) for name in course.of]
    pairs = [each for name in parts for each in (name, trait_at_week(study, name, week).name)]
    return tuple(dict.fromkeys((*pairs, *adjust)))


def rise_courses(study: Study, rises: Sequence[str]) -> tuple[Course, ...]:
    """Return courses of the study's trial by name.

    Raises
    ------
    ConfigError
        If the study has no trial or no such course.
    """
    known = {course.name: course for course in _design(study).courses}
    for name in rises:
        if name not in known:
            hint = did_you_mean(name, known) or known_names(known)
            raise ConfigError("landmark_no_course", where="landmark.rises", hint=hint, study=study.id, name=name)
    return tuple(known[name] for name in dict.fromkeys(rises))


def trait_at_week(study: Study, name: str, week: float) -> Trait:
    """Return a baseline trait as it is measured at a visit on treatment: the study's own, or one like it."""
    first, own = study.trait(name), f"{name}_week{_in_name(week)}"
    for trait in study.traits:
        if trait.name == own and trait.repeats == name and trait.timing == "on_treatment":
            # a laboratory that reports the first value in another unit reports the later one in it, too
            units = trait.units or (first.units if trait.unit == first.unit else {})
            return Trait.model_validate(trait.model_dump() | {"units": units})
    changed = {
        "name": own,
        "timing": "on_treatment",
        "repeats": name,
        "label": _in_each_language("landmark.trait_at_week", first.label, week),
        "aliases": (),
        "event": "",
        "gate": "",
    }
    return Trait.model_validate(first.model_dump() | changed)


def _before(trait: Trait, later: Mapping[str, Trait]) -> dict[str, Any]:
    """Return a trait of the study; one that is measured again is told apart from its later value by its label."""
    again = {"label": _in_each_language("landmark.trait_at_baseline", trait.label)} if trait.name in later else {}
    return trait.model_dump() | again


def _design(study: Study) -> TrialDesign:
    if study.trial is None:
        where = Phrase("place.study_id", {"study": study.id})
        raise ConfigError("trial_not_declared", where=where, study=study.id)
    return study.trial


def _refuse_undefined(study: Study, courses: Sequence[Course], scale: RiseScale) -> None:
    """Refuse the logarithm of what may be zero."""
    for trait in (study.trait(name) for course in courses for name in course.of):
        if scale == "log_ratio" and (trait.plausible is None or trait.plausible[0] <= 0):
            raise ConfigError("landmark_no_logarithm", where="landmark.rises", name=trait.name)


def _rise(study: Study, course: Course, later: dict[str, Trait], week: float, scale: RiseScale) -> dict[str, Any]:
    of = (*(later[name].name for name in course.of), *course.of)
    label = course.label or study.trait(course.of[0]).label
    return {
        "name": f"{course.name}_rise",
        "transform": scale,
        "of": of,
        "construct": course.family,
        "label": _in_each_language(f"landmark.rise_{scale}", label, week),
    }


def _in_each_language(key: str, label: Text, week: float = 0.0) -> dict[str, str]:
    """Return a label of the study that is said in every language, as a study file would give it."""
    return {language: say(key, language, what=label.in_language(language), week=week) for language in languages()}


def _in_name(week: float) -> str:
    return f"{week:g}".replace(".", "_")
