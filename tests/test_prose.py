"""The English of pages and sentences: plain and current, no word twice, no count that disagrees with its noun."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(path for path in (ROOT / "docs/tutorials").glob("*.md") if ".zh" not in path.name),
    ROOT / "src/responder/words/en.toml",
]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)

UNITS = (
    "patient|person|row|column|feature|trait|model|fold|refit|cohort|file|line|level|class|visit|member|part|pair"
    "|worker|process|tree|fit|arm|cell|score"
)
NO_X = "longer|more|less|fewer|better|worse|proof|guide|basis|evidence|need|reason|room|way|one|other"
REFUSED = {
    rf"\b(?:one|two|three) [a-z]+ an? (?:{UNITS})\b": "per",
    r"\b(?:one|a) (?:row|column|file|object|key|line|field|section) an? [a-z]+": "one row per patient",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\b(?:has|have|had) not (?:a|an|the|its|any|been named)\b|\bthat \w+ \w+ has not\b": "does not have",
    r"\btoo dear\b|\bdear(?:er|est)\b": "too expensive, takes too long",
    r"\btells? (?:nobody|no one|none) apart\b": "cannot distinguish patients",
    r"\bstands? against\b": "is compared with",
    r"\bbeyond belief\b": "implausibly well",
    r"\blonel(?:y|ier|iest)\b": "farthest from the others",
    r"\bis no share\b": "is not a share",
    r"\bbelow one another\b": "one below the other",
    rf"\b(?:patients?|class|columns?|rows?|time|s|multiplications) an? (?:{UNITS})\b": "per",
    rf"(?<!there )\b(?:is|are) no (?!(?:{NO_X})\b)[a-z]": "is not a",
    r"\bso many (?:processes|workers|infections|changes|responders|would|on)\b": "that many",
    r"\b(?:say|says|said|saying) (?:nothing|little|anything|something) of\b": "say nothing about",
    r"\b(?:know|knows) (?:nothing of|no bias|variance|that|how little)\b": "ignores, reflects",
    r"\btaken for each other\b|\b(?:held|hold|holds) against\b": "treated as the same, compared with",
    r"\bnobody's\b": "of no patient",
    r"\bstands? behind\b|\bbehind (?:this|that) number stands\b": "rests on",
    r"\btells? (?:its|of (?:one|a patient|single))\b": "gives, reveals something about",
    r"\bfor want of\b|\botherwise than\b|\bthereby\b|\brightly\b|\bas how many\b": "current English",
    r"\b(?:patients|people) (?:fewer|more) (?:for|than)\b|\bpatients fewer\b": "fewer patients",
    r"\bless (?:that of|the mean|AUC in|the observed)\b": "minus",
    r"\bon the quiet\b|\bpassed over\b|\btoo many or too few\b": "silently, skipped",
    r"\bof which nobody\b|\bof whom nobody\b": "that nobody",
    r"\bhelp(?:s)? oneself\b|\bforthwith\b|\bthereof\b|\bwherein\b|\bsave for\b|\bnay\b|\bshall\b": "current English",
    r"\b(?!had\b|that\b)(\w{2,}) \1\b": "a word twice",
    r"(?<![\d.,/-])1 (?!(?:is|was|does|has|as|this|plus|minus|less|times|means|aims)\b)[a-z]+[^s\W]s\b": "a plural",
}


def prose_of(path):
    """Return the sentences of a page without its code, or of a catalogue, by line or key."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return dict(flat(tomllib.loads(text)))
    blank = CODE.sub(lambda code: re.sub(r"[^\n]", "·", code[0]), text)
    return {str(number): line for number, line in enumerate(blank.splitlines(), start=1)}


def flat(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value


def idiolect(path):
    """Return what is refused in a page or catalogue: where, the words, and what to write."""
    found = []
    for where, text in prose_of(path).items():
        for pattern, instead in REFUSED.items():
            found += [
                f"{path.name}:{where}: {match[0]!r} ({instead})" for match in re.finditer(pattern, text, re.IGNORECASE)
            ]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "one row a patient", "mend line 3", "a column that the table has not", "the model is too dear", "the the table",
        "it tells nobody apart", "the pair stands against all", "separation beyond belief", "1 patients",
        "the loneliest training patient", "0.4 is no share of responders",
    ],
)  # fmt: skip
def test_idiolect_is_found(text, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    assert idiolect(page)


@pytest.mark.parametrize(
    "text", ["one row per patient", "1 patient of 9", "once a day", "1 responder", "what had had no effect", "`mend`"]
)
def test_plain_words_pass(text, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    assert idiolect(page) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_are_in_plain_english(path):
    assert idiolect(path) == []
