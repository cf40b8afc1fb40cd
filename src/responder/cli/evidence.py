"""``responder evidence PREDICTORS.toml``: what others measured of each marker, and what it comes to as a prior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.options import one_study, study_option
from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.evidence import Predictors


@click.command("evidence", cls=SpokenCommand)
@click.argument("predictors", metavar="PREDICTORS.toml")
@study_option
@click.option("--out", "target", metavar="DIR")
@common_options
def command(out: Output, predictors: str, study: str | None, target: str | None) -> int:
    """Show what others measured of each marker."""
    from responder.evidence import load_predictors, map_prior
    from responder.features import compile_features, label_of_feature

    file, chosen = load_predictors(Path(predictors)), one_study(study)
    spec = compile_features(chosen, [trait.name for trait in chosen.baseline_traits])
    labels = {name: label_of_feature(chosen, spec, name) for name in file.features}
    # effects are per SD of a marker, which need not be known here
    evidence = map_prior(file, dict.fromkeys(file.features, 1.0), labels=labels).to_json()
    written: list[str] = []
    if target is not None:
        from responder.report.figures import save_figures
        from responder.report.figures.evidence import draw_evidence

        out.narrate(say("study_plan.writing", out.lang, path=target))
        written = [str(path) for path in save_figures(draw_evidence(evidence, out.lang), Path(target))]
    payload = {"source": predictors, "study": chosen.id, **evidence, **_unused(file), "written": written}
    return out.result(payload, lambda: _describe(payload, out.lang))


def _unused(file: Predictors) -> dict[str, list[str]]:
    """Return what is in the file and belongs to no marker: measured on treatment, or no feature of a study."""
    return {
        "on_treatment": [one.id for one in file.predictors if one.timing == "on_treatment"],
        "no_feature": [one.id for one in file.predictors if one.timing == "baseline" and not one.features],
    }


def _describe(found: dict[str, Any], lang: Language) -> str:
    from responder.report.evidence_tables import marker_parts

    words = Voice(lang, "evidence")
    parts = marker_parts(found, lang)
    blocks = [words("title", source=found["source"], n=len(parts))]
    for part in parts:
        lines = [paint(part.table.caption, "bold")]
        for (study, *rest), of in zip(part.table.rows, part.studies, strict=True):
            values = dict(zip(("says", "reported", "effect", "counts"), rest, strict=True))
            lines += [f"  {study}", f"    {words('unsized' if of['log_odds'] is None else 'sized', **values)}"]
        blocks.append("\n".join([*lines, *part.notes]))
    blocks += [words(key, names=found[key]) for key in ("no_feature", "on_treatment") if found[key]]
    blocks.append("\n".join([words("assumed", scale=found["tau_scale"]), words("conflict")]))
    return "\n\n".join([*blocks, *(["\n".join(found["written"])] if found["written"] else [])])
