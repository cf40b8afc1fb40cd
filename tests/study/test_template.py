"""A template that is filled in is read back without a complaint."""

import csv
import io

import pytest
from openpyxl import load_workbook

from responder.cohort import CheckStatus, scan_cohort
from responder.study import load_study
from responder.study.template import redcap_dictionary, table_columns, template_csv, template_xlsx

STUDY = load_study("rp-ld-il2")
PATIENTS = 6


def cell(trait, patient):
    """A plausible value of a trait, another one for every patient."""
    if trait.kind == "set":
        return trait.levels[patient % 2].name
    if trait.levels:
        return trait.levels[0].name
    if trait.name == "rpdai_week12":
        return 3 * (patient % 2)
    low, high = trait.plausible
    value = low + (high - low) * (patient * 7 % 11 + 1) / 12
    return round(value) if trait.kind == "count" else round(value, 2)


ASKED = STUDY.asked_traits


def filled():
    return [[f"P{i}", *(cell(trait, i) for trait in ASKED)] for i in range(PATIENTS)]


def assert_complete(path):
    scan = scan_cohort(path, STUDY)
    assert scan.cohort is not None, [f.message for f in scan.findings.refused]
    assert scan.cohort.n == PATIENTS
    assert scan.cohort.traits == tuple(trait.name for trait in ASKED if trait.timing == "baseline")
    # filled in trait by trait, so that one does not go with another (RSP191)
    intake = [c for c in scan.findings.checks if c.code < "RSP200" and c.code not in {"RSP108", "RSP191"}]
    assert {c.code for c in intake if c.status is CheckStatus.FAILED} == set()


def test_csv(tmp_path):
    path = tmp_path / "cohort.csv"
    with path.open("w", newline="") as file:
        file.write(template_csv(STUDY))
        csv.writer(file).writerows(filled())
    assert_complete(path)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_xlsx(language, tmp_path):
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(template_xlsx(STUDY, language))
    workbook = load_workbook(path)
    assert workbook.sheetnames == ["cohort"]
    sheet = workbook["cohort"]
    assert tuple(c.value for c in sheet[1]) == table_columns(STUDY)
    rules = sheet.data_validations.dataValidation
    assert len(rules) == len(ASKED)
    for trait, rule in zip(ASKED, rules, strict=True):
        assert trait.label.in_language(language) in rule.prompt
        assert all(level.name in rule.prompt for level in trait.levels)
        assert rule.errorStyle == "warning"
    for row in filled():
        sheet.append(row)
    workbook.save(path)
    assert_complete(path)


def test_redcap_dictionary_and_its_export(tmp_path):
    rows = list(csv.DictReader(io.StringIO(redcap_dictionary(STUDY))))
    fields = [row["Variable / Field Name"] for row in rows]
    assert fields == list(table_columns(STUDY))
    assert {len(row) for row in rows} == {18}
    by_name = {row["Variable / Field Name"]: row for row in rows}
    assert by_name["sex"]["Choices, Calculations, OR Slider Labels"] == "0, female | 1, male"
    assert by_name["age_years"]["Text Validation Max"] == "110"
    assert [row["Section Header"] for row in rows if row["Section Header"]] == [
        "Clinical",
        "Immune",
        "Outcome",
    ]

    # what REDCap exports for such fields: a checkbox as one 0/1 column a choice, a radio as its code
    headers, cells = [STUDY.id_column], [[f"P{i}"] for i in range(PATIENTS)]
    for trait in ASKED:
        kind = by_name[trait.name]["Field Type"]
        codes = [
            choice.split(", ")[0]
            for choice in by_name[trait.name]["Choices, Calculations, OR Slider Labels"].split(" | ")
        ]
        if kind == "checkbox":
            headers += [f"{trait.name}___{code}" for code in codes]
            for i in range(PATIENTS):
                cells[i] += [int(code == cell(trait, i)) for code in codes]
            continue
        headers.append(trait.name)
        for i in range(PATIENTS):
            cells[i].append(codes[0] if kind == "radio" else cell(trait, i))
    path = tmp_path / "export.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([headers, *cells])
    assert_complete(path)
