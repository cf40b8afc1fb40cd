"""The page as a person meets it, in a browser: nothing is fetched, nothing fails, all can be read and reached."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["page", "ranged_page"])
def address(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(request.getfixturevalue(request.param), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def open_page(browser, address):
    tabs = []

    def opened(width=1280, height=900):
        tab = browser.new_page(viewport={"width": width, "height": height})
        tab.asked, tab.faults = [], []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.on("console", lambda message: tab.faults.append(message.text))
        tab.goto(address)
        tabs.append(tab)
        return tab

    yield opened
    for tab in tabs:
        tab.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_fetched_and_nothing_fails(open_page, address, width):
    tab = open_page(width)
    assert tab.asked == [address]
    assert tab.faults == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_never_scrolls_sideways(open_page, width):
    assert open_page(width).evaluate("document.documentElement.scrollWidth") <= width


def test_the_verdict_is_seen_without_scrolling_on_a_phone(open_page):
    box = open_page(390, 844).locator(".sentence").bounding_box()
    assert box["y"] + box["height"] < 844


def test_all_text_has_contrast(open_page):
    """WCAG 2.2, 1.4.3, computed from what the browser draws; figures are tested where they are drawn."""
    poor = open_page().evaluate(
        """() => {
          const channel = v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
          const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
          const parts = c => c.match(/[\\d.]+/g).map(Number);
          const ground = e => {
            for (; e; e = e.parentElement) {
              const c = parts(getComputedStyle(e).backgroundColor);
              if (c.length < 4 || c[3] > 0) return c;
            }
            return [255, 255, 255];
          };
          const poor = [];
          for (const e of document.querySelectorAll("body *:not(svg):not(svg *)")) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
            const pair = [light(parts(getComputedStyle(e).color)), light(ground(e))].sort((a, b) => b - a);
            if ((pair[0] + .05) / (pair[1] + .05) < 4.5) poor.push(e.tagName + ": " + e.textContent.slice(0, 40));
          }
          return poor;
        }"""
    )
    assert poor == []


def test_structure_for_readers_that_cannot_see(open_page):
    found = open_page().evaluate(
        """() => ({
          language: document.documentElement.lang,
          title: document.title,
          mains: document.querySelectorAll("main").length,
          unnamed: [...document.querySelectorAll("svg")].filter(e => !e.getAttribute("aria-label")).length,
          tables: [...document.querySelectorAll("table")].filter(
            t => !t.caption && !t.closest("[aria-label]")).length,
          headless: [...document.querySelectorAll("table")].filter(
            t => t.querySelectorAll("thead th[scope=col]").length !== t.rows[0].cells.length).length,
          unreachable: [...document.querySelectorAll(".scroll")].filter(e => e.tabIndex !== 0).length,
          unlabelled: [...document.querySelectorAll("section")].filter(
            e => !document.getElementById(e.getAttribute("aria-labelledby"))).length,
        })"""
    )
    assert found.pop("title")
    assert found == {
        "language": "en", "mains": 1, "unnamed": 0, "tables": 0, "headless": 0, "unreachable": 0, "unlabelled": 0,
    }  # fmt: skip


def test_the_keyboard_reaches_content_and_folds(open_page):
    tab = open_page()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    fold = tab.locator("details").first
    fold.locator("summary").focus()
    tab.keyboard.press("Enter")
    assert fold.evaluate("e => e.open")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_words_of_figures_stay_inside(open_page):
    """Whatever font stands in for the one that the layout was made with, no word leaves its figure."""
    outside = open_page().evaluate(
        """() => [...document.querySelectorAll("figure svg")].flatMap(svg => {
          const box = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter(t => {
            const b = t.getBoundingClientRect();
            return b.width && (b.left < box.left - 2 || b.right > box.right + 2);
          }).map(t => t.textContent);
        })"""
    )
    assert outside == []


def test_it_prints_whole(open_page):
    """What is folded on screen is there on paper."""
    pdf = open_page().pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", pdf))
    assert pdf.startswith(b"%PDF")
    assert 8 <= pages <= 14
