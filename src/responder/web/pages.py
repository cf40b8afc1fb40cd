"""The pages for people that one bundle answers with: the form, its answer, and the description of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse, Response

from responder.score.bundle import Bundle
from responder.score.interval import percent
from responder.score.profile import EncodedProfile
from responder.score.reasons import research_use
from responder.score.scorer import Score, score_encoded
from responder.score.sensitivity import Sensitivity, changes_of
from responder.web.desk import Desk
from responder.web.drawing import probability_bar, waterfall
from responder.web.form import Typed, form_fields, read_form
from responder.web.guard import RefusedRequestError
from responder.web.openapi import example_profile
from responder.words import Given, Phrase, Voice, first_of, languages, say
from responder.words.units import unit_words

__all__ = ["STATIC", "STATIC_FOLDER", "FormPages", "environment_of", "other_languages"]

STATIC_FOLDER = Path(__file__).parent / "static"
STATIC = {"form.css": "text/css", "form.js": "text/javascript", "icon.svg": "image/svg+xml"}


class FormPages:
    """The pages of a bundle.

    Parameters
    ----------
    bundle : Bundle
        What answers.
    documents : Mapping[str, Mapping]
        Description of the REST service by language; without it there is no link to its page.
    desk : Desk
        Where scores are computed.
    count : callable
        Told the decision of every score.
    action : str
        Address of the form.
    hidden : Mapping[str, str], optional
        Fields that the form brings back beside what is typed.
    links : Mapping[str, Phrase], optional
        Addresses of other pages, each with its words.
    """

    def __init__(
        self,
        bundle: Bundle,
        documents: Mapping[str, Mapping[str, Any]],
        desk: Desk,
        count: Callable[[Iterable[str]], None],
        action: str = "/",
        hidden: Mapping[str, str] | None = None,
        links: Mapping[str, Phrase] | None = None,
    ) -> None:
        self.bundle, self.documents, self.desk, self.count = bundle, documents, desk, count
        self.action, self.hidden, self.links = action, dict(hidden or {}), dict(links or {})
        self.templates = environment_of(Path(__file__).parent / "templates")
        self.templates.filters.update(percent=percent, unit=unit_words)

    def empty(self, language: str) -> Response:
        """Answer with the empty form."""
        return self._page(Typed(language), None, None)

    async def answer(self, body: bytes, language: str) -> Response:
        """Answer with the form as it was filled in, and the score.

        Raises
        ------
        RefusedRequestError
            If the body is no form.
        """
        try:
            typed = read_form(self.bundle, body, language)
        except ValueError as error:
            raise RefusedRequestError(400, "rest_unreadable_form") from error
        if not typed.asked or typed.profile is None:
            return self._page(typed, None, None, status=422 if typed.asked else 200)
        score, changes = await self.desk.run(_scored, self.bundle, typed.profile, typed.show_anyway)
        self.count([score.decision])
        return self._page(typed, score, changes)

    def docs(self, language: str) -> Response:
        """Answer with the description of the REST service, which needs nothing from elsewhere."""
        page = self._drawn(
            "docs.html.j2",
            language,
            "docs",
            document=self.documents[language],
            example=example_profile(self.bundle),
            ranges={trait.name: trait for trait in self.bundle.applicability.traits},
        )
        return HTMLResponse(page)

    def _page(self, typed: Typed, score: Score | None, changes: Sensitivity | None, status: int = 200) -> Response:
        language, bundle = typed.lang, self.bundle
        page = self._drawn(
            "form.html.j2",
            language,
            "form",
            words=Voice(language, "score"),
            typed=typed,
            standing=bundle.standing,
            fields=form_fields(bundle, typed),
            sheets={sheet.name: sheet for sheet in bundle.traits},
            score=score,
            changes=changes,
            undeclared=[bundle.sheet(name).words for name in changes.not_declared] if changes else [],
            bar=None if score is None else probability_bar(score),
            steps=None if score is None else waterfall(score, language),
            first_of_traits=self._first_of_traits(score),
        )
        return HTMLResponse(page, status)

    def _first_of_traits(self, score: Score | None) -> Phrase | None:
        """Return that the page shows the first of very many traits, and where all of them are."""
        if score is None or len(score.told_traits) == len(score.traits):
            return None
        everything = "POST /v1/score" if self.documents else "responder score --json"
        return first_of(len(score.told_traits), len(score.traits), everything)

    def _drawn(self, template: str, language: str, part: str, **values: Any) -> str:
        """Return a page: what is on all of them, and its own."""
        return self.templates.get_template(template).render(
            t=Voice(language, part),
            lang=language,
            html_lang=say("form.html_lang", language),
            others=other_languages(language),
            bundle=self.bundle,
            study={name: Given(getattr(self.bundle.study, name)) for name in ("title", "endpoint", "intervention")},
            research_use=research_use(language),
            action=self.action,
            hidden=self.hidden,
            links=self.links,
            has_docs=bool(self.documents),
            **values,
        )


def environment_of(folder: Path) -> jinja2.Environment:
    """Return where the templates of a folder are filled in: what comes from outside is escaped, a typo is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def other_languages(language: str) -> list[tuple[str, str, str]]:
    """Return the languages to switch to: code, tag of HTML, and its own name."""
    return [(code, say("form.html_lang", code), say("grammar.name", code)) for code in languages() if code != language]


def _scored(bundle: Bundle, profile: EncodedProfile, show_anyway: bool) -> tuple[Score, Sensitivity | None]:
    score = score_encoded(bundle, profile, show_anyway=show_anyway)
    return score, None if score.probability is None else changes_of(bundle, profile.values)
