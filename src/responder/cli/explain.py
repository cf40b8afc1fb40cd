"""``responder explain RUN|BUNDLE``: what carries the predictions, and how surely that is so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.options import pairs, use_one_thread
from responder.cli.output import Output, common_options
from responder.cli.settled import settled
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import UsageError, did_you_mean
from responder.words import MOST_LISTED, Language, Phrase, first_of, from_json, said, say

if TYPE_CHECKING:
    from responder.report import ReportInput
    from responder.score import Alike, Bundle
    from responder.score.neighbours import LikePatient
    from responder.study.text import Text
    from responder.words import Voice

ABSTAINED_EXIT_CODE = 5


@click.command("explain", cls=SpokenCommand)
@click.argument("target", metavar="RUN|BUNDLE")
@click.option("--patient", metavar="ID")
@click.option("--model", metavar="ID")
@click.option("--profile", metavar="FILE")
@click.option("--set", "given", multiple=True, metavar="TRAIT=VALUE")
@click.option("--show-anyway", is_flag=True)
@click.option("--shap", "target_of_shap", metavar="FILE")
@common_options
def command(
    out: Output,
    target: str,
    patient: str | None,
    model: str | None,
    profile: str | None,
    given: tuple[str, ...],
    show_anyway: bool,
    target_of_shap: str | None,
) -> int:
    """Explain a run or a bundle."""
    if (settled(Path(target)) / "bundle.json").is_file():
        _refuse(patient, "--patient", "keeps_no_patients")
        _refuse(model, "--model", "one_model")
        _refuse(target_of_shap, "--shap", "name_run")
        return _bundle(out, Path(target), profile, given, show_anyway=show_anyway, lang=out.lang)
    _refuse(profile or given, "--profile", "name_bundle")
    return _run(out, target, patient, model, target_of_shap, out.lang)


def _refuse(option: Any, name: str, hint: str) -> None:
    if option:
        raise UsageError("other_target", where=name, hint=Phrase(f"error.other_target.hint.{hint}"))


def _bundle(
    out: Output, folder: Path, profile: str | None, given: tuple[str, ...], *, show_anyway: bool, lang: Language
) -> int:
    use_one_thread()
    from responder.score import bundle_identity, load_bundle, most_alike, score_profile, trait_importance
    from responder.score.files import GivenProfiles, read_profiles

    overrides = pairs(given, "--set")
    bundle = load_bundle(folder)
    if profile is None and not overrides:
        if bundle.shareable:
            raise UsageError("shareable_no_patients", where=str(folder))
        parts = trait_importance(bundle)
        payload = {"bundle": bundle_identity(bundle), "importance": [part.to_json(lang) for part in parts]}
        rows = [
            (p.label.in_language(lang), f"{p.mean_absolute:.3f}", f"{p.lowest:+.3f}", f"{p.highest:+.3f}")
            for p in parts[:MOST_LISTED]
        ]
        head = (
            say("explain.bundle", lang, name=bundle.name, model=bundle.model.id, n=bundle.standing.n),
            bundle.standing.in_language(lang),
            *bundle.standing.notes_in(lang),
        )
        columns = _heads("trait contribution lowest highest", lang)
        shown = [table(columns, rows), *_more(rows, len(parts), "--json", lang)]
        note = say("explain.in_sample", lang)
        return out.result(payload, lambda: "\n".join([*head, "", *shown, "", note]))
    read = GivenProfiles("--set", {}) if profile is None else read_profiles(profile)
    if len(read) != 1:
        raise UsageError("several_profiles", where=read.source)
    content = {header: cells[0] for header, cells in read.overridden(bundle, overrides).columns.items()}
    source = read.source
    score = score_profile(bundle, content, show_anyway=show_anyway, where=source)
    alike = None if bundle.shareable else most_alike(bundle, content, show_anyway=show_anyway, where=source)
    told = None if alike is None else alike.to_json(lang)
    answer = {"bundle": bundle_identity(bundle), "score": score.to_json(lang), "alike": told}

    def text() -> str:
        from responder.cli.score_card import card

        near = [] if alike is None else [*_alike(bundle, alike, lang), ""]
        return "\n".join([*near, card(bundle, score, None, lang)])

    return out.result(answer, text) or (ABSTAINED_EXIT_CODE if score.decision == "abstained" else 0)


def _more(shown: Sequence[Any], count: int, where: str, lang: Language) -> list[str]:
    """Return that a table shows the first of very many rows, and where all of them are."""
    return [said(first_of(len(shown), count, where), lang)] if len(shown) < count else []


def _heads(names: str, lang: Language) -> list[str]:
    return [say(f"explain.{name}", lang) for name in names.split()]


def _alike(bundle: Bundle, alike: Alike, lang: Language) -> list[str]:
    def row(patient: LikePatient) -> tuple[Any, ...]:
        differs = say("list.wide_separator", lang).join(
            f"{d.label.in_language(lang)} {d.by_sd:+.1f} SD" for d in patient.differences
        )
        probability = None if patient.probability is None else round(patient.probability, 2)
        return patient.name, round(patient.distance, 2), probability, differs or say("explain.nothing", lang)

    head = _heads("patient distance probability differs", lang)
    lines = [say("explain.alike", lang, n=bundle.standing.n), table(head, map(row, alike.nearest))]
    if alike.other_side is not None:
        lines += ["", say("explain.opposite", lang), table(head, [row(alike.other_side)])]
    return lines


def _run(
    out: Output, target: str, patient: str | None, model: str | None, target_of_shap: str | None, lang: Language
) -> int:
    from responder.cli.report import run_folder
    from responder.report import ReportInput

    source = ReportInput.from_folder(run_folder(target))
    models = {str(found["id"]): found for found in source.content["models"]}
    chosen = models.get(model or str(source.content["primary"]))
    if chosen is None:
        hint = did_you_mean(str(model), models) or Phrase("hint.of_run.models", {"names": tuple(models)})
        raise UsageError("run_no_model", where="--model", hint=hint, name=str(model))
    written = _write_for_shap(source, chosen, Path(target_of_shap), lang) if target_of_shap is not None else []
    if patient is not None:
        return _patient(out, source, chosen, patient, target_of_shap, written, lang)
    ranks, claims = chosen["ranks"]["traits"] if chosen["ranks"] else None, _claims(source)
    payload = {
        "run": source.content["name"],
        "model": chosen["id"],
        "shap": target_of_shap,
        "verdict": chosen["verdict"],
        **({"ensemble": source.ensemble} if source.ensemble is not None else {}),
        "importance": chosen["importance"],
        "influence": chosen.get("influence", []),
        "rests_on_one": _cautions(source),
        "ranks": chosen["ranks"],
        "coefficients": chosen.get("coefficients"),
        "comparisons": source.content.get("comparisons", []),
        "hypotheses": [{**found, "claim": claims[found["id"]].to_json()} for found in source.content["hypotheses"]],
    }
    return out.result(payload, lambda: "\n".join([*_overview(source, chosen, ranks, lang), *written]))


def _write_for_shap(source: ReportInput, model: Mapping[str, Any], file: Path, lang: Language) -> list[str]:
    """Write the out-of-fold values for shap, and return what is told of it."""
    from responder.experiment.write import dump_json
    from responder.files import write_atomically

    found = source.explanation(model)
    write_atomically(file, dump_json(found.to_json()))
    counts = {
        "patients": say("check.patients", lang, n=len(found.patients)),
        "features": say("plan.features", lang, n=len(found.feature_names)),
    }
    call = f"responder.read_explanation({json.dumps(str(file), ensure_ascii=False)})"
    return ["", say("explain.for_shap", lang, path=file, **counts), say("explain.read_by", lang, call=call)]


def _overview(
    source: ReportInput, model: Mapping[str, Any], ranks: Mapping[str, Any] | None, lang: Language
) -> list[str]:
    from responder.words import Voice

    words = Voice(lang, "report")
    lines = [say("explain.run", lang, name=source.content["name"], model=model["id"]), *source.sentences(model, words)]
    lines += source.notes(words)
    shares = [
        (
            source.feature_label(part["name"], words),
            f"{part['mean_absolute']:.3f}",
            say(f"direction.{part['direction']}", lang),
        )
        for part in model["importance"][:MOST_LISTED]
    ]
    lines += ["", say("explain.out_of_fold", lang), table(_heads("feature shap direction", lang), shares)]
    lines += _more(shares, len(model["importance"]), "shap.csv", lang)
    lines += _rest_on_one(source, model, words, lang)
    if ranks is not None:
        rows = [
            (
                source.traits_label(name, words),
                f"{probability[0]:.0%}",
                f"{median:.3f}",
                say("span", lang, lower=f"{lower:.3f}", upper=f"{upper:.3f}"),
            )
            for name, probability, median, lower, upper in sorted(
                _columns(ranks, "names", "probability", "median", "lower", "upper"), key=lambda part: -part[2]
            )[:MOST_LISTED]
        ]
        lines += ["", say("explain.refits", lang, n=model["ranks"]["refits"])]
        lines.append(table(_heads("trait first median percentiles", lang), rows))
        lines += _more(rows, len(ranks["names"]), "--json", lang)
    lines += _coefficients(source, model, lang)
    lines += _comparisons(source, words)
    lines += _hypotheses(source, words, lang)
    return lines


def _comparisons(source: ReportInput, words: Voice) -> list[str]:
    """Return the primary model against each other one, and how the test is to be read."""
    from responder.report.comparison_table import comparison_notes, comparison_table

    found = comparison_table(source, words)
    if not found.rows:
        return []
    return ["", found.caption, table(found.headers, found.rows), *comparison_notes(source, words)]


def _hypotheses(source: ReportInput, words: Voice, lang: Language) -> list[str]:
    """Return each hypothesis in words with its verdict, and each of its parts with what was found."""
    from responder.report.tables import estimate, p_value

    claims = _claims(source)
    lines, rows = [], []
    for found in source.content["hypotheses"]:
        lines.append("  " + say("bottom_line.claim", lang, id=found["id"], claim=words.of(claims[found["id"]])))
        lines.append("      " + said(from_json(found["sentence"]), lang))
        for part in found["expectations"]:
            directions = (say(f"direction.{part[key]}", lang) for key in ("expected", "found"))
            auc = estimate(part["auc"], part["auc_lower"], part["auc_upper"], words)
            p = (p_value(part["p"], words), p_value(part.get("p_holm"), words))
            standing = words(f"standing.{part.get('standing', 'not_decidable')}")
            rows.append((found["id"], source.part_label(part, words), *directions, auc, *p, standing))
        for part in found.get("untested", ()):
            expected = say(f"direction.{part['expected']}", lang)
            rows.append(
                (found["id"], source.part_label(part, words), expected, *[""] * 4, words(f"part.{part['why']}"))
            )
    if not lines:
        return []
    parts = [
        "",
        say("explain.parts", lang),
        table(_heads("id of_claim expected found auc p p_adjusted verdict", lang), rows),
    ]
    return ["", say("explain.hypotheses", lang), *lines, *(parts if rows else [])]


def _claims(source: ReportInput) -> dict[str, Text]:
    """Return what each hypothesis of the study claims."""
    return {hypothesis.id: hypothesis.statement for hypothesis in source.study.hypotheses}


def _rest_on_one(source: ReportInput, model: Mapping[str, Any], words: Voice, lang: Language) -> list[str]:
    """Return which features rest on one patient, and what the order of the traits would be without the patient."""
    from responder.cli.trained import influence_lines

    lines = influence_lines(source.influence(model), lambda name: source.traits_label(name, words), lang)
    cautions = [(found["code"], said(from_json(found["message"]), lang)) for found in _cautions(source)]
    return lines + [say("explain.caution", lang, code=code, message=message) for code, message in cautions]


def _cautions(source: ReportInput) -> list[dict[str, str]]:
    """Return the findings that a feature rests on one patient."""
    from responder.validate.checks import RESTS_ON_ONE

    return [found for found in source.content["findings"] if found["code"] == RESTS_ON_ONE]


def _coefficients(source: ReportInput, model: Mapping[str, Any], lang: Language) -> list[str]:
    """Return limits and p of each coefficient, or why there are none; nothing for a model without."""
    from responder.report.tables import cell, p_value, span
    from responder.words import Voice

    found, words = model.get("coefficients"), Voice(lang, "report")
    if not found or found["why"] == "one_class":
        return []
    if found["why"] == "not_identified":
        count = len(source.content["features"]) + 1
        return ["", say("explain.not_identified", lang, n=found["n"], coefficients=count)]
    rows = [
        (
            say("explain.intercept", lang) if c["name"] == "intercept" else source.feature_label(c["name"], words),
            cell(c["estimate"], words),
            span(c["lower"], c["upper"], words),
            p_value(c["p"], words),
        )
        for c in found["coefficients"]
    ]
    heads = _heads("feature estimate limits p", lang)
    if found.get("imputations"):  # absent from runs of before
        return ["", say("imputed.coefficients", lang, n=found["n"], draws=found["imputations"]), table(heads, rows)]
    return ["", say("explain.coefficients", lang, n=found["n"]), table(heads, rows)]


def _columns(content: Mapping[str, Any], *names: str) -> list[tuple[Any, ...]]:
    columns: list[Sequence[Any]] = [content[name] for name in names]
    return list(zip(*columns, strict=True))


def _patient(
    out: Output,
    source: ReportInput,
    model: Mapping[str, Any],
    patient: str,
    target_of_shap: str | None,
    written: Sequence[str],
    lang: Language,
) -> int:
    from responder.report.one_patient import explain_patient
    from responder.words import Voice

    found = explain_patient(source, model, patient)
    payload = {"run": source.content["name"], "shap": target_of_shap, **found.to_json()}
    words = Voice(lang, "report")
    sentences = source.sentences(model, words)

    def text() -> str:
        ends = {"base": f"{found.base:+.2f}", "logit": f"{found.logit:+.2f}"}
        head = say("explain.one", lang, patient=patient, model=model["id"], **ends)
        shown = [(label, value, f"{contribution:+z.3f}") for label, value, contribution in found.told(source, words)]
        more = _more(found.parts[:MOST_LISTED], len(found.parts), "--json", lang)
        return "\n".join([head, *sentences, "", table(_heads("feature value part", lang), shown), *more, *written])

    return out.result(payload, text)
