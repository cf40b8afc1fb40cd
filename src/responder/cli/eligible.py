"""``responder eligible PATIENTS``: classification criteria and a study's eligibility, patient by patient."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.findings import describe_findings, refusal
from responder.cli.options import one_study, reading_options, study_option
from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import UsageError
from responder.words import Given, Language, Phrase, Voice, say

if TYPE_CHECKING:
    from responder.cohort.eligibility import JudgedPatients
    from responder.cohort.table import ReadOptions
    from responder.study.criteria import Fulfilment, Judged

COLOURS = {"met": "green", "not met": "red", "cannot be judged": "yellow"}
MOST_PATIENTS_SHOWN = 50
MOST_NAMED = 10


@click.command("eligible", cls=SpokenCommand)
@click.argument("patients", metavar="PATIENTS")
@study_option
@click.option("--patient", metavar="ID")
@click.option("--out", "target", metavar="FILE")
@reading_options
@common_options
def command(
    out: Output, patients: str, study: str | None, patient: str | None, target: str | None, options: ReadOptions
) -> int:
    """Judge patients by classification criteria and by the eligibility of a study."""
    from responder.cohort.eligibility import scan_eligibility

    chosen = one_study(study)
    scan = scan_eligibility(patients, chosen, options=options)
    found = scan.patients
    findings = scan.findings.to_json()
    if found is None:
        payload = {"study": chosen.id, "source": patients, "refused": True, **findings}
        told = "\n\n".join(describe_findings(scan.findings, out.lang))
        return out.result(payload, told, error=refusal(scan.findings))
    if patient is not None and patient not in found.ids:
        raise UsageError("eligible_no_patient", where="--patient", name=patient, source=patients)
    if target is not None:
        from responder.cli.scored_file import ScoredFile

        frame = found.frame(out.lang)
        with ScoredFile(Path(target), text=set(frame.columns)) as file:
            file.write({name: frame[name].tolist() for name in frame.columns})

    def text() -> str:
        blocks = [_one(found, patient, out.lang)] if patient is not None else _all(found, out.lang)
        blocks += describe_findings(scan.findings, out.lang)
        return "\n\n".join([*blocks, *([say("draft.wrote", out.lang, path=target)] if target else [])])

    return out.result({**found.to_json(), "refused": False, "out": target, **findings}, text)


def _all(found: JudgedPatients, lang: Language) -> list[str]:
    """Return who meets which criteria, how many meet each, and what is not met or cannot be judged."""
    voice, rows = Voice(lang, "eligible"), range(len(found.ids))
    shown = rows[:MOST_PATIENTS_SHOWN]
    names = [voice.of(group.words) for group in found.sets]
    verdicts = [[found.verdict(group, row) for group in found.sets] for row in rows]
    lines = [(found.ids[row], *(voice(verdict_key(verdict)) for verdict in verdicts[row])) for row in shown]
    more = [voice("more", n=len(rows) - len(shown))] if len(rows) > len(shown) else []
    counted: list[tuple[str | int, ...]] = []
    for at, group in enumerate(found.sets):
        counted.append((names[at], *found.counts([row[at] for row in verdicts]).values()))
        criteria = found.of_set(group)
        if len(criteria) > 1:
            counted += [
                (f"  {voice.of(one.criterion.words)}", *found.counts([one.verdict(row) for row in rows]).values())
                for one in criteria
            ]
    heads = [voice(key) for key in ("criteria", "met", "not_met", "undetermined")]
    blocks = [
        "\n".join(
            [
                paint(voice.of(found.study.title), "bold"),
                voice("source", patients=voice("patients", n=len(rows)), source=found.source),
            ]
        ),
        table(heads, counted),
        "\n".join([table([voice("patient"), *names], lines), *more]),
    ]
    not_met = [line for row in shown for line in not_met_lines(found, row, voice)]
    blocks += ["\n".join([paint(voice("not_met_heading"), "bold"), *not_met])] if not_met else []
    unjudged = open_lines(found, voice)
    blocks += ["\n".join([paint(voice("undetermined_heading"), "bold"), *unjudged])] if unjudged else []
    blocks += [voice("absent", columns=[_or_computed(found, name) for name in found.absent])] if found.absent else []
    return blocks


def not_met_lines(found: JudgedPatients, row: int, voice: Voice) -> Iterable[str]:
    """Yield the criteria that a patient does not meet, with the reasons."""
    for one in found.judged:
        if one.verdicts[row] < 0:
            yield "  " + voice("line", patient=found.ids[row], group=one.group.words, why=_why(one, row))


def _why(one: Judged, row: int) -> Phrase:
    return Phrase("eligible.why", {"asks": one.criterion.words, "reason": one.reason(row)})


def open_lines(found: JudgedPatients, voice: Voice) -> list[str]:
    """Return, under each set, which patients a criterion leaves open, and the columns that lack their values."""
    from responder.cohort.places import shortened

    lines: list[str] = []
    for group in found.sets:
        unclear = [one for one in found.of_set(group) if (one.verdicts == 0).any()]
        lines += [f"  {voice.of(group.words)}"] if unclear else []
        for one in unclear:
            rows = [row for row in range(len(found.ids)) if one.verdicts[row] == 0]
            columns = list(dict.fromkeys(test.name for row in rows for test in one.missing(row)))
            names = shortened([found.ids[row] for row in rows], MOST_NAMED)
            everybody = len(rows) == len(found.ids)
            who = voice("everybody", n=len(rows)) if everybody else voice("some", n=len(rows), names=names)
            lines.append("    " + voice("open", asks=one.criterion.words, who=who, columns=columns))
    return lines


def _or_computed(found: JudgedPatients, name: str) -> str | Phrase:
    """Return the name of a column that is absent, with the columns that it could be computed from."""
    rules = [rule for rule in found.study.criteria.rules if name in rule.computed]
    others = [other for rule in rules for other in (rule.target, *rule.of) if other != name]
    return Phrase("eligible.or_computed", {"column": name, "others": others}) if others else name


def _one(found: JudgedPatients, patient: str, lang: Language) -> str:
    """Return every criterion of one patient, with the reason and the columns."""
    voice, row = Voice(lang, "eligible"), found.ids.index(patient)
    lines = [paint(voice.of(found.study.title), "bold"), voice("of_patient", patient=patient, source=found.source)]
    for group in found.sets:
        verdict = found.verdict(group, row)
        source = Given(group.source)
        head = voice("set", group=group.words, source=source, verdict=voice(verdict_key(verdict)))
        lines += ["", paint(head, COLOURS[str(verdict)])]
        for one in found.of_set(group):
            columns = list(dict.fromkeys(test.name for test in one.criterion.tests))
            judged = {"verdict": voice(verdict_key(one.verdict(row))), "asks": one.criterion.words}
            lines.append("  " + voice("judged", **judged))
            lines.append("    " + voice("because_of", reason=one.reason(row), columns=columns))
    return "\n".join(lines)


def verdict_key(verdict: Fulfilment) -> str:
    """Return under which name of the catalogue a verdict is said."""
    return verdict.name.lower()
