"""One word for one thing: no sentence, page or document uses a synonym of a term of the glossary."""

import re
import tomllib
from pathlib import Path

import pytest

import responder.words
from responder.words.say import catalogue, languages

GLOSSARY = tomllib.loads((Path(responder.words.__file__).parent / "glossary.toml").read_text(encoding="utf-8"))
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def refused(language):
    return [
        (term, re.compile(rf"\b{re.escape(word)}\b" if language == "en" else re.escape(word), re.IGNORECASE))
        for term, entry in GLOSSARY.items()
        for word in entry.get(f"not_{language}", ())
    ]


OTHER_MEANINGS = re.compile("环境变量")  # an environment variable is no trait


def used(texts, language):
    texts = [(where, OTHER_MEANINGS.sub("", text)) for where, text in texts]
    return [(term, where) for where, text in texts for term, word in refused(language) if word.search(text)]


def test_every_term_has_each_language_once():
    for language in ("en", "zh"):
        words = [entry[language] for entry in GLOSSARY.values()]
        assert all(words)
        assert len(set(words)) == len(words), sorted(word for word in words if words.count(word) > 1)


def test_a_term_is_not_refused_elsewhere():
    for language in ("en", "zh"):
        for entry in GLOSSARY.values():
            for term, word in refused(language):
                assert not word.search(entry[language]), (term, entry[language])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_uses_a_synonym(language):
    texts = [(key, text) for key, text in catalogue(language).items() if isinstance(text, str)]
    assert len(texts) > 500
    assert used(texts, language) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_label_of_a_shipped_study_uses_a_synonym(language, root):
    folder = root / "src/responder/study/library"
    texts = []
    for path in sorted(folder.glob("*.toml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        mine = re.compile(rf"\b{language} = \"([^\"]*)\"")
        texts += [(f"{path.name}:{at}", text) for at, line in enumerate(lines, 1) for text in mine.findall(line)]
    assert texts
    assert used(texts, language) == []


def test_no_document_uses_a_synonym(root):
    english = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    texts = [(path.name, CODE.sub("", path.read_text(encoding="utf-8"))) for path in english]
    assert used(texts, "en") == []
    chinese = [root / "README.zh.md", *sorted((root / "docs").rglob("*.zh.md"))]
    texts = [(path.name, CODE.sub("", path.read_text(encoding="utf-8"))) for path in chinese]
    assert used(texts, "zh") == []


def test_every_language_has_a_column():
    assert {*languages()} <= {name for entry in GLOSSARY.values() for name in entry}
