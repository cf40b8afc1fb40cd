"""``responder validate BUNDLE COHORT``: a locked model against patients whom it never saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import lang_option, one_study, reading_options, study_option
from responder.cli.output import Output, common_options
from responder.cli.table import table

if TYPE_CHECKING:
    from responder.cohort.table import ReadOptions
    from responder.experiment.external import ExternalValidation
    from responder.score import Bundle
    from responder.validate.decision import DecisionCurve


@click.command("validate")
@click.argument("bundle", metavar="BUNDLE")
@click.argument("cohort", metavar="COHORT")
@study_option
@reading_options
@click.option("--seed", type=click.IntRange(0), default=2025, show_default=True, help="Of the bootstrap intervals.")
@click.option("--out", "target", metavar="FILE", help="Write one row a patient (CSV): outcome, probability, decision.")
@lang_option
@common_options
def command(
    out: Output,
    bundle: str,
    cohort: str,
    study: str | None,
    options: ReadOptions,
    seed: int,
    target: str | None,
    lang: str,
) -> int:
    """Validate a trained model in another cohort; nothing is refitted."""
    import numpy as np

    from responder.cohort import load_cohort
    from responder.experiment.external import require_same_measures, validate_externally
    from responder.files import write_atomically
    from responder.score import load_bundle

    locked = load_bundle(Path(bundle))
    chosen = one_study(study or locked.study.id)
    require_same_measures(locked, chosen)
    patients = load_cohort(cohort, chosen, endpoint=locked.study.endpoint_name, options=options)
    result = validate_externally(locked, patients, rng=np.random.default_rng(seed))
    if target is not None:
        write_atomically(Path(target), result.frame().to_csv())
    findings = patients.findings.to_json()
    return out.result(
        {**result.to_json(), **findings, "seed": seed, "out": target}, lambda: describe(locked, result, lang)
    )


def describe(bundle: Bundle, result: ExternalValidation, lang: str) -> str:
    """Return discrimination, calibration, scores, applicability and drift as text."""
    from responder.experiment.external import most_moved
    from responder.score import research_use

    share, trained = result.prevalence, bundle.standing
    here = f"{share.successes} of {share.n}, {share.estimate:.2f} ({share.lower:.2f} to {share.upper:.2f})"
    decisions = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in result.decisions.items())
    lines = [
        f"{bundle.name} ({bundle.model.id}) in {result.cohort}",
        result.sentence_zh if lang == "zh" else result.sentence,
        *([result.illustration] if result.illustration else []),
        "",
        _measures(result),
        "",
        f"responders: {here}; in training {trained.responders} of {trained.n}, {trained.prevalence:.2f}",
        f"by their profiles: {decisions}",
    ]
    rows = [
        (
            bundle.sheet(t.name).label(lang),
            f"{t.outside:.0%}",
            f"{t.not_seen:.0%}",
            f"{t.missing:.0%}",
            f"{t.missing_in_training:.0%}",
        )
        for t in result.traits
    ]
    lines += ["", table(("trait", "outside training range", "not seen", "missing", "missing in training"), rows)]
    if result.decision is not None:
        lines += ["", _net_benefit(result.decision)]
    moved = [(f.label or f.name, f"{f.shift:+.2f}", f"{f.spread:.2f}") for f in most_moved(result.features)]
    lines += ["", table(("feature moved most", "by (training SD)", "SD ratio"), moved)]
    if result.absent:
        lines += ["", f"not in this cohort: {', '.join(result.absent)}"]
    lines += ["", "In training: " + bundle.standing.in_language(lang), research_use(lang)]
    return "\n".join(lines)


def _measures(result: ExternalValidation) -> str:
    rows: list[tuple[str, str, str]] = []
    if result.auc is not None:
        auc = result.auc
        rows.append(("AUC", f"{auc.estimate:.3f}", f"{auc.lower:.2f} to {auc.upper:.2f}"))
    for name, estimate in (("Brier score", result.brier), ("Brier skill", result.brier_skill)):
        rows.append((name, f"{estimate.estimate:.3f}", f"{estimate.lower:.2f} to {estimate.upper:.2f}"))
    for name in ("in_the_large", "intercept", "slope"):
        part = getattr(result.calibration, name)
        label = f"calibration, {name.replace('_', ' ')}"
        if part.value is None or part.lower is None or part.upper is None:
            rows.append((label, "cannot be estimated", part.reason.value.replace("_", " ") if part.reason else ""))
        else:
            rows.append((label, f"{part.value:.3f}", f"{part.lower:.2f} to {part.upper:.2f}"))
    return table(("", "estimate", "95% interval"), rows)


def _net_benefit(curve: DecisionCurve) -> str:
    """Return the decision curve as a table: what treating by the model is worth at each threshold."""
    rows = [
        (f"{at:g}", f"{model:.3f}", f"{low:.2f} to {high:.2f}", f"{every:.3f}", "0.000")
        for at, model, low, high, every in zip(
            curve.thresholds, curve.net_benefit, curve.lower, curve.upper, curve.treat_all, strict=True
        )
    ]
    return table(("net benefit at threshold", "by the model", "95% interval", "treat all", "treat none"), rows)
