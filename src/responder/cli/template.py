"""``responder template``: an empty table for a study, or a REDCap data dictionary."""

from __future__ import annotations

from pathlib import Path

import click

from responder.cli.options import one_study, study_option
from responder.cli.output import Output, common_options
from responder.cli.spoken import SpokenCommand
from responder.errors import ConfigError, UsageError
from responder.words import Phrase, say


@click.command("template", cls=SpokenCommand)
@study_option
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "redcap"]), default="csv", show_default=True)
@click.option("--eligibility", is_flag=True)
@click.option("--out", "target", metavar="FILE")
@click.option("--force", is_flag=True)
@common_options
def command(out: Output, study: str | None, form: str, eligibility: bool, target: str | None, force: bool) -> int:
    """Write an empty table for a study, or a REDCap data dictionary."""
    from responder.files import refuse_overwriting, write_atomically
    from responder.study.template import redcap_dictionary, table_columns, template_csv, template_xlsx

    chosen = one_study(study)
    if eligibility and chosen.eligibility is None:
        raise ConfigError("no_eligibility", where=Phrase("place.study_id", {"study": chosen.id}), study=chosen.id)
    if target is None and form == "xlsx":
        raise UsageError("template_workbook", where="--format xlsx")
    content: str | bytes
    if form == "xlsx":
        content = template_xlsx(chosen, out.lang, eligibility=eligibility)
    else:
        content = (
            template_csv(chosen, eligibility=eligibility)
            if form == "csv"
            else redcap_dictionary(chosen, out.lang, eligibility=eligibility)
        )
    columns = table_columns(chosen, eligibility=eligibility)
    payload = {"study": chosen.id, "format": form, "columns": columns, "out": target}
    if target is None:
        return out.result({**payload, "text": content}, str(content).rstrip("\n"))
    refuse_overwriting(Path(target), force=force)
    write_atomically(Path(target), content)
    return out.result(payload, say("draft.wrote", out.lang, path=target))
