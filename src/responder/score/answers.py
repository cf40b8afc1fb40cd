"""The whole answer for a profile as JSON types: what the command line, the REST service and batches all return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from responder.errors import DataRefusedError
from responder.score.bundle import Bundle
from responder.score.profile import encode_profile
from responder.score.scorer import score_encoded
from responder.score.sensitivity import NOTHING_TO_CHANGE, changes_of
from responder.score.table import REFUSED

__all__ = ["answer_many", "answer_profile", "bundle_identity"]


def answer_profile(
    bundle: Bundle, profile: Mapping[str, Any], *, show_anyway: bool = False, where: str = "profile"
) -> dict[str, Any]:
    """Return the score of a profile and what would change it.

    Raises
    ------
    DataRefusedError
        If the profile cannot be understood.
    """
    encoded = encode_profile(bundle, profile, where)
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
    answers = []
    for where, profile in profiles:
        try:
            answers.append(answer_profile(bundle, profile, show_anyway=show_anyway, where=where))
        except DataRefusedError as error:
            answers.append({"decision": REFUSED, "error": error.to_json()})
    return answers


def bundle_identity(bundle: Bundle) -> dict[str, str]:
    """Return which model answered."""
    return {"name": bundle.name, "study": bundle.study.id, "model": bundle.model.id}
