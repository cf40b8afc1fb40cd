"""The whole answer for a profile as JSON types: what the command line, the REST service and batches all return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from responder.errors import DataRefusedError
from responder.score.bundle import Bundle
from responder.score.profile import EncodedProfile, EncodedTable, encode_profile
from responder.score.scorer import score_encoded
from responder.score.sensitivity import NOTHING_TO_CHANGE, changes_of
from responder.score.table import REFUSED

__all__ = ["answer_encoded", "answer_many", "answer_profile", "answer_rows", "bundle_identity"]


def answer_profile(
    bundle: Bundle, profile: Mapping[str, Any], *, show_anyway: bool = False, where: str = "profile"
) -> dict[str, Any]:
    """Return the score of a profile and what would change it.

    Raises
    ------
    DataRefusedError
        If the profile cannot be understood.
    """
    return answer_encoded(bundle, encode_profile(bundle, profile, where), show_anyway=show_anyway)


def answer_encoded(bundle: Bundle, encoded: EncodedProfile, *, show_anyway: bool = False) -> dict[str, Any]:
    """Answer for a profile that is understood already; see `answer_profile`."""
    score = score_encoded(bundle, encoded, show_anyway=show_anyway)
    changes = NOTHING_TO_CHANGE if score.probability is None else changes_of(bundle, encoded.values)
    return {**score.to_json(), "sensitivity": changes.to_json()}


def answer_many(
    bundle: Bundle, profiles: Iterable[tuple[str, Mapping[str, Any]]], *, show_anyway: bool = False
) -> list[dict[str, Any]]:
    """Return the answers for many profiles; one that cannot be understood is ``refused`` and spoils no other.

    Parameters
    ----------
    bundle : Bundle
    profiles : iterable of (str, Mapping)
        Where each comes from, and its traits.
    show_anyway : bool
        Give the numbers also where the bundle abstains.
    """
    return [
        _or_refused(lambda: encode_profile(bundle, profile, where), bundle, show_anyway)  # noqa: B023
        for where, profile in profiles
    ]


def answer_rows(
    bundle: Bundle, encoded: EncodedTable, where: str, *, show_anyway: bool = False
) -> list[dict[str, Any]]:
    """Return the answers for the rows of a table, as `answer_many` does for profiles."""
    return [
        _or_refused(lambda: encoded.row(row, f"{where}, row {row + 1}"), bundle, show_anyway)  # noqa: B023
        for row in range(len(encoded))
    ]


def _or_refused(understood: Callable[[], EncodedProfile], bundle: Bundle, show_anyway: bool) -> dict[str, Any]:
    try:
        return answer_encoded(bundle, understood(), show_anyway=show_anyway)
    except DataRefusedError as error:
        return {"decision": REFUSED, "error": error.to_json()}


def bundle_identity(bundle: Bundle) -> dict[str, str]:
    """Return which model answered."""
    return {"name": bundle.name, "study": bundle.study.id, "model": bundle.model.id}
