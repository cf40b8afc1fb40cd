"""Find and read a study: one that ships with the package, by its id, or any TOML file, by its path."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from responder.errors import ConfigError, did_you_mean
from responder.study.model import Study
from responder.study.questions import OpenQuestionsError, find_questions
from responder.toml_file import parse_model, read_toml
from responder.words import Phrase

__all__ = ["REFERENCE_STUDY", "load_study", "shipped_studies", "study_digest"]

LIBRARY = Path(__file__).parent / "library"
REFERENCE_STUDY = "rp-ld-il2"
"""The shipped study that is meant where none is named."""


def shipped_studies() -> tuple[str, ...]:
    """Return the ids of the studies that ship with the package."""
    return tuple(sorted(path.stem for path in LIBRARY.glob("*.toml")))


def study_path(name: str, beside: Path | None = None) -> Path:
    """Return the file of a study given by id or path; a relative path is also sought beside another file."""
    if name.endswith(".toml"):
        candidate = Path(name)
        if beside is not None and not candidate.is_absolute() and (beside / candidate).is_file():
            return beside / candidate
        return candidate
    path = LIBRARY / f"{name}.toml"
    if not path.is_file():
        near = did_you_mean(name, shipped_studies())
        shipped = Phrase("place.shipped_studies", {"names": list(shipped_studies())})
        raise ConfigError("no_study", where=shipped, hint=near or "", name=name)
    return path


@lru_cache(maxsize=32)
def _read(path: Path, _modified_ns: int) -> Study:
    content = read_toml(path)
    questions = find_questions(content)
    if questions:
        raise OpenQuestionsError(questions, str(path))
    return parse_model(content, Study, str(path))


def load_study(name: str, beside: Path | None = None) -> Study:
    """Read a study.

    Parameters
    ----------
    name : str
        The id of a shipped study, or the path of a TOML file.
    beside : Path, optional
        Folder in which a relative path is sought first.

    Returns
    -------
    Study
        The validated study.

    Raises
    ------
    ConfigError
        If there is no such study, or the file is not a valid one.
    OpenQuestionsError
        If questions of its draft are not answered yet.

    Examples
    --------
    >>> load_study("rp-ld-il2").id
    'rp-ld-il2'
    """
    path = study_path(name, beside)
    return _read(path.resolve(), path.stat().st_mtime_ns if path.is_file() else 0)


def study_digest(study: Study) -> str:
    """Return the SHA-256 of a study's content, so that a result can say which description it used."""
    return hashlib.sha256(study.model_dump_json(by_alias=True).encode()).hexdigest()
