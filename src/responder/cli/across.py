"""``responder across COHORT...``: a declared hypothesis tested across cohorts of different diseases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import one_study, pairs
from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.words import Language, Voice, said

if TYPE_CHECKING:
    from responder.cohort import Cohort
    from responder.explain import Across, AcrossVerdict

COLUMNS = ("cohort", "study", "responders", "auc", "interval")


@click.command("across", cls=SpokenCommand)
@click.argument("cohorts", metavar="COHORT[:STUDY]...", nargs=-1, required=True)
@click.option("--hypothesis", "asked", multiple=True, metavar="ID")
@click.option("--map", "mapped", multiple=True, metavar="[STUDY:]TRAIT=OTHER")
@click.option("--out", "target", metavar="DIR")
@common_options
def command(
    out: Output, cohorts: tuple[str, ...], asked: tuple[str, ...], mapped: tuple[str, ...], target: str | None
) -> int:
    """Test a hypothesis across cohorts of different diseases."""
    from responder.explain import hypotheses_across

    given = pairs(mapped, "--map")
    opened = [_open(text) for text in cohorts]
    result = hypotheses_across(opened, asked, mapping=_by_study(given, opened))
    written: list[str] = []
    if target is not None:
        from responder.report.across_write import write_across

        written = [str(path) for path in write_across(result, Path(target), out.lang)]
    findings = [cohort.findings.to_json() for cohort in opened]
    payload = {**result.to_json(), "findings": findings, "written": written}
    return out.result(payload, lambda: "\n".join([describe(result, out.lang), *([""] if written else []), *written]))


def _open(text: str) -> Cohort:
    """Return the cohort of a table, of a table and a study, or of an experiment."""
    from responder.cohort import load_cohort
    from responder.experiment import resolve_experiment
    from responder.experiment.plan import open_cohort

    if text.endswith(".toml") and ":" not in text:
        return open_cohort(resolve_experiment(Path(text)))[1]
    path, colon, study = text.rpartition(":")
    if not colon or Path(text).is_file():
        path, study = text, ""
    return load_cohort(path, one_study(study or None))


def _by_study(given: Mapping[str, str], cohorts: Sequence[Cohort]) -> dict[str, dict[str, str]]:
    """Return the counterparts by study; one that names no study is meant for every study but the first."""
    others = list(dict.fromkeys(c.study.id for c in cohorts if c.study.id != cohorts[0].study.id))
    found: dict[str, dict[str, str]] = {}
    for name, other in given.items():
        study, _, trait = name.rpartition(":")
        for one in [study] if study else others:
            found.setdefault(one, {})[trait] = other
    return found


def describe(result: Across, lang: Language) -> str:
    """Return every hypothesis with its cohorts, in a language."""
    words = Voice(lang, "across")
    blocks = [words.of(result.illustration)] if result.illustration else []
    blocks += ["\n".join(_verdict(verdict, words)) for verdict in result.verdicts]
    blocks += [words.of(twins) for twins in result.twins]
    return "\n\n".join([*blocks, words("limits")])


def _verdict(verdict: AcrossVerdict, words: Voice) -> list[str]:
    lines = [paint(words("head", id=verdict.id, statement=verdict.hypothesis), "bold")]
    if verdict.features:
        told = [
            words("feature", name=label, direction=words(f"direction.{verdict.directions[name]}"))
            for name, label in verdict.features.items()
        ]
        lines.append(words("features", names=told))
    for name, lacking in verdict.left_out.items():
        lines.append(words("left_out", name=name, cohorts=lacking))
    rows = [
        (
            each.cohort,
            each.study,
            words("of", responders=each.responders, patients=each.n),
            *_numbers(each.auc, each.lower, each.upper, each.p, each.smallest_attainable_p, words),
            f"{each.weight:.0%}",
        )
        for each in verdict.cohorts
    ]
    if verdict.heterogeneity is not None:
        n, responders = (sum(getattr(c, name) for c in verdict.cohorts) for name in ("n", "responders"))
        whole = _numbers(verdict.auc, verdict.lower, verdict.upper, verdict.p, verdict.smallest_attainable_p, words)
        rows.append((words("together"), "", words("of", responders=responders, patients=n), *whole, f"{1:.0%}"))
    heads = [words(f"column.{name}") for name in (*COLUMNS, "p" if verdict.exact else "p_near", "smallest", "weight")]
    lines += ["", table(heads, rows), "", words.of(verdict.statement)]
    lines += [words.of(phrase) for phrase in verdict.differences]
    for each in verdict.cohorts:
        if each.renamed:
            told = [words("pair", one=one, other=other) for one, other in each.renamed.items()]
            lines.append(words("renamed", study=each.study, pairs=told))
        if each.coupled:
            lines.append(
                words("coupled", cohort=each.cohort, names=[said(name, words.language) for name in each.coupled])
            )
        if each.points == 0 and each.responders in (0, each.n):
            lines.append(words("one_class", cohort=each.cohort))
    return lines


def _numbers(auc: float, lower: float, upper: float, p: float, smallest: float, words: Voice) -> tuple[str, ...]:
    if auc != auc:  # all patients have one outcome
        return ("", "", "", "")
    return f"{auc:.2f}", words("span", lower=f"{lower:.2f}", upper=f"{upper:.2f}"), f"{p:.3g}", f"{smallest:.3g}"
