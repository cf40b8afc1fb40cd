"""The workbench in Chromium: a sheet of fourteen patients from drop to report, and how fast large tables are drawn.

``python benchmarks/workbench.py`` prints clicks, answers and seconds of the whole way, whether the commands that the
last page shows give the same ``result.json`` byte for byte, the time of the first page, and that of every step of a
table of 2,000 rows and 200 columns, in the server and in the browser. ``--quick`` trains two models with few labelings.
"""

from __future__ import annotations

import argparse
import html
import os
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import openpyxl
from playwright.sync_api import Page, sync_playwright

from responder.web.server import Address, run_app
from responder.workbench import Door, create_workbench
from responder.workbench.bench import Bench

HEADERS = ("编号", "性别", "年龄(岁)", "病程(月)", "超敏C反应蛋白(mg/L)", "Treg(个/μL)", "疗效")
QUICK = {
    "RESPONDER_BOOTSTRAP__DRAWS": "20",
    "RESPONDER_PERMUTATION__DRAWS": "99",
    "RESPONDER_VALIDATION__TOURNAMENT": "false",
    "RESPONDER_MODELS": '["prevalence", "ridge:0.1"]',
    "RESPONDER_TRACKING__ENABLED": "false",
}
MOST_SECONDS = 600


class Hand:
    """Clicks, and counts them; what answers a question is counted apart."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.answers = 0

    def click(self, selector: str) -> None:
        self.clicks += 1
        with self.page.expect_navigation(wait_until="load"):
            self.page.click(selector)

    def tick(self, selector: str) -> None:
        self.answers += 1
        self.page.check(selector)
        self.page.wait_for_selector("#main:not([aria-busy])")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    wanted = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    os.environ |= QUICK if wanted.quick else {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        project = _project(Path(folder) / "project")
        os.chdir(project)
        bench, link = _served()
        root = hasattr(os, "geteuid") and not os.geteuid()
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"] if root else []
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        page.goto(f"{link}{bench.door.link}&lang=zh")
        page.wait_for_url("**/")
        _first_page(page)
        _whole_way(page, Path(folder))
        _large(page, link, Path(folder))
        browser.close()


def _project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "responder"\n', encoding="utf-8")
    return folder


def _served() -> tuple[Bench, str]:
    bench, told = Bench.of_project(Path(), Door("key"), "zh"), []
    arguments = (create_workbench(bench), Address(port=0), told.append)
    threading.Thread(target=run_app, args=arguments, daemon=True).start()
    while not told:
        time.sleep(0.01)
    return bench, told[0].rstrip("/") + "/"


def _first_page(page: Page) -> None:
    spans = []
    for _ in range(10):
        page.reload(wait_until="load")
        spans.append(_timing(page))
    answered, loaded = (sorted(span[at] for span in spans)[len(spans) // 2] for at in (0, 1))
    print(f"first page (median of 10): answered in {answered:.0f} ms, loaded in {loaded:.0f} ms")


def _timing(page: Page) -> tuple[float, float]:
    """Return milliseconds until the answer was there, and until the page was drawn."""
    entry = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    return entry["responseEnd"] - entry["requestStart"], entry["loadEventEnd"] - entry["startTime"]


def _whole_way(page: Page, folder: Path) -> None:
    sheet, hand, start = _sheet(folder / "患者.xlsx"), Hand(page), time.perf_counter()
    page.set_input_files("#table", sheet)  # the drop
    hand.click("form[action='/add'] button.main")
    hand.click("a.button.main")
    hand.tick("#open input[value='有效']")
    hand.click("#open button.main")
    hand.click("#check a.button.main")
    hand.click("form[action$='/start'] button.main")
    page.wait_for_selector("[data-state=done]", timeout=1000 * MOST_SECONDS)
    hand.click("a.button.main")
    page.frame_locator("iframe.report").locator("h1").first.wait_for()
    seconds = time.perf_counter() - start
    print(f"from drop to report: {hand.clicks} clicks beside {hand.answers} answers, {seconds:.0f} s with the training")
    commands = html.unescape(page.inner_html("#commands-head ~ pre code")).strip().splitlines()
    name = page.url.split("/w/")[1].split("/")[0]
    _by_commands(commands[:3], name, folder)


def _by_commands(commands: list[str], name: str, folder: Path) -> None:
    """Run the commands of the last page in an empty project, and compare what they leave."""
    here, other = Path.cwd(), _project(folder / "commands")
    table = next((here / f"workbench/{name}/table").iterdir())
    kept = other / table.relative_to(here)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(table.read_bytes())
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "responder.cli.main", *shlex.split(command)[1:]], cwd=other, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{command}\n{done.stderr}")
    for file in (f"workbench/{name}/study.toml", f"workbench/{name}/{name}.toml", f"runs/{name}/result.json"):
        same = (here / file).read_bytes() == (other / file).read_bytes()
        print(f"{file}: {'the same' if same else 'NOT the same'} by clicks and by commands")


def _sheet(path: Path) -> Path:
    draw, book = np.random.default_rng(14), openpyxl.Workbook()
    book.active.append(HEADERS)
    for number in range(1, 15):
        effective = number % 5 not in {0, 3}
        numbers = (int(draw.integers(24, 70)), int(draw.integers(6, 90)), round(float(draw.uniform(1, 40)), 1))
        row = ("男女"[draw.integers(2)], *numbers, int(draw.integers(9, 40)) + 6 * effective)
        book.active.append((f"RP{number:02d}", *row, "有效" if effective else "无效"))
    book.save(path)
    return path


def _large(page: Page, link: str, folder: Path, rows: int = 2000, columns: int = 200) -> None:
    draw, table = np.random.default_rng(7), folder / "large.csv"
    lines = [",".join(["patient_id", *(f"marker_{at:03d}" for at in range(columns - 2)), "responder"])]
    for number in range(rows):
        numbers = (f"{value:.2f}" for value in draw.normal(50, 12, columns - 2))
        lines.append(",".join([f"P{number:04d}", *numbers, ("yes", "no")[draw.integers(2)]]))
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page.goto(link)
    page.set_input_files("#table", table)
    print(f"{rows:,} rows, {columns} columns:")
    for step, selector in (
        ("choose", "form[action='/add'] button.main"),
        ("describe", "a.button.main"),
        ("save and check", "#open button.main"),
        ("commit", "#check a.button.main"),
    ):
        page.set_default_timeout(1000 * MOST_SECONDS)
        with page.expect_navigation(wait_until="load", timeout=1000 * MOST_SECONDS):
            page.click(selector)
        answered, loaded = _timing(page)
        nodes = page.evaluate("document.querySelectorAll('*').length")
        start = time.perf_counter()
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        scrolled = 1000 * (time.perf_counter() - start)
        print(
            f"  {step}: answered in {answered:,.0f} ms, drawn {loaded - answered:,.0f} ms later, {nodes:,} elements, "
            f"scrolled to its end in {scrolled:.0f} ms"
        )


if __name__ == "__main__":
    main()
