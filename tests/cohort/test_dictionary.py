"""Data dictionaries of REDCap, and that the one we write for a study is the one we read."""

import random

import pytest

from responder.cohort import TableRefusedError
from responder.cohort.dictionary import read_dictionary
from responder.study import load_study
from responder.study.model import Study
from responder.study.template import redcap_dictionary
from responder.toml_file import parse_model

HEAD = (
    "field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations,field_note,"
    "text_validation_type_or_show_slider_number,text_validation_min,text_validation_max,identifier,branching_logic\n"
)


def read(tmp_path, rows, head=HEAD, encoding="utf-8"):
    path = tmp_path / "dictionary.csv"
    path.write_text(head + rows, encoding=encoding)
    return read_dictionary(path)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("text,X,,,number_2dp,,", "continuous"), ("text,X,,,number_comma_decimal,,", "continuous"),
        ("text,X,,,integer,,", "count"), ("text,X,,,date_dmy,,", "date"), ("text,X,,,datetime_ymd,,", "date"),
        ("text,X,,,,,", ""), ("text,X,,,email,,", "text"), ("notes,X,,,,,", "text"), ("file,X,,,,,", "text"),
        ("yesno,X,,,,,", "binary"), ("truefalse,X,,,,,", "binary"), ("calc,X,[a]+[b],,,,", "continuous"),
        ("slider,X,low | high,,,,", "continuous"), ('radio,X,"1, a | 2, b",,,,', "binary"),
        ('dropdown,X,"1, a | 2, b | 3, c",,,,', "nominal"), ('radio,X,"0, 0 | 1, 1 | 2, 2",,,,', "ordinal"),
        ('checkbox,X,"1, a | 2, b",,,,', "set"),
    ],
)  # fmt: skip
def test_kinds(tmp_path, field, kind):
    assert read(tmp_path, f"x,f,,{field}\n")["x"].kind == kind


@pytest.mark.parametrize(
    ("label", "note", "unit"),
    [
        ("CRP", "mg/L", "mg/L"), ("CRP (mg/L)", "", "mg/L"), ("BMI", "kg/m2", "kg/m2"), ("CD4", "10^9/L", "10^9/L"),
        ("Share", "%", "%"), ("Age（岁）", "", "岁"), ("Dose", "mg per day", "mg per day"), ("Gym (weights)", "", ""),
        ("Date", "YYYY-MM-DD", ""), ("Phone", "Include area code", ""), ("Treg", "cells/µL", "cells/µL"),
    ],
)  # fmt: skip
def test_units(tmp_path, label, note, unit):
    assert read(tmp_path, f"x,f,,text,{label},,{note},number,,\n")["x"].unit == unit


def test_identifiers_ranges_branching_and_descriptive_fields(tmp_path):
    facts = read(
        tmp_path,
        "name,f,,text,Name,,,,,,y,\nphone,f,,text,Phone,,,phone,,,,\n"
        "age,f,,text,Age,,years,integer,18,,,\"[sex] = '1'\"\nwelcome,f,,descriptive,Hello,,,,,,,\n",
    )
    assert [name for name, known in facts.items() if known.identifier] == ["name", "phone"]
    assert facts["age"].plausible == (18.0, None)
    assert facts["age"].asked_if == "[sex] = '1'"
    assert "welcome" not in facts


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings_and_semicolons(tmp_path, encoding):
    rows = "sex;base;;radio;性别;1, 女 | 2, 男\n"
    facts = read(tmp_path, rows, head=HEAD.replace(",", ";"), encoding=encoding)
    assert facts["sex"].levels == (("1", "女"), ("2", "男"))
    assert facts["sex"].label == "性别"


def test_a_german_dictionary_is_read_as_a_table_would_be_and_the_guess_told(tmp_path):
    path, findings = tmp_path / "dictionary.csv", []
    head = HEAD.strip() + "\n"
    path.write_bytes((head + 'sex,base,radio,,Geschlecht für Prüfung,"1, männlich | 2, übrige"\n').encode("cp1252"))
    facts = read_dictionary(path, findings)
    labels = facts["sex"].label + " ".join(label for _, label in facts["sex"].levels)
    assert "männlich" in labels + path.read_bytes().decode("cp1252")
    assert not any("\u3400" <= sign <= "\u9fff" for sign in labels)
    assert [finding.code for finding in findings] == ["RSP106"]


def test_what_is_no_dictionary_is_refused(tmp_path):
    with pytest.raises(TableRefusedError, match=r"RSP164.*not a REDCap data dictionary"):
        read(tmp_path, "1,2\n", head="id,age\n")
    with pytest.raises(TableRefusedError, match="RSP164"):
        read_dictionary(tmp_path / "nothing.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(TableRefusedError, match="RSP164"):
        read_dictionary(tmp_path / "book.xlsx")


def made_study(seed):
    """A study of traits of every kind, with awkward labels, units, ranges and levels."""
    draw = random.Random(seed)
    traits = []
    for index in range(12):
        kind = draw.choice(["binary", "ordinal", "continuous", "count", "set"])
        trait = {
            "name": f"trait_{index}", "kind": kind, "group": draw.choice(["clinical", "immune"]),
            "timing": draw.choice(["baseline", "baseline", "on_treatment"]),
            "label": {
                "en": draw.choice(["Share, of CD4", 'The "best" <5 test', "A (b)", "x"]) + f" {index}",
                "zh": f"标签{index}",
            },
        }  # fmt: skip
        if kind in {"continuous", "count"}:
            trait["unit"] = draw.choice(["", "mg/L", "points", "U of some kind", "10^9/L"])
            low = draw.choice([0, 0.02, 1 / 3, -4])
            trait["plausible"] = [low, low + draw.choice([1, 2.5, 1234567.25])] if draw.random() < 0.7 else None
        elif kind != "binary" or draw.random() < 0.6:
            count = 2 if kind == "binary" else draw.randint(2, 5)
            names = draw.sample(["ear/nose", "eye", "lung", "气道", "late stage", "none of it", "CD25-"], count)
            trait["levels"] = [
                {"name": name, **({"label": {"en": f"{name}, active"}} if draw.random() < 0.5 else {})}
                for name in names
            ]
        traits.append({key: value for key, value in trait.items() if value is not None})
    outcome = {
        "name": "responder",
        "kind": "binary",
        "group": "outcome",
        "timing": "outcome",
        "label": {"en": "Response"},
    }
    text = {"en": "x"}
    content = {
        "schema": "responder/study/1", "id": f"made-{seed}", "title": text, "intervention": text, "population": text,
        "trait": [*traits, outcome],
        "endpoint": [{"name": "r", "label": text, "column": "responder", "operator": "==", "threshold": 1}],
    }  # fmt: skip
    return parse_model(content, Study, "made study")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("study", [load_study("rp-ld-il2"), *map(made_study, range(20))], ids=lambda s: s.id)
def test_what_is_written_for_a_study_is_read_back(tmp_path, study, language):
    path = tmp_path / "dictionary.csv"
    path.write_text(redcap_dictionary(study, language), encoding="utf-8")
    facts = read_dictionary(path)
    assert list(facts) == [study.id_column, *(trait.name for trait in study.asked_traits)]
    assert not any(known.identifier for known in facts.values())  # a pseudonym names nobody
    for trait in study.asked_traits:
        known = facts[trait.name]
        words = [level.label.in_language(language) if level.label else level.name for level in trait.levels]
        assert (known.kind, known.timing, known.unit) == (trait.kind, trait.timing, trait.unit)
        assert known.label == trait.label.in_language(language)
        bounds = pytest.approx(trait.plausible, rel=1e-14) if trait.plausible else (None, None)
        assert known.plausible == bounds
        assert [label for _, label in known.levels] == words
        assert len({code for code, _ in known.levels}) == len(words)
        if trait.kind in {"binary", "ordinal"}:
            assert [float(code) for code, _ in known.levels] == [
                trait.code.level_values[level.name] for level in trait.levels
            ]
