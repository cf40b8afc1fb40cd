"""Write what people look at beside a run's files: report, model card and figures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from responder.errors import ConfigError
from responder.experiment.result import ExperimentResult
from responder.files import write_atomically
from responder.report.answers import CardAnswers, read_answers
from responder.report.card import write_card
from responder.report.drawings import drawings
from responder.report.html import render_report
from responder.report.source import ReportInput
from responder.report.tables import file_name
from responder.words import Language
from responder.words import languages as known_languages
from responder.workers import IN_PROCESS, Workers

__all__ = ["answers_beside", "is_drawn_from", "report_name", "write_report"]

_log = logging.getLogger("responder.report")


def report_name(language: Language, *, shareable: bool = False) -> str:
    """Return the file name of a report: ``report.html``, ``report.zh.html``, ``report_shareable.html``."""
    return file_name("report_shareable" if shareable else "report", "html", language)


def is_drawn_from(page: Path, source: ReportInput) -> bool:
    """Return whether a report is there, and of this very result: it need not be drawn again."""
    return page.is_file() and source.digest in page.read_text(encoding="utf-8")


def write_report(
    result: ExperimentResult | ReportInput,
    folder: Path,
    *,
    answers: CardAnswers | None = None,
    languages: Sequence[Language] = known_languages(),
    workers: Workers = IN_PROCESS,
) -> list[Path]:
    """Write the report in every language, and the figures as SVG, into a run's folder.

    Parameters
    ----------
    result : ExperimentResult or ReportInput
        The run.
    folder : Path
        Its folder.
    answers : CardAnswers, optional
        What only the study team can say for the model card; those beside the experiment of a result by default.
    languages : sequence of str
        Languages of report and card; figures are saved in the first.
    workers : Workers
        Who draws the figures.

    Returns
    -------
    list of Path
        The files.
    """
    source = result if isinstance(result, ReportInput) else ReportInput.from_result(result)
    if answers is None and isinstance(result, ExperimentResult):
        answers = answers_beside(result.experiment.path)
    paths = []
    for language in languages:
        figures = drawings(source, language, workers)
        path = folder / report_name(language)
        write_atomically(path, render_report(source, language, figures=figures))
        paths.append(path)
        paths += write_card(source, folder, answers, language).values()
        if language == languages[0]:
            for name, drawing in figures.items():  # `responder figures` makes PNG where asked
                picture = folder / "figures" / f"{name}.svg"
                write_atomically(picture, drawing.svg)
                paths.append(picture)
    return paths


def answers_beside(experiment: Path) -> CardAnswers | None:
    """Return the answers of ``<experiment>.card.toml``; a file that cannot be read must not lose a finished run."""
    try:
        return read_answers(experiment.with_suffix(".card.toml"))
    except ConfigError as error:
        _log.warning("the model card goes without answers: %s (%s)", error.message, error.where)
        return None
