"""Which code this is, and which dependencies it was locked with."""

from __future__ import annotations

import hashlib
import subprocess
from functools import lru_cache
from pathlib import Path

from responder import __version__

__all__ = ["code_version", "lock_digest", "source_root"]


def source_root() -> Path | None:
    """Return the checkout that the package runs from, or None where it is installed elsewhere."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() else None


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return the package version with the commit, and ``+changed`` where the tree differs from it."""
    root = source_root()
    if root is None or not (root / ".git").exists():
        return __version__
    try:
        commit = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "src", "requirements.lock")
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{commit}{'.changed' if changed else ''}"


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    # fixed words only: nothing that a user typed reaches this command
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()  # noqa: S603


def lock_digest() -> str:
    """Return the SHA-256 of the dependency lock, or ``unknown`` outside a checkout."""
    root = source_root()
    lock = root / "requirements.lock" if root else None
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock and lock.is_file() else "unknown"
