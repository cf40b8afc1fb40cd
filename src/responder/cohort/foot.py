"""What stands below the patients: summary rows and footnotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from responder.cohort.checks.intake import FOOTER
from responder.cohort.findings import Finding
from responder.cohort.places import shortened
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.cohort.structure import Record

__all__ = ["without_foot"]

LONG_TEXT = 24
LONG_CHINESE = 8
ROWS_SHOWN = 6
_SUMMARY_WORDS = frozenset(
    {
        "mean", "average", "avg", "median", "sd", "std", "stdev", "stddev", "standard", "deviation", "se", "sem",
        "cv", "min", "max", "minimum", "maximum", "range", "iqr", "total", "sum", "count", "geomean", "subtotal",
        "mittelwert", "durchschnitt", "standardabweichung", "summe", "gesamt", "anzahl", "mw", "moyenne", "médiane",
        "écart", "type", "ecart", "totale", "media", "mediana", "desviación", "estándar", "promedio", "suma",
        "均值", "平均值", "平均", "平均数", "标准差", "中位数", "合计", "总计", "均数", "最大值", "最小值", "總計",
        "合計", "平均値", "標準偏差", "中央値", "標準差", "中位數",
    }
)  # fmt: skip
_WITH_OTHERS = frozenset({"n", "of", "error", "all", "patients", "p", "value", "von", "et", "and", "deviation"})
_ALONE = frozenset({"standard", "deviation", "type"})  # no summary without another word
_WORDS = re.compile(r"[^\W\d_]+")
_NOTE = re.compile(
    r"(?:[*†‡§¶#※¹²³]|\d\)|\(?[a-z]\)\s|(?:note|notes|footnote|legend|abbreviations?|source|key|remark|comment|"
    r"anmerkung|hinweis|quelle|remarque|nota|abk)\b|注|备注|说明|來源|备考|註|資料|数据来源)",
    re.IGNORECASE,
)


def without_foot(rows: Sequence[Record], width: int, source: str, noted: list[Finding]) -> list[Record]:
    """Return the rows without summary rows (mean, SD, total) and footnotes at the foot; append a finding on them.

    Parameters
    ----------
    rows : sequence of Record
        The rows below the header.
    width : int
        Number of columns.
    source : str
        The file, for messages.
    noted : list of Finding
        Gets the finding.
    """
    kept, left = list(rows), list[Phrase]()
    while kept:
        what = (
            "summary"
            if _is_summary(kept[-1]) and not _is_id(kept[-1], kept[:-1])
            else "footnote"
            if _is_footnote(kept[-1], width)
            else ""
        )
        if not what:
            break
        left.insert(0, Phrase(f"foot.{what}", {"line": kept.pop().line}))
    if left:
        place = f"{source}:{rows[len(kept)].line}"
        noted.append(FOOTER.found("left_out", place, n=len(left), rows=shortened(left, ROWS_SHOWN)))
    return kept


def _is_summary(row: Record) -> bool:
    label = next((cell for cell in row.cells[:2] if cell), "")
    words = {word.casefold() for word in _WORDS.findall(label)}
    if any(sign.isdigit() for sign in re.sub(r"\(.*?\)|n\s*=\s*\d+", "", label)):
        return False  # an id such as SD01
    if words == {"p", "value"}:
        return True
    if words == {"n"}:
        return not row.cells[0] or label in {"N", "n"}
    return bool(words & _SUMMARY_WORDS - _ALONE or words >= {"standard", "deviation"}) and words <= (
        _SUMMARY_WORDS | _WITH_OTHERS
    )


def _is_id(row: Record, others: Sequence[Record]) -> bool:
    """Return whether a short word such as SD is an id: it stands alone, below ids of that shape."""
    if not others or _is_summary(others[-1]):
        return False
    label = row.cells[0]
    ids = [other.cells[0] for other in others]
    alike = [cell for cell in ids if cell.isalpha() and cell.isupper() and len(cell) == len(label)]
    return label.isalpha() and label.isupper() and 2 * len(alike) > len(ids)


def _is_footnote(row: Record, width: int) -> bool:
    """Return whether a row is a note: a text in its first cell that no patient's row could begin with."""
    text = row.cells[0] or row.cell(1)
    if not text:
        return False
    cut = len(row.cells) != width  # a note with a comma in it, or with no commas behind it
    if _NOTE.match(text) and (row.filled == 1 or cut):
        return True
    chinese = sum("\u3400" <= sign <= "\u9fff" for sign in text)
    long = (len(text) >= LONG_TEXT and text.count(" ") >= 2) or chinese >= LONG_CHINESE
    return long and row.filled == 1 and width > 1
