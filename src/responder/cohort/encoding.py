"""Which encoding a text is in: found out by what it would say in each of them, for files too short for statistics."""

from __future__ import annotations

import codecs
import itertools
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from responder.cohort.checks.intake import ENCODING, MENDED, UNREADABLE
from responder.cohort.findings import Finding
from responder.errors import UsageError
from responder.words import Phrase

__all__ = ["Encoding", "check_encoding", "decode_text", "encodings", "guess_encoding", "guessed_encoding"]

BYTES_WEIGHED = 200_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_EAST_ASIAN = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"})
_LATIN = frozenset({"cp1252", "cp1250", "cp1254", "cp1257", "mac_roman"})
_WORD = re.compile(r"[^\W\d_]+")
_TYPICAL_SIGNS = frozenset("µμ°±²³×–—‘’“”…≥≤™®·№")
_DETECTED = 0.05
_WESTERN = 0.02  # where nothing else decides
_DEGREES = 1.8
_MICRO = re.compile(r"µ(?:l|g|m|mol|kat|u|iu)")


@dataclass(frozen=True)
class Encoding:
    """An encoding that a table may be in.

    Attributes
    ----------
    name : str
        Name of the codec.
    words : frozenset of str
        Words of patients' tables in its languages.
    letters : str
        Letters at home in it.
    """

    name: str
    words: frozenset[str]
    letters: str = ""


@lru_cache(maxsize=1)
def encodings() -> tuple[Encoding, ...]:
    """Return the encodings that are told apart, from ``encodings.toml``."""
    content = tomllib.loads(files("responder.cohort").joinpath("encodings.toml").read_text(encoding="utf-8"))
    return tuple(Encoding(e["name"], frozenset(e["words"].split()), e.get("letters", "")) for e in content["encoding"])


def decode_text(content: bytes, source: str, findings: list[Finding], encoding: str = "") -> tuple[str, str]:
    """Return text with newline line ends, and the name of the encoding that it was in.

    A finding is appended when the encoding had to be guessed (a caution), when it was not UTF-8 (a note), or when
    lines end in CR only.

    Parameters
    ----------
    content : bytes
        The file.
    source : str
        Its name in messages.
    findings : list of Finding
        Gets what was seen.
    encoding : str
        Name of the encoding; found out where empty.

    Raises
    ------
    UsageError
        If there is no encoding of that name.
    TableRefusedError
        If the file is no text, or not of the encoding that was named.
    """
    told = (_decoded_as_told(content, encoding, source), encoding) if encoding else None
    text, name = told or _decoded(content, source, findings)
    if "\r" in text and "\n" not in text:
        findings.append(MENDED.found("line_ends", source))
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"), name


def guess_encoding(content: bytes) -> str:
    """Return the name of the encoding in which bytes that are not UTF-8 say most; ``""`` where none explains them.

    Words of patients' tables count most, then letters and characters that are common in a language, then
    charset-normalizer's opinion.

    Examples
    --------
    >>> guess_encoding("编号,性别,年龄".encode("gb18030")), guess_encoding("編號,性別,年齡".encode("big5"))
    ('gb18030', 'big5hkscs')
    >>> guess_encoding("患者ID,性別,年齢".encode("shift_jis")), guess_encoding("Věk,Pohlaví".encode("cp1250"))
    ('cp932', 'cp1250')
    """
    piece = _whole_lines(content)
    scored = {e.name: score for e in encodings() if (score := _score(piece, e)) is not None}
    detected = _detected(piece, list(scored))
    if detected in scored:
        scored[detected] += _DETECTED
    if b"\r" in content and b"\n" not in content and "mac_roman" in scored:
        scored["mac_roman"] += _DETECTED
    return next((name for name in sorted(scored, key=lambda n: -scored[n]) if _decodes(content, name)), "")


def check_encoding(name: str) -> None:
    """Refuse the name of an encoding that does not exist.

    Raises
    ------
    UsageError
        With some that do.
    """
    try:
        b"abcd".decode(name)  # no bytes at all would ask for no codec
    except UnicodeDecodeError:
        return
    except (LookupError, ValueError) as error:
        raise UsageError("encoding_unknown", where="--encoding", name=name) from error


def _decodes(content: bytes, name: str) -> bool:
    try:
        content.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _decoded_as_told(content: bytes, encoding: str, source: str) -> str:
    check_encoding(encoding)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UNREADABLE.refusal("not_encoding", source, encoding=encoding) from error


def _decoded(content: bytes, source: str, findings: list[Finding]) -> tuple[str, str]:
    named = next((name for bom, name in _BOMS if content.startswith(bom)), "")
    if not named and b"\x00" in content:
        named = next((name for name in _WIDE if _reads(content, name)), "")
        if not named:
            raise UNREADABLE.refusal("unknown_format", source)
    if not named and b"\x1b$" in content:
        named = "iso2022_jp"
    try:
        text = content.decode(named or "utf-8")
    except UnicodeDecodeError as error:
        if named:
            raise UNREADABLE.refusal("breaks_off", source, encoding=named) from error
        return _guessed(content, source, findings)
    if named not in {"", "utf-8-sig"}:
        findings.append(MENDED.found("encoding", source, encoding=named.upper()))
    return text, named or "utf-8"


def _guessed(content: bytes, source: str, findings: list[Finding]) -> tuple[str, str]:
    _refuse_mixed(content, source)
    name = guess_encoding(content)
    if not name:
        raise UNREADABLE.refusal("no_encoding", source)
    findings.append(guessed_encoding(source, name))
    return content.decode(name), name


def guessed_encoding(source: str, name: str) -> Finding:
    """Return the caution that a text was read in an encoding that is a guess."""
    return ENCODING.found("guessed", source, encoding=Phrase(f"encoding.{name}"), name=name)


def _refuse_mixed(content: bytes, source: str) -> None:
    """Refuse UTF-8 with a few bytes that are none, as two files pasted together have: no encoding reads both."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    if whole > 4 and whole > 4 * broken:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        raise UNREADABLE.refusal("mixed_encoding", f"{source}:{line}")


def _reads(content: bytes, name: str) -> bool:
    """Return whether bytes without a mark are text of two or four bytes a character."""
    try:
        text = content[: BYTES_WEIGHED - BYTES_WEIGHED % 4].decode(name)
    except UnicodeDecodeError:
        return False
    plain = sum(sign.isalnum() or sign in " \t\r\n,;|.-_()/%" for sign in text)
    return "\x00" not in text and plain >= 0.8 * len(text) and any(sign in text for sign in ",;\t|\n")


def _whole_lines(content: bytes) -> bytes:
    if len(content) <= BYTES_WEIGHED:
        return content
    piece = content[:BYTES_WEIGHED]
    return piece[: max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1] or piece


def _detected(content: bytes, among: list[str]) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(content, cp_isolation=among, enable_fallback=False).best()
    return best.encoding if best else ""


def _score(content: bytes, encoding: Encoding) -> float | None:
    """Return how much a text says in an encoding, a byte beyond ASCII; None where it is none.

    Each different word counts once: a table says `male` a hundred times.
    """
    try:
        text = content.decode(encoding.name)
    except UnicodeDecodeError:
        return None
    if any(0x80 <= ord(sign) < 0xA0 or 0xE000 <= ord(sign) < 0xF900 for sign in set(text)):
        return None  # control signs, private use
    east = encoding.name in _EAST_ASIAN
    total = weight = 0.0
    for word in set(_WORD.findall(text)):
        if not word.isascii():
            size = sum(1 for sign in word if ord(sign) > 127) * (2 if east else 1)
            total += size * (_east_asian(word, encoding) if east else _alphabetic(word, encoding))
            weight += size
    for sign in {sign for sign in set(text) if ord(sign) > 127 and not _WORD.match(sign)}:
        size = len(sign.encode(encoding.name))
        total += size * (_DEGREES if sign == "°" and "°C" in text else 0.6 if _is_usual_sign(sign) else 0.0)
        weight += size
    return total / weight + (_WESTERN if encoding.name == "cp1252" else 0.0) if weight else 0.0


def _is_usual_sign(sign: str) -> bool:
    return sign in _TYPICAL_SIGNS or "\u3000" <= sign <= "\u303f" or "\uff01" <= sign <= "\uff5e"


def _east_asian(word: str, encoding: Encoding) -> float:
    """Return the mean of its characters: 1.5 within a known word, 0.7 where common, less where rare."""
    known = [False] * len(word)
    for length in range(min(len(word), 6), 0, -1):
        for start in range(len(word) - length + 1):
            if not any(known[start : start + length]) and word[start : start + length] in encoding.words:
                known[start : start + length] = [True] * length
    signs = [(sign, at) for at, sign in enumerate(word) if ord(sign) > 127]
    return sum(1.5 if known[at] else _common(sign, encoding.name) for sign, at in signs) / len(signs)


def _common(sign: str, name: str) -> float:
    """Return how usual a character is: each national set puts the common ones first."""
    lead = sign.encode(name)[0]
    if name == "gb18030":
        code = sign.encode(name)
        common = len(code) == 2 and 0xB0 <= lead <= 0xD7 and code[1] >= 0xA1
        return 0.7 if common else 0.6 if "\uff00" < sign < "\uff5f" else 0.05
    if name == "big5hkscs":
        return 0.6 if 0xA4 <= lead <= 0xC6 else 0.05
    if name == "cp949":
        return 0.65 if 0xB0 <= lead <= 0xC8 and sign.encode(name)[1] >= 0xA1 else 0.02
    if "\u3040" <= sign <= "\u30ff":
        return 0.8
    if name == "cp932":
        return 0.65 if 0x88 <= lead <= 0x97 else 0.05  # half-width katakana are hardly ever meant
    return 0.65 if 0xB0 <= lead <= 0xCF else 0.05


def _alphabetic(word: str, encoding: Encoding) -> float:
    plain = word.lower()
    if _MICRO.fullmatch(plain):
        return _DEGREES
    if plain in encoding.words:
        return 1.5 if len(word) > 1 else 1.0
    foreign = [sign for sign in plain if ord(sign) > 127] or [""]
    latin = encoding.name in _LATIN
    if not latin:
        if len(foreign) < len(plain):
            return 0.1  # two scripts in one word
        fits = [1 - encoding.letters.find(sign) / 60 if sign in encoding.letters else 0.0 for sign in plain]
        cased = word.islower() or word.isupper() or word.istitle() or encoding.name in {"cp1255", "cp1256"}
        shape = 1.0 if cased else 0.2
        return shape * sum(fits) / len(fits)
    fits = [1 - encoding.letters.find(sign) / 60 if sign in encoding.letters else 0.1 for sign in foreign]
    score = 0.85 * sum(fits) / len(fits)
    if len(foreign) > 2 and 2 * len(foreign) > len(plain):
        score *= 0.2  # no Latin word is accents and little else
    if any(a.islower() and b.isupper() for a, b in itertools.pairwise(word)):
        score *= 0.4
    return score
