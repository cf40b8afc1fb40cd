"""No file that names nobody names somebody: ids of patients in what is kept of a run."""

import json

import pytest

from responder.cohort.checks.identity import DUPLICATE_ID
from responder.cohort.ids import with_ids, without_ids
from responder.words import Phrase

IDS = ("Zephyrine-Q1", "Zephyrine-Q2", "Zephyrine-Q10")


def test_result_json_names_no_patient(trained):
    folder = trained.folder / "runs/rp_ld_il2"
    ids = {line.split(",")[1] for line in (folder / "predictions.csv").read_text().splitlines()[1:]}
    assert len(ids) >= 9
    for name in ("result.json", "study.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert [patient for patient in ids if f'"{patient}"' in text or f"{patient} " in text] == []


def test_the_report_names_them_again(trained):
    from responder.report import ReportInput

    source = ReportInput.from_folder(trained.folder / "runs/rp_ld_il2")
    told = json.dumps(source.content["findings"])
    assert "patient#" not in told
    assert '"P05"' in told


@pytest.mark.parametrize("ids", [IDS, ("101", "102", "9"), ("a", "b", "c")])
def test_ids_go_and_come_back(ids):
    found = DUPLICATE_ID.found("rows", "t.csv", patient=ids[2], rows=2, lines="2, 9").to_json()
    told = without_ids(found, ids)
    assert told["message"]["values"] == {"patient": "patient#3", "rows": 2, "lines": "2, 9"}
    assert with_ids(told, ids) == json.loads(json.dumps(found))


def test_ids_in_places_and_lists_go_too():
    where = Phrase("place.patients_of_file", {"file": "t.csv", "patients": ", ".join(IDS)}).to_json()
    told = json.dumps(without_ids({"where": where, "hint": f"see row of {IDS[2]}."}, IDS))
    assert "Zephyrine" not in told
    assert "see row of patient#3." in told


def test_who_is_named_among_others_goes_too_whatever_the_id_looks_like():
    found = DUPLICATE_ID.found("rows", "t.csv", names=("102", "9", Phrase("list.more", {"n": 9}))).to_json()
    told = without_ids(found, ("101", "102", "9"))
    assert told["message"]["values"]["names"][:2] == ["patient#2", "patient#3"]
    assert told["message"]["values"]["names"][2]["values"] == {"n": 9}
