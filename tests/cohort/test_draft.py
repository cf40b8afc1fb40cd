"""A drafted study reads its own table, and flags what may leak."""

import pytest

from responder.cohort import TableRefusedError, draft_study, load_cohort, scan_cohort
from responder.study import load_study

TABLE = """\
ID,Age (years),Sex,Organs,Stage,Treg (cells/µL),CD4 %,n_drugs,CMV,Treg week 4,Name,Score W12,Remark,Empty
P01,41,f,ear,early,12.5,17.9 %,2,yes,30,Ann,0,came late,
P02,39,m,ear;eye,late,22.1,20.1 %,0,no,33,Bea,9,,
P03,50,f,none,middle,18.0,15.0 %,1,yes,28,Cai,0,moved,
P04,61,f,eye,late,NA,16.2 %,3,no,,Dan,4,,
"""


@pytest.fixture
def drafted(tmp_path):
    path = tmp_path / "My table 2.csv"
    path.write_text(TABLE, encoding="utf-8")
    text = draft_study(path)
    target = tmp_path / "study.toml"
    target.write_text(text, encoding="utf-8")
    return path, text, load_study(str(target))


def test_kinds_units_and_timing_are_guessed(drafted):
    _, text, study = drafted
    guessed = {t.name: (t.kind, t.unit, t.timing) for t in study.traits}
    assert guessed == {
        "age": ("continuous", "years", "baseline"),
        "sex": ("binary", "", "baseline"),
        "organs": ("set", "", "baseline"),
        "stage": ("set", "", "baseline"),
        "treg": ("continuous", "cells/µL", "baseline"),
        "cd4_percent": ("continuous", "%", "baseline"),
        "n_drugs": ("count", "", "baseline"),
        "cmv": ("binary", "", "baseline"),
        "treg_week_4": ("continuous", "", "on_treatment"),
        "score_w12": ("count", "", "outcome"),
    }
    assert study.id == "my-table-2"
    assert study.ignored == ("Name", "Remark", "Empty")
    assert {t.group for t in study.traits if t.name in {"treg", "cd4_percent"}} == {"immune"}
    assert study.endpoint.column == "score_w12"
    assert text.count("review") >= 4


def test_the_draft_reads_its_table(drafted):
    path, _, study = drafted
    cohort = load_cohort(path, study)
    assert (cohort.n, cohort.responders) == (4, 2)
    assert cohort.values[0, cohort.columns.index("cd4_percent")] == 17.9


def test_no_patients_number_is_copied(drafted):
    _, text, _ = drafted
    assert not any(value in text for value in ("12.5", "22.1", "17.9", "61", "Ann", "came late"))


@pytest.mark.parametrize(
    ("table", "endpoint"),
    [
        ("leukemia51_aml", "resp"),
        ("remission27_lee1974", "remiss"),
        ("pneumo_vaccine39_flow", "response_high_rank"),
    ],
)
def test_real_tables(datasets, tmp_path, table, endpoint):
    target = tmp_path / "study.toml"
    target.write_text(draft_study(datasets / f"{table}.csv"), encoding="utf-8")
    study = load_study(str(target))
    assert study.endpoint.column == endpoint
    assert scan_cohort(datasets / f"{table}.csv", study).cohort is not None
    if table == "leukemia51_aml":  # survival comes after treatment
        assert {t.name for t in study.traits if t.timing == "outcome"} == {"resp", "time", "status"}


def test_visits_become_columns(root, tmp_path):
    target = tmp_path / "study.toml"
    target.write_text(draft_study(root / "data/rp_ld_il2/visits.csv"), encoding="utf-8")
    timing = {t.name: t.timing for t in load_study(str(target)).traits}
    assert timing["treg_per_ul"] == "baseline"
    assert timing["treg_per_ul_week_4"] == "on_treatment"


def test_a_table_without_anything_to_predict_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,organs\nA,ear;eye\nB,eye;lung\n")
    with pytest.raises(TableRefusedError, match="no column can be an outcome"):
        draft_study(path)


def test_a_table_without_ids_is_refused_and_no_measurement_taken_for_one(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("marker,eh,response\n0,1.64,0\n0,2.26,1\n1,3.14,0\n", encoding="utf-8")
    with pytest.raises(TableRefusedError) as refused:
        draft_study(table)
    assert "tells the patients apart" in str(refused.value)
    assert "patient_id" in refused.value.hint
    table.write_text("number,eh,response\n1,1.64,0\n2,2.26,1\n3,3.14,0\n", encoding="utf-8")
    assert 'id_column = "number"' in draft_study(table)


def test_an_outcome_that_no_name_tells_is_said_to_be_a_guess(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("id,crp,cells\nA,1,20\nB,2,30\nC,4,50\n", encoding="utf-8")
    text = draft_study(table)
    assert 'timing = "outcome"  # no column is named like an outcome: review' in text


def test_later_and_final_visits_are_not_offered_as_baseline(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(
        "id,crp_visit_0,crp_visit_4,crp_final_visit,response\nA,1,2,3,1\nB,2,3,4,0\nC,5,6,7,1\n", encoding="utf-8"
    )
    text = draft_study(table)
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    study = load_study(str(tmp_path / "s.toml"))
    assert [t.name for t in study.baseline_traits] == ["crp_visit_0"]


@pytest.mark.parametrize(
    ("words", "response"), [(("CR", "PD"), "CR"), (("responder", "non-responder"), "responder"), (("NR", "R"), "R")]
)
def test_response_in_words_is_not_turned_round(tmp_path, words, response):
    table = tmp_path / "t.csv"
    rows = [f"P{i},{i}.5,{words[i % 2]}" for i in range(6)]
    table.write_text("\n".join(["id,crp,response", *rows]) + "\n", encoding="utf-8")
    text = draft_study(table)
    assert f'threshold = 1  # guessed, so that "{response}" counts as response: review' in text
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    cohort = load_cohort(table, load_study(str(tmp_path / "s.toml")))
    assert cohort.outcome.tolist() == [int(words[i % 2] == response) for i in range(6)]


def test_none_beside_two_levels_is_no_third_that_the_draft_forgot(tmp_path):
    table = tmp_path / "t.csv"
    rows = [f"P{i},{('None', 'early', 'late')[i % 3]},{i % 2}" for i in range(6)]
    table.write_text("\n".join(["id,stage,response", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text(draft_study(table), encoding="utf-8")
    cohort = load_cohort(table, load_study(str(tmp_path / "s.toml")))
    assert cohort.columns == ("stage=early", "stage=late")
    assert cohort.values.tolist() == [[0, 0], [1, 0], [0, 1]] * 2


def test_none_against_one_other_word_is_absent_against_present(tmp_path):
    table = tmp_path / "t.csv"
    rows = [f"P{i},{('None', 'mild')[i % 2]},{i // 3}" for i in range(6)]
    table.write_text("\n".join(["id,cough,response", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text(draft_study(table), encoding="utf-8")
    cohort = load_cohort(table, load_study(str(tmp_path / "s.toml")))
    assert cohort.values[:, cohort.columns.index("cough")].tolist() == [0, 1] * 3
