"""``responder study ls|show|init``: the studies that ship, one as a table, a draft of a new one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import pairs, reading_options
from responder.cli.output import Output, common_options, is_terminal
from responder.cli.spoken import SpokenGroup
from responder.cli.table import table
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.cohort.draft import Draft
    from responder.cohort.table import ReadOptions
    from responder.study import Hypothesis, Study

TRAIT_COLUMNS = ("trait", "label", "kind", "unit", "group", "timing", "plausible", "reference")


@click.group("study", cls=SpokenGroup)
def command() -> None:
    """List studies, show one, draft a new one."""


@command.command("ls")
@common_options
def ls(out: Output) -> int:
    """List the studies that ship."""
    from responder.study import load_study, shipped_studies

    studies = [load_study(name) for name in shipped_studies()]
    payload = {
        "studies": [
            {
                "id": s.id,
                "title": s.title.model_dump(),
                "baseline_traits": [t.name for t in s.baseline_traits],
                "endpoints": [e.name for e in s.endpoints],
                "hypotheses": [h.id for h in s.hypotheses],
            }
            for s in studies
        ]
    }
    voice = Voice(out.lang, "study_list")
    rows = [(s.id, len(s.baseline_traits), len(s.endpoints), len(s.hypotheses), voice.of(s.title)) for s in studies]
    head = [voice(name) for name in ("study", "traits", "endpoints", "hypotheses", "title")]
    return out.result(payload, lambda: table(head, rows))


@command.command("show")
@click.argument("study")
@common_options
def show(out: Output, study: str) -> int:
    """Show one study."""
    from responder.study import load_study

    loaded = load_study(study)
    payload = {"study": loaded.model_dump(mode="json", by_alias=True)}
    return out.result(payload, lambda: describe(loaded, out.lang))


@command.command("init")
@click.argument("cohort", metavar="COHORT")
@click.option("--out", "target", metavar="FILE.toml")
@click.option("--experiment", "experiment", metavar="FILE.toml")
@click.option("--study", "known", metavar="S")
@click.option("--answer", "given", multiple=True, metavar="KEY=ANSWER")
@click.option("--yes", "suggested", is_flag=True)
@reading_options
@click.option("--dictionary", metavar="FILE", default="")
@click.option("--keep-key", "key_file", metavar="FILE")
@click.option("--force", is_flag=True)
@common_options
def init(
    out: Output,
    cohort: str,
    target: str | None,
    experiment: str | None,
    known: str | None,
    given: tuple[str, ...],
    suggested: bool,
    options: ReadOptions,
    dictionary: str,
    key_file: str | None,
    force: bool,
) -> int:
    """Draft a study from a table: what is certain is written, what is not is asked."""
    from responder.cli.drafting import ask_open_questions, describe_draft, keep_key, take_suggestions
    from responder.cohort.draft import draft_study
    from responder.experiment.draft import draft_experiment
    from responder.files import refuse_overwriting, write_atomically

    if known is not None:
        return _experiment_alone(out, cohort, known, experiment or target, options, force=force)
    answers = pairs(given, "--answer")
    reading = replace(options, dictionary=dictionary)
    study_file = None if target is None else Path(target)
    experiment_file = _experiment_file(cohort, study_file, experiment)
    for path in filter(None, (study_file, experiment_file)):
        refuse_overwriting(path, force=force)

    def draft(answered: dict[str, str]) -> Draft:
        return draft_study(cohort, answered, reading, out.lang)

    drafted = draft(answers)
    if suggested:
        drafted = take_suggestions(draft, drafted, answers)
    if is_terminal() and not out.as_json and study_file is not None:
        drafted = ask_open_questions(draft, drafted, answers, out.lang)
    if key_file is not None:
        keep_key(cohort, reading, drafted, Path(key_file), force=force)
    payload = {"out": target, "experiment": None, **drafted.to_json()}
    if study_file is None:
        return out.result({**payload, "text": drafted.text}, drafted.text.rstrip("\n"))
    write_atomically(study_file, drafted.text)
    assert experiment_file is not None
    write_atomically(experiment_file, draft_experiment(cohort, str(study_file), experiment_file, reading, out.lang))
    payload["experiment"] = str(experiment_file)
    return out.result(payload, lambda: describe_draft(drafted, cohort, study_file, experiment_file, out.lang))


def _experiment_alone(
    out: Output, cohort: str, study: str, target: str | None, options: ReadOptions, *, force: bool
) -> int:
    """Write the experiment that trains a known study on a table, after the table has passed intake."""
    from responder.cohort import scan_cohort
    from responder.experiment.draft import draft_experiment, experiment_name
    from responder.files import refuse_overwriting, write_atomically
    from responder.study import load_study

    path = Path(target or f"{experiment_name(cohort)}.toml")
    refuse_overwriting(path, force=force)
    scan_cohort(cohort, load_study(study), options=options).findings.raise_if_refused()
    write_atomically(path, draft_experiment(cohort, study, path, options, out.lang))
    voice = Voice(out.lang, "draft")
    told = [voice("wrote", path=path), voice("next_train", path=path)]
    return out.result({"out": None, "experiment": str(path), "study": study}, "\n".join(told))


def _experiment_file(cohort: str, study: Path | None, given: str | None) -> Path | None:
    """Return where the experiment goes: where it was said, else beside the study, named after the table."""
    from responder.experiment.draft import experiment_name

    if study is None:
        return None
    if given is not None:
        return Path(given)
    beside = study.with_name(f"{experiment_name(cohort, study.stem)}.toml")
    return study.with_name(f"{study.stem}_experiment.toml") if beside == study else beside


def describe(study: Study, lang: Language) -> str:
    """Return a study as tables, in a language."""
    voice, comma = Voice(lang, "study_show"), say("grammar.comma", lang)

    def line(name: str, value: str) -> str:
        return voice("line", name=voice(name), value=value)

    lines = [
        f"{study.id}  {study.title.in_language(lang)}",
        line("intervention", study.intervention.in_language(lang)),
        line("population", study.population.in_language(lang)),
        *(line("endpoint", f"{e.name}  {e.label.in_language(lang)}") for e in study.endpoints),
    ]
    groups = {name: text.in_language(lang) for name, text in study.groups.items()}
    traits = [
        (
            t.name,
            t.label.in_language(lang),
            voice(f"kinds.{t.kind}"),
            t.unit or " | ".join(level.name for level in t.levels),
            groups.get(t.group, t.group),
            voice(f"timings.{t.timing}"),
            _range(t.plausible, lang),
            _range(t.reference, lang),
        )
        for t in study.traits
    ]
    lines += ["", table([voice(name) for name in TRAIT_COLUMNS], traits)]
    if study.features:
        features = [
            (f.name, f.label.in_language(lang), f"{f.transform}({', '.join(f.of)})", f.construct_)
            for f in study.features
        ]
        lines += ["", table([voice(name) for name in ("feature", "label", "made_of", "construct")], features)]

    def parts(hypothesis: Hypothesis) -> str:
        told = comma.join(f"{e.feature} {'+' if e.direction == 'higher' else '-'}" for e in hypothesis.parts)
        return voice("any_of", parts=told) if hypothesis.holds_when == "any" else told

    if study.hypotheses:
        hypotheses = [
            (
                h.id,
                parts(h),
                voice(f"testables.{h.testable}"),
                h.statement.in_language(lang),
            )
            for h in study.hypotheses
        ]
        lines += ["", table([voice(name) for name in ("id", "parts", "testable", "statement")], hypotheses)]
    return "\n".join(lines)


def _range(bounds: tuple[float, float] | None, lang: Language) -> str:
    return "" if bounds is None else say("span", lang, lower=f"{bounds[0]:g}", upper=f"{bounds[1]:g}")
