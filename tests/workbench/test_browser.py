"""The pages in Chromium: by clicks from a file to a plan, in both languages, on a desktop and a phone."""

import threading
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.workbench.conftest import TABLE

from responder.web.server import Address, run_app
from responder.words import say
from responder.workbench import Door, create_workbench
from responder.workbench.bench import Bench

pytestmark = pytest.mark.browser

axe = Axe()
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


AS_SEEN = pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [("en", DESKTOP, "light"), ("zh", PHONE, "dark")],
    ids=["desktop", "phone"],
)
LATER = (
    "read", "explain?row=2", "what-if", "score", "tables", "eligible?study=0", "do/trial", "do/plan", "do/landmark",
    "train",
)  # fmt: skip


def hold(page):
    """Hold a page, all of it unfolded, to its width and to axe's rules."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = axe.run(page).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == [], page.url


def served(bench):
    """Return the link of a workbench behind a real socket."""
    told = []
    arguments = (create_workbench(bench), Address(port=0), told.append)
    threading.Thread(target=run_app, args=arguments, daemon=True).start()
    deadline = time.monotonic() + 60
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    return f"{told[0]}{bench.door.link}"


@AS_SEEN
def test_by_clicks_from_a_file_to_a_plan(browser, bench, project, language, viewport, scheme):
    (project / "cohort.csv").write_text(TABLE, encoding="utf-8")
    context, complaints = browser.new_context(viewport=viewport, color_scheme=scheme), []
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def press(selector):
        with page.expect_navigation(wait_until="load"):
            page.click(selector)
        hold(page)

    page.goto(f"{served(bench)}&lang={language}")
    page.wait_for_url("**/")
    assert page.inner_text("h1") == say("workbench.choose.head", language)
    hold(page)
    page.set_input_files("#table", project / "cohort.csv")
    press("button.main")
    press("a.button.main")
    page.fill("[id='q-intervention']", "IL-2")
    page.press("[id='q-intervention']", "Tab")  # is checked at once, and no other suggestion is accepted
    page.wait_for_selector("#answered")
    assert page.locator("#open .question").count() == 3
    assert page.evaluate("document.activeElement.id") == "q-population"
    press("#open button.main")  # the suggestions of titles are accepted
    assert "12" in page.inner_text("#check .lead")
    page.select_option("#t-treg_per_ul-expected", "higher")
    page.wait_for_selector(
        "#main:not([aria-busy]) #t-treg_per_ul-expected option[value=higher][selected]", state="attached"
    )
    assert "[[hypothesis]]" in (project / "workbench/cohort/study.toml").read_text(encoding="utf-8")
    press("#check a.button.main")
    assert page.locator("input[name=trait]:checked").count() == 4
    page.focus("#seed")
    page.keyboard.type("7")  # 72025 or 20257, and Enter saves
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    assert "seed = " in (project / "workbench/cohort/cohort.toml").read_text(encoding="utf-8")
    cookies = context.cookies()
    context.close()
    assert complaints == []
    assert cookies
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in cookies)


@AS_SEEN
def test_every_page_of_what_was_trained(browser, finished, monkeypatch, language, viewport, scheme):
    monkeypatch.chdir(finished)
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{served(Bench.of_project(Path(), Door('the-key')))}&lang={language}")
    page.wait_for_url("**/")
    origin = page.url.rstrip("/")
    for address in (*(f"/w/rp_ld_il2/{one}" for one in LATER), "/compare", "/everything"):
        assert page.goto(origin + address).status == 200
        hold(page)
    context.close()
