"""What a column or a visit is for, by its name: telling patients apart, saying who responded, being the start."""

from __future__ import annotations

import re
from functools import lru_cache

from responder.names.fold import fold_name
from responder.names.timing import baseline_rank, same_visit, time_of
from responder.names.vocabulary import alternatives, plain, vocabulary

__all__ = ["id_names", "says_response", "starts_treatment", "yes_is_response"]


@lru_cache(maxsize=1)
def id_names() -> tuple[str, ...]:
    """Return folded names of columns of patient ids, the surest first."""
    return tuple(re.sub(r"[.#:]", "", fold_name(name)) for name in vocabulary()["ids"]["names"])


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
    """Return whether yes in a column of this name is plainly a response: its name says so and denies nothing.

    Examples
    --------
    >>> [yes_is_response(name) for name in ("Responder", "complete response", "疗效", "Ansprechen")]
    [True, True, True, True]
    >>> [yes_is_response(name) for name in ("non_responder", "loss of response", "未缓解", "relapse")]
    [False, False, False, False]
    """
    return says_response(name) and not _denial().search(plain(name).replace("_", " "))


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
def _denial() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, vocabulary()["response"]["denials"])))
