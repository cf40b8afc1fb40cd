"""``report.html``: one self-contained page of a finished run, verdict first, that opens and prints anywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from responder.experiment.answer import Answer
from responder.report import input_tables, result_tables
from responder.report.borrowed_tables import borrowed_notes, cohort_table, conflict_table, weight_table
from responder.report.calibration_words import calibration_covered
from responder.report.comparison_table import comparison_notes, comparison_table
from responder.report.drawings import Drawing
from responder.report.ensemble import ensemble_lead, ensemble_numbers, ensemble_table
from responder.report.evidence_tables import evidence_notes, published_table
from responder.report.fonts import figure_language
from responder.report.limits import describe_limits
from responder.report.methods import describe_methods
from responder.report.plain import familywise_words, overlap_words
from responder.report.screen_table import screen_notes, screen_table
from responder.report.source import ReportInput
from responder.report.subgroup_tables import subgroup_notes, subgroup_table
from responder.report.tables import cell, p_value
from responder.report.traits import high_correlations, ranked_features
from responder.score.interval import OPEN_WIDTH
from responder.words import Language, Phrase, Voice, said_all

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["environment", "inline_svg", "render_report"]

SMALL_COHORT = 100
MOST_PAIRS_TOLD = 12
REFERENCED = re.compile(r"(?:url\(#|href=\"#)([^)\"]+)")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, and a name that is not known is an error."""
    found = Environment(
        loader=PackageLoader("responder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.globals["tag"] = Phrase("grammar.tag")
    found.globals["include_raw"] = lambda name: Markup(found.loader.get_source(found, name)[0])  # type: ignore[union-attr]  # noqa: S704
    return found


def render_report(
    source: ReportInput,
    language: Language = "en",
    *,
    figures: Mapping[str, Figure | Drawing] | None = None,
    shareable: bool = False,
) -> str:
    """Return the report as one HTML text without any outside reference.

    Parameters
    ----------
    source : ReportInput
        The run.
    language : str
        ``en`` or ``zh``.
    figures : Mapping of str to Figure or Drawing, optional
        Already drawn by `responder.report.figures.draw_all` or `responder.report.drawings.drawings`.
    shareable : bool
        Leave out tables and figures of single patients; ids are those of the source.
    """
    words = Voice(language, "report")
    if figures is None:
        from responder.report.figures import draw_all

        figures = draw_all(source, language, of_patients=not shareable)
    plots = {name: inline_svg(name, figure) for name, figure in figures.items()}
    template = environment().get_template("report.html.j2")
    page = template.render(
        w=words,
        **_content(source, words),
        plots=plots,
        shareable=shareable,
        waterfalls=[name for name in plots if name.startswith("waterfall")],
    )
    return page.lstrip()


def render_answer(answer: Answer, language: Language = "en") -> str:
    """Return an answer as a piece of HTML, for a notebook.

    Parameters
    ----------
    answer : Answer
        What a report leads with.
    language : str
        ``en`` or ``zh``.
    """
    template = environment().get_template("notebook.html.j2")
    return template.render(answer=answer, w=Voice(language, "report"), language=language)


def inline_svg(name: str, figure: Figure | Drawing) -> Markup:
    """Return a figure as an inline SVG element whose ids belong to it alone, with its text alternative."""
    if isinstance(figure, Drawing):
        text = figure.svg
    else:
        from responder.report.style import svg_text

        text = svg_text(figure)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    used = set(REFERENCED.findall(text))
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    label = Markup.escape(figure.get_label())
    opening = re.match(r"<svg[^>]*>", text)
    assert opening is not None
    view, width = re.search(r'viewBox="[^"]+"', opening[0]), re.search(r'width="([0-9.]+)pt"', opening[0])
    assert view is not None
    assert width is not None
    pixels = round(float(width[1]) * 96 / 72)
    head = (
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" {view[0]} width="{pixels}" role="img" aria-label="{label}">'
    )
    # every text of the figure was escaped by matplotlib, the label above
    return Markup(head + text[opening.end() :])  # noqa: S704


def _content(source: ReportInput, words: Voice) -> dict[str, Any]:
    """Return everything that the template shows."""
    model = source.model()
    cite = '<sup><a href="#ref-{key}">{number}</a></sup>'
    # the paragraphs are escaped first; what is put in afterwards is this template alone
    methods = describe_methods(source, words, cite="\x00{key}\x01{number}\x02")
    paragraphs = [
        Markup(  # noqa: S704
            re.sub("\\s*\x00(.*?)\x01(.*?)\x02", lambda m: cite.format(key=m[1], number=m[2]), str(Markup.escape(text)))
        )
        for text in methods.paragraphs
    ]
    severities = [f["severity"] for f in source.content["findings"]]
    explained = bool(ranked_features(model))
    screened = source.tables.get("screen")
    return {
        "source": source,
        "model": model,
        "answer": source.answer,
        "verdict": source.sentences(model, words)[-1],
        "kind": source.lead["kind"],
        "ensemble_lead": ensemble_lead(source, words),
        "cohort_lead": _cohort_lead(source, words),
        "risk": words(
            "page.risk" if source.n < SMALL_COHORT else "page.risk_large", n=source.n, smaller=source.smaller_class
        ),
        "named_beforehand": words(
            "page.primary" if source.setting("primary") else "page.primary_first",
            model=source.model_title(model, words),
        ),
        "tuned": words("page.tuned", models=words.listed([source.model_title(m, words) for m in source.tuned]))
        if source.tuned_too_early
        else "",
        "figures_note": words("page.figures_in_english") if figure_language(words.language) != words.language else "",
        "one_of_many": words("page.one_of_many") if source.ensemble is not None else "",
        "key_numbers": _key_numbers(source, words) if source.ensemble is None else ensemble_numbers(source, words),
        "models_lead": _models_lead(source, words),
        "overlap": overlap_words(source, words),
        "comparison_notes": comparison_notes(source, words),
        "evidence_notes": evidence_notes(source.evidence, words.language),
        "borrowed_notes": borrowed_notes(source, words),
        "subgroup_notes": subgroup_notes(source, words),
        "coefficient_notes": result_tables.coefficient_notes(source, words),
        "explained": explained,
        "beats": source.beats_chance(model),
        "rests_on_one": result_tables.rests_on_one(source, words),
        "correlated": _correlated(source, words) if explained else "",
        "screen_notes": screen_notes(screened, source.content["screen"], source.setting("permutation.alpha"), words)
        if screened is not None
        else [],
        "patient_lead": _patient_lead(source, words),
        "findings_lead": words(
            "findings.lead", total=len(severities), checks=len(source.content["checks"]),
            **{name: Phrase(f"status_count.{name}", {"n": severities.count(name)})
               for name in ("refused", "caution", "note")},
        ),
        "paragraphs": paragraphs,
        "cited": methods.cited,
        "limits": describe_limits(source, words),
        "t": {
            "ranges": ensemble_table(source, words),
            "traits_in_use": input_tables.traits_in_use(source, words).first_rows("characteristics.csv", words),
            "models": result_tables.model_table(source, words),
            "measures": result_tables.every_measure(source, words),
            "intervals": result_tables.every_interval(source, words),
            "comparisons": comparison_table(source, words),
            "weights": weight_table(source, words),
            "cohorts": cohort_table(source, words),
            "conflicts": conflict_table(source, words),
            "subgroups": subgroup_table(source, words),
            "screen": screen_table(
                screened, source.content["screen"], lambda name: source.feature_label(name, words), words
            )
            if screened is not None
            else None,
            "tuning": result_tables.tuning_table(source, words),
            "coefficients": result_tables.coefficient_table(source, words).first_rows("coefficients.csv", words),
            "traits": result_tables.trait_table(source, words).first_rows("shap.csv", words) if explained else None,
            "clusters": result_tables.cluster_table(source, words).first_rows("shap.csv", words) if explained else None,
            "features": result_tables.feature_table(source, words).first_rows("shap.csv", words) if explained else None,
            "patients": result_tables.every_patient(source, words),
            "characteristics": input_tables.characteristics_table(source, words).first_rows(
                "characteristics.csv", words
            ),
            "hypotheses": result_tables.hypotheses_table(source, words),
            "published": published_table(source.evidence, words.language),
            "evidence": result_tables.evidence_table(source, words),
            "findings": input_tables.findings_table(source, words),
            "checks": input_tables.checks_table(source, words),
            "settings": input_tables.settings_table(source, words),
            "provenance": input_tables.provenance_table(source, words),
        },
    }  # fmt: skip


def _key_numbers(source: ReportInput, words: Voice) -> list[tuple[str, str, list[str]]]:
    """Return (name, value, what it must be read with) of the numbers that come first."""
    model, metrics = source.model(), source.model()["metrics"]
    tried = sum(not other["is_baseline"] for other in source.models)
    found = [
        (
            words("key.responders"),
            words("key.ratio", responders=source.responders, n=source.n),
            [words("key.class", smaller=source.smaller_class),
             words("key.features", features=len(source.content["features"]), models=tried)],
        )
    ]  # fmt: skip
    notes = []
    interval = source.interval(model)
    if interval is not None:
        bounds = {"lower": cell(interval["lower"], words), "upper": cell(interval["upper"], words)}
        notes.append(words("key.interval", level=f"{interval['level']:.0%}", **bounds))
        notes.append(words("key.interval_of"))
        if interval["coverage"]:
            covered = interval["coverage"]
            share = {"lowest": f"{covered['lowest']:.2f}", "highest": f"{covered['highest']:.2f}"}
            own = covered.get("own_model", True)  # runs of earlier versions knew ridge models alone
            notes.append(words("key.coverage" if own else "key.coverage_ridge", **share))
    if winners := model.get("winners"):
        notes.append(words("key.winners", won=f"{winners['winners_auc']:.2f}", true=f"{winners['true_auc']:.2f}"))
    found.append((words("key.auc"), cell(source.auc(model), words), notes))
    notes = []
    if "permutation_p" in metrics:
        if source.setting("primary") and tried > 1:
            notes.append(words("key.first"))
        elif "permutation_p_maxt" in metrics and tried > 1:
            notes.append(words("key.adjusted", p=p_value(metrics["permutation_p_maxt"], words)))
        notes.append(words("key.smallest", smallest=p_value(metrics["smallest_attainable_p"], words)))
    found.append((words("key.p"), p_value(metrics.get("permutation_p"), words), notes))
    notes = []
    if "brier_loo" in metrics:
        notes.append(words("key.prevalence_brier", brier=cell(metrics["brier_loo"], words, 3)))
    found.append((words("key.skill"), cell(metrics.get("brier_skill_loo"), words), notes))
    return found


def _cohort_lead(source: ReportInput, words: Voice) -> str:
    """Return who was measured and what counts as response."""
    study = source.study
    said = [
        words(
            "cohort.lead",
            n=source.n,
            responders=source.responders,
            endpoint=source.endpoint.label,
        ),
        words(
            "cohort.population",
            population=study.population,
            intervention=study.intervention,
        ),
    ]
    if source.endpoint.source.en:
        said.append(words("cohort.endpoint_source", source=source.endpoint.source))
    if source.landmark_flow:
        said.append(words.of(source.landmark_flow))
    if source.where:
        said.append(words("cohort.where", where=words.listed([f"{k} = {v}" for k, v in source.where.items()])))
    if source.setting("cohort.strata"):
        said.append(words("cohort.strata", strata=source.setting("cohort.strata")))
    if not any(source.cohort["missing"].values()):
        said.append(words("cohort.complete"))
    return said_all(said, words.language)


def _models_lead(source: ReportInput, words: Voice) -> str:
    tried = [m for m in source.models if not m["is_baseline"]]
    best = [source.model_title(m, words) for m in tried if source.beats_chance(m)]
    if len(tried) == 1:
        lead = words("models.lead_one", verdict=Phrase(f"verdict.{tried[0]['verdict']['kind']}"))
    elif best:
        lead = words("models.lead_some", count=len(tried), names=words.listed(best))
    else:
        lead = words("models.lead_none", count=len(tried))
    said = [lead, *familywise_words(source, words), words("models.pooled")]
    metrics = source.model()["metrics"]
    if "kfold_auc" in metrics and "auc_632plus" in metrics:
        shown = {key: cell(metrics[key], words) for key in ("kfold_auc", "auc_632plus", "auc_optimism_corrected")}
        said.append(words("models.resampling", **shown))
    return said_all([*said, *calibration_covered(source, words)], words.language)


def _correlated(source: ReportInput, words: Voice) -> str:
    found = high_correlations(source)
    pairs = [
        words(
            "explanation.pair", one=source.feature_label(one, words), other=source.feature_label(other, words),
            r=cell(r, words),
        )
        for one, other, r in found[:MOST_PAIRS_TOLD]
    ]  # fmt: skip
    key = "correlated" if len(found) == len(pairs) else "correlated_first"
    of = {} if len(found) == len(pairs) else {"shown": len(pairs), "count": f"{len(found):,}"}
    return words(f"explanation.{key}", pairs=words.listed(pairs), **of) if pairs else ""


def _patient_lead(source: ReportInput, words: Voice) -> str:
    """Return what page one leaves out of it: the interval, conformal sets, and last how steady it is."""
    not_shown = source.model()["verdict"]["kind"] == "not_shown_to_beat_chance"
    said = [words("patient.not_shown")] if not_shown else []
    said += [*_intervals(source, words), *_sets(source, words), *_stability(source, words)]
    return said_all(said, words.language)


def _intervals(source: ReportInput, words: Voice) -> list[str]:
    found = source.model().get("patient_intervals")
    if found is None or source.model()["verdict"]["kind"] == "cannot_be_estimated":
        return []
    coverage = found["coverage"]
    lowest, highest = (math.floor(100 * coverage[name]) for name in ("lowest", "highest"))
    widths = {name: cell(found[name], words) for name in ("median_width", "narrowest", "widest")}
    said = [
        words("patient.interval", level=f"{coverage['level']:.0%}", **widths),
        words("patient.interval_held", n=coverage["n"], features=coverage["features"], lowest=lowest, highest=highest),
    ]
    if found["median_width"] > OPEN_WIDTH:
        lower, upper = (f"{found[f'median_{end}']:.0%}" for end in ("lower", "upper"))
        said.append(words("patient.interval_open", lower=lower, upper=upper))
    return said


def _sets(source: ReportInput, words: Voice) -> list[str]:
    model, said = source.model(), []
    for sets in model.get("conformal", []):
        level = f"{sets['level']:.0%}"
        if sets["is_informative"]:
            said.append(words("patient.conformal", level=level, n=source.n, **sets["patients"]))
        else:
            said.append(
                words(
                    "patient.conformal_none", level=level, needed=sets["n_needed"], responders=source.responders,
                    others=source.n - source.responders,
                )
            )  # fmt: skip
    width = model["metrics"].get("venn_abers_width")
    if width is not None:
        said += [words("patient.venn_abers", width=cell(width, words)), *_held(source, words, "venn_abers")]
    return said


def _held(source: ReportInput, words: Voice, what: str) -> list[str]:
    """Return in which share of simulated new patients the true probability lay within a range that claims no such."""
    calibration = source.model()["calibration"] or {}
    covered = calibration.get("in_the_large_coverage")
    if covered is None:
        return []
    lowest, highest = (f"{share:.0%}" for share in covered[what])
    return [words(f"patient.{what}_held", lowest=lowest, highest=highest, n=covered["n"])]


def _stability(source: ReportInput, words: Voice) -> list[str]:
    found = source.model()["stability"]
    if found is None:
        return []
    table = source.table("stability")
    width = table["upper"] - table["lower"]
    worth = table["effective_sample_size"]
    said = [
        words(
            "patient.stability", level=f"{found['level']:.0%}", width=cell(float(width.median()), words),
            narrowest=cell(float(width.min()), words), widest=cell(float(width.max()), words),
        ),
        *_held(source, words, "band"),
    ]  # fmt: skip
    above = int(worth.isna().sum())
    if 2 * above < source.n:
        said.append(words("patient.worth", worth=f"{worth.fillna(math.inf).median():.1f}"))
    if above:
        said.append(words("patient.worth_shrunk", n=source.n, count=above))
    return said
