"""``responder simulate``: a cohort with a planted truth, and the file that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from responder.cli.options import one_study, study_option
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.errors import UsageError
from responder.words import Language, Voice, say

PROVENANCE_FILE = "provenance.toml"


@click.command("simulate", cls=SpokenCommand)
@study_option
@click.option("--n", type=click.IntRange(min=1, max=100_000), required=True)
@click.option("--seed", type=click.IntRange(min=0), required=True)
@click.option("--out", "target", metavar="FILE.csv", required=True)
@click.option("--visits", is_flag=True)
@click.option("--force", is_flag=True)
@common_options
def command(out: Output, study: str | None, n: int, seed: int, target: str, visits: bool, force: bool) -> int:
    """Simulate a cohort with the effects that a study declares."""
    import numpy as np

    from responder.csv_text import csv_text
    from responder.evidence import simulate_cohort, simulate_visits, simulated_provenance
    from responder.files import refuse_overwriting, write_atomically

    path = Path(target)
    if path.suffix.lower() != ".csv":
        raise UsageError("simulate_not_csv", where="--out", path=str(path.with_suffix(".csv")))
    provenance = path.with_name(PROVENANCE_FILE)
    refuse_overwriting(path, force=force)
    _refuse_to_relabel(provenance, path.stem, force=force)
    chosen = one_study(study)
    simulate = simulate_visits if visits else simulate_cohort
    table, truth = simulate(chosen, n, np.random.default_rng(seed))
    # its label first: a simulated table must at no moment pass for an observed one
    write_atomically(provenance, simulated_provenance(path.stem, list(table.columns), out.lang))
    write_atomically(path, csv_text(table))
    payload = {
        "study": chosen.id,
        "n": n,
        "seed": seed,
        "out": path,
        "provenance": provenance,
        "truth": {name: value for name, value in truth.items() if name not in {"probability", "provenance"}},
    }
    return out.result(payload, lambda: _describe(payload, out.lang))


def _describe(payload: dict[str, Any], lang: Language) -> str:
    voice, comma, truth = Voice(lang, "simulate"), say("grammar.comma", lang), payload["truth"]
    effects = comma.join(f"{name} {effect:+g}" for name, effect in truth["log_odds_per_sd"].items())
    if "auc" in truth:
        told = voice("truth", auc=truth["auc"], prevalence=truth["prevalence"])
    else:
        cleared = comma.join(f"{level} {max(weeks.values()):.0%}" for level, weeks in truth["cleared_by_week"].items())
        told = voice("cleared", cleared=cleared, stays=truth["stays_to_end"])
    wrote = voice("wrote", n=payload["n"], path=payload["out"], provenance=payload["provenance"])
    return "\n".join([wrote, voice("effects", effects=effects), told])


def _refuse_to_relabel(provenance: Path, stem: str, *, force: bool) -> None:
    """Refuse to replace a provenance file that speaks of other tables too, whatever the user insists on."""
    from responder.files import refuse_overwriting
    from responder.toml_file import read_toml

    others = sorted(set(read_toml(provenance)) - {stem}) if provenance.is_file() else []
    if others:
        raise UsageError("simulate_other_tables", where=str(provenance), file=PROVENANCE_FILE, names=others)
    refuse_overwriting(provenance, force=force)
