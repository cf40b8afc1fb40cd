"""A filter over a table of visits chooses patients by their baseline, and keeps all of their visits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cohort import load_cohort, scan_cohort
from responder.cohort.draft.drafting import draft_study
from responder.cohort.rule import TableRefusedError
from responder.cohort.selection import select_at_visits, select_patients
from responder.cohort.table import RawTable, ReadOptions
from responder.errors import DataRefusedError

HEADER = "patient_id,week,arm,organs,age,score"
# A: the airway clears by week 12; B: it appears at week 12 only; C: airway among others; D: no baseline visit
ROWS = (
    "A,0,x,airway,41,14", "A,12,x,none,41,0",
    "B,0,y,ear,39,9", "B,12,y,airway,39,14",
    "C,0,x,ear;airway,50,23", "C,12,x,ear,50,9",
    "D,12,y,airway,61,14",
    "E,0,y,trachea,33,14", "E,12,y,trachea,33,14",
)  # fmt: skip


def table(rows=ROWS, header=HEADER):
    cells = tuple(tuple(row.split(",")) for row in rows)
    return RawTable("visits.csv", tuple(header.split(",")), cells, tuple(range(2, len(rows) + 2)))


def chosen(where, study=None, rows=ROWS, **options):
    kept, findings = select_patients(table(rows), where, "patient_id", study=study, **options)
    return "".join(dict.fromkeys(kept.column("patient_id"))), len(kept.rows), [f.code for f in findings]


def test_a_subgroup_is_of_patients_and_keeps_all_their_visits(study):
    assert chosen({"organs": "airway"}, study) == ("ACE", 6, ["RSP171", "RSP172"])
    assert chosen({"organs": "ear"}, study)[0] == "BC"
    assert chosen({"organs": "airway; ear"}, study)[0] == "C"  # all that it names
    assert chosen({"organs": "airway"})[0] == "A"  # without a study a cell is its text


def test_a_column_of_the_patient_needs_no_baseline():
    assert chosen({"arm": "Y"}) == ("BDE", 5, ["RSP171"])
    assert chosen({"arm": "y", "organs": "ear"})[0] == "B"


def test_a_value_known_only_later_chooses_nobody():
    rows = [row + (",yes" if row.startswith("A,12") else ",no" if ",12," in row else ",") for row in ROWS]
    with pytest.raises(TableRefusedError, match="RSP173"):
        select_patients(table(rows, HEADER + ",responded"), {"responded": "yes"}, "patient_id")


def test_where_no_visit_is_named_like_a_baseline_the_study_names_it():
    rows = [row.replace(",0,", ",visit_a,").replace(",12,", ",visit_b,") for row in ROWS]
    header = HEADER.replace("week", "visit")
    with pytest.raises(TableRefusedError, match="RSP173"):
        select_patients(table(rows, header), {"organs": "ear"}, "patient_id")
    kept, _ = select_patients(table(rows, header), {"organs": "ear"}, "patient_id", baseline_visit="visit_a")
    assert set(kept.column("patient_id")) == {"B"}
    with pytest.raises(TableRefusedError, match="RSP169"):
        select_patients(table(rows, header), {"organs": "ear"}, "patient_id", baseline_visit="visit_c")


def test_screening_speaks_where_the_baseline_visit_is_silent():
    rows = ("A,-2,x,airway,41,14", "A,0,x,,41,14", "A,12,x,none,41,0", "B,-2,x,ear,39,9", "B,0,x,airway,39,9")
    header = HEADER.replace("week", "visit")
    rows = [row.replace(",-2,", ",screening,").replace(",0,x", ",baseline,x") for row in rows]
    kept, _ = select_patients(table(rows, header), {"organs": "airway"}, "patient_id")
    assert kept.column("patient_id") == ("A", "A", "A", "B", "B")


def test_one_row_a_patient_is_filtered_as_ever():
    kept, findings = select_patients(table(ROWS[::2][:2]), {"organs": "ear"}, "patient_id")
    assert (kept.column("patient_id"), findings) == (("B",), [])


def test_a_cohort_of_visits_is_the_baseline_subgroup(tmp_path, study):
    # on the old reading A kept only week 0 and B only week 12: nobody had both
    path = tmp_path / "visits.csv"
    path.write_text("\n".join([HEADER, *ROWS[:6], *ROWS[7:], "F,0,x,airway,44,9", "F,12,x,none,44,9"]))
    cohort = load_cohort(path, study, options=ReadOptions(where={"organs": "airway"}), traits=["age_years"])
    assert dict(zip(cohort.ids, cohort.outcome.tolist(), strict=True)) == {"A": 1, "C": 0, "E": 0, "F": 0}
    with pytest.raises(DataRefusedError, match="RSP111"):
        load_cohort(path, study, options=ReadOptions(where={"organs": "eye"}))


def test_a_column_that_tells_rows_apart_chooses_rows(tmp_path, study):
    path = tmp_path / "adrs.csv"
    lines = [f"{p},{w},{code},{v}" for p in "ABCD" for w in (0, 12) for code, v in (("X", 1), ("S", 9 * (w == 0)))]
    path.write_text("\n".join(["patient_id,week,PARAMCD,score", *lines]))
    scan = scan_cohort(path, study, options=ReadOptions(where={"PARAMCD": "S"}))
    assert not any(f.code in {"RSP123", "RSP171"} for f in scan.findings)


def test_a_draft_is_of_the_same_patients(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("\n".join([HEADER, *ROWS]))
    assert draft_study(path, options=ReadOptions(where={"arm": "x"})).patients == 2
    assert draft_study(path, options=ReadOptions(where={"organs": "airway"})).patients == 1  # D has no baseline


@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from([0.0, 1.0, None]), st.sampled_from("xyz")), min_size=1)
)
def test_no_later_row_ever_decides_who_has_a_baseline(rows):
    """Property: what stands at later visits of patients with a baseline changes nothing, if some value ever changes."""
    cells = [(patient, value) for patient, _, value in rows]
    at = [rank for *_, rank in ((p, v, r) for p, r, v in rows)]
    later = [(p, v if rank is not None else "w") for (p, v), rank in zip(cells, at, strict=True)]
    ids = [patient for patient, _ in cells]
    known = {patient for patient, rank in zip(ids, at, strict=True) if rank is not None}

    def who(content):
        made = RawTable("t.csv", ("id", "x"), tuple(content), tuple(range(len(content))))
        try:
            return set(select_at_visits(made, {"x": "x"}, ids, at)[0].column("id")) & known
        except TableRefusedError:
            return set()

    assert who(cells) == who(later)
