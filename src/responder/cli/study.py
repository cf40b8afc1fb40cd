"""``responder study ls|show|init``: the studies that ship, one as a table, a draft of a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import lang_option
from responder.cli.output import Output, common_options
from responder.cli.table import table

if TYPE_CHECKING:
    from responder.study import Study

HEADINGS = {
    "en": {
        "traits": ("trait", "label", "kind", "unit or levels", "group", "timing", "plausible", "reference"),
        "features": ("feature", "label", "made of", "construct"),
        "hypotheses": ("id", "expects", "testable", "statement"),
        "endpoint": "endpoint",
        "intervention": "intervention",
        "population": "population",
    },
    "zh": {
        "traits": ("变量", "名称", "类型", "单位或水平", "组", "时间", "合理范围", "参考范围"),
        "features": ("特征", "名称", "来源", "构念"),
        "hypotheses": ("编号", "预期", "可检验于", "陈述"),
        "endpoint": "终点",
        "intervention": "干预",
        "population": "人群",
    },
}


@click.group("study")
def command() -> None:
    """Studies: list them, show one, draft a new one."""


@command.command("ls")
@common_options
def ls(out: Output) -> int:
    """List the studies that ship."""
    from responder.study import load_study, shipped_studies

    studies = [load_study(name) for name in shipped_studies()]
    payload = {
        "studies": [
            {
                "id": s.id,
                "title": s.title.model_dump(),
                "baseline_traits": [t.name for t in s.baseline_traits],
                "endpoints": [e.name for e in s.endpoints],
                "hypotheses": [h.id for h in s.hypotheses],
            }
            for s in studies
        ]
    }
    rows = [(s.id, len(s.baseline_traits), len(s.endpoints), len(s.hypotheses), s.title.en) for s in studies]
    headings = ("study", "baseline traits", "endpoints", "hypotheses", "title")
    return out.result(payload, lambda: table(headings, rows))


@command.command("show")
@click.argument("study")
@lang_option
@common_options
def show(out: Output, study: str, lang: str) -> int:
    """Show one study: STUDY is the id of a shipped one, or the path of a TOML file."""
    from responder.study import load_study

    loaded = load_study(study)
    payload = {"study": loaded.model_dump(mode="json", by_alias=True)}
    return out.result(payload, lambda: describe(loaded, lang))


@command.command("init")
@click.argument("cohort", metavar="COHORT")
@click.option("--out", "target", metavar="FILE.toml", help="File to write; stdout by default.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@common_options
def init(out: Output, cohort: str, target: str | None, force: bool) -> int:
    """Draft a study from your own table COHORT; what was guessed is marked, and yours to review."""
    from responder.cohort.draft import draft_study
    from responder.files import refuse_overwriting, write_atomically

    draft = draft_study(cohort)
    if target is None:
        return out.result({"out": None, "text": draft}, draft.rstrip("\n"))
    refuse_overwriting(Path(target), force=force)
    write_atomically(Path(target), draft)
    told = f"wrote {target}: review it, then responder check {cohort} --study {target}"
    return out.result({"out": target}, told)


def describe(study: Study, lang: str) -> str:
    """Return a study as tables, in ``en`` or ``zh``."""
    words = HEADINGS[lang]
    lines = [
        f"{study.id}  {study.title.in_language(lang)}",
        f"{words['intervention']}: {study.intervention.in_language(lang)}",
        f"{words['population']}: {study.population.in_language(lang)}",
    ]
    lines += [f"{words['endpoint']}: {e.name}  {e.label.in_language(lang)}" for e in study.endpoints]
    groups = {name: text.in_language(lang) for name, text in study.groups.items()}
    traits = [
        (
            t.name,
            t.label.in_language(lang),
            t.kind,
            t.unit or " | ".join(level.name for level in t.levels),
            groups.get(t.group, t.group),
            t.timing,
            _range(t.plausible),
            _range(t.reference),
        )
        for t in study.traits
    ]
    lines += ["", table(words["traits"], traits)]
    if study.features:
        features = [
            (f.name, f.label.in_language(lang), f"{f.transform}({', '.join(f.of)})", f.construct_)
            for f in study.features
        ]
        lines += ["", table(words["features"], features)]
    if study.hypotheses:
        hypotheses = [
            (
                h.id,
                ", ".join(f"{e.feature} {'+' if e.direction == 'higher' else '-'}" for e in h.expects),
                h.testable,
                h.statement.in_language(lang),
            )
            for h in study.hypotheses
        ]
        lines += ["", table(words["hypotheses"], hypotheses)]
    return "\n".join(lines)


def _range(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:g} to {bounds[1]:g}"
