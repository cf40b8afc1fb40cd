"""``responder score PROFILE...``: one or many baseline profiles against a trained model."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.options import bundle_option, pairs, trained_bundle
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.errors import DataRefusedError, UsageError
from responder.words import Language, Phrase, said, say

if TYPE_CHECKING:
    from responder.cohort.findings import Finding
    from responder.score import Bundle
    from responder.score.files import GivenProfiles
    from responder.score.profile import EncodedTable

    Understood = tuple[GivenProfiles, EncodedTable]

ABSTAINED_EXIT_CODE = 5
MOST_ROWS_SHOWN = 50
MOST_ROWS_IN_FULL = 1000


@click.command("score", cls=SpokenCommand)
@click.argument("profiles", metavar="[PROFILE]...", nargs=-1)
@click.option("--set", "given", multiple=True, metavar="TRAIT=VALUE")
@bundle_option
@click.option("--out", "target", metavar="FILE")
@click.option("--show-anyway", is_flag=True)
@common_options
def command(
    out: Output,
    profiles: tuple[str, ...],
    given: tuple[str, ...],
    bundle_path: str | None,
    target: str | None,
    show_anyway: bool,
) -> int:
    """Score baseline profiles."""
    if not profiles and not given:
        raise UsageError("nothing_to_score", where="PROFILE")
    overrides = pairs(given, "--set")
    folder = trained_bundle(bundle_path)
    from responder.score.storage import load_bundle

    bundle = load_bundle(folder)
    understood = _understood(bundle, profiles, overrides)
    n = sum(len(encoded) for _, encoded in understood)
    if n == 1 and target is None:
        return _one(out, bundle, understood, show_anyway=show_anyway)
    if out.as_json and target is None:
        return _in_full(out, bundle, understood, n, show_anyway=show_anyway)
    return _many(out, bundle, understood, target, show_anyway=show_anyway)


def _understood(bundle: Bundle, profiles: tuple[str, ...], overrides: dict[str, str]) -> list[Understood]:
    """Read every source whole: how a column writes its numbers is decided by all of its cells."""
    from responder.score.files import GivenProfiles, read_profiles
    from responder.score.profile import encode_table

    given = [read_profiles(name) for name in profiles] or [GivenProfiles("--set", {})]
    given = [source.overridden(bundle, overrides) for source in given]
    return [(source, encode_table(bundle, source.columns, source.source)) for source in given]


def _notes(bundle: Bundle, understood: Sequence[Understood]) -> list[Finding]:
    """Return what is to be told of files and cells; what was corrected without loss is not, beside a score."""
    found = [finding for given, encoded in understood for finding in given.notes(bundle, encoded)]
    return [finding for finding in found if finding.severity != "note"]


def _told(notes: Sequence[Finding], lang: Language) -> list[str]:
    from responder.cli.findings import finding_line

    return [finding_line(note, lang) for note in notes]


def _findings(notes: Sequence[Finding], lang: Language) -> list[dict[str, Any]]:
    from responder.words import said_in

    return [said_in(note.to_json(), lang) for note in notes]


def _one(out: Output, bundle: Bundle, understood: Sequence[Understood], *, show_anyway: bool) -> int:
    from responder.cli.score_card import card
    from responder.score import bundle_identity
    from responder.score.scorer import score_encoded
    from responder.score.sensitivity import NOTHING_TO_CHANGE, changes_of

    notes = _notes(bundle, understood)
    given, encoded = next((given, encoded) for given, encoded in understood if len(encoded))
    profile = encoded.row(0, given.source)
    score = score_encoded(bundle, profile, show_anyway=show_anyway)
    changes = NOTHING_TO_CHANGE if score.probability is None else changes_of(bundle, profile.values)
    payload = {
        "bundle": bundle_identity(bundle),
        "scores": [{**score.to_json(out.lang), "sensitivity": changes.to_json()}],
        "findings": _findings(notes, out.lang),
    }
    code = out.result(payload, lambda: "\n".join([*_told(notes, out.lang), card(bundle, score, changes, out.lang)]))
    return code or (ABSTAINED_EXIT_CODE if score.decision == "abstained" else 0)


def _in_full(out: Output, bundle: Bundle, understood: Sequence[Understood], n: int, *, show_anyway: bool) -> int:
    """Answer for programs: every profile as if it had been asked for alone, refusals among them."""
    from responder.score import bundle_identity
    from responder.score.answers import answer_rows

    if n > MOST_ROWS_IN_FULL:
        raise UsageError("too_many_profiles", where="--json", most=MOST_ROWS_IN_FULL)
    scores = [
        score
        for given, encoded in understood
        for score in answer_rows(bundle, encoded, given.source, show_anyway=show_anyway, language=out.lang)
    ]
    counts = {word: sum(score["decision"] == word for score in scores) for word in ("abstained", "refused")}
    payload = {
        "bundle": bundle_identity(bundle),
        "counts": {"profiles": n, **counts},
        "scores": scores,
        "findings": _findings(_notes(bundle, understood), out.lang),
    }
    return _finish(out, payload, "", **counts)


def _many(
    out: Output,
    bundle: Bundle,
    understood: Sequence[Understood],
    target: str | None,
    *,
    show_anyway: bool,
) -> int:
    from responder.cli.score_card import score_rows
    from responder.cli.scored_file import ScoredFile
    from responder.cli.table import table
    from responder.score import bundle_identity
    from responder.score.table import score_in_parts

    shown: list[tuple[Any, ...]] = []
    counts = {"profiles": 0, "abstained": 0, "refused": 0}
    lang = out.lang
    notes = _notes(bundle, understood)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(ScoredFile(Path(target))) if target is not None else None
        for _, encoded in understood:
            row = 1
            for scored in score_in_parts(bundle, encoded, show_anyway=show_anyway, language=lang):
                wanted = range(min(len(scored), MOST_ROWS_SHOWN - len(shown)))
                if file is None:
                    shown += score_rows(scored.columns, wanted, row, lang)
                else:
                    file.write(scored.columns)
                row += len(scored)
                counts["profiles"] += len(scored)
                counts["abstained"] += scored.abstained
                counts["refused"] += scored.refused
                told = say("score.progress_count", lang, n=counts["profiles"]) if file else say("score.progress", lang)
                out.narrate(told, 0, 0)

    def text() -> str:
        from responder.score import research_use

        names = ("row", "patient", "decision_head", "p", "interval", "reasons")
        heads = tuple(say(f"score.{name}", lang) for name in names)
        lines = _told(notes, lang)
        lines += [table(heads, shown)] if shown else []
        if file is None and counts["profiles"] > len(shown):
            lines.append(say("score.more", lang, n=counts["profiles"] - len(shown)))
        lines += ["", said(counted(counts), lang), bundle.standing.in_language(lang)]
        lines += bundle.standing.notes_in(lang)
        lines += [research_use(lang)] + ([say("draft.wrote", lang, path=target)] if target else [])
        return "\n".join(lines).lstrip("\n")

    findings = _findings(notes, out.lang)
    payload = {"bundle": bundle_identity(bundle), "counts": counts, "out": target, "findings": findings}
    return _finish(out, payload, text, abstained=counts["abstained"], refused=counts["refused"])


def counted(counts: Mapping[str, int]) -> Phrase:
    """Return how many profiles there were, and what became of them."""
    scored = counts["profiles"] - counts["abstained"] - counts["refused"]
    parts = {"scored": scored, "abstained": counts["abstained"], "refused": counts["refused"]}
    told = {name: Phrase(f"score.count.{name}", {"n": n}) for name, n in parts.items()}
    return Phrase("score.total", {"profiles": Phrase("score.profiles", {"n": counts["profiles"]}), **told})


def _finish(out: Output, payload: dict[str, Any], text: Any, *, abstained: int, refused: int) -> int:
    error = None
    if refused:
        where, total = Phrase("place.refused_rows"), payload["counts"]["profiles"]
        error = DataRefusedError("profiles_refused", where=where, refused=refused, profiles=total)
    return out.result(payload, text, error=error) or (ABSTAINED_EXIT_CODE if abstained else 0)
