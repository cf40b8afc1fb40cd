"""``responder reconstruct FACTS.toml``: every cohort that fits what was reported, and what that pins down."""

from __future__ import annotations

import time
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import UsageError
from responder.words import Language, Phrase, Voice, said, say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from responder.evidence import Reconstruction, ReportedFacts


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

    from responder.csv_text import csv_text
    from responder.evidence import load_facts, reconstruct
    from responder.files import refuse_overwriting, write_atomically

    path = Path(target) if target is not None else None
    if path is not None:
        if path.suffix.lower() != ".csv":
            raise UsageError("reconstruct_not_csv", where="--out", path=str(path.with_suffix(".csv")))
        refuse_overwriting(path, force=force)
    reported = load_facts(Path(facts))
    rng = np.random.default_rng(seed)
    out.narrate(say("reconstruct.counting", out.lang))
    start = time.perf_counter()
    found = reconstruct(reported, rng=rng)
    seconds = time.perf_counter() - start
    written = 0
    if path is not None and found.known:
        out.narrate(say("reconstruct.writing", out.lang))
        people = _people(found, most, rng)
        written = len(people) // reported.n
        write_atomically(path, csv_text(people))
    payload = {
        "verdict": said(_verdict(found), out.lang),
        **found.to_json(),
        "title": found.facts.title.in_language(out.lang),
        "out": path if written else None,
        "written": written,
        "seed": seed,
        "seconds": round(seconds, 3),
    }

    def text() -> str:
        voice, blocks = Voice(out.lang, "reconstruct"), [_describe(found, out.lang)]
        if path is not None:
            wrote = "wrote_all" if found.lists_all and written == found.known else "wrote_drawn"
            blocks.append(voice(wrote, n=written, path=path) if written else voice("nothing_written", path=path))
        return "\n\n".join([*blocks, voice("seconds", seconds=seconds)])

    return out.result(payload, text)


def _people(found: Reconstruction, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per person: cohort, person, and the value of each variable and item."""
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


def _verdict(found: Reconstruction) -> Phrase:
    """Return what may be said of the report, in one sentence."""
    tally, conflict = found.tally, found.conflict
    values: dict[str, Any] = {"facts": Phrase("reconstruct.facts", {"n": len(found.facts.facts)})}
    if tally.count:
        code = "fit" if tally.exhaustive else "fit_about"
        values |= {"n": tally.count, "tally": tally.phrase}
    elif not tally.exhaustive:
        code = "none_in_sample"
        values |= {"most": tally.most}
    elif conflict is None:
        code = "inconsistent"
    elif len(conflict.facts) == 1:
        code = "impossible"
        values |= {"fact": conflict.facts[0], "n": found.facts.n}
    else:
        code = "conflict" if conflict.smallest else "conflict_unproven"
        values |= {"names": conflict.facts}
    return Phrase(f"reconstruct.{code}", values)


def _describe(found: Reconstruction, lang: Language) -> str:
    voice, facts = Voice(lang, "reconstruct"), found.facts
    reported = voice("reported")
    blocks = [f"{voice('title', title=facts.title, n=facts.n)}\n{voice.of(_verdict(found))}"]
    if found.conflict is not None:
        blocks.append(table((voice("in_conflict"), reported), _reported(facts, found.conflict.facts, voice)))
    rows = [(id_, words, voice.of(found.without[id_].phrase)) for id_, words in _reported(facts, found.without, voice)]
    blocks.append(f"{voice('without_title')}\n{table((voice('fact'), reported, voice('without')), rows)}")
    for id_, tallies in found.by_test.items():
        tests = [(voice(f"tests.{test}"), voice.of(tally.phrase)) for test, tally in tallies.items()]
        blocks.append(f"{voice('test_title', fact=id_)}\n{table((voice('test'), voice('cohorts')), tests)}")
    names: dict[str, str] = {name: voice(f"roundings.{name}") for name in found.by_convention}
    names[facts.rounding] = voice("in_use", rounding=names[facts.rounding])
    roundings = [(names[name], voice.of(tally.phrase)) for name, tally in found.by_convention.items()]
    blocks.append(f"{voice('rounding_title')}\n{table((voice('rounding'), voice('cohorts')), roundings)}")
    if found.ranges:
        statements = {question.id: voice.of(question.statement) for question in facts.questions}
        answers = [
            (statements[r.name] or r.name, *(f"{v:.4f}" for v in (r.lowest, r.median, r.highest)), f"{len(r.values):,}")
            for r in found.ranges
        ]
        head = [voice(name) for name in ("question", "lowest", "median", "highest", "cohorts")]
        blocks.append(f"{voice('ranges_title' if found.lists_all else 'ranges_sample_title')}\n{table(head, answers)}")
    blocks.append(f"{voice('counts_once')}\n{voice('in_no_order')}")
    return "\n\n".join(blocks)


def _reported(facts: ReportedFacts, ids: Container[str], voice: Voice) -> list[tuple[str, str]]:
    """Return (id, statement) of some facts, in the order of the file."""
    return [(fact.id, voice.of(fact.statement)) for fact in facts.facts if fact.id in ids]
