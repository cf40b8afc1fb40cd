"""From a file to a checked cohort: what is accepted, what is refused, and in which words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cohort import CheckStatus, Severity, load_cohort, scan_cohort
from responder.cohort.table import ReadOptions
from responder.errors import ConfigError, DataRefusedError
from responder.study import load_study

from .conftest import HEADER, ROWS


def codes(scan, severity=None):
    return [f.code for f in scan.findings if severity is None or f.severity is severity]


def test_a_good_cohort_is_encoded_in_the_order_of_the_study(cohort_file, study):
    cohort = load_cohort(cohort_file(), study)
    assert cohort.ids == ("P01", "P02", "P03", "P04", "P05", "P06")
    assert cohort.columns == (
        "sex", "age_years", "organs=ear", "organs=airway", "organs=eye", "marker_per_ul", "stage", "score",
    )  # fmt: skip
    assert cohort.outcome.tolist() == [1, 0, 1, 0, 1, 0]
    assert cohort.values[2].tolist() == [0, 50, 1, 1, 0, 22.0, 0, 23]
    assert cohort.values[3, 2:5].tolist() == [0, 0, 0]
    assert cohort.rests_on == ()
    assert set(cohort.provenance) == {*cohort.traits, "score_week12"}


def test_named_traits_come_in_their_own_order_and_the_others_stay_out(cohort_file, study):
    cohort = load_cohort(cohort_file(), study, traits=["marker_per_ul", "sex", "sex"])
    assert cohort.columns == ("marker_per_ul", "sex")
    assert cohort.values[:2].tolist() == [[12.5, 0], [30.1, 1]]


# What a person may get wrong, each with its code and a word that the message must hold.
BROKEN = {
    "empty file": ("", "RSP102", "empty"),
    "header only": (HEADER + "\n", "RSP102", "no rows"),
    "wrong delimiter": ("patient_id=score=score_week12\nP1=9=0\nP2=9=0\n", "RSP103", "single column"),
    "ragged row": ([*ROWS[:2], "P03,f,50,ear;airway,22.0,early,23,0,7"], "RSP104", "9 cells"),
    "short row": ([*ROWS[:2], "P03,f,50"], "RSP104", "3 cells"),
    "open quotation mark": ([*ROWS[:2], 'P03,"f,50,ear,22.0,early,23,0'], "RSP104", "cannot be split"),
    "duplicate header": (HEADER.replace("age", "sex") + "\n" + ROWS[0], "RSP105", "'sex'"),
    "missing outcome column": ("patient_id,age,scor_week12\nP1,41,0\nP2,50,3", "RSP113", "score_week12"),
    "missing id column": ("who,age,score_week12\nP1,41,0\nP2,50,3\nP3,60,0", "RSP113", "patient ids"),
    "text in a number": ([*ROWS[:5], "P06,f,old,airway,15.9,early,14,14"], "RSP117", "not a number"),
    "decimal comma": ([*ROWS[:5], 'P06,f,47,airway,"15,9",early,14,14'], "RSP184", "decimal commas"),
    "unknown level": ([*ROWS[:5], "P06,f,47,airwy,15.9,early,14,14"], "RSP117", "not a level"),
    "unknown ordinal": ([*ROWS[:5], "P06,f,47,airway,15.9,ealry,14,14"], "RSP117", "not a level"),
    "half a count": ([*ROWS[:5], "P06,f,47,airway,15.9,early,14.5,14"], "RSP117", "whole number"),
    "negative count": ([*ROWS[:5], "P06,f,47,airway,15.9,early,-4,14"], "RSP131", "plausible range"),
    "impossible age": ([*ROWS[:5], "P06,f,470,airway,15.9,early,14,14"], "RSP131", "plausible range"),
    "unit slip": ([*ROWS[:5], "P06,f,47,airway,0.0159,early,14,14"], "RSP130", "10^9/L"),
    "duplicate id": ([*ROWS, "P01,m,50,ear,20,late,9,9"], "RSP121", "P01 has 2 rows"),
    "ids alike but for case": ([*ROWS, "p01,m,50,ear,20,late,9,9"], "RSP122", "P01 and p01"),
    "ids alike but for leading zeros": ([*ROWS, "P1,m,50,ear,20,late,9,9"], "RSP122", "P01 and P1"),
    "no id": ([*ROWS, ",m,50,ear,20,late,9,9"], "RSP120", "no patient id"),
    "all responders": ([row.rsplit(",", 1)[0] + ",0" for row in ROWS], "RSP202", "all 6 patients"),
    "no outcome at all": ([row.rsplit(",", 1)[0] + ",NaN" for row in ROWS], "RSP210", "no patient has"),
    "1 patient": (ROWS[:1], "RSP201", "only one patient has"),
    "2 patients": (ROWS[:2], "RSP201", "only 2 patients have"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BROKEN)
def test_broken_input_is_refused_in_three_lines(mistake, cohort_file, study, tmp_path):
    content, code, words = BROKEN[mistake]
    path = cohort_file(content) if isinstance(content, list) else tmp_path / "cohort.csv"
    if isinstance(content, str):
        path.write_text(content)
    with pytest.raises(DataRefusedError) as refused:
        load_cohort(path, study)
    error = refused.value
    assert error.exit_code == 3
    assert str(error.message).startswith(code)
    assert words in str(error.message)
    assert str(error.where).startswith(str(path))
    assert str(error.hint)
    scan = scan_cohort(path, study)
    assert scan.cohort is None
    assert code in codes(scan, Severity.REFUSED)


def test_a_missing_file_names_the_nearest_one(cohort_file, study):
    path = cohort_file()
    with pytest.raises(DataRefusedError) as refused:
        load_cohort(path.with_name("cohrt.csv"), study)
    assert str(refused.value.message).startswith("RSP101")
    assert str(refused.value.hint) == "did you mean 'cohort.csv'?"


def test_a_missing_column_names_the_nearest_header(tmp_path, study):
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,age,scor_week12\nP1,41,0\nP2,50,3\nP3,60,0")
    with pytest.raises(DataRefusedError) as refused:
        load_cohort(path, study)
    assert str(refused.value.hint) == "did you mean 'scor_week12'?"


def test_cell_mistakes_name_line_patient_and_column_and_never_the_value(cohort_file, study):
    scan = scan_cohort(cohort_file([*ROWS[:4], "P05,m,oldish,ear,25.2,early,9,0"]), study)
    (found,) = [f for f in scan.findings if f.code == "RSP117"]
    assert str(found.where).endswith("cohort.csv:6, patient P05, column 'age'")
    assert not any("oldish" in text for f in scan.findings for text in (str(f.message), str(f.where), str(f.hint)))


def test_all_cell_mistakes_of_a_column_are_told_at_once_but_not_without_end(cohort_file, study):
    rows = [f"P{i:02d},f,old,ear,12,early,9,{i % 2}" for i in range(40)]
    found = [f for f in scan_cohort(cohort_file(rows), study).findings if f.code == "RSP117"]
    assert len(found) == 6
    assert "35 more" in str(found[-1].message)


@pytest.mark.parametrize("trait", ["marker_week4", "score_week12", "score_w12"])
def test_a_trait_from_after_the_start_is_refused(trait, cohort_file, study):
    with pytest.raises(DataRefusedError, match="RSP220") as refused:
        load_cohort(cohort_file(), study, traits=["age_years", trait])
    assert "leak" in str(refused.value.hint)


def test_an_unknown_trait_and_endpoint_are_mistakes_of_configuration(cohort_file, study):
    with pytest.raises(ConfigError, match="no trait 'age_year'") as trait:
        load_cohort(cohort_file(), study, traits=["age_year"])
    assert str(trait.value.hint) == "did you mean 'age_years'?"
    with pytest.raises(ConfigError, match="no endpoint 'complet'") as endpoint:
        load_cohort(cohort_file(), study, endpoint="complet")
    assert str(endpoint.value.hint) == "did you mean 'complete'?"


def test_a_trait_that_was_asked_for_must_be_there(tmp_path, study):
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,age,score_week12\nP1,41,0\nP2,50,3\nP3,60,0")
    assert load_cohort(path, study).traits == ("age_years",)
    with pytest.raises(DataRefusedError, match=r"RSP113.*'stage'"):
        load_cohort(path, study, traits=["age_years", "stage"])


def test_absent_traits_and_unknown_columns_are_notes(cohort_file, study):
    path = cohort_file([row + ",hello,1" for row in ROWS], HEADER.replace("marker", "markr") + ",comment,centre")
    scan = scan_cohort(path, study)
    absent = [f for f in scan.findings if f.code == "RSP114"]
    unused = [f for f in scan.findings if f.code == "RSP116"]
    assert ["'marker_per_ul'" in str(f.message) and "markr" in str(f.hint) for f in absent] == [True]
    assert "markr and centre" in str(unused[0].message)  # 'comment' is ignored by the study, silently
    assert scan.cohort.n == 6


def test_names_are_matched_without_case_blanks_underscores_and_hyphens(tmp_path, study):
    path = tmp_path / "cohort.csv"
    path.write_text("Subject, Age Years ,SCORE-WEEK12,Marker (10^9/L)\n01,41,0,0.02\n02,50,3,0.03\n03,60,0,NA\n")
    cohort = load_cohort(path, study)
    assert cohort.ids == ("01", "02", "03")  # leading zeros stay
    assert cohort.columns == ("age_years", "marker_per_ul")
    np.testing.assert_allclose(cohort.values, [[41, 20], [50, 30], [60, np.nan]])


def test_two_columns_for_one_trait_are_refused_unless_one_has_the_exact_name(tmp_path, study):
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,age,Age_Years,score_week12\nP1,41,42,0\nP2,50,51,3\nP3,60,61,0")
    with pytest.raises(DataRefusedError, match="RSP115"):
        load_cohort(path, study)
    path.write_text("patient_id,age,age_years,score_week12\nP1,41,42,0\nP2,50,51,3\nP3,60,61,0")
    assert load_cohort(path, study).values[:, 0].tolist() == [42, 51, 61]


def test_patients_without_the_outcome_are_left_out_by_name(cohort_file, study):
    rows = [*ROWS, "P07,f,50,ear,20,late,9,N/A", "P08,f,50,ear,20,late,9,"]
    cohort = load_cohort(cohort_file(rows), study)
    assert cohort.n == 6
    (found,) = [f for f in cohort.findings if f.code == "RSP211"]
    assert found.severity is Severity.CAUTION
    assert str(found.message).endswith("P07 and P08")


def test_withdrawals_count_as_non_response_where_the_study_says_so(cohort_file, study):
    cohort = load_cohort(cohort_file([*ROWS, "P07,f,50,ear,20,late,9,"]), study, endpoint="strict")
    assert cohort.n == 7
    assert cohort.outcome[-1] == 0
    assert [str(f.message).endswith("P07") for f in cohort.findings if f.code == "RSP212"] == [True]


def test_percent_change_needs_its_baseline_whichever_traits_are_used(cohort_file, study):
    cohort = load_cohort(cohort_file(), study, endpoint="halved", traits=["age_years"])
    assert cohort.outcome.tolist() == [1, 0, 1, 0, 1, 0]
    assert cohort.columns == ("age_years",)
    header = HEADER.replace(",score,", ",other,")
    with pytest.raises(DataRefusedError, match=r"RSP113.*'score'"):
        load_cohort(cohort_file(header=header), study, endpoint="halved", traits=["age_years"])


def test_rows_are_filtered_by_a_raw_column_and_strata_are_kept(cohort_file, study):
    rows = [f"{row},{'A' if i % 3 else 'B'}" for i, row in enumerate(ROWS)]
    path = cohort_file(rows, HEADER + ",Centre")
    assert load_cohort(path, study, options=ReadOptions(where={"centre": "a"})).ids == ("P02", "P03", "P05", "P06")
    assert load_cohort(path, study, strata="centre").strata == ("B", "A", "A", "B", "A", "A")
    with pytest.raises(DataRefusedError, match="RSP111"):
        load_cohort(path, study, options=ReadOptions(where={"centre": "C"}))
    with pytest.raises(DataRefusedError, match="RSP113"):
        load_cohort(path, study, options=ReadOptions(where={"center": "A"}))


def test_none_is_an_answer_and_gaps_are_gaps(cohort_file, study):
    rows = [*ROWS[:5], "P06,f,.,none,not done,unknown,14,14"]
    cohort = load_cohort(cohort_file(rows), study)
    last = dict(zip(cohort.columns, cohort.values[-1], strict=True))
    assert last["organs=ear"] == 0.0
    assert all(np.isnan(last[name]) for name in ("age_years", "marker_per_ul", "stage"))


def test_every_rule_says_what_became_of_it(cohort_file, study, tmp_path):
    whole = scan_cohort(cohort_file(), study).findings.checks
    (tmp_path / "empty.csv").write_text("")
    stopped = scan_cohort(tmp_path / "empty.csv", study).findings.checks
    assert {c.code for c in whole} == {c.code for c in stopped}
    assert len({c.code for c in whole}) == len(whole)
    assert {c.code: c.status for c in stopped}["RSP102"] is CheckStatus.FAILED
    assert {c.code: c.status for c in stopped}["RSP202"] is CheckStatus.NOT_APPLICABLE
    assert {c.code: c.status for c in whole}["RSP202"] is CheckStatus.PASSED


def test_a_file_with_names_and_birthdays_is_remarked(cohort_file, study):
    path = cohort_file([row + ",Ann,1980-01-01" for row in ROWS], HEADER + ",First Name,DOB")
    (found,) = [f for f in load_cohort(path, study).findings if f.code == "RSP118"]
    assert "First Name and DOB" in str(found.message)


# ---------------------------------------------------------------- the reference cohort and real tables
def test_reference_cohort_rests_on_reconstructed_and_simulated_values(root):
    cohort = load_cohort(root / "data/rp_ld_il2/cohort.csv", load_study("rp-ld-il2"))
    assert (cohort.n, cohort.responders) == (9, 6)
    assert str(cohort.illustration) == "illustrative: rests on reconstructed and simulated values"
    given = load_cohort(
        root / "data/rp_ld_il2/cohort.csv", load_study("rp-ld-il2"), traits=["age_years"],
        provenance={"age_years": "observed", "rpdai_week12": "observed"},
    )  # fmt: skip
    assert given.rests_on == ()


def test_visits_and_cohort_of_the_reference_agree(root):
    study = load_study("rp-ld-il2")
    cohort = load_cohort(root / "data/rp_ld_il2/cohort.csv", study)
    visits = load_cohort(root / "data/rp_ld_il2/visits.csv", study)
    assert visits.ids == cohort.ids
    assert visits.outcome.tolist() == cohort.outcome.tolist()
    shared = [c for c in visits.columns if c in cohort.columns]
    assert "treg_per_ul" in shared
    for column in shared:
        np.testing.assert_array_equal(
            visits.values[:, visits.columns.index(column)], cohort.values[:, cohort.columns.index(column)]
        )


REAL = {  # n and events of each table, and names under which its outcome might be offered
    ("leukemia51_aml", None): (51, 24, ["responded", "survival_months", "alive", "Time"]),
    ("remission27_lee1974", None): (27, 9, ["remiss"]),
    ("pneumo_vaccine39_flow", "Prevnar-13"): (
        19,
        9,
        ["response_rank", "RANK", "EXTENT", "STRENGTH", "maxRBA"],
    ),
    ("pneumo_vaccine39_flow", "Pneumovax-23"): (20, 10, ["response_high_rank"]),
}


@pytest.mark.parametrize(("name", "arm"), REAL)
def test_real_tables_load_and_their_outcomes_are_refused_as_traits(name, arm, root, datasets):
    n, events, leaks = REAL[name, arm]
    study = load_study(str(root / f"experiments/studies/{name}.toml"))
    where = {"vaccine": arm} if arm else None
    cohort = load_cohort(datasets / f"{name}.csv", study, options=ReadOptions(where=where or {}))
    assert (cohort.n, cohort.responders) == (n, events)
    assert set(cohort.traits) == {t.name for t in study.baseline_traits}
    assert not any(f.code == "RSP116" for f in cohort.findings)
    for leak in leaks:
        with pytest.raises(DataRefusedError, match="RSP220"):
            load_cohort(datasets / f"{name}.csv", study, options=ReadOptions(where=where or {}), traits=[leak])


def test_the_vaccine_arms_have_the_published_correlations(root, datasets):
    # Ravichandran 2024, Prevnar-13 arm, n = 16: r with RANK 0.506 (Th1), -0.581 (Th17), 0.644 (Th1/Th17)
    study = load_study(str(root / "experiments/studies/pneumo_vaccine39_flow.toml"))
    path, arm = datasets / "pneumo_vaccine39_flow.csv", {"vaccine": "Prevnar-13"}
    traits = ["th1_per_ul", "th17_per_ul", "th1_percent_of_cd4"]
    cohort = load_cohort(path, study, options=ReadOptions(where=arm or {}), traits=traits)
    from responder.cohort import read_table

    table = read_table(path)
    rank = {i: float(r) for i, r in zip(table.column("ID"), table.column("RANK"), strict=True)}
    whole = ~np.isnan(cohort.values).any(axis=1)
    ranks = np.array([rank[i] for i in cohort.ids])[whole]
    th1, th17, _ = cohort.values[whole].T
    found = [np.corrcoef(x, ranks)[0, 1] for x in (th1, th17, th1 / th17)]
    assert whole.sum() == 16
    np.testing.assert_allclose(found, [0.506, -0.581, 0.644], atol=0.0006)


# ---------------------------------------------------------------- properties
def test_a_missing_trait_is_never_mistaken_for_the_outcome_of_the_same_name(tmp_path, study):
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,age,score_week12\nP1,41,0\nP2,50,3\nP3,60,0")
    with pytest.raises(DataRefusedError, match=r"RSP113.*'score'") as refused:
        load_cohort(path, study, traits=["score"])
    assert "score_week12" not in str(refused.value.hint)


@given(st.permutations(range(8)), st.permutations(range(6)))
def test_the_order_of_columns_and_rows_carries_no_meaning(tmp_path_factory, study, columns, rows):
    cells = [line.split(",") for line in (HEADER, *ROWS)]
    path = tmp_path_factory.mktemp("order") / "cohort.csv"
    shuffled = [cells[0], *(cells[1 + r] for r in rows)]
    path.write_text("\n".join(",".join(line[c] for c in columns) for line in shuffled))
    cohort = load_cohort(path, study)
    back = np.argsort(cohort.ids)
    assert cohort.columns[0] == "sex"
    np.testing.assert_array_equal(cohort.values[back, cohort.columns.index("score")], [9, 14, 23, 9, 9, 14])
    np.testing.assert_array_equal(cohort.values[back, 2], [1, 0, 1, 0, 1, 0])
    assert cohort.outcome[back].tolist() == [1, 0, 1, 0, 1, 0]
