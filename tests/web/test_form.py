"""The form without a script: what is typed, what comes back, in both languages."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.score import build

from responder.score import encode_table, score_profile
from responder.study import load_study
from responder.study.carrying import carried
from responder.web.form import form_fields, read_form
from responder.words import Voice, languages
from responder.words.say import catalogue

FILLED = {
    "organs": ["ear_nose"],
    "rpdai": "12",
    "disease_duration_years": "24",
    "unit.disease_duration_years": "months",
    "prednisone_mg_per_day": "15",
    "treg_per_ul": "0.022",
    "unit.treg_per_ul": "10^9/L",
    "tcon_per_ul": "550",
}
SAME = {"organs": "ear", "rpdai": 12, "duration": 2, "prednisone": 15, "treg": 22, "tcon": 550}


class Page(HTMLParser):
    """What a reader, and a screen reader, finds on a page."""

    def __init__(self, response):
        super().__init__()
        self.ids, self.labels, self.names, self.refs, self.words = set(), set(), [], [], []
        self.described, self.inline, self.tags = [], [], []
        self.feed(response.text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        if "id" in given:
            assert given["id"] not in self.ids, given["id"]
            self.ids.add(given["id"])
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in {"input", "select"} and given.get("type") not in {"hidden", "checkbox"}:
            self.names.append((given.get("id"), given.get("aria-label")))
        self.refs += [given[key] for key in ("href", "src", "action") if key in given]
        self.described += given.get("aria-describedby", "").split()
        self.inline += [key for key in given if key == "style" or key.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_have_one_main_landmark(client, lang):
    for page in (client.get(f"/?lang={lang}"), client.get(f"/docs?lang={lang}")):
        assert page.text.count("<main>") == page.text.count("</main>") == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_form_asks_for_every_trait(client, good, lang):
    page = Page(client.get(f"/?lang={lang}"))
    for sheet in good.traits:
        assert sheet.label(lang) in page.text
        for level in sheet.code.levels:
            assert sheet.level_label(level, lang) in page.text
    assert Voice(lang, "form")("intro") in page.text
    assert all(label in page.labels or aria for label, aria in page.names)  # every field has a name to be read out
    assert set(page.described) <= page.ids
    assert page.inline == []  # the content policy would block it
    assert not [ref for ref in page.refs if not ref.startswith(("/", "#"))]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_interval_stands_beside_the_probability(client, good, lang):
    interval = score_profile(good, SAME).interval
    page = Page(client.post("/", data={**FILLED, "lang": lang}))
    t = Voice(lang, "form")
    assert t("interval", level=0.95, lower=f"{interval.lower:.0%}", upper=f"{interval.upper:.0%}") in page.text
    assert t.of(interval.statement) in page.text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_score_of_the_form_is_the_score(client, good, lang):
    score = score_profile(good, SAME)
    page = Page(client.post("/", data={**FILLED, "lang": lang}))
    t = Voice(lang, "form")
    assert t("scored") in page.text
    assert t("probability", p=f"{score.probability:.0%}") in page.text
    for part in score.attributions:
        assert t.of(part.label) in page.text
        assert f"{part.contribution:+.2f}".replace("-", "−") in page.text
    assert ("not treatment advice" if lang == "en" else "不构成治疗建议") in page.text
    assert page.inline == []


def test_what_was_typed_stays_in_the_fields(client):
    text = client.post("/", data=FILLED).text
    assert 'name="disease_duration_years" value="24"' in text
    assert re.search(r'<option value="months" selected>', text)
    assert re.search(r'value="ear_nose" checked', text)


def test_the_other_language_keeps_what_was_typed_and_scores_nothing(client):
    page = client.post("/", data={**FILLED, "lang": "en", "switch": "zh"})
    assert page.status_code == 200
    assert 'value="24"' in page.text
    assert 'lang="zh-Hans"' in page.text
    assert 'id="result"' not in page.text


@pytest.mark.parametrize(
    ("preferred", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.1", "en"),
        ("de", "en"),
        ("zh", "zh-Hans"),
        ("", "en"),
    ],
)
def test_the_browser_chooses_the_first_language(client, preferred, lang):
    assert f'<html lang="{lang}">' in client.get("/", headers={"accept-language": preferred}).text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_measuring_error_that_nobody_declared_is_not_passed_over(client, good, lang):
    text = Page(client.post("/", data={**FILLED, "lang": lang})).text
    t = Voice(lang, "form")
    assert t("changes") in text
    undeclared = [
        sheet.words
        for sheet in good.traits
        if sheet.code.kind in {"continuous", "count"} and sheet.measuring_error_fraction is None
    ]
    assert t("not_declared", traits=undeclared) in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_abstaining_model_gives_the_prevalence(silent_client, lang):
    page = Page(silent_client.post("/", data={**FILLED, "rpdai": "9", "lang": lang}))
    t = Voice(lang, "form")
    assert t("abstained") in page.text
    assert t("instead", n=9, responders=6, estimate="67%", lower="30%", upper="93%") in page.text
    assert "svg" not in page.tags
    shown = Page(silent_client.post("/", data={**FILLED, "rpdai": "9", "lang": lang, "show_anyway": "yes"}))
    assert t("shown_anyway") in shown.text
    assert "svg" in shown.tags
    assert t("why_intro_unproven") in shown.text  # its bars are grey, and say so
    assert t("why_intro") not in shown.text


@pytest.mark.parametrize(
    ("typed", "trait", "en", "zh"),
    [
        ({"rpdai": "nine"}, "rpdai", "whole number from 0 to 251", "整数"),
        ({"rpdai": "9.5"}, "rpdai", "whole number", "整数"),
        ({"rpdai": "900"}, "rpdai", "Outside the plausible range: 0 to 251 points", "超出合理范围：0 至 251 分"),
        ({"treg_per_ul": "2,500"}, "treg_per_ul", "decimal point", "小数点"),
        ({"treg_per_ul": "0.022", "unit.treg_per_ul": "cells/ul"}, "treg_per_ul", "plausible in 10⁹/L", "10⁹/L"),
        ({"treg_per_ul": "22", "unit.treg_per_ul": "10^9/L"}, "treg_per_ul", "Outside the plausible range", "合理范围"),
        ({"organs": ["ear_nose", "none"]}, "organs", "cannot be combined", "不能与其他"),
        ({"organs": ["spleen"]}, "organs", "one of the values", "所给的选项"),
    ],
)
def test_mistakes_are_named_at_their_field(client, typed, trait, en, zh):
    for lang, words in (("en", en), ("zh", zh)):
        answer = client.post("/", data={**FILLED, **typed, "lang": lang})
        assert answer.status_code == 422
        error = re.search(rf'id="e-{trait}">([^<]*)<', answer.text).group(1)
        assert words in error
        assert f'href="#f-{trait}"' in answer.text
        assert 'id="result"' not in answer.text


def test_an_empty_form_says_so(client):
    answer = client.post("/", data={"lang": "en", "rpdai": ""})
    assert answer.status_code == 422
    assert "at least one field" in answer.text


@pytest.mark.parametrize(
    "evil", ['"><script>alert(1)</script>', "{{ 7 * 7 }}", "' onmouseover='x", "</textarea><img src=x>"]
)
def test_what_is_typed_is_never_code(client, evil):
    answer = client.post(
        "/", data={**FILLED, "rpdai": evil, "unit.treg_per_ul": evil, "organs": evil, "lang": evil, evil: evil}
    )
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "49" not in re.sub(r"[\d.]*49[\d.]*", "", answer.text)
    assert Page(answer).inline == []


def test_forms_that_are_none(client):
    assert client.post("/", content=b"rpdai=9", headers={"content-type": "text/plain"}).status_code == 415
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/", content=b"\xff\xfe", headers=form).status_code == 400
    assert client.post("/", content=b"&".join([b"a=1"] * 600), headers=form).status_code == 400
    assert client.post("/", content=b"rpdai", headers=form).status_code == 400
    assert client.post("/", content=b"", headers=form).status_code == 422


def test_what_is_wrong_at_no_field_is_told_too(good):
    bundle = replace(good, carried=carried(load_study("rp-ld-il2"), build.TRAITS))
    typed = read_form(bundle, b"prednisone_mg_per_day=0.2+mg%2Fkg&rpdai=9", "en")
    assert (typed.profile, typed.errors) == (None, {})
    (problem,) = typed.problems
    assert "a dose is given by body weight" in problem


def test_a_gap_that_is_typed_is_nothing(good):
    typed = read_form(good, b"rpdai=NA&treg_per_ul=n%2Fa&unit.treg_per_ul=10^9/L", "en")
    assert (typed.profile, typed.errors, typed.problems) == (None, {}, ("Fill in at least one field.",))


def test_a_form_is_encoded_once(client, monkeypatch):
    import responder.web.form as form

    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return encode_table(*arguments)

    monkeypatch.setattr(form, "encode_table", counted)
    monkeypatch.setattr("responder.score.profile.encode_table", None)
    assert client.post("/", data=FILLED).status_code == 200
    assert len(calls) == 1


def test_limits_follow_the_unit(good):
    typed = read_form(good, b"treg_per_ul=&unit.treg_per_ul=10^9/L", "en")
    field = next(field for field in form_fields(good, typed) if field.name == "treg_per_ul")
    assert field.unit == "10^9/L"
    assert field.limits["10^9/L"][:2] == (0.0005, 0.5)
    assert "0.0005 to 0.5 10⁹/L" in field.hints["10^9/L"]
    assert read_form(good, b"lang=xx", "en").lang == "en"


PARTS = ("score", "card", "reason", "conformal", "form", "docs", "rest", "answer", "scored_column")


@pytest.mark.parametrize("language", languages()[1:])
def test_every_language_says_the_same_things(language):
    """The same sentences with the same places; only a plural may have no singular beside it."""
    english, other = (
        {key: text for key, text in catalogue(code).items() if key.startswith(tuple(f"{part}." for part in PARTS))}
        for code in ("en", language)
    )
    assert {key for key in english if not key.endswith(".one")} == {key for key in other if not key.endswith(".one")}
    for key, text in other.items():
        assert sorted(re.findall(r"\{(\w*)", text)) == sorted(re.findall(r"\{(\w*)", english[key])), key
