"""What one column of a table seems to hold: decided by most of its cells; odd cells become questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from responder.cohort.draft.units import can_be_in, unit_of
from responder.cohort.table import ColumnFacts
from responder.names.people import tells_of_a_person
from responder.names.roles import says_response
from responder.study.quantities import suspicious_codes
from responder.study.questions import Answers, Question
from responder.values import (
    POINT,
    NumberStyle,
    fold_word,
    gap_word,
    is_gap,
    number_style,
    parse_number,
    parse_titre,
    rank_word,
    sex_spellings,
    yes_no,
)

__all__ = ["MOST_COLUMNS_KEPT", "ColumnGuess", "LevelGuess", "guess_column", "looks_like_date"]

MOST_COLUMNS_KEPT = 600
"""Of the columns that were looked at last, how many are kept in memory with what they were taken for."""
MOST_LEVELS = 12
MOST_ODD_WORDS = 8
MOST_SPELLINGS = 100
"""No answer in words is spelled in more ways: a column of so many different numbers holds nothing else."""
LONGEST_CODE = 12
_REMARK = re.compile(r"\d{3}|@|\S\s+\S+\s+\S")
"""Numbers of some length, addresses, and more than two words."""
TITRE = "titre"
_MONTH = (
    r"(?:jan(?:uary?)?|feb(?:ruary?)?|mar(?:ch)?|m[aä]rz?|apr(?:il)?|may|mai|jun[ei]?|jul[yi]?|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\.?"
)
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}年\d{1,2}月"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:19|20)\d\d-(?:0[1-9]|1[0-2])"
    rf"|(?:\d{{1,2}}[-. ]?)?{_MONTH}[-. ,]?(?:\d{{2}}|\d{{4}})|\d{{1,2}}[-. ]{_MONTH}",
    re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(r"[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*")
_SEPARATED = re.compile(r"[;；、|\n]")
_COUNTED = re.compile(r"(?:^|_|\b)(?:n|number|count|score|points|items|joints)(?:$|_|\b)|评分|计数|个数", re.IGNORECASE)


@dataclass(frozen=True)
class LevelGuess:
    """One level: its name, and how else it is written."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnGuess:
    """What a column seems to hold.

    Attributes
    ----------
    kind : str or Question
        A trait's kind; empty where the column can be no trait, for the reason `why_not`.
    why_not : str
        Code of the reason: ``empty``, ``date``, ``text``, ``one_value``.
    unit : str
        Unit in which the cells or the header say that the numbers are.
    levels : tuple of LevelGuess
        Of a binary, ordinal or set-valued column.
    cells : Mapping[str, str or Question]
        Odd words, and numbers that may be codes of a gap.
    decimal_mark : str or Question
        Asked where the numbers do not show it.
    at_limit : int
        Cells that give a limit of detection.
    gap_words : Mapping[str, int]
        Unusual words that were taken as gaps, and how often.
    is_list : bool
        Whether cells name several levels at once.
    numbers : tuple of float
        What was read, to hold proposals against; never written.
    """

    kind: str | Question = ""
    why_not: str = ""
    unit: str = ""
    levels: tuple[LevelGuess, ...] = ()
    cells: Mapping[str, str | Question] = field(default_factory=dict)
    decimal_mark: str | Question = ""
    at_limit: int = 0
    gap_words: Mapping[str, int] = field(default_factory=dict)
    numbers: tuple[float, ...] = field(default=(), repr=False)
    is_list: bool = False

    def fits(self, bounds: tuple[float, float]) -> bool:
        """Return whether most numbers lie within bounds: else they are of another unit, or of another thing."""
        inside = sum(1 for number in self.numbers if bounds[0] <= number <= bounds[1])
        return 10 * inside >= 8 * len(self.numbers)


def guess_column(
    header: str, key: str, cells: Sequence[str], facts: ColumnFacts, answers: Answers, mark: str = ""
) -> ColumnGuess:
    """Return what a column seems to hold.

    Parameters
    ----------
    header : str
        Of the column.
    key : str
        Place of the trait in the study, such as ``trait.crp``: questions are named from it.
    cells : sequence of str
        Its cells, shape (n,).
    facts : ColumnFacts
        What the file or a data dictionary declares; it goes before what the cells look like.
    answers : Answers
        Answers given so far.
    mark : str
        The decimal mark that other columns of the table prove; it raises a doubt, and decides nothing.
    """
    words = {cell: word for cell in set(cells) if (word := gap_word(cell))}
    unknown = {cell for cell in set(cells) if cell in words or cell in facts.missing or is_gap(cell)}
    gaps = Counter(words[cell] for cell in cells if cell in words) if words else Counter[str]()
    known = [cell for cell in cells if cell not in unknown]
    if not known:
        return ColumnGuess(why_not="empty")
    guess = _guess(header, key, known, facts, answers, gaps, mark)
    declared = {code: "missing" for code in facts.missing if code in cells and not gap_word(code)}
    return replace(guess, cells={**guess.cells, **declared}) if declared and guess.kind else guess


def _guess(
    header: str,
    key: str,
    known: Sequence[str],
    facts: ColumnFacts,
    answers: Answers,
    gaps: Mapping[str, int],
    mark: str,
) -> ColumnGuess:
    if facts.kind == "date" or (facts.kind in {"", "text"} and looks_like_date(known)):
        return ColumnGuess(why_not="date")
    if facts.levels and facts.kind not in {"continuous", "count"}:
        return _declared_levels(facts, known)
    if facts.kind == "binary":
        return ColumnGuess("binary", gap_words=gaps)
    titres = _titres(header, key, known, answers, gaps)
    if titres is not None:
        return titres
    numbers = _numbers(header, key, known, facts, answers, gaps, mark)
    if numbers is not None and len(set(known)) > MOST_SPELLINGS:
        return numbers
    words = _words(header, key, known, answers, gaps)
    if numbers is not None and (words is None or words.cells):
        return numbers
    if words is not None:
        return words
    if numbers is not None:
        return numbers
    return ColumnGuess(why_not="text") if len(known) > 1 else ColumnGuess(why_not="one_value")


def looks_like_date(cells: Iterable[str]) -> bool:
    """Return whether most cells are dates, with or without a time of day.

    Examples
    --------
    >>> looks_like_date(["2023-02-04", "2015-09-09T00:00:00", "4.5.2021"]), looks_like_date(["12.5", "13"])
    (True, False)
    >>> looks_like_date(["20240105", "20231130"]), looks_like_date(["Mar 2019", "5-Jun", "2024年1月"])
    (True, True)
    """
    known = list(cells)
    others = 0
    for cell in known:
        if not _DATE.fullmatch(_TIME_OF_DAY.sub("", cell).strip() if ":" in cell else cell.strip()):
            others += 1
            if 2 * others >= len(known):  # the rest is not looked at
                return False
    return bool(known)


def _declared_levels(facts: ColumnFacts, known: Sequence[str]) -> ColumnGuess:
    levels = tuple(
        LevelGuess(label or code, tuple(dict.fromkeys([code] if label and code != label else [])))
        for code, label in facts.levels
    )
    answers = {yes_no(label or code): code for code, label in facts.levels}
    if len(levels) == 2 and set(answers) == {0.0, 1.0}:
        if yes_no(answers[0.0]) == 0.0 and yes_no(answers[1.0]) == 1.0:
            return ColumnGuess("binary")
        # the codes are not 0 for no and 1 for yes: only their words say which is which
        return ColumnGuess("binary", levels=tuple(sorted(levels, key=lambda level: yes_no(level.name) or 0.0)))
    kind = facts.kind if facts.kind in {"binary", "ordinal", "set"} else "binary" if len(levels) == 2 else "set"
    if kind == "binary" and len(levels) != 2:
        kind = "set"
    return ColumnGuess(kind, levels=levels)


def _numbers(
    header: str,
    key: str,
    known: Sequence[str],
    facts: ColumnFacts,
    answers: Answers,
    gaps: Mapping[str, int],
    mark: str,
) -> ColumnGuess | None:
    """Return a column of numbers, where most of the cells are."""
    style = number_style(known, table=mark)
    declared: str | Question = ""
    if style.ambiguous:
        declared = answers.settle(Question(f"{key}.decimal_mark", "decimal_mark", {"header": header}, (",", ".")))
        style = NumberStyle(decimal=declared if isinstance(declared, str) else ".")
    parsed = [(cell, parse_number(cell, style)) for cell in known]
    unit = unit_of(header, facts.unit, [number for _, number in parsed if number is not None])
    parsed = [(cell, number if number is not None and can_be_in(number, unit) else None) for cell, number in parsed]
    read = [number for _, number in parsed if number is not None]
    if 2 * len(read) <= len(known):
        return None
    odd = Counter(cell for cell, number in parsed if number is None)
    if len(odd) > max(MOST_ODD_WORDS, len(known) // 4):
        return None
    cells = _odd_words(header, key, odd, len(known), answers)
    for code in suspicious_codes([number.value for number in read]):
        text = f"{code:g}"
        about = {"header": header, "code": text}
        cells[text] = answers.settle(Question(f"{key}.cells.{text}", "missing_code", about, ("missing", text)))
    whole = all(number.value.is_integer() and number.value >= 0 for number in read)
    kind = "count" if whole and not unit and _COUNTED.search(header) else "continuous"
    at_limit = sum(1 for number in read if number.limit)
    return ColumnGuess(
        facts.kind if facts.kind in {"continuous", "count"} else kind,
        unit=unit,
        cells=cells,
        decimal_mark=declared,
        at_limit=at_limit,
        gap_words=gaps,
        numbers=tuple(number.value for number in read),
    )


def _odd_words(
    header: str, key: str, odd: Mapping[str, int], of: int, answers: Answers, choices: tuple[str, ...] = ()
) -> dict[str, str | Question]:
    """Return what each odd word counts as, answered or asked; remarks are not shown."""
    cells: dict[str, str | Question] = {}
    for word, count in odd.items():
        if _is_code(word, count):
            about = {"header": header, "word": word, "n": str(count), "of": str(of)}
            cells[word] = answers.settle(Question(f"{key}.cells.{word}", "cell_word", about, choices))
    return cells


def _is_code(word: str, count: int) -> bool:
    """Return whether an odd cell is a code that may be shown; a remark is a patient's, and the check names its cell."""
    return not _REMARK.search(word) and not tells_of_a_person(word) and (count > 1 or len(word) <= LONGEST_CODE)


def _titres(
    header: str, key: str, known: Sequence[str], answers: Answers, gaps: Mapping[str, int]
) -> ColumnGuess | None:
    """Return a column of titres (``1:80``): steps in order or numbers, which is asked."""
    steps = {cell: parse_titre(cell) for cell in dict.fromkeys(known) if ":" in cell}
    written = {cell: titre.value for cell, titre in steps.items() if titre is not None}
    others = [cell for cell in dict.fromkeys(known) if cell not in written]
    if sum(1 for cell in known if cell in written) * 3 < len(known) or not all(rank_word(w) == 0 for w in others):
        return None
    kind = answers.settle(Question(f"{key}.kind", "titre_kind", {"header": header}, ("ordinal", "continuous")))
    if kind == "continuous":
        return ColumnGuess("continuous", unit=TITRE, cells=dict.fromkeys(others, "0"), gap_words=gaps)
    titre_levels = [LevelGuess(cell) for cell in sorted(written, key=written.__getitem__)]
    none = [LevelGuess(others[0], tuple(others[1:]))] if others else []
    return ColumnGuess(kind, levels=(*none, *titre_levels), gap_words=gaps)


def _words(
    header: str, key: str, known: Sequence[str], answers: Answers, gaps: Mapping[str, int]
) -> ColumnGuess | None:
    """Return a column of words that come again: yes and no, sexes, steps in order, or levels."""
    order = _steps_in_order(known)
    if order:
        return ColumnGuess("ordinal", levels=order, gap_words=gaps)
    answered = [cell for cell in known if yes_no(cell) is not None]
    if len(answered) * 4 > len(known) * 3:
        odd = Counter(cell for cell in known if yes_no(cell) is None)
        cells = _odd_words(header, key, odd, len(known), answers, ("missing", "1", "0"))
        return ColumnGuess("binary", cells=cells, gap_words=gaps) if len(odd) <= MOST_ODD_WORDS else None
    spelled = {sex: sex_spellings(sex) for sex in ("female", "male")}
    if all(any(fold_word(cell) in words for words in spelled.values()) for cell in known):
        both = tuple(
            LevelGuess(sex, tuple(sorted({fold_word(cell) for cell in known if fold_word(cell) in words} - {sex})))
            for sex, words in spelled.items()
        )
        return ColumnGuess("binary", levels=both, gap_words=gaps)
    return _levels(known, gaps, keeps_none=says_response(header))


def _steps_in_order(known: Sequence[str]) -> tuple[LevelGuess, ...]:
    """Return words of degree (``-``, ``±``, ``+``, ``++``) as steps in order; nothing for anything else.

    Two ways to write one degree (``-`` and ``neg``) are one step.
    """
    written: dict[int, list[str]] = {}
    folded: set[str] = set()
    for cell in dict.fromkeys(known):
        rank = rank_word(cell)
        if rank is None:
            return ()
        if (word := fold_word(cell)) not in folded:
            folded.add(word)
            written.setdefault(rank, []).append(cell)
    if len(written) < 3:
        return ()
    return tuple(LevelGuess(words[0], tuple(words[1:])) for _, words in sorted(written.items()))


def _levels(known: Sequence[str], gaps: Mapping[str, int], *, keeps_none: bool) -> ColumnGuess | None:
    """Return words that come again as levels; ``none`` is one of a response, and the empty set of anything else."""
    parts = [part.strip() for cell in known for part in _SEPARATED.split(cell)]
    spelled = {part.casefold(): part for part in reversed(parts) if part and (keeps_none or part.casefold() != "none")}
    is_text = len({part.casefold() for part in parts}) == len(parts)  # no answer twice: remarks, not levels
    several = any(_SEPARATED.search(cell) for cell in known)
    has_none = not keeps_none and any(cell.casefold() == "none" for cell in known)
    if len(spelled) == 1 and has_none and len(known) > 2:
        both = (LevelGuess("none"), LevelGuess(next(iter(spelled.values()))))
        return ColumnGuess("binary", levels=both, gap_words=gaps)
    unfit = any(re.search(r"[;|,+]", level) or parse_number(level, POINT) for level in spelled)
    if is_text or unfit or not 2 <= len(spelled) <= MOST_LEVELS or any(map(tells_of_a_person, spelled.values())):
        return None
    levels = tuple(LevelGuess(level) for level in sorted(spelled.values()))
    kind = "binary" if len(levels) == 2 and not several and not has_none else "set"
    return ColumnGuess(kind, levels=levels, gap_words=gaps, is_list=several)
