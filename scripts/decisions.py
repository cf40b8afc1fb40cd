"""Write the list of decision pages, docs/decisions/README.md, from their titles.

scripts/launch python scripts/decisions.py            # write
scripts/launch python scripts/decisions.py --check    # compare, as the tests do
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs/decisions"
HEAD = """\
# Decisions

One short page for each real decision: what was chosen, what against, and why. Numbers are those of the day it was made.

"""


def page() -> str:
    """Return the list, one line a page, in order."""
    lines = []
    for file in sorted(FOLDER.glob("[0-9]*.md")):
        title = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("#").strip()
        lines.append(f"- [{title}]({file.name})")
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    target = FOLDER / "README.md"
    if "--check" not in sys.argv[1:]:
        target.write_text(page(), encoding="utf-8")
    elif target.read_text(encoding="utf-8") != page():
        raise SystemExit("docs/decisions/README.md is out of date: scripts/launch python scripts/decisions.py")


if __name__ == "__main__":
    main()
