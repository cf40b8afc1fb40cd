"""The model card: one list of sections, written as Markdown and as HTML, that belongs to one result and says which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from responder.experiment.answer import Answer
from responder.files import write_atomically
from responder.report.answers import CardAnswers
from responder.report.html import environment
from responder.report.input_tables import provenance_table, traits_in_use
from responder.report.limits import describe_limits
from responder.report.plain import familywise_words, overlap_words
from responder.report.probast import Domain, assess_risk_of_bias
from responder.report.result_tables import model_table, rests_on_one, trait_table
from responder.report.source import ReportInput
from responder.report.tables import ReportTable, file_name
from responder.report.tripod import Reported, TripodCounts, count_tripod, fill_tripod
from responder.words import Language, Phrase, Voice, said_all

__all__ = ["Card", "CardSection", "build_card", "card_names", "render_card_html", "render_card_markdown", "write_card"]


@dataclass(frozen=True)
class CardSection:
    """One section of a card: paragraphs, then points, then a table; each may be empty."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: ReportTable | None = None


@dataclass(frozen=True)
class Card:
    """A model card.

    Attributes
    ----------
    title : str
        Of the experiment.
    language : str
        ``en`` or ``zh``.
    head : tuple of str
        What page one leads with: what can be said of these patients, illustration, risk of bias, use.
    answer : Answer
        What page one says below it, in the order of every other output.
    sections : tuple of CardSection
        All else.
    tripod : tuple of Reported
        The 52 sub-items.
    domains : tuple of Domain
        The self-assessment.
    digest : str
        SHA-256 of the ``result.json`` that the card belongs to.
    """

    title: str
    language: Language
    head: tuple[str, ...]
    answer: Answer
    sections: tuple[CardSection, ...]
    tripod: tuple[Reported, ...]
    domains: tuple[Domain, ...]
    digest: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Numbers of the TRIPOD+AI sub-items that nobody has answered."""
        return tuple(each.item.number for each in self.tripod if each.status == "missing")

    @property
    def in_part(self) -> tuple[str, ...]:
        """Numbers of the TRIPOD+AI sub-items of which the study team is asked for the rest."""
        return tuple(each.item.number for each in self.tripod if each.status == "run in part")

    @property
    def counts(self) -> TripodCounts:
        """How many sub-items are answered, and by whom."""
        return count_tripod(self.tripod)

    def to_json(self) -> dict[str, Any]:
        """Return what is answered, missing and rated as JSON types."""
        return {
            "digest": self.digest,
            "tripod": {each.item.number: {"status": each.status, "text": each.text} for each in self.tripod},
            "tripod_counts": self.counts.to_json(),
            "missing": list(self.missing),
            "in_part": list(self.in_part),
            "probast": {d.name: {"rating": d.rating, "judged_by": d.judged_by} for d in self.domains},
        }


def build_card(source: ReportInput, answers: CardAnswers | None = None, language: Language = "en") -> Card:
    """Return the card of a run.

    Parameters
    ----------
    source : ReportInput
        The run.
    answers : CardAnswers, optional
        What only the study team can say.
    language : str
        ``en`` or ``zh``.
    """
    words, given = Voice(language, "report"), answers or CardAnswers()
    model = source.model()
    tripod, domains = fill_tripod(source, given, words), assess_risk_of_bias(source, given, words)
    answer = source.answer
    head = [words.of(each) for each in (answer.lead, *answer.read_with)]
    head += [_risk(domains, words), words("page.research")]
    details = [
        words("card.model", model=source.model_title(model, words), study=words.of(source.study.title)),
        words("card.owner", owner=given.owner or words("card.missing"), contact=given.contact or words("card.missing")),
    ]
    performance = (
        *source.sentences(model, words), *familywise_words(source, words), *overlap_words(source, words),
        *([words("card.interval_of")] if source.interval(model) else []), words("models.pooled"),
    )  # fmt: skip
    sections = [
        CardSection(words("card.details"), tuple(details), table=provenance_table(source, words)),
        CardSection(
            words("card.use"), points=(words("card.intended"), words("card.not_intended"), words("card.abstains"))
        ),
        CardSection(
            words("card.data"),
            (
                words(
                    "card.data_text", n=source.n, responders=source.responders, endpoint=words.of(source.endpoint.label)
                ),
                *([words.of(source.landmark_flow)] if source.landmark_flow else []),
            ),
            table=traits_in_use(source, words).first_rows("characteristics.csv", words),
        ),
        CardSection(words("card.performance"), performance, table=model_table(source, words)),
    ]
    if model["importance"] and any(row["mean_absolute"] > 0 for row in model["importance"]):
        lead = words("explanation.lead_some" if source.beats_chance(model) else "explanation.lead_none")
        sections.append(
            CardSection(
                words("section.explanation"),
                (lead, *rests_on_one(source, words)),
                table=trait_table(source, words).first_rows("shap.csv", words),
            )
        )
    if source.holds:
        held = tuple(words.of(Phrase(f"holding.{code}")) for code in source.holds)
        sections.append(CardSection(words("card.patient_rows"), (words("card.patient_rows_lead"),), points=held))
    sections += [
        CardSection(words("section.limits"), points=tuple(describe_limits(source, words))),
        CardSection(words("card.probast"), (words("card.probast_lead"),), table=_probast_table(domains, words)),
        CardSection(
            words("card.tripod"),
            (words("declared.counts", **count_tripod(tripod).to_json()), words("declared.counted_by")),
            table=_tripod_table(tripod, words),
        ),
    ]  # fmt: skip
    title = source.title(words)
    return Card(title, language, tuple(head), answer, tuple(sections), tripod, domains, source.digest)


def _risk(domains: tuple[Domain, ...], words: Voice) -> str:
    """Return the sentence on risk of bias that stands on page one."""
    high = [words(f"probast.{d.name}") for d in domains if d.rating == "high"]
    return words("card.risk_high", domains=words.listed(high)) if high else words("card.risk_open")


def _tripod_table(tripod: tuple[Reported, ...], words: Voice) -> ReportTable:
    rows = tuple(
        (
            each.item.number, words.of(each.item.asks), words(f"tripod_status.{each.status.replace(' ', '_')}"),
            each.text or words("card.missing"),
        )
        for each in tripod
    )  # fmt: skip
    headers = tuple(words(f"card.{key}") for key in ("item", "asks", "answered_by", "answer"))
    strong = frozenset(i for i, each in enumerate(tripod) if each.status == "missing")
    return ReportTable(words("card.tripod"), headers, rows, strong=strong, wide=frozenset({1, 3}))


def _probast_table(domains: tuple[Domain, ...], words: Voice) -> ReportTable:
    rows = tuple(
        (
            words(f"probast.{d.name}"),
            words(f"rating.{d.rating}"),
            words(f"judged_by.{d.judged_by}"),
            said_all(d.reasons, words.language),
        )
        for d in domains
    )
    headers = tuple(words(f"card.{key}") for key in ("domain", "rating", "judged_by", "reasons"))
    return ReportTable(
        words("card.probast"), headers, rows, strong=frozenset(i for i, d in enumerate(domains) if d.rating == "high")
    )


def render_card_markdown(card: Card) -> str:
    """Return the card as Markdown, which MLflow and code hosts show."""
    words = Voice(card.language, "report")
    lines = [f"# {words('card.title')}: {_inline(card.title)}", "", f"**{_inline(card.head[0])}**", ""]
    lines += [f"- {_inline(text)}" for text in card.head[1:]]
    for heading, answers in card.answer.sections:
        lines += ["", f"## {_inline(words.of(heading))}", ""]
        for each in answers:
            lines += [f"- {_inline(words.of(each.statement))}", *(f"  - {_inline(words.of(n))}" for n in each.notes)]
    for section in card.sections:
        lines += ["", f"## {_inline(section.heading)}", ""]
        for paragraph in section.paragraphs:
            lines += [_inline(paragraph), ""]
        lines += [f"- {_inline(point)}" for point in section.points]
        if section.table is not None:
            table = section.table
            aligned = ["---:" if i in table.numeric else "---" for i in range(len(table.headers))]
            for row in (table.headers, aligned, *table.rows):
                lines.append("| " + " | ".join(_cell(text) for text in row) + " |")
            lines += ["", _inline(table.note)] if table.note else []
    lines += ["", words("card.made", digest=card.digest)]
    return "\n".join(lines) + "\n"


def _inline(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]])", r"\\\1", " ".join(text.split())).replace("<", "&lt;")


def _cell(text: str) -> str:
    return text if re.fullmatch(r"-+:?", text) else _inline(text).replace("|", "\\|")


def render_card_html(card: Card) -> str:
    """Return the card as one self-contained HTML page."""
    return environment().get_template("card.html.j2").render(w=Voice(card.language, "report"), card=card).lstrip()


def card_names(language: Language) -> dict[str, str]:
    """Return the file names of a card by format."""
    return {"markdown": file_name("card", "md", language), "html": file_name("card", "html", language)}


def write_card(
    source: ReportInput, folder: Path, answers: CardAnswers | None = None, language: Language = "en"
) -> Mapping[str, Path]:
    """Write the card as Markdown and HTML into a folder; return the paths by format."""
    card = build_card(source, answers, language)
    paths = {kind: folder / name for kind, name in card_names(language).items()}
    write_atomically(paths["markdown"], render_card_markdown(card))
    write_atomically(paths["html"], render_card_html(card))
    return paths
