"""The documentation builds as a site without a warning: a broken link or anchor is one."""

import subprocess
import sys

import pytest


def test_site_builds_offline_and_every_link_leads_somewhere(root, tmp_path):
    pytest.importorskip("material")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path / "site")]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=None)
    assert built.returncode == 0, built.stderr
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    assert {"index.html", "commands.html", "packages.html", "decisions/index.html"} <= pages


def test_list_of_decisions_is_complete(root):
    subprocess.run([sys.executable, "scripts/decisions.py", "--check"], cwd=root, check=True)
