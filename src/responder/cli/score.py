"""``responder score PROFILE...``: one or many baseline profiles against a trained model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.options import bundle_option, lang_option, pairs, trained_bundle
from responder.cli.output import Output, common_options
from responder.errors import DataRefusedError, UsageError

if TYPE_CHECKING:
    from responder.score import Bundle
    from responder.score.profile_files import ProfilePart

ABSTAINED_EXIT_CODE = 5
MOST_ROWS_SHOWN = 50
MOST_ROWS_IN_FULL = 1000


@click.command("score")
@click.argument("profiles", metavar="[PROFILE]...", nargs=-1)
@click.option("--set", "given", multiple=True, metavar="TRAIT=VALUE", help="Give, or override, a trait (repeatable).")
@bundle_option
@click.option("--out", "target", metavar="FILE", help="Write one row a patient: .csv, .xlsx or .parquet.")
@click.option("--show-anyway", is_flag=True, help="Give the numbers also where the model abstains.")
@lang_option
@common_options
def command(
    out: Output,
    profiles: tuple[str, ...],
    given: tuple[str, ...],
    bundle_path: str | None,
    target: str | None,
    show_anyway: bool,
    lang: str,
) -> int:
    """Score baseline profiles: probability, what it rests on, or why it is held back.

    PROFILE is a JSON file (an object, or a list of them), JSON lines, or a CSV file with a header.
    """
    if not profiles and not given:
        raise UsageError("nothing to score", where="PROFILE", hint="name a JSON or CSV file, or add --set trait=value")
    overrides = pairs(given, "--set")
    folder = trained_bundle(bundle_path)
    from responder.score.storage import load_bundle

    bundle = load_bundle(folder)
    parts = _parts(profiles, overrides)
    first = next(parts)
    second = None if len(first) > 1 else next(parts, None)
    if len(first) == 1 and second is None and target is None:
        return _one(out, bundle, first, show_anyway=show_anyway, lang=lang)
    rest = _chained(first, second, parts)
    if out.as_json and target is None:
        return _in_full(out, bundle, rest, show_anyway=show_anyway)
    return _many(out, bundle, rest, target, show_anyway=show_anyway, lang=lang)


def _one(out: Output, bundle: Bundle, part: ProfilePart, *, show_anyway: bool, lang: str) -> int:
    from responder.cli.score_card import card
    from responder.score import bundle_identity, score_profile, what_would_change

    profile = part.profile(0)
    score = score_profile(bundle, profile, show_anyway=show_anyway, where=part.source)
    changes = what_would_change(bundle, profile, show_anyway=show_anyway, where=part.source)
    payload = {"bundle": bundle_identity(bundle), "scores": [{**score.to_json(), "sensitivity": changes.to_json()}]}
    code = out.result(payload, lambda: card(bundle, score, changes, lang))
    return code or (ABSTAINED_EXIT_CODE if score.decision == "abstained" else 0)


def _in_full(out: Output, bundle: Bundle, parts: Iterator[ProfilePart], *, show_anyway: bool) -> int:
    """Answer for programs: every profile as if it had been asked for alone, refusals among them."""
    from responder.score import answer_many, bundle_identity

    profiles: list[tuple[str, dict[str, Any]]] = []
    for part in parts:
        if len(profiles) + len(part) > MOST_ROWS_IN_FULL:
            raise UsageError(
                f"more than {MOST_ROWS_IN_FULL} profiles are too many for one envelope",
                where="--json",
                hint="add --out scored.csv",
            )
        profiles += [(f"{part.source}, row {part.first_row + row}", part.profile(row)) for row in range(len(part))]
    scores = answer_many(bundle, profiles, show_anyway=show_anyway)
    counts = {word: sum(score["decision"] == word for score in scores) for word in ("abstained", "refused")}
    payload = {"bundle": bundle_identity(bundle), "counts": {"profiles": len(scores), **counts}, "scores": scores}
    return _finish(out, payload, "", **counts)


def _many(
    out: Output, bundle: Bundle, parts: Iterator[ProfilePart], target: str | None, *, show_anyway: bool, lang: str
) -> int:
    from responder.cli.score_card import score_rows
    from responder.cli.scored_file import ScoredFile
    from responder.cli.table import table
    from responder.score import bundle_identity, score_table

    shown: list[tuple[Any, ...]] = []
    counts = {"profiles": 0, "abstained": 0, "refused": 0}
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(ScoredFile(Path(target))) if target is not None else None
        for part in parts:
            scored = score_table(bundle, part.columns, show_anyway=show_anyway, where=part.source)
            wanted = range(min(len(scored), MOST_ROWS_SHOWN - len(shown)))
            if file is None:
                shown += score_rows(scored.columns, wanted, part.first_row, lang)
            else:
                file.write(scored.columns)
            counts["profiles"] += len(scored)
            counts["abstained"] += scored.abstained
            counts["refused"] += scored.refused
            out.narrate(f"scored {counts['profiles']:,} profiles" if file else "scoring", 0, 0)

    def text() -> str:
        from responder.score import research_use

        total = f"{counts['profiles']} profiles, {counts['abstained']} abstained, {counts['refused']} refused"
        lines = [table(("row", "patient", "decision", "p", "band", "reasons"), shown)] if shown else []
        if file is None and counts["profiles"] > len(shown):
            lines.append(f"... and {counts['profiles'] - len(shown)} more: add --out scored.csv")
        lines += ["", total, bundle.standing.in_language(lang)]
        lines += [illustration] if (illustration := bundle.standing.illustration_in(lang)) else []
        lines += [research_use(lang)] + ([f"wrote {target}"] if target else [])
        return "\n".join(lines).lstrip("\n")

    payload = {"bundle": bundle_identity(bundle), "counts": counts, "out": target}
    return _finish(out, payload, text, abstained=counts["abstained"], refused=counts["refused"])


def _finish(out: Output, payload: dict[str, Any], text: Any, *, abstained: int, refused: int) -> int:
    error = None
    if refused:
        error = DataRefusedError(
            f"{refused} of {payload['counts']['profiles']} profiles could not be understood",
            where="rows with decision 'refused'",
            hint="their column 'reasons' (under --json, 'error') says what is wrong with each",
        )
    return out.result(payload, text, error=error) or (ABSTAINED_EXIT_CODE if abstained else 0)


def _parts(profiles: tuple[str, ...], overrides: dict[str, str]) -> Iterator[ProfilePart]:
    from responder.score.profile_files import ProfilePart, read_profiles

    if not profiles:
        yield ProfilePart("--set", 1, {key: [value] for key, value in overrides.items()})
    for name in profiles:
        for part in read_profiles(Path(name)):
            columns = {**part.columns, **{key: [value] * len(part) for key, value in overrides.items()}}
            yield ProfilePart(part.source, part.first_row, columns)


def _chained(first: ProfilePart, second: ProfilePart | None, rest: Iterator[ProfilePart]) -> Iterator[ProfilePart]:
    yield first
    if second is not None:
        yield second
    yield from rest
