"""``responder reconstruct FACTS.toml``: every cohort that fits what was reported, and what that pins down."""

from __future__ import annotations

import time
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from responder.evidence import Reconstruction, ReportedFacts

MEANING = """\
Each cohort counts once: a range over cohorts is no probability and no confidence interval.
A cohort is a set of people in no order: how its values go with what was not reported is not known."""


@click.command("reconstruct", cls=SpokenCommand)
@click.argument("facts", metavar="FACTS.toml")
@click.option("--seed", type=click.IntRange(min=0), default=2025, show_default=True)
@click.option("--out", "target", metavar="FILE.csv")
@click.option("--most", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@click.option("--force", is_flag=True)
@common_options
def command(out: Output, facts: str, seed: int, target: str | None, most: int, force: bool) -> int:
    """Find every cohort that fits published facts."""
    import numpy as np

    from responder.evidence import load_facts, reconstruct
    from responder.files import refuse_overwriting, write_atomically

    path = Path(target) if target is not None else None
    if path is not None:
        if path.suffix.lower() != ".csv":
            raise UsageError("they are written as CSV", where="--out", hint=f"write --out {path.with_suffix('.csv')}")
        refuse_overwriting(path, force=force)
    reported = load_facts(Path(facts))
    rng = np.random.default_rng(seed)
    out.narrate("count the cohorts that fit")
    start = time.perf_counter()
    found = reconstruct(reported, rng=rng)
    seconds = time.perf_counter() - start
    written = 0
    if path is not None and found.known:
        out.narrate("write cohorts")
        people = _people(found, most, rng)
        written = len(people) // reported.n
        write_atomically(path, people.to_csv(index=False, lineterminator="\n"))
    payload = {
        "verdict": _sentence(found),
        **found.to_json(),
        "out": path if written else None,
        "written": written,
        "seed": seed,
        "seconds": round(seconds, 3),
    }

    def text() -> str:
        blocks = [_describe(found)]
        if path is not None:
            chosen = "all of them" if found.lists_all and written == found.known else "drawn with equal chance"
            cohorts = "1 cohort" if written == 1 else f"{written:,} cohorts"
            blocks.append(f"wrote {cohorts} to {path}, {chosen}" if written else f"nothing written to {path}")
        return "\n\n".join([*blocks, f"{seconds:.1f} s"])

    return out.result(payload, text)


def _people(found: Reconstruction, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row a person: cohort, person, and the value of each variable and item."""
    import numpy as np
    import pandas as pd

    batches = list(found.cohorts()) if found.known <= most else [found.draw(rng, most)]
    variables = found.facts.variables.items()
    names = [spelled for name, variable in variables for spelled in (name, *(f"{name}.{i}" for i in variable.items))]
    number, n = sum(map(len, batches)), found.facts.n
    columns = {
        "cohort": np.repeat(np.arange(1, number + 1), n),
        "person": np.tile(np.arange(1, n + 1), number),
        **{name: np.concatenate([batch[name].ravel() for batch in batches]) for name in names},
    }
    return pd.DataFrame(columns).convert_dtypes()


def _sentence(found: Reconstruction) -> str:
    """Return what may be said of the report, in one sentence."""
    number, tally = len(found.facts.facts), found.tally
    facts = {1: "the one fact", 2: "both facts"}.get(number, f"all {number} facts")
    if tally.count:
        cohorts = "cohort fits" if tally.count == 1 and tally.exhaustive else "cohorts fit"
        return f"{tally} {cohorts} {facts}{' (every one counted)' if tally.exhaustive else ''}."
    if not tally.exhaustive:
        return f"No cohort that fits {facts} was found in a sample; at most {tally.most} can (95% limit)."
    if found.conflict is None:
        return f"No cohort fits {facts}: the report is inconsistent. Which facts conflict could not be told."
    if len(found.conflict.facts) == 1:
        return f"No cohort fits {facts}: '{found.conflict.facts[0]}' cannot be true of {found.facts.n} people."
    names = ", ".join(found.conflict.facts)
    proven = "" if found.conflict.smallest else " (a smaller set could not be ruled out)"
    return f"No cohort fits {facts}: the report is inconsistent. Smallest conflicting set: {names}{proven}."


def _describe(found: Reconstruction) -> str:
    facts = found.facts
    blocks = [f"{facts.title} (n = {facts.n})\n{_sentence(found)}"]
    if found.conflict is not None:
        blocks.append(table(("in conflict", "what was reported"), _reported(facts, found.conflict.facts)))
    rows = [(id_, statement, str(found.without[id_])) for id_, statement in _reported(facts, found.without)]
    blocks.append(
        "What each fact does: the cohorts that would fit without it\n"
        + table(("fact", "what was reported", "without it"), rows)
    )
    for id_, tallies in found.by_test.items():
        tests = [(test.replace("_", " "), str(tally)) for test, tally in tallies.items()]
        blocks.append(f"If this test is behind '{id_}'\n{table(('test', 'cohorts'), tests)}")
    conventions = [
        (name.replace("_", " ") + (" (in use)" if name == facts.rounding else ""), str(tally))
        for name, tally in found.by_convention.items()
    ]
    blocks.append(f"If numbers were rounded in this way\n{table(('rounding', 'cohorts'), conventions)}")
    if found.ranges:
        statements = {question.id: question.statement for question in facts.questions}
        answers = [
            (statements[r.name] or r.name, *(f"{v:.4f}" for v in (r.lowest, r.median, r.highest)), f"{len(r.values):,}")
            for r in found.ranges
        ]
        title = "What was asked, over " + ("all cohorts that fit" if found.lists_all else "a sample of them")
        blocks.append(f"{title}\n{table(('question', 'lowest', 'median', 'highest', 'cohorts'), answers)}")
    blocks.append(MEANING)
    return "\n\n".join(blocks)


def _reported(facts: ReportedFacts, ids: Container[str]) -> list[tuple[str, str]]:
    """Return (id, statement) of some facts, in the order of the file."""
    return [(fact.id, fact.statement) for fact in facts.facts if fact.id in ids]
