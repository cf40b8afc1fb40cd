"""The files beside a page: JSON, tables and the page itself, each written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from responder.files import write_atomically

__all__ = ["files_of_patients", "json_text", "write_texts"]


def json_text(content: Any) -> str:
    """Return JSON for people to read; a number that is not finite is refused, not written."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write each text under its name into a folder, and return the files."""
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return [folder / name for name in texts]


def files_of_patients(folder: Path) -> list[str]:
    """Return which files of a run hold rows or ids of single patients: pages, tables by patient, and figures."""
    names = sorted(path.name for path in folder.glob("*"))
    pages = [name for name in names if name.endswith((".html", ".md")) and "_shareable" not in name]
    return [*pages, *(name for name in names if name.endswith(".csv") and _is_by_patient(folder / name)), "figures/"]


def _is_by_patient(table: Path) -> bool:
    with table.open(encoding="utf-8") as lines:
        return "patient_id" in lines.readline().strip().split(",")
