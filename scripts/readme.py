"""Fill the transcripts and the picture of both READMEs and the tutorials from a real run; a test holds them to it.

Run it from a project in which ``make train`` has been run: ``.venv/bin/python scripts/readme.py``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from responder.report import ReportInput, draw_all
from responder.report.style import png_bytes

ROOT = Path(__file__).resolve().parents[1]
TRANSCRIPT = re.compile(r"(```console\n\$ (.+?)\n)((?:.*?\n)??)(```)", re.DOTALL)


def main() -> None:
    """Train in a temporary copy, run what the README shows, and write what was printed."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name in ("experiments", "data"):
            shutil.copytree(ROOT / name, project / name)

        def printed(match: re.Match[str]) -> str:
            words = [sys.executable, "-m", "responder.cli.main", *match[2].split()[1:]]
            done = subprocess.run(words, cwd=project, capture_output=True, text=True, encoding="utf-8", check=False)
            if done.returncode not in (0, 5):
                sys.exit(done.stderr)
            return match[1] + done.stdout.rstrip("\n") + "\n" + match[4]

        for page in (ROOT / "README.zh.md", ROOT / "README.md", *sorted((ROOT / "docs/tutorials").glob("*.md"))):
            page.write_text(TRANSCRIPT.sub(printed, page.read_text(encoding="utf-8")), encoding="utf-8")
        picture = ROOT / "docs/images/attributions.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        source = ReportInput.from_folder(project / "runs/rp_ld_il2")
        picture.write_bytes(png_bytes(draw_all(source)["attributions"]))


if __name__ == "__main__":
    main()
