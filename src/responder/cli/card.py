"""``responder card RUN``: the model card of a finished run, with TRIPOD+AI and PROBAST+AI."""

from __future__ import annotations

from pathlib import Path

import click

from responder.cli.output import Output, common_options
from responder.cli.report import run_folder
from responder.cli.spoken import SpokenCommand
from responder.errors import UsageError


@click.command("card", cls=SpokenCommand)
@click.argument("run", metavar="RUN")
@click.option("--answers", metavar="FILE")
@click.option("--ask", is_flag=True)
@click.option("--out", "target", metavar="DIR")
@common_options
def command(out: Output, run: str, answers: str | None, ask: bool, target: str | None) -> int:
    """Write the model card of a finished run."""
    from responder.report import ReportInput, build_card, empty_answers, read_answers, write_card
    from responder.words import Voice

    folder = run_folder(run)
    source = ReportInput.from_folder(folder)
    path = answers_file(source.name, answers)
    given = read_answers(path)
    if ask:
        text = empty_answers(given, Voice(out.lang, "report"))
        return out.result({"answers": text}, text.rstrip("\n"))
    paths = write_card(source, Path(target) if target is not None else folder, given, out.lang)
    card = build_card(source, given, out.lang)
    payload = {"run": str(folder), **{kind: str(place) for kind, place in paths.items()}, **card.to_json()}
    words = Voice(out.lang, "report.command")
    lines = [paths["markdown"], paths["html"], Voice(out.lang, "report")("declared.counts", **card.counts.to_json())]
    lines += [words("missing", items=card.missing)] if card.missing else []
    lines += [words("in_part", items=card.in_part)] if card.in_part else []
    lines.append(words("ask", run=run, path=path) if card.counts.asked else words("complete"))
    return out.result(payload, "\n".join(map(str, lines)))


def answers_file(name: str, given: str | None) -> Path:
    """Return the file of answers: as given, else beside the experiment.

    Raises
    ------
    UsageError
        If the file given is not there.
    """
    from responder.project import project_root

    if given is None:
        return project_root() / "experiments" / f"{name}.card.toml"
    if not Path(given).is_file():
        raise UsageError("no_answers", where="--answers", file=given)
    return Path(given)
