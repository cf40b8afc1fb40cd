"""The form in Chromium: typing, units, mistakes, both languages, phone and desktop, keyboard, print, no script."""

import json
from contextlib import contextmanager

import pytest

from responder.score import score_profile
from responder.words import say

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1100, "height": 800}, {"width": 390, "height": 800}


@pytest.fixture
def url(serving, good):
    return serving(good)


@pytest.fixture
def open_page(browser):
    """A function that opens a page in a fresh context; whatever the page complains of fails the test."""
    contexts, complaints = [], []

    def open_at(address, viewport=DESKTOP, **settings):
        context = browser.new_context(viewport=viewport, locale="en-GB", **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(address[:16]) else complaints.append(r.url))
        page.goto(address)
        return page

    yield open_at
    cookies = [cookie for context in contexts for cookie in context.cookies()]
    for context in contexts:
        context.close()
    assert cookies == []
    assert [text for text in complaints if "422" not in text] == []  # the status of a form to be mended is told


@contextmanager
def next_page(page, awaited):
    """What is done inside leads to another page: it is there when its script has run, not when its first element is."""
    with page.expect_navigation(wait_until="load"):
        yield
    page.wait_for_selector(awaited)


def send(page, awaited="#result"):
    with next_page(page, awaited):
        page.click("button.main")


def fill(page):
    page.check("input[name=organs][value=ear_nose]")
    page.fill("#f-rpdai", "12")
    page.fill("#f-disease_duration_years", "24")
    page.select_option("#u-disease_duration_years", "months")
    page.fill("#f-prednisone_mg_per_day", "15")
    page.fill("#f-treg_per_ul", "22")
    page.fill("#f-tcon_per_ul", "550")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_from_the_empty_form_to_the_score(open_page, url, good, lang, viewport):
    page = open_page(f"{url}/?lang={lang}", viewport)
    fill(page)
    send(page)
    profile = {"organs": "ear", "rpdai": 12, "duration": 2, "prednisone": 15, "treg": 22, "tcon": 550}
    score = score_profile(good, profile)
    assert page.inner_text("#result-head") == say("form.scored", lang)
    assert page.inner_text(".answer") == f"{score.probability:.0%}"
    assert page.locator(".steps tbody tr").count() == len(score.attributions) + 2
    assert page.evaluate("document.activeElement.id") == "result"
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]  # nothing to scroll sideways
    assert page.input_value("#f-disease_duration_years") == "24"
    # the drawing says the same: the mark stands at the probability
    x = float(page.get_attribute("svg.scale line.mark", "x1"))
    assert x == pytest.approx(100 * score.probability)


def test_the_language_can_be_changed_on_the_way(open_page, url):
    page = open_page(url + "/")
    page.fill("#f-rpdai", "12")
    with next_page(page, "html[lang=zh-Hans]"):
        page.click("button.language")
    assert page.input_value("#f-rpdai") == "12"
    with next_page(page, "html[lang=en]"):
        page.click("button.language")
    assert page.input_value("#f-rpdai") == "12"


def test_what_is_typed_is_checked_at_once(open_page, url):
    page = open_page(url + "/")
    live = page.locator("#l-treg_per_ul")
    for typed, words, state in [
        ("abc", "Enter a number", "wrong"),
        ("2,500", "decimal point", "wrong"),
        ("0.02", "plausible", "wrong"),
        ("300", "Outside the training cohort", "care"),
    ]:
        page.fill("#f-treg_per_ul", typed)
        assert words in live.inner_text()
        assert state in live.get_attribute("class")
        assert page.get_attribute("#f-treg_per_ul", "aria-invalid") == ("true" if state == "wrong" else None)
    page.fill("#f-treg_per_ul", "0.02")
    page.select_option("#u-treg_per_ul", "10^9/L")
    assert not live.is_visible()
    assert "0.0005 to 0.5" in page.inner_text("#h-treg_per_ul")
    page.fill("#f-rpdai", "9.5")
    assert "whole number" in page.inner_text("#l-rpdai")


def test_none_of_these_excludes_the_others(open_page, url):
    page = open_page(url + "/")
    page.check("input[name=organs][value=airway]")
    page.check("input[name=organs][value=none]")
    assert not page.is_checked("input[name=organs][value=airway]")
    page.check("input[name=organs][value=airway]")
    assert not page.is_checked("input[name=organs][value=none]")


def test_mistakes_come_back_with_the_focus_on_them(open_page, url):
    page = open_page(url + "/")
    fill(page)
    page.fill("#f-rpdai", "900")
    send(page, "#errors")
    assert page.evaluate("document.activeElement.id") == "errors"
    page.click("#errors a")
    assert page.evaluate("document.activeElement.id") == "f-rpdai"
    page.fill("#f-rpdai", "12")
    send(page)


def test_missing_traits_and_abstention(open_page, serving, silent):
    page = open_page(serving(silent) + "/")
    page.fill("#f-rpdai", "9")
    send(page, "#result.abstained")
    text = page.inner_text("#result")
    assert "67%" in text
    assert "More than half of the traits are missing" in text
    assert page.locator("svg").count() == 0
    page.check("input[name=show_anyway]")
    send(page, ".anyway-warning")
    assert page.locator("svg.scale").count() == 1


def test_the_keyboard_suffices(open_page, url):
    page = open_page(url + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.className"))
        if reached[-1] == "main":
            break
    assert {"switch", "organs", "rpdai", "unit.treg_per_ul", "show_anyway", "main"} <= set(reached)
    assert "first" not in reached
    page.focus("#f-rpdai")
    page.keyboard.type("12")
    with next_page(page, "#result"):
        page.keyboard.press("Enter")  # scores, and does not change the language
    assert page.get_attribute("html", "lang") == "en"


def test_without_a_script(open_page, url):
    page = open_page(url + "/", java_script_enabled=False)
    fill(page)
    send(page)
    assert page.inner_text("#result-head") == say("form.scored")
    assert not page.is_visible("#print")


def test_in_print_the_answer_stays_and_the_buttons_go(open_page, url):
    page = open_page(url + "/")
    fill(page)
    send(page)
    assert page.is_visible("#print")
    page.emulate_media(media="print")
    assert not page.is_visible("button.main")
    assert page.is_visible(".answer")
    assert page.is_visible(".research")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_documentation_page(open_page, url, lang, viewport):
    page = open_page(f"{url}/docs?lang={lang}", viewport)
    assert page.inner_text("h1") == say("docs.title", lang)
    assert "POST /v1/score" in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    example = page.inner_text("pre").split("-d '")[1].rstrip("'")
    answer = page.request.post(url + "/v1/score", data=json.loads(example))
    assert answer.status == 200
