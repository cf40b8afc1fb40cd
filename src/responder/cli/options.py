"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from responder.cli.settled import settled
from responder.errors import UsageError

if TYPE_CHECKING:
    from responder.study import Study

__all__ = [
    "bundle_option",
    "one_study",
    "pairs",
    "reading_options",
    "study_option",
    "trained_bundle",
    "use_one_thread",
    "words",
]

DEFAULT_BUNDLE = "models/rp_ld_il2"
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
F = TypeVar("F", bound=Callable[..., Any])


def study_option(function: F) -> F:
    """Give a command ``--study``; see `one_study`."""
    return click.option("--study", metavar="S")(function)


def reading_options(function: F) -> F:
    """Give a command the options that say how its table is read, as one `ReadOptions` named ``options``."""

    @click.option("--sheet", metavar="NAME", default="")
    @click.option("--encoding", metavar="NAME", default="")
    @click.option("--join", multiple=True, metavar="FILE[:KEY[=PATTERN]]")
    @click.option("--where", multiple=True, metavar="COL=VALUE")
    @functools.wraps(function)
    def run(*args: Any, sheet: str, encoding: str, join: tuple[str, ...], where: tuple[str, ...], **kwargs: Any) -> Any:
        from responder.cohort.table import ReadOptions

        options = ReadOptions(encoding=encoding, sheet=sheet, join=join, where=pairs(where, "--where"))
        return function(*args, options=options, **kwargs)

    return cast("F", run)


def bundle_option(function: F) -> F:
    """Give a command ``--bundle``; see `trained_bundle`."""
    return click.option("--bundle", "bundle_path", metavar="DIR")(function)


def trained_bundle(given: str | None) -> Path:
    """Return the folder of the bundle named, or of the reference one; see also `use_one_thread`.

    Raises
    ------
    UsageError
        If none is named and the reference model is not trained yet.
    """
    from responder.project import project_root

    use_one_thread()
    if given is not None:
        return settled(Path(given))
    path = settled(project_root() / DEFAULT_BUNDLE)
    if not path.is_dir():
        raise UsageError("no_reference_model", where=DEFAULT_BUNDLE)
    return path


def use_one_thread() -> None:
    """Give the linear algebra library one thread unless the user says otherwise; call it before NumPy is imported.

    Scoring multiplies matrices too slim to be shared out: with more threads it starts later and runs slower.
    """
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


def one_study(name: str | None) -> Study:
    """Return the study named, or the reference study.

    Raises
    ------
    ConfigError
        If there is no such study.
    """
    from responder.study import REFERENCE_STUDY, load_study

    return load_study(name or REFERENCE_STUDY)


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read ``name=value`` texts.

    Raises
    ------
    UsageError
        If a text has no ``=``, no name, or a name comes twice.

    Examples
    --------
    >>> pairs(["vaccine=Prevnar-13", "day=0"], "--where")
    {'vaccine': 'Prevnar-13', 'day': '0'}
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise UsageError("not_name_value", where=option, text=text, option=option)
        if name in found:
            raise UsageError("given_twice", where=option, name=name)
        found[name] = value
    return found


def words(text: str | None) -> list[str] | None:
    """Read a comma-separated list; None where the option is not given.

    Examples
    --------
    >>> words("organs, rpdai"), words(None)
    (['organs', 'rpdai'], None)
    """
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]
