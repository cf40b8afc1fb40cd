"""The whole answer for a profile as JSON types: what the command line, the REST service and batches all return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from responder.errors import DataRefusedError
from responder.score.bundle import Bundle
from responder.score.profile import PROFILE, EncodedProfile, EncodedTable, encode_profile
from responder.score.scorer import score_encoded
from responder.score.sensitivity import NOTHING_TO_CHANGE, changes_of
from responder.score.table import REFUSED
from responder.words import Phrase, Spoken

__all__ = ["answer_encoded", "answer_many", "answer_profile", "answer_rows", "bundle_identity"]


def answer_profile(
    bundle: Bundle,
    profile: Mapping[str, Any],
    *,
    show_anyway: bool = False,
    where: str | Spoken = PROFILE,
    language: str = "en",
) -> dict[str, Any]:
    """Return the score of a profile and what would change it, said in a language.

    Raises
    ------
    DataRefusedError
        If the profile cannot be understood.
    """
    encoded = encode_profile(bundle, profile, where)
    return answer_encoded(bundle, encoded, show_anyway=show_anyway, language=language)


def answer_encoded(
    bundle: Bundle, encoded: EncodedProfile, *, show_anyway: bool = False, language: str = "en"
) -> dict[str, Any]:
    """Answer for a profile that is understood already; see `answer_profile`."""
    score = score_encoded(bundle, encoded, show_anyway=show_anyway)
    changes = NOTHING_TO_CHANGE if score.probability is None else changes_of(bundle, encoded.values)
    return {**score.to_json(language), "sensitivity": changes.to_json()}


def answer_many(
    bundle: Bundle,
    profiles: Iterable[tuple[str | Spoken, Mapping[str, Any]]],
    *,
    show_anyway: bool = False,
    language: str = "en",
) -> list[dict[str, Any]]:
    """Return the answers for many profiles; one that cannot be understood is ``refused`` and spoils no other.

    Parameters
    ----------
    bundle : Bundle
    profiles : iterable of (str or Phrase, Mapping)
        Where each comes from, and its traits.
    show_anyway : bool
        Give the numbers also where the bundle abstains.
    language : str
        Of the sentences.
    """
    return [
        _or_refused(lambda: encode_profile(bundle, profile, where), bundle, show_anyway, language)  # noqa: B023
        for where, profile in profiles
    ]


def answer_rows(
    bundle: Bundle, encoded: EncodedTable, where: str | Spoken, *, show_anyway: bool = False, language: str = "en"
) -> list[dict[str, Any]]:
    """Return the answers for the rows of a table, as `answer_many` does for profiles."""
    return [
        _or_refused(lambda: encoded.row(row, _place(where, row)), bundle, show_anyway, language)  # noqa: B023
        for row in range(len(encoded))
    ]


def _place(where: str | Spoken, row: int) -> Phrase:
    return Phrase("place.profile_row", {"where": where, "row": row + 1})


def _or_refused(
    understood: Callable[[], EncodedProfile], bundle: Bundle, show_anyway: bool, language: str
) -> dict[str, Any]:
    try:
        return answer_encoded(bundle, understood(), show_anyway=show_anyway, language=language)
    except DataRefusedError as error:
        return {"decision": REFUSED, "error": error.to_json(language)}


def bundle_identity(bundle: Bundle) -> dict[str, str]:
    """Return which model answered."""
    return {"name": bundle.name, "study": bundle.study.id, "model": bundle.model.id}
