"""The pages in Chromium: by clicks from a file to a plan, in both languages, on a desktop and a phone."""

import threading
import time

import pytest
from tests.workbench.conftest import TABLE

from responder.web.server import Address, run_app
from responder.words import say
from responder.workbench import create_workbench

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@pytest.fixture
def link(bench):
    """The link of a workbench behind a real socket."""
    told = []
    arguments = (create_workbench(bench), Address(port=0), told.append)
    threading.Thread(target=run_app, args=arguments, daemon=True).start()
    deadline = time.monotonic() + 60
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    return f"{told[0]}{bench.door.link}"


@pytest.mark.parametrize(("language", "viewport"), [("en", DESKTOP), ("zh", PHONE)], ids=["desktop", "phone"])
def test_by_clicks_from_a_file_to_a_plan(browser, link, project, language, viewport):
    (project / "cohort.csv").write_text(TABLE, encoding="utf-8")
    context, complaints = browser.new_context(viewport=viewport, color_scheme="dark"), []
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def fits():
        return page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]

    def press(selector):
        with page.expect_navigation(wait_until="load"):
            page.click(selector)
        assert fits(), page.url

    page.goto(f"{link}&lang={language}")
    page.wait_for_url("**/")
    assert page.inner_text("h1") == say("workbench.choose.head", language)
    page.set_input_files("#table", project / "cohort.csv")
    press("button.main")
    press("a.button.main")
    press("#open button.main")  # the suggestions of titles are accepted
    assert "12" in page.inner_text("#check .lead")
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
