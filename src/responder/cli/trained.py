"""What a run would do, and what it gave, as text for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from responder.cli.findings import finding_line
from responder.cli.table import table
from responder.words import Language, Voice, said, say

if TYPE_CHECKING:
    from responder.cohort import Cohort
    from responder.experiment import EnsembleResult, ExperimentResult, Plan
    from responder.explain import Influence
    from responder.validate.screen import MarkerScreen

__all__ = ["describe_ensemble", "describe_plan", "describe_result", "influence_lines", "landmark_lines"]

MOST_FINDINGS = 12
MOST_TRAITS = 30


def describe_plan(plan: Plan, lang: Language = "en", processes: int = 1) -> str:
    """Return what a run would do, shared out to so many processes."""
    cohort = plan.cohort
    rows = []
    for pipeline in plan.pipelines:
        own = plan.permutations.get(pipeline.id)
        if own is None:
            rows.append((pipeline.id, "-", "-", "-"))
            continue
        labelings = say(
            "plan.labelings_all" if own.exact else "plan.labelings_random", lang, count=f"{own.labelings:,}"
        )
        pairs = say("count_of", lang, count=f"{own.pairs:,}", of=f"{own.all_pairs:,}")
        rows.append((pipeline.id, labelings, pairs, f"{own.fits:,}"))
    head = say(
        "plan.head",
        lang,
        name=plan.experiment.experiment.name,
        patients=say("check.patients", lang, n=cohort.n),
        events=say("plan.events", lang, n=cohort.responders),
        endpoint=cohort.endpoint.label.in_language(lang),
        features=say("plan.features", lang, n=len(plan.table.feature_table.names)),
    )
    names = tuple(say(f"plan.{name}", lang) for name in ("model", "labelings", "pairs", "fits"))
    lines = [
        head,
        *([said(cohort.illustration, lang)] if cohort.illustration else []),
        *landmark_lines(cohort, lang),
        "",
        table(names, rows),
        "",
        *_ensemble_plan(plan, lang),
        *_foreign_plan(plan, lang),
        say("plan.most", lang, fits=f"{plan.fits:,}", seconds=f"{max(plan.expected_seconds, 0.1):.1f}"),
        *_shared_plan(plan, lang, processes),
        say("plan.beside", lang, seconds=f"{plan.seconds_beside:.0f}"),
    ]
    return "\n".join(lines)


def _shared_plan(plan: Plan, lang: Language, processes: int) -> list[str]:
    """Return how long the fits take if they are shared out; nothing where one process does them all."""
    seconds = max(plan.expected_seconds / processes, 0.1)
    return [say("plan.shared", lang, n=processes, seconds=f"{seconds:.1f}")] if processes > 1 else []


def _foreign_plan(plan: Plan, lang: Language) -> list[str]:
    """Return what every foreign estimator will cost on this machine, and how it will be explained."""
    lines = []
    for trial in plan.trials:
        fits = plan.fits_of(trial.model)
        lines.append(
            say(
                "foreign.cost",
                lang,
                model=trial.model,
                kind=trial.kind,
                measured=f"{trial.measured_seconds * 1e3:.1f}",
                planned=f"{trial.planned_seconds * 1e3:.1f}",
                fits=f"{fits:,}",
                seconds=f"{fits * trial.measured_seconds:,.0f}",
            )
        )
        seconds = f"{max(trial.explanation_seconds, 0.1):,.1f}"
        lines.append(say(f"foreign.explainer.{trial.explainer}", lang, seconds=seconds))
    return [*lines, say("foreign.cheaper", lang), ""] if lines else []


def _ensemble_plan(plan: Plan, lang: Language) -> list[str]:
    if not plan.members:
        return []
    fits, model = plan.members * plan.fits_a_member, plan.experiment.experiment.primary_model
    each = {"members": f"{plan.members:,}", "each": f"{plan.fits_a_member:,}", "fits": f"{fits:,}"}
    return [say("plan.ensemble", lang, model=model, **each)]


def describe_ensemble(ensemble: EnsembleResult, lang: Language) -> str:
    """Return the range of the headline over an ensemble."""
    rows = [
        (say(f"ensemble.{r.name}", lang), *(_shown(None if v != v else v, 3) for v in r.spread))
        for r in ensemble.ranges
    ]
    spread = ("lowest", "quartile", "median", "quartile", "highest")
    over = say("ensemble.over", lang, model=ensemble.model, members=ensemble.members)
    head = (over, *(say(f"ensemble.{name}", lang) for name in spread))
    verdicts = [(say(f"verdict.{kind}", lang), number) for kind, number in ensemble.verdicts.items()]
    cohorts = ensemble.cohorts
    key = "fit" if cohorts["exhaustive"] or cohorts["count"] == 1 else "fit_about"
    fit = say(f"ensemble.{key}", lang, n=cohorts["count"], count=f"{cohorts['count']:,}")
    return "\n\n".join(
        (
            f"{say('ensemble.title', lang, fit=fit, title=ensemble.title.given)}\n{said(ensemble.meaning, lang)}",
            table(head, rows),
            table((say("result.verdict", lang), say("ensemble.members", lang)), verdicts),
        )
    )


def describe_result(result: ExperimentResult, folder: Path, bundle: Path | None, lang: Language = "en") -> str:
    """Return the answer, the models side by side, what carries the prediction, and where everything is."""
    from responder.experiment.comparing import said_of_comparisons
    from responder.report import report_name
    from responder.report.files import files_of_patients
    from responder.trial.rules import EXCLUDED

    cohort, primary = result.cohort, result.primary_model
    blocks = [result.answer.in_language(lang)]
    if result.ensemble is not None:
        blocks += [describe_ensemble(result.ensemble, lang), say("ensemble.alone", lang)]
    people = say(
        "result.people",
        lang,
        patients=say("check.patients", lang, n=cohort.n),
        responders=say("check.responders", lang, n=cohort.responders),
        endpoint=cohort.endpoint.label.in_language(lang),
    )
    compared = ["", _models(result, lang), say("result.legend", lang), *_marks(result, lang)]
    compared += [said(one, lang) for one in said_of_comparisons(result)]
    blocks.append("\n".join([people, said(primary.verdict.statement, lang), *compared]))
    blocks += ["\n".join(said(one, lang) for one in m.borrowing.said) for m in result.models if m.borrowing]
    if primary.intervals and (coverage := primary.intervals[0].coverage) is not None:
        where = say("result.nearest_size" if coverage.extrapolated else "result.this_size", lang)
        lowest, highest = f"{coverage.lowest:.2f}", f"{coverage.highest:.2f}"
        told = [say("result.coverage", lang, model=primary.id, lowest=lowest, highest=highest, where=where)]
        told += [] if coverage.own_model else [say("result.not_own_model", lang)]
        blocks.append("\n".join(told))
    if primary.winners is not None:
        true, won = f"{primary.winners.true_auc:.2f}", f"{primary.winners.winners_auc:.2f}"
        blocks.append(say("result.winners", lang, true=true, won=won))
    if any(model.intervals for model in result.models):
        blocks.append(say("result.interval_of", lang))
    if primary.attributions is not None:
        blocks.append(_importance(result, lang))
    if result.screen is not None:
        blocks.append(describe_screen(result, result.screen, lang))
    severe = [f for f in result.findings if str(f.severity) != "note" or f.code == EXCLUDED.code]
    if severe:
        blocks.append("\n".join(finding_line(finding, lang) for finding in severe[:MOST_FINDINGS]))
    places = {"results": folder, "report": folder / report_name(lang)}
    places |= {} if bundle is None else {"bundle": bundle}
    rows = [(say(f"result.{name}", lang), _from_here(path)) for name, path in places.items()]
    if result.no_bundle is not None:
        blocks.append(said(result.no_bundle, lang))
        if result.kept_estimator is not None:
            blocks.append(said(result.kept_estimator.statement, lang))
    blocks.append(table(("", ""), rows).lstrip("\n"))
    hidden = result.experiment.experiment.cohort.pseudonyms
    files = Voice(lang).listed(files_of_patients(folder))
    kept = [say(f"patient_rows.{'under_pseudonyms' if hidden else 'files'}", lang, name=result.name, files=files)]
    kept += [] if bundle is None else [say("patient_rows.bundle", lang, bundle=_from_here(bundle))]
    blocks.append("\n".join(kept))
    return "\n\n".join(blocks)


def describe_screen(result: ExperimentResult, screen: MarkerScreen, lang: Language) -> str:
    """Return the first markers of a screen, and how many pass."""
    from responder.features.compile import label_of_feature
    from responder.report.screen_table import screen_notes, screen_table

    markers, summary, words = screen.frame(), screen.to_json(), Voice(lang, "report")

    def label(name: str) -> str:
        return said(label_of_feature(result.cohort.study, result.table.spec, name), lang)

    shown = screen_table(markers, summary, label, words)
    notes = screen_notes(markers, summary, result.experiment.experiment.permutation.alpha, words)
    return "\n".join([shown.caption, table(shown.headers, shown.rows), *notes])


def landmark_lines(cohort: Cohort, lang: Language) -> list[str]:
    """Return when a landmark model's values are known, and who was left out; nothing before treatment."""
    from responder.trial.rules import EXCLUDED

    if cohort.landmark is None or cohort.study.known_only is None:
        return []
    names = [said(finding.message, lang) for finding in cohort.findings if finding.code == EXCLUDED.code]
    return [said(cohort.study.known_only, lang), said(cohort.landmark.flow, lang), *(f"  {name}" for name in names)]


def _marks(result: ExperimentResult, lang: Language) -> list[str]:
    """Return what the mark of a model means, and what holds for all verdicts together where several were tried."""
    from responder.validate.verdict import percent

    wanted = result.experiment.experiment
    marks = [say("result.part_of_endpoint", lang)] if any(model.part_of_endpoint for model in result.models) else []
    if sum(not model.is_baseline for model in result.models) < 2:
        return marks
    return [
        *marks,
        say(f"result.rule_{'named' if wanted.primary else 'open'}", lang, alpha=percent(wanted.permutation.alpha)),
    ]


def _models(result: ExperimentResult, lang: Language) -> str:
    rows = []
    for model in result.models:
        numbers = model.metrics
        interval = "-"
        if model.intervals:
            lower, upper = f"{model.intervals[0].lower:.2f}", f"{model.intervals[0].upper:.2f}"
            interval = say("span", lang, lower=lower, upper=upper)
        rows.append(
            (
                f"{model.id}{' *' if model.id == result.primary else ''}{' +' if model.part_of_endpoint else ''}",
                _shown(numbers.get("lpo_auc"), 3),
                interval,
                _shown(numbers.get("permutation_p"), 4),
                _shown(numbers.get("permutation_p_maxt"), 4),
                _shown(numbers.get("brier_loo"), 3),
                _shown(numbers.get("brier_skill_loo"), 2),
                say(f"verdict.{model.verdict.kind.value}", lang),
            )
        )
    head = ("model", "auc", "interval", "p", "p_adjusted", "brier", "skill", "verdict")
    return table(tuple(say(f"result.{name}", lang) for name in head), rows)


def _from_here(path: Path) -> str:
    """Return a path as one would type it from the working folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _importance(result: ExperimentResult, lang: Language) -> str:
    """Return the ranked table of traits of the primary model."""
    from responder.features import label_of_traits

    primary = result.primary_model
    assert primary.attributions is not None
    traits = primary.attributions.by_trait()

    def label(name: str) -> str:
        return label_of_traits(result.cohort.study, result.table.spec, name).in_language(lang)

    rows = [
        (
            label(str(r["name"])),
            f"{r['mean_absolute']:.3f}",
            say(f"direction.{r['direction']}", lang),
        )
        for r in traits.ranking().head(MOST_TRAITS).to_dict("records")
    ]
    title = say("result.carries", lang, model=primary.id)
    if {primary.verdict.kind.value, result.verdict.kind.value} != {"beats_chance"}:
        title = say("result.carries_chance", lang, title=title)
    head = tuple(say(f"result.{name}", lang) for name in ("trait", "shap", "direction"))
    lines = influence_lines(traits.influential(), label, lang)
    if len(rows) < len(traits.names):
        lines.insert(0, say("result.more_traits", lang, shown=len(rows), count=f"{len(traits.names):,}"))
    return "\n".join([title, table(head, rows), *lines])


def influence_lines(found: Sequence[Influence], label: Callable[[str], str], lang: Language) -> list[str]:
    """Return what the order of the traits would be without each of the patients who make it, the first few."""
    from responder.explain.out_of_fold import MOST_INFLUENTIAL

    return [
        say(
            "result.influence",
            lang,
            patient=one.patient,
            order=say("list.separator", lang).join(map(label, one.order_without)),
            share=f"{one.share:.0%}",
            trait=label(one.part),
        )
        for one in found[:MOST_INFLUENTIAL]
    ]


def _shown(value: float | None, decimals: int) -> str:
    # adding zero turns a rounded -0.00 into 0.00
    return "-" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"
