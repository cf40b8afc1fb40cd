"""What a column or a visit is for, by its name: telling patients apart, saying who responded, being the start."""

from __future__ import annotations

import re
from functools import lru_cache

from responder.names.coding import has_codes
from responder.names.fold import fold_name
from responder.names.timing import baseline_rank, same_visit, time_of, without_times
from responder.names.vocabulary import alternatives, vocabulary

__all__ = ["fold_id_name", "id_names", "says_response", "starts_treatment", "yes_is_response"]

_ANSWER = r"(?:yes|no|y|n|ja|nein|oui|non|si|0|1|是|否|有|无)"
_BRACKET = re.compile(rf"[(\[（【](?:{_ANSWER}\s*[/|,／]?\s*)+[)\]）】]", re.IGNORECASE)


@lru_cache(maxsize=1)
def id_names() -> tuple[str, ...]:
    """Return folded names of columns of patient ids, the surest first."""
    return tuple(map(fold_id_name, vocabulary()["ids"]["names"]))


def fold_id_name(name: str) -> str:
    """Return a folded name without the signs of a number: ``Nr.``, ``No.``, ``#`` and ``ID:`` are names of ids.

    Examples
    --------
    >>> fold_id_name("Pat.-Nr."), fold_id_name("ID:") in id_names()
    ('patnr', True)
    """
    return re.sub(r"[.#:：]", "", fold_name(name))


def says_response(name: str) -> bool:
    """Return whether a column is named like a response, as survival, ranks and times to an event are not.

    Examples
    --------
    >>> says_response("Responder"), says_response("疗效"), says_response("Ansprechen"), says_response("resp")
    (True, True, True, True)
    >>> says_response("pfs_months"), says_response("time to response"), says_response("C反应蛋白"), says_response("age")
    (False, False, False, False)
    """
    time = time_of(name)
    return time.kind == "afterwards" and _response().fullmatch(time.token.strip()) is not None


def yes_is_response(name: str) -> bool:
    """Return whether yes in a column of this name is plainly a response: every word of it says so or says nothing.

    Times and a unit in brackets are left aside. One word of another meaning (``inadequate response``, ``outcome``), or
    a code (``response (no=1)``), is a doubt.

    Examples
    --------
    >>> [yes_is_response(name) for name in ("Responder", "complete response", "疗效", "Ansprechen")]
    [True, True, True, True]
    >>> [yes_is_response(name) for name in ("response_w12", "ACR20 response at week 12", "Responder (yes/no)")]
    [True, True, True]
    >>> [yes_is_response(name) for name in ("non_responder", "loss of response", "未缓解", "outcome_death")]
    [False, False, False, False]
    """
    if has_codes(name):
        return False
    text = without_times(_BRACKET.sub(" ", name))
    affirmed = _affirmed().sub(" ", text)
    return affirmed != text and not _neutral().sub(" ", affirmed).strip()


def starts_treatment(visit: str, declared: str) -> bool:
    """Return whether a visit is before treatment: the one declared to be baseline, or one whose name says so.

    Examples
    --------
    >>> starts_treatment("dose_1", "dose_1"), starts_treatment("screening", "dose_1"), starts_treatment("dose_2", "")
    (True, True, False)
    """
    return (bool(declared) and same_visit(visit, declared)) or baseline_rank(visit) is not None


@lru_cache(maxsize=1)
def _response() -> re.Pattern[str]:
    return alternatives(vocabulary()["response"]["names"])


@lru_cache(maxsize=1)
def _affirmed() -> re.Pattern[str]:
    return alternatives(vocabulary()["response"]["affirmed"])


@lru_cache(maxsize=1)
def _neutral() -> re.Pattern[str]:
    return alternatives(vocabulary()["response"]["neutral"])
