"""``responder export BUNDLE``: a bundle without rows of patients, or what a bundle gives away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.options import use_one_thread
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.errors import UsageError
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.disclosure import Audit


@click.command("export", cls=SpokenCommand)
@click.argument("bundle", metavar="BUNDLE")
@click.option("--shareable", "wants_shareable", is_flag=True)
@click.option("--audit", "wants_audit", is_flag=True)
@click.option("--out", "target", metavar="DIR")
@common_options
def command(out: Output, bundle: str, wants_shareable: bool, wants_audit: bool, target: str | None) -> int:
    """Write a bundle that can be shared, or try what a bundle gives away."""
    if wants_shareable == wants_audit:
        raise UsageError("export_one_of", where="responder export")
    if wants_audit and target is not None:
        raise UsageError("export_audit_writes_nothing", where="--out")
    use_one_thread()
    from responder.score.storage import load_bundle

    folder = Path(bundle).parent if Path(bundle).name == "bundle.json" else Path(bundle)
    loaded = load_bundle(folder)
    if wants_audit:
        from responder.disclosure import audit

        found = audit(loaded)
        return out.result(found.to_json(), lambda: describe_audit(found, out.lang))
    from responder.score.holdings import patient_level
    from responder.score.shareable import left_out, shareable
    from responder.score.storage import write_bundle

    lost, lean = left_out(loaded), shareable(loaded)
    place = Path(target) if target is not None else folder.with_name(f"{folder.resolve().name}-shareable")
    if place.resolve() == folder.resolve():
        raise UsageError("export_over_itself", where="--out")
    place.parent.mkdir(parents=True, exist_ok=True)
    write_bundle(lean, place)
    holds = patient_level(lean)

    def text() -> str:
        words = Voice(out.lang, "share")
        return "\n".join(
            [
                words("same"),
                "",
                words("lost_head"),
                *(f"  - {words(f'lost.{code}')}" for code in lost),
                "",
                words("holds_head"),
                *(f"  - {say(f'holding.{code}', out.lang)}" for code in holds),
                "",
                words("not_anonymous", path=place),
                "",
                str(place),
            ]
        )

    return out.result({"bundle": str(place), "lost": list(lost), "patient_level": list(holds)}, text)


def describe_audit(found: Audit, lang: Language) -> str:
    """Return what an audit recovered, and how."""
    words = Voice(lang, "audit")
    values = found.n * found.features
    rows = [
        (words("rows"), words("of", count=found.rows_known, n=found.n)),
        (words("outcomes"), words("of", count=found.outcomes_known, n=found.n)),
        (words("values"), words("of", count=values if found.rows_known else found.values_known, n=values)),
        (words("draws"), words("of", count=found.draws_known, n=found.refits)),
        (words("digests"), words("of", count=found.digests, n=found.n)),
    ]
    lines = [words("head", name=found.bundle, model=found.model, n=found.n, features=found.features), ""]
    lines += [table((words("what"), words("recovered")), rows), ""]
    for attack in found.labelings:
        told = {
            "source": words(f"source.{attack.source}"),
            "tried": f"{attack.tried:,}",
            "fitting": f"{attack.fitting:,}",
        }
        lines.append(words(f"method.{attack.method}", **told))
        if attack.next_residual is not None and attack.fitting == 1:
            lines.append("  " + words("residuals", best=attack.residual, after=attack.next_residual))
    if not found.labelings:
        lines.append(words("no_rows"))
    lines += ["", words("holds")]
    lines += [f"  - {say(f'holding.{code}', lang)}" for code in found.holds]
    return "\n".join([*lines, "", words("limits")])
