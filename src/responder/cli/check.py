"""``responder check COHORT``: intake and findings, no fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from responder.cli.findings import describe_findings, refusal
from responder.cli.options import one_study, pairs, study_option, words
from responder.cli.output import Output, common_options
from responder.cli.table import table

if TYPE_CHECKING:
    from responder.cohort import CohortScan


@click.command("check")
@click.argument("cohort", metavar="COHORT")
@study_option
@click.option("--endpoint", metavar="NAME", help="One of the study's endpoints; the first by default.")
@click.option("--traits", metavar="A,B", help="Baseline traits to use; all that the table has by default.")
@click.option("--where", multiple=True, metavar="COL=VALUE", help="Keep the rows with this value (repeatable).")
@common_options
def command(
    out: Output,
    cohort: str,
    study: str | None,
    endpoint: str | None,
    traits: str | None,
    where: tuple[str, ...],
) -> int:
    """Check a cohort: what is in it, and what stands against using it."""
    from responder.cohort import scan_cohort

    chosen = one_study(study)
    scan = scan_cohort(cohort, chosen, endpoint=endpoint, traits=words(traits), where=pairs(where, "--where"))
    payload = {"study": chosen.id, "source": cohort, **scan.to_json(), "refused": scan.cohort is None}
    return out.result(payload, lambda: describe(scan), error=refusal(scan.findings))


def describe(scan: CohortScan) -> str:
    """Return what was measured, what became of every check, and the findings."""
    findings = scan.findings
    blocks = [] if scan.cohort is None else [_describe_cohort(scan)]
    states = [str(check.status) for check in findings.checks]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    checks = table(("check", "", ""), [(check.code, str(check.status), check.title) for check in findings.checks])
    blocks.append(f"{checks}\n{counts}")
    blocks += describe_findings(findings)
    return "\n\n".join(blocks)


def _describe_cohort(scan: CohortScan) -> str:
    from responder.study.rule_words import say_response

    cohort = scan.cohort
    assert cohort is not None
    missing = cohort.to_json()["missing"]
    rows = []
    for trait in cohort.traits:
        known = cohort.n - max(n for column, n in missing.items() if column.split("=")[0] == trait)
        rows.append((trait, str(cohort.provenance.get(trait, "")), f"{known} of {cohort.n}"))
    head = [
        f"{cohort.source}: {cohort.n} patients, {cohort.responders} responders ({cohort.endpoint.name})",
        say_response(cohort.study, cohort.endpoint, cohort.responders, cohort.n),
        *([cohort.illustration] if cohort.illustration else []),
    ]
    return "\n".join([*head, "", table(("trait", "provenance", "known"), rows)])
