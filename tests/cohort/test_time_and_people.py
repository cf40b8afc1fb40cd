"""From a file: what is named like a later time is refused, and no person is used or printed."""

import pytest

from responder.cohort import scan_cohort
from responder.study.model import Study
from responder.toml_file import parse_model

TEXT = {"en": "x"}


def scanned(tmp_path, header, rows, traits, id_column="id", **top):
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    made = {"kind": "continuous", "group": "a", "label": TEXT}
    content = {
        "schema": "responder/study/1", "id": "s", "title": TEXT, "intervention": TEXT, "population": TEXT,
        "id_column": id_column,
        "trait": [*({**made, **trait} for trait in traits),
                  {**made, "name": "done", "kind": "binary", "timing": "outcome"}],
        "endpoint": [{"name": "e", "label": TEXT, "column": "done", "operator": "==", "threshold": 1}],
        **top,
    }  # fmt: skip
    return scan_cohort(path, parse_model(content, Study, "study"))


def codes(scan):
    return {finding.code for finding in scan.findings.refused}


ROWS = [f"P{i},{30 + 7 * i % 23},{5 + 3 * i % 17},{11 * i % 13},{i % 2}" for i in range(12)]


def test_an_oncology_sheet_with_survival_among_its_traits_is_refused(tmp_path):
    traits = [{"name": "age"}, {"name": "pfs_months"}, {"name": "survival", "aliases": ["os_months"]}]
    scan = scanned(tmp_path, "id,age,pfs_months,os_months,done", ROWS, traits)
    assert codes(scan) == {"RSP222"}
    assert scan.cohort is None
    assert {str(f.where).split("'")[1] for f in scan.findings.refused} == {"pfs_months", "os_months"}


def test_the_header_counts_and_the_suffix_of_a_drafter_does_not(tmp_path):
    header = "id,dose,crp 12wk,Treg T2,done"
    traits = [{"name": "dose_2", "aliases": ["dose"]}, {"name": "crp", "aliases": ["crp 12wk"]},
              {"name": "treg", "aliases": ["Treg T2"]}]  # fmt: skip
    found = scanned(tmp_path, header, ROWS, traits).findings.refused
    assert [f.code for f in found] == ["RSP221", "RSP221"]
    assert {str(f.where).split("'")[1] for f in found} == {"crp 12wk", "Treg T2"}
    vouched = [{**trait, "known_before_treatment": True} for trait in traits]
    assert codes(scanned(tmp_path, header, ROWS, vouched)) == set()


def test_the_declared_baseline_visit_is_no_later_one(tmp_path):
    header = "id,crp_dose_1,crp_dose_2,age,done"
    traits = [{"name": "crp_dose_1"}, {"name": "crp_dose_2"}, {"name": "age"}]
    (found,) = scanned(tmp_path, header, ROWS, traits, baseline_visit="dose_1").findings.refused
    assert (found.code, "crp_dose_2" in str(found.where)) == ("RSP221", True)


PEOPLE = ["Ada Birk", "Max Lund", "Jane Roe", "Tom Hale", "Eva Stern", "Per Dahl"]


@pytest.mark.parametrize(
    ("column", "cells"), [("Name", PEOPLE), ("who", PEOPLE), ("住院号", [f"00{i}" for i in range(6)])]
)
def test_a_column_of_people_is_no_id_and_is_not_printed(tmp_path, column, cells):
    rows = [f"{cell},{40 + i},{i % 2}" for i, cell in enumerate([*cells, cells[0]])]
    scan = scanned(tmp_path, f"{column},age,done", rows, [{"name": "age"}], id_column=column)
    assert codes(scan) == {"RSP170"}
    assert not any(cell in str(scan.to_json()) for cell in cells)


def test_a_column_of_people_is_no_trait(tmp_path):
    rows = [f"P{i},{i},{138_1234_5000 + i},{i % 2}" for i in range(8)]
    scan = scanned(tmp_path, "id,x,contact,done", rows, [{"name": "contact"}])
    assert codes(scan) == {"RSP170"}
    assert "13812345001" not in str(scan.to_json())
    unused = scanned(tmp_path, "id,age,contact,done", rows, [])
    assert [f.code for f in unused.findings if "contact" in str(f.message)] == ["RSP116", "RSP118"]
