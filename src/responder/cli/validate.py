"""``responder validate BUNDLE COHORT``: a locked model against patients whom it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import one_study, pairs, reading_options, study_option
from responder.cli.output import Output, common_options
from responder.cli.settled import settled
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import ConfigError, UsageError
from responder.words import MOST_LISTED, Language, first_of, said, say

if TYPE_CHECKING:
    from responder.cohort.table import ReadOptions
    from responder.experiment.external import ExternalValidation, TraitDrift
    from responder.score import Bundle
    from responder.validate.decision import DecisionCurve


@click.command("validate", cls=SpokenCommand)
@click.argument("bundle", metavar="BUNDLE")
@click.argument("cohort", metavar="COHORT")
@study_option
@click.option("--map", "mapped", multiple=True, metavar="TRAIT=OTHER")
@reading_options
@click.option("--seed", type=click.IntRange(0), default=2025, show_default=True)
@click.option("--out", "target", metavar="FILE")
@common_options
def command(
    out: Output,
    bundle: str,
    cohort: str,
    study: str | None,
    mapped: tuple[str, ...],
    options: ReadOptions,
    seed: int,
    target: str | None,
) -> int:
    """Validate a trained model in another cohort."""
    import numpy as np

    from responder.cohort import load_cohort
    from responder.csv_text import csv_text
    from responder.experiment.external import require_same_measures, validate_externally
    from responder.experiment.transfer import transfer_counterparts
    from responder.files import write_atomically
    from responder.score import load_bundle

    given = pairs(mapped, "--map")
    locked = load_bundle(settled(Path(bundle)))
    if locked.standing.known_only is not None:
        raise ConfigError("landmark_not_validated", where=bundle, known_only=locked.standing.known_only)
    chosen = one_study(study or locked.study.id)
    shared, endpoint = None, None
    if chosen.id != locked.study.id:
        shared = transfer_counterparts(locked, chosen, given)
    elif given:
        raise UsageError("map_same_study", where="--map", study=chosen.id)
    else:
        require_same_measures(locked, chosen)
        endpoint = locked.study.endpoint_name
    patients = load_cohort(cohort, chosen, endpoint=endpoint, options=options)
    result = validate_externally(locked, patients, counterparts=shared, rng=np.random.default_rng(seed))
    if target is not None:
        write_atomically(Path(target), csv_text(result.frame(), index=True))
    findings = patients.findings.to_json()
    return out.result(
        {**result.to_json(), **findings, "seed": seed, "out": target}, lambda: describe(locked, result, out.lang)
    )


def describe(bundle: Bundle, result: ExternalValidation, lang: Language) -> str:
    """Return discrimination, calibration, scores, applicability and drift as text."""
    from responder.experiment.external import most_moved
    from responder.score import research_use

    share, trained = result.prevalence, bundle.standing
    lines = [
        say("validate.head", lang, bundle=bundle.name, model=bundle.model.id, cohort=result.cohort),
        *([said(result.transfer.label, lang)] if result.transfer else []),
        said(result.statement, lang),
        *([said(result.apart, lang)] if result.apart else []),
        *([said(result.illustration, lang)] if result.illustration else []),
        "",
        _measures(result, lang),
        "",
        say(
            "validate.responders",
            lang,
            here=say("count_of", lang, count=share.successes, of=share.n),
            share=f"{share.estimate:.2f}",
            span=_span(share.lower, share.upper, lang),
            trained=say("count_of", lang, count=trained.responders, of=trained.n),
            prevalence=f"{trained.prevalence:.2f}",
        ),
        say("validate.profiles", lang, decisions=_decisions(result, lang)),
    ]
    rows = [
        (
            bundle.sheet(t.name).label(lang),
            f"{t.outside:.0%}",
            f"{t.not_seen:.0%}",
            f"{t.missing:.0%}",
            f"{t.missing_in_training:.0%}",
        )
        for t in _told_traits(result.traits)
    ]
    lines += ["", table(_heads("trait outside not_seen missing missing_in_training", lang), rows)]
    lines += [said(first_of(len(rows), len(result.traits), "--json"), lang)] if len(rows) < len(result.traits) else []
    if result.decision is not None:
        lines += ["", _net_benefit(result.decision, lang)]
    moved = [(said(f.label, lang), f"{f.shift:+.2f}", f"{f.spread:.2f}") for f in most_moved(result.features)]
    lines += ["", table(_heads("moved by ratio", lang), moved)]
    if result.absent:
        names = [bundle.sheet(name).label(lang) for name in result.absent]
        lines += ["", say("validate.absent", lang, names=names)]
    lines += _carried(bundle, result, lang)
    lines += ["", say("validate.in_training", lang, standing=trained.in_language(lang)), research_use(lang)]
    return "\n".join(lines)


def _told_traits(traits: Sequence[TraitDrift]) -> Sequence[TraitDrift]:
    """Return the traits as a person is told them: of very many those in which most patients are apart."""
    if len(traits) <= MOST_LISTED:
        return traits
    return sorted(traits, key=lambda t: -max(t.outside, t.not_seen, t.missing))[:MOST_LISTED]


def _carried(bundle: Bundle, result: ExternalValidation, lang: Language) -> list[str]:
    """Return which traits had no counterpart in the other study, and which stood for one of another name."""
    if result.transfer is None:
        return []
    lines = []
    if result.transfer.no_counterpart:
        names = [bundle.sheet(name).label(lang) for name in result.transfer.no_counterpart]
        lines.append(say("transfer.no_counterpart", lang, names=names, study=result.transfer.study))
    if result.transfer.renamed:
        told = [say("transfer.pair", lang, one=one, other=other) for one, other in result.transfer.renamed.items()]
        lines.append(say("transfer.renamed", lang, pairs=told))
    return ["", *lines] if lines else []


def _heads(names: str, lang: Language) -> list[str]:
    return [say(f"validate.{name}", lang) for name in names.split()]


def _span(lower: float, upper: float, lang: Language) -> str:
    return say("span", lang, lower=f"{lower:.2f}", upper=f"{upper:.2f}")


def _decisions(result: ExternalValidation, lang: Language) -> str:
    told = (say(f"decision_count.{word}", lang, count=count) for word, count in result.decisions.items())
    return say("check.separator", lang).join(told)


def _measures(result: ExternalValidation, lang: Language) -> str:
    rows: list[tuple[str, str, str]] = []
    if result.auc is not None:
        auc = result.auc
        rows.append((say("validate.auc", lang), f"{auc.estimate:.3f}", _span(auc.lower, auc.upper, lang)))
    for name, estimate in (("brier", result.brier), ("brier_skill", result.brier_skill)):
        label = say(f"validate.{name}", lang)
        rows.append((label, f"{estimate.estimate:.3f}", _span(estimate.lower, estimate.upper, lang)))
    for name in ("in_the_large", "intercept", "slope"):
        part = getattr(result.calibration, name)
        label = say(f"validate.calibration_{name}", lang)
        if part.value is None or part.lower is None or part.upper is None:
            why = say(f"calibration_reason.{part.reason.value}", lang) if part.reason else ""
            rows.append((label, say("verdict.cannot_be_estimated", lang), why))
        else:
            rows.append((label, f"{part.value:.3f}", _span(part.lower, part.upper, lang)))
    return table(("", *_heads("estimate interval", lang)), rows)


def _net_benefit(curve: DecisionCurve, lang: Language) -> str:
    """Return the decision curve as a table: what treating by the model is worth at each threshold."""
    rows = [
        (f"{at:g}", f"{model:.3f}", _span(low, high, lang), f"{every:.3f}", "0.000")
        for at, model, low, high, every in zip(
            curve.thresholds, curve.net_benefit, curve.lower, curve.upper, curve.treat_all, strict=True
        )
    ]
    return table(_heads("net_benefit by_model interval treat_all treat_none", lang), rows)
