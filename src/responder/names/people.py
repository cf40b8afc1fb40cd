"""Columns that name, number or locate a person: never an id, never a trait, never written anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal

from responder.names.roles import fold_id_name, id_names
from responder.names.vocabulary import pattern, spaced, vocabulary

__all__ = ["PersonalReason", "personal_columns", "tells_of_a_person", "valid_cn_id"]

PersonalReason = Literal["name", "initials", "phone", "id_card", "email", "record", "birth", "address"]

_REASONS: tuple[PersonalReason, ...] = ("name", "phone", "id_card", "email", "record", "birth", "address", "initials")
_CELLS_LOOKED_AT = 100
_FEWEST_CELLS = 4
_MOST = 0.8
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+\d[\d ()/-]{7,18}\d|\(?0\d{2,4}\)?[-/ ]\d{6,8}")
_CN_ID = re.compile(r"[1-9]\d{16}[\dXx]")
_CJK_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_LATIN_WORD = r"[A-Z\u00c0-\u00de](?:['\u2019][A-Z])?[a-z\u00df-\u00ff]+(?:-[A-Z][a-z\u00df-\u00ff]+)?"
_LATIN_NAME = re.compile(rf"{_LATIN_WORD}(?:,? (?:[A-Z]\.|von|van|de|di|{_LATIN_WORD})){{0,2}},? {_LATIN_WORD}")
_CAPITALS = r"[A-Z\u00c0-\u00de'\u2019-]"
_CAPITAL_NAME = re.compile(rf"{_CAPITALS}{{3,}}, ?(?:{_CAPITALS}| ){{2,}}|{_CAPITALS}{{3,}} {_CAPITALS}{{3,}}")
_CODE = re.compile(r".*\d")
_SHORTENED = re.compile(rf"{_LATIN_WORD},? [A-Z]\.?|[A-Z]\. ?{_LATIN_WORD}")
_LOWER = re.compile(r"[a-z]{3,}[_.][a-z]{3,}")
_NUMBERED = re.compile(r"\d{1,4}[\s.:_-]*[(（]?(?P<name>[^\d()（）]+)[)）]?")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}[ \u3000・]?[\u30a1-\u30fa\u30fc]*")
_TITLED = re.compile(rf"(?:Dr|Prof|Mrs?|Ms|Herr|Frau|Mme|Sr|Sra)\.? {_LATIN_WORD}")
_ANY_NUMBER_OF_A_PERSON = re.compile(rf"(?:{_PHONE.pattern})|(?:{_EMAIL.pattern})|(?<!\d){_CN_ID.pattern}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def valid_cn_id(text: str) -> bool:
    """Return whether a text is a Chinese identity number: 18 places, a date of birth, the check digit of GB 11643.

    Examples
    --------
    >>> valid_cn_id("11010519491231002X"), valid_cn_id("110105194912310021"), valid_cn_id("110105194913310020")
    (True, False, False)
    """
    text = text.strip()
    if not _CN_ID.fullmatch(text) or not ("01" <= text[10:12] <= "12" and "01" <= text[12:14] <= "31"):
        return False
    rest = sum(int(c) * w for c, w in zip(text, _WEIGHTS, strict=False)) % 11
    return text[17].upper() == "10X98765432"[rest]


def personal_columns(headers: Sequence[str], columns: Sequence[Sequence[str]]) -> dict[str, PersonalReason]:
    """Return the columns that tell who a patient is, each with what it holds.

    Headers are compared with the words of six languages; cells are recognised as personal names, telephone numbers,
    e-mail addresses and identity numbers. Pseudonyms (``P01``), levels, drugs, diagnoses and genes are none of these.

    Parameters
    ----------
    headers : sequence of str
        Column names.
    columns : sequence of sequence of str
        The cells of each column, in the order of the headers.

    Examples
    --------
    >>> personal_columns(["No.", "Name", "sex"], [["1", "2"], ["Ada Birk", "Max Lund"], ["f", "m"]])
    {'Name': 'name'}
    >>> personal_columns(["Name"], [["P01", "P02"]])
    {}
    """
    found: dict[str, PersonalReason] = {}
    for header, cells in zip(headers, columns, strict=True):
        known = list(islice(filter(None, map(str.strip, cells)), _CELLS_LOOKED_AT))
        reason = _by_header(header, known) or _by_cells(header, known)
        if reason:
            found[header] = reason
    if "birth" not in found.values():
        found = {header: reason for header, reason in found.items() if reason != "initials"}
    return found


def _by_header(header: str, known: Sequence[str]) -> PersonalReason | None:
    text = spaced(header)
    for reason in _REASONS:
        if _header_form(reason).fullmatch(text):
            coded = reason in {"name", "address", "email"} and known and _share(known, _CODE.match) >= _MOST
            is_code = coded and not (reason == "email" and _share(known, _EMAIL.fullmatch) >= _MOST)
            return None if is_code and reason != "address" else reason
    return None


def _by_cells(header: str, known: Sequence[str]) -> PersonalReason | None:
    if len(known) < _FEWEST_CELLS:
        return None
    if _share(known, _EMAIL.fullmatch) >= _MOST:
        return "email"
    if _share(known, valid_cn_id) >= _MOST:
        return "id_card"
    if _share(known, _PHONE.fullmatch) >= _MOST:
        return "phone"
    if _share(known, _TITLED.fullmatch) >= _MOST:
        return "name"
    if len(set(known)) < _MOST * len(known) or _not_people().search(spaced(header)):
        return None
    bare = [found["name"].strip() if (found := _NUMBERED.fullmatch(cell)) else cell for cell in known]
    if fold_id_name(header) in id_names() and _share(bare, lambda cell: _is_latin_name(cell, _LOWER)) >= _MOST:
        return "name"
    return "name" if any(_share(bare, kind) >= _MOST for kind in (_is_chinese_name, _is_latin_name)) else None


def tells_of_a_person(cell: str) -> bool:
    """Return whether a cell holds a telephone number, an e-mail address, an identity number, or a title and a name.

    Examples
    --------
    >>> [tells_of_a_person(cell) for cell in ("called Mrs Schmidt 0171-5551234", "Dr. Meier", "good", "12.5")]
    [True, True, False, False]
    """
    return bool(_ANY_NUMBER_OF_A_PERSON.search(cell) or _TITLED.search(cell))


def _share(cells: Sequence[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(cell)) for cell in cells) / len(cells)


def _is_chinese_name(cell: str) -> bool:
    people = vocabulary()["people"]
    text = cell.replace(" ", "").replace("\u3000", "")
    if not _CJK_NAME.fullmatch(text) or text[-1] in people["cjk_endings"]:
        return False
    return (len(text) <= 3 and text[0] in people["surnames"]) or text[:2] in people["surnames_of_two"]


def _is_latin_name(cell: str, *others: re.Pattern[str]) -> bool:
    endings = tuple(vocabulary()["people"]["word_endings"])
    forms = (_LATIN_NAME, _CAPITAL_NAME, _SHORTENED, _KATAKANA, *others)
    return any(form.fullmatch(cell) for form in forms) and not any(
        word.endswith(endings) for word in re.split(r"[\s,._]+", cell.casefold()) if word
    )


@lru_cache
def _header_form(reason: PersonalReason) -> re.Pattern[str]:
    return re.compile("|".join(pattern(entry) for entry in vocabulary()["people"][reason]))


@lru_cache
def _not_people() -> re.Pattern[str]:
    return re.compile("|".join(pattern(entry) for entry in vocabulary()["people"]["not_people"]))
