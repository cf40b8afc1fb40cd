"""Tables of what came out: models, what carries a prediction, patients and hypotheses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from responder.cohort.places import shortened
from responder.explain.correlation import MOST_NAMED
from responder.explain.out_of_fold import MOST_INFLUENTIAL
from responder.report.calibration_words import calibration_intervals
from responder.report.source import ReportInput, spoken
from responder.report.tables import ReportTable, cell, estimate, p_value, span
from responder.validate.checks import RESTS_ON_ONE
from responder.words import Voice, said_in, say

__all__ = [
    "cluster_table",
    "coefficient_notes",
    "coefficient_table",
    "every_interval",
    "every_measure",
    "every_patient",
    "evidence_table",
    "feature_table",
    "hypotheses_table",
    "model_table",
    "rests_on_one",
    "trait_table",
    "tuning_table",
]


def model_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return the models side by side, by what matters."""
    rows = []
    for model in source.models:
        m, interval = model["metrics"], source.interval(model) or {}
        rows.append(
            (
                _marked(source, model, words), _standing(model, words),
                cell(source.auc(model), words), span(interval.get("lower"), interval.get("upper"), words),
                p_value(m.get("permutation_p"), words), p_value(m.get("permutation_p_maxt"), words),
                cell(m.get("brier_skill_loo"), words), cell(m.get("calibration_slope"), words),
            )
        )  # fmt: skip
    keys = ("model", "verdict", "auc", "interval", "p", "p_adjusted", "skill", "slope")
    strong = frozenset(i for i, m in enumerate(source.models) if m["id"] == source.primary)
    headers = tuple(words(f"models.{key}") for key in keys)
    return ReportTable(words("models.table"), headers, tuple(rows), frozenset(range(2, 8)), strong)


def _marked(source: ReportInput, model: Mapping[str, Any], words: Voice) -> str:
    title = source.model_title(model, words)
    return words("models.part_of_endpoint", id=title) if model["part_of_endpoint"] else title


def _standing(model: Mapping[str, Any], words: Voice) -> str:
    return (
        words("models.baseline") if model["is_baseline"] else say(f"verdict.{model['verdict']['kind']}", words.language)
    )


def every_measure(source: ReportInput, words: Voice) -> ReportTable:
    """Return every measure of every model, by the names under which they are tracked."""
    names = sorted({name for model in source.models for name in model["metrics"]})
    rows = [(name, *(_measure(name, model["metrics"].get(name), words) for model in source.models)) for name in names]
    headers = (words("models.measure"), *(model["id"] for model in source.models))
    return ReportTable(words("models.details"), headers, tuple(rows), frozenset(range(1, len(headers))))


def _measure(name: str, value: float | None, words: Voice) -> str:
    return cell(value, words, 0 if name == "labelings" else 4)


def every_interval(source: ReportInput, words: Voice) -> ReportTable:
    """Return every interval of every model with its simulated coverage."""
    rows: list[tuple[str, ...]] = []
    for model in source.models:
        for interval in model["intervals"]:
            covered = interval["coverage"] or dict.fromkeys(("lowest", "highest", "lowest_fitted", "highest_fitted"))
            rows.append(
                (
                    source.model_title(model, words), interval["method"],
                    span(interval["lower"], interval["upper"], words),
                    span(covered["lowest"], covered["highest"], words),
                    span(covered["lowest_fitted"], covered["highest_fitted"], words),
                )
            )  # fmt: skip
        rows += calibration_intervals(source, model, words)
    headers = tuple(words(f"models.{key}") for key in ("model", "method", "interval", "coverage", "coverage_fitted"))
    return ReportTable(words("models.intervals"), headers, tuple(rows))


def tuning_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return what tuning chose, and what it would have chosen in bootstrap refits; no row without tuning."""
    rows = []
    for model in source.models:
        tuned = model.get("tuning")
        if not tuned:
            continue
        absent = [None] * len(tuned["parameters"])
        lower, upper, spread = (tuned[f"bootstrap_{key}"] or absent for key in ("lower", "upper", "spread"))
        for at, name in enumerate(tuned["parameters"]):
            spans = (
                words("page.none")
                if lower[at] is None
                else words("span", lower=f"{lower[at]:.3g}", upper=f"{upper[at]:.3g}")
            )
            share = words("page.none") if spread[at] is None else f"{spread[at]:.0%}"
            rows.append((source.model_title(model, words), name, f"{tuned['final'][at]:.3g}", spans, share))
    headers = tuple(words(f"models.{key}") for key in ("model", "parameter", "chosen", "chosen_again", "spanned"))
    return ReportTable(words("models.tuning"), headers, tuple(rows), frozenset({2, 3, 4}))


def coefficient_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return the coefficients of the models that have limits and p of their own; no row without such a model."""
    rows = []
    for model in source.models:
        for found in (model.get("coefficients") or {"coefficients": ()})["coefficients"]:
            label = words("coefficients.intercept")
            if found["name"] != "intercept":
                label = source.feature_label(found["name"], words)
            rows.append(
                (
                    source.model_title(model, words), label,
                    estimate(found["estimate"], found["lower"], found["upper"], words),
                    cell(found["chi2"], words), p_value(found["p"], words),
                )
            )  # fmt: skip
    headers = [words(f"coefficients.{key}") for key in ("model", "feature", "estimate", "chi2", "p")]
    if source.imputed:
        headers[2:4] = words("imputed.estimate"), words("imputed.chi2")
    return ReportTable(words("coefficients.table"), tuple(headers), tuple(rows), frozenset({2, 3, 4}))


def coefficient_notes(source: ReportInput, words: Voice) -> list[str]:
    """Return how the coefficients are to be read, and of which models there are none."""
    found = [(model, model["coefficients"]) for model in source.models if model.get("coefficients")]
    notes = [words("coefficients.lead")] if any(inference["why"] == "ok" for _, inference in found) else []
    return notes + [
        words(
            "coefficients.not_identified", model=source.model_title(model, words), n=inference["n"],
            coefficients=len(source.content["features"]) + 1,
        )
        for model, inference in found
        if inference["why"] == "not_identified"
    ]  # fmt: skip


def _declared(source: ReportInput) -> dict[str, str]:
    """Return the direction that a hypothesis declares for each feature."""
    return {
        expected.feature: expected.direction
        for hypothesis in source.study.hypotheses
        if source.study.tests(hypothesis)
        for expected in hypothesis.expects
    }


def trait_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return what each trait carries, all its features together, with how often it comes first."""
    model = source.model()
    ranks = model["ranks"]["traits"] if model["ranks"] else None
    total = sum(row["mean_absolute"] for row in model["importance_of_traits"])
    rows = []
    for row in model["importance_of_traits"]:
        name, size = row["name"], row["mean_absolute"]
        first = words("page.none")
        if ranks and name in ranks["names"]:
            first = f"{ranks['probability'][ranks['names'].index(name)][0]:.0%}"
        group = source.study.groups.get(row["group"])
        rows.append(
            (
                source.traits_label(name, words), words.of(group) if group else row["group"], cell(size, words),
                f"{size / total:.0%}" if total > 0 else words("page.none"), first,
            )
        )  # fmt: skip
    headers = tuple(words(f"explanation.{key}") for key in ("name", "group", "size", "share", "first"))
    return ReportTable(words("explanation.traits"), headers, tuple(rows), frozenset({2, 3, 4}))


def rests_on_one(source: ReportInput, words: Voice) -> tuple[str, ...]:
    """Return whose values make the order of the traits, and which features rest on one patient in a fold."""
    lines = [
        words(
            "explanation.influence", patient=one.patient, share=f"{one.share:.0%}",
            order=words.listed([source.traits_label(name, words) for name in one.order_without]),
            trait=source.traits_label(one.part, words),
        )
        for one in source.influence(source.model())[:MOST_INFLUENTIAL]
    ]  # fmt: skip
    cautions = [f for f in source.content["findings"] if f["code"] == RESTS_ON_ONE]
    return (*lines, *(source.finding(f, words) for f in cautions))


def cluster_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return what entangled features carry together; no row where none are."""
    rows = tuple(
        (
            " + ".join(said_in(shortened([source.feature_label(name, words) for name in one["features"]], MOST_NAMED),
                               words.language)),
            cell(one["mean_absolute"], words),
        )
        for one in source.model()["importance_of_clusters"]
    )  # fmt: skip
    headers = (words("explanation.cluster"), words("explanation.size"))
    return ReportTable(words("explanation.clusters"), headers, rows, frozenset({1}))


def feature_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return what each feature carries, in which direction, and how sure its rank is."""
    model, declared = source.model(), _declared(source)
    table = model["ranks"]["features"] if model["ranks"] else None
    rows = []
    for row in model["importance"]:
        name = row["name"]
        first = band = words("page.none")
        if table and name in table["names"]:
            at = table["names"].index(name)
            first = f"{table['probability'][at][0]:.0%}"
            band = span(table["lower"][at], table["upper"][at], words)
        expected = declared.get(name)
        rows.append(
            (
                source.feature_label(name, words), cell(row["mean_absolute"], words),
                words(f"direction.{row['direction']}"),
                say(f"direction.{expected}", words.language) if expected else words("page.none"), first, band,
            )
        )  # fmt: skip
    keys = ("feature", "size", "direction", "expected", "first", "band")
    headers = tuple(words(f"explanation.{key}") for key in keys)
    return ReportTable(words("explanation.features"), headers, tuple(rows), frozenset({1, 4, 5}))


def every_patient(source: ReportInput, words: Voice) -> ReportTable:
    """Return every patient's out-of-fold prediction and how far it moves."""
    predictions = source.table("predictions")
    stability = source.table("stability").set_index("patient_id") if source.model()["stability"] else None
    has_interval = source.model().get("patient_intervals") is not None
    rows = []
    for row in predictions.to_dict(orient="records"):
        own = stability.loc[row["patient_id"]] if stability is not None else None
        worth = float(own["effective_sample_size"]) if own is not None else math.nan
        rows.append(
            (
                str(row["patient_id"]), words("outcome.responder" if row["outcome"] else "outcome.non_responder"),
                cell(float(row["probability_loo"]), words),
                span(float(row["interval_lower"]), float(row["interval_upper"]), words)
                if has_interval else words("page.none"),
                cell(float(own["original"]), words) if own is not None else words("page.none"),
                span(float(own["lower"]), float(own["upper"]), words) if own is not None else words("page.none"),
                f"{float(own['classification_instability']):.0%}" if own is not None else words("page.none"),
                _worth(worth, own is not None, words),
            )
        )  # fmt: skip
    keys = ("id", "outcome", "probability", "interval_head", "full", "band", "flips", "ess")
    headers = tuple(words(f"patient.{key}") for key in keys)
    return ReportTable(words("patient.table"), headers, tuple(rows), frozenset({2, 3, 4, 5, 6, 7}))


def _worth(size: float, computed: bool, words: Voice) -> str:
    """Return an effective sample size; the table keeps none above the number of patients."""
    return words("patient.above_limit") if computed and math.isnan(size) else cell(size, words, 1)


def hypotheses_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return what was expected, by whom, and what these patients say."""
    known = {hypothesis.id: hypothesis for hypothesis in source.study.hypotheses}
    rows = []
    for found in source.content["hypotheses"]:
        hypothesis = known[found["id"]]
        rows.append(
            (
                hypothesis.id, words.of(hypothesis.statement),
                words(f"standing.{found['standing']}{'_as_far_as_tested' if found.get('as_far_as_tested') else ''}"),
                words.of(spoken(found, "sentence")),
                words.of(hypothesis.source),
            )
        )  # fmt: skip
    headers = tuple(words(f"hypotheses.{key}") for key in ("id", "statement", "standing", "verdict", "source"))
    return ReportTable(words("section.hypotheses"), headers, tuple(rows))


def evidence_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return every part of every hypothesis with what was found and what is published; untested parts say why."""
    rows = []
    for hypothesis in source.content["hypotheses"]:
        for found in hypothesis["expectations"]:
            odds = found["log_odds"]
            rows.append(
                (
                    hypothesis["id"], source.part_label(found, words),
                    *(say(f"direction.{found[key]}", words.language) for key in ("expected", "found")),
                    words(f"standing.{found.get('standing', 'not_decidable')}"),
                    estimate(found["auc"], found["auc_lower"], found["auc_upper"], words),
                    p_value(found["p"], words), p_value(found.get("p_holm"), words),
                    estimate(odds["estimate"], odds["lower"], odds["upper"], words),
                    source.published(found, words) or words("page.none"),
                )
            )  # fmt: skip
        for part in hypothesis.get("untested", ()):
            expected = say(f"direction.{part['expected']}", words.language)
            untested = (words(f"part.{part['why']}"), words("page.none"))
            rows.append(
                (hypothesis["id"], source.part_label(part, words), expected, *[words("page.none")] * 5, *untested)
            )
    keys = ("id", "part", "expected", "found", "standing", "auc", "p", "p_adjusted", "log_odds", "published")
    headers = tuple(words(f"hypotheses.{key}") for key in keys)
    return ReportTable(words("hypotheses.details"), headers, tuple(rows), frozenset({5, 6, 7, 8}))
