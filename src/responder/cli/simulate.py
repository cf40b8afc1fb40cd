"""``responder simulate``: a cohort with a planted truth, and the file that says so."""

from __future__ import annotations

from pathlib import Path

import click

from responder.cli.options import one_study, study_option
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.errors import UsageError

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

    from responder.evidence import simulate_cohort, simulate_visits, simulated_provenance
    from responder.files import refuse_overwriting, write_atomically

    path = Path(target)
    if path.suffix.lower() != ".csv":
        raise UsageError("the table is written as CSV", where="--out", hint=f"write --out {path.with_suffix('.csv')}")
    provenance = path.with_name(PROVENANCE_FILE)
    refuse_overwriting(path, force=force)
    _refuse_to_relabel(provenance, path.stem, force=force)
    chosen = one_study(study)
    simulate = simulate_visits if visits else simulate_cohort
    table, truth = simulate(chosen, n, np.random.default_rng(seed))
    # its label first: a simulated table must at no moment pass for an observed one
    write_atomically(provenance, simulated_provenance(path.stem, list(table.columns)))
    write_atomically(path, table.to_csv(index=False, lineterminator="\n"))
    payload = {
        "study": chosen.id,
        "n": n,
        "seed": seed,
        "out": path,
        "provenance": provenance,
        "truth": {name: value for name, value in truth.items() if name not in {"probability", "provenance"}},
    }
    return out.result(payload, lambda: _describe(payload))


def _describe(payload: dict[str, object]) -> str:
    truth = payload["truth"]
    assert isinstance(truth, dict)
    effects = ", ".join(f"{name} {effect:+g}" for name, effect in truth["log_odds_per_sd"].items())
    if "auc" in truth:
        told = f"AUC of the true probabilities: {truth['auc']:.3f}; prevalence {truth['prevalence']:.2f}"
    else:
        cleared = (f"{level} {max(weeks.values()):.0%}" for level, weeks in truth["cleared_by_week"].items())
        told = (
            f"cleared by the last visit, average patient: {', '.join(cleared)}; seen then: {truth['stays_to_end']:.0%}"
        )
    return (
        f"wrote {payload['n']} simulated patients to {payload['out']} (labelled in {payload['provenance']})\n"
        f"planted, log-odds per SD: {effects}\n{told}"
    )


def _refuse_to_relabel(provenance: Path, stem: str, *, force: bool) -> None:
    """Refuse to replace a provenance file that speaks of other tables too, whatever the user insists on."""
    from responder.files import refuse_overwriting
    from responder.toml_file import read_toml

    others = sorted(set(read_toml(provenance)) - {stem}) if provenance.is_file() else []
    if others:
        raise UsageError(
            f"{PROVENANCE_FILE} there describes other tables ({', '.join(others)})",
            where=str(provenance),
            hint="give the simulated table a folder of its own",
        )
    refuse_overwriting(provenance, force=force)
