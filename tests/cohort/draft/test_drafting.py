"""A draft is a set of answers and open questions: it reads its own table, and assumes neither time nor outcome."""

import pytest

from responder.cohort import TableRefusedError, load_cohort, scan_cohort
from responder.cohort.draft import draft_study
from responder.cohort.table import RawTable
from responder.errors import DataRefusedError, UsageError
from responder.study import load_study
from responder.study.questions import OpenQuestionsError
from responder.values import TypedNumber

WORDS = {"title": "T", "intervention": "I", "population": "P", "endpoint.response.label": "R"}
TABLE = """\
ID,Age (years),Sex,Organs,Stage,Treg (cells/µL),CD4 %,n_drugs,CMV,Treg week 4,Name,Score W12,Remark,Empty
P01,41,f,ear,early,12.5,17.9 %,2,yes,30,Ann,0,came late,
P02,39,m,ear;eye,late,22.1,20.1 %,0,no,33,Bea,9,,
P03,50,f,none,middle,18.0,15.0 %,1,yes,28,Cai,0,moved,
P04,61,f,eye,late,NA,16.2 %,3,no,,Dan,4,,
"""
ANSWERS = {
    "trait.treg.timing": "baseline",
    "endpoint.response.column": "score_w12",
    "endpoint.response.operator": "==",
    "endpoint.response.threshold": "0",
}


@pytest.fixture
def drafter(tmp_path):
    """A function from a table's text and answers to its path, the draft, and a function to the study."""

    def draft(text, answers=None, name="t.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        drafted = draft_study(path, {**WORDS, **(answers or {})})

        def study():
            target = tmp_path / "study.toml"
            target.write_text(drafted.text, encoding="utf-8")
            return load_study(str(target))

        return path, drafted, study

    return draft


def keys(drafted):
    return {question.key for question in drafted.questions}


def test_kinds_and_units_are_read_and_time_and_outcome_are_asked(drafter):
    _, drafted, _ = drafter(TABLE, name="My table 2.csv")
    assert keys(drafted) == {
        "trait.treg.timing",
        "endpoint.response.column",
        "endpoint.response.operator",
        "endpoint.response.threshold",
    }
    assert {column.header: column.reason for column in drafted.ignored} == {
        "Name": "personal",
        "Remark": "text",
        "Empty": "empty",
    }
    assert drafted.later == ("Treg week 4", "Score W12")
    _, drafted, study = drafter(TABLE, ANSWERS, name="My table 2.csv")
    assert drafted.questions == ()
    assert {t.name: (t.kind, t.unit, t.timing) for t in study().traits} == {
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
    assert study().id == "my-table-2"


def test_the_draft_reads_its_table(drafter):
    path, _, study = drafter(TABLE, ANSWERS)
    cohort = load_cohort(path, study())
    assert (cohort.n, cohort.responders) == (4, 2)
    assert cohort.values[0, cohort.columns.index("cd4_percent")] == 17.9


def test_no_patients_number_and_nobodys_name_is_copied(drafter):
    _, drafted, _ = drafter(TABLE)
    told = drafted.text + str(drafted.to_json())
    assert not any(value in told for value in ("12.5", "22.1", "17.9", "61", "Ann", "came late"))


@pytest.mark.parametrize(
    ("table", "endpoint", "asked"),
    [
        ("leukemia51_aml", "resp", set()),
        ("remission27_lee1974", "remiss", set()),
        # EXTENT and STRENGTH come after vaccination, as RANK does, and no name says so
        ("pneumo_vaccine39_flow", "response_high_rank", {"trait.extent.timing", "trait.strength.timing"}),
    ],
)
def test_real_tables(datasets, tmp_path, table, endpoint, asked):
    path, target = datasets / f"{table}.csv", tmp_path / "study.toml"
    words = {**WORDS}
    if endpoint not in {"resp", "remiss"}:  # what yes means in a high rank is asked
        assert keys(draft_study(path, words)) == {"endpoint.response.threshold"}
        words["endpoint.response.threshold"] = "1"
    assert keys(draft_study(path, words)) == asked
    drafted = draft_study(path, {**words, **dict.fromkeys(asked, "outcome")})
    target.write_text(drafted.text, encoding="utf-8")
    study = load_study(str(target))
    assert study.endpoint.column == endpoint
    assert scan_cohort(path, study).cohort is not None
    if table == "leukemia51_aml":  # survival comes after treatment
        assert {t.name for t in study.traits if t.timing == "outcome"} == {"resp", "time", "status"}


def test_visits_become_columns(root):
    drafted = draft_study(root / "data/rp_ld_il2/visits.csv", WORDS)
    assert "treg_per_ul" in drafted.baseline
    assert "treg_per_ul_week_4" in drafted.later


def test_a_table_without_ids_is_refused_and_no_measurement_taken_for_one(drafter):
    with pytest.raises(TableRefusedError) as refused:
        drafter("marker,eh,response\n0,1.64,0\n0,2.26,1\n1,3.14,0\n")
    assert "no column identifies the patients" in str(refused.value)
    assert refused.value.finding.hint.code == "RSP113.no_ids.fix"
    assert 'id_column = "number"' in drafter("number,eh,response\n1,1.64,0\n2,2.26,1\n3,3.14,0\n")[1].text
    ages = "age,eh,response\n34,1.64,0\n51,2.26,1\n62,3.14,0\n"  # sorted ages look like numbers of patients
    assert keys(drafter(ages)[1]) == {"id_column"}
    with pytest.raises(TableRefusedError):
        drafter("age,eh,response\n51,1.64,0\n34,2.26,1\n62,3.14,0\n")


def test_an_outcome_that_no_name_tells_is_asked_and_never_suggested(drafter):
    _, drafted, study = drafter("id,sex,smoker\nA,f,yes\nB,m,no\nC,f,yes\nD,m,no\n")
    (column,) = [q for q in drafted.questions if q.key == "endpoint.response.column"]
    assert column.code == "outcome_missing"
    assert set(column.choices) == {"sex", "smoker"}
    assert column.suggestion == ""
    with pytest.raises(OpenQuestionsError):
        study()


def test_later_and_final_visits_are_not_offered_as_baseline(drafter):
    table = "id,crp_visit_0,crp_visit_4,crp_final_visit,response\nA,1,2,3,1\nB,2,3,4,0\nC,5,6,7,1\n"
    _, drafted, study = drafter(table)
    assert drafted.questions == ()
    assert [t.name for t in study().baseline_traits] == ["crp_visit_0"]


@pytest.mark.parametrize("words", [("CR", "PD"), ("responder", "non-responder"), ("NR", "R"), ("缓解", "未缓解")])
def test_which_word_is_response_is_asked(drafter, words):
    rows = [f"P{i},{i}.5,{words[i % 2]}" for i in range(6)]
    table = "\n".join(["id,crp,response", *rows]) + "\n"
    (question,) = drafter(table)[1].questions
    assert (question.key, question.suggestion) == ("endpoint.response.levels", "")
    assert set(question.choices) == set(words)
    for word in words:
        path, _, study = drafter(table, {"endpoint.response.levels": word})
        cohort = load_cohort(path, study())
        assert cohort.outcome.tolist() == [int(words[i % 2] == word) for i in range(6)]


def test_several_words_may_count_as_response(drafter):
    words = ("CR", "PR", "SD")
    table = "\n".join(["id,crp,response", *(f"P{i},{i}.5,{words[i % 3]}" for i in range(9))]) + "\n"
    path, _, study = drafter(table, {"endpoint.response.levels": "CR; PR"})
    assert load_cohort(path, study()).outcome.tolist() == [1, 1, 0] * 3
    with pytest.raises(UsageError, match="is not an answer to"):
        drafter(table, {"endpoint.response.levels": "CR; PX"})


def test_none_beside_two_levels_is_no_third_that_the_draft_forgot(drafter):
    rows = [f"P{i},{('None', 'early', 'late')[i % 3]},{i % 2}" for i in range(6)]
    path, _, study = drafter("\n".join(["id,stage,response", *rows]) + "\n")
    cohort = load_cohort(path, study())
    assert cohort.columns == ("stage=early", "stage=late")
    assert cohort.values.tolist() == [[0, 0], [1, 0], [0, 1]] * 2


def test_none_against_one_other_word_is_absent_against_present(drafter):
    rows = [f"P{i},{('None', 'mild')[i % 2]},{i // 3}" for i in range(6)]
    path, _, study = drafter("\n".join(["id,cough,response", *rows]) + "\n")
    cohort = load_cohort(path, study())
    assert cohort.values[:, cohort.columns.index("cough")].tolist() == [0, 1] * 3


def test_an_odd_word_never_costs_a_column(drafter):
    rows = [f"P{i},{'hemolysed' if i == 3 else i + 0.5},{i % 2}" for i in range(12)]
    table = "\n".join(["id,crp,response", *rows]) + "\n"
    _, drafted, _ = drafter(table)
    assert keys(drafted) == {"trait.crp.cells.hemolysed"}
    path, _, study = drafter(table, {"trait.crp.cells.hemolysed": "missing"})
    cohort = load_cohort(path, study())
    assert cohort.values[:, 0].tolist()[2] == 2.5
    assert cohort.values[3, 0] != cohort.values[3, 0]


def test_a_panel_of_items_is_no_repeated_measurement_and_a_numbered_pair_is(drafter):
    items = ",".join(f"item_{k}" for k in range(1, 9))
    rows = [
        f"P{i},{','.join(str((i * k + k) % 5) for k in range(3, 11))},{3 * i % 7},{4 * i % 7},{i % 2}" for i in range(8)
    ]
    table = "\n".join([f"id,{items},IL-6,IL-10,response", *rows]) + "\n"
    assert drafter(table)[1].questions == ()
    rows = [f"P{i},{3 * i % 7},{5 * i % 7},{i % 2}" for i in range(8)]
    for pair in ("CRP_1,CRP_2", "marker,marker_2", "CRP,CRP.1"):
        asked = keys(drafter("\n".join([f"id,{pair},response", *rows]) + "\n")[1])
        assert len(asked) == 2
        assert all(key.endswith(".timing") for key in asked)


def test_a_remark_is_never_written(drafter):
    remark = "see Dr Chen 13800138000"
    rows = [f"P{i},{remark if i == 3 else 5 * i % 7},{i % 2}" for i in range(12)]
    _, drafted, study = drafter("\n".join(["id,crp,response", *rows]) + "\n")
    assert drafted.questions == ()
    assert "Chen" not in drafted.text + str(drafted.to_json())
    assert study().trait("crp").kind == "continuous"


def test_an_answer_to_what_was_not_asked_overrules_the_name(drafter):
    _, drafted, study = drafter(TABLE, {**ANSWERS, "trait.cmv.timing": "ignored"})
    assert drafted.questions == ()
    assert "cmv" not in {t.name for t in study().baseline_traits}


def test_units_of_one_kind_are_one_unit(drafter):
    rows = [f"P{i},{('2年', '24个月', '6个月', '1年6个月')[i % 4]},{'是' if i % 2 else '否'}" for i in range(8)]
    path, drafted, study = drafter("\n".join(["编号,病程,应答", *rows]) + "\n")
    assert drafted.questions == ()
    duration = study().trait("disease_duration")
    assert duration.unit == "年"
    assert load_cohort(path, study()).values[:4, 0].tolist() == [2.0, 2.0, 0.5, 1.5]


def test_marks_that_other_columns_make_doubtful_are_asked(drafter):
    rows = [f"P{i};{1 + i}.{234 + i};{i},5;{i % 2}" for i in range(8)]
    table = "\n".join(["id;platelets;crp;response", *rows]) + "\n"
    assert keys(drafter(table)[1]) == {"trait.platelets.decimal_mark"}
    path, _, study = drafter(table, {"trait.platelets.decimal_mark": ","})
    assert load_cohort(path, study()).values[0].tolist() == [1234.0, 0.5]


@pytest.mark.parametrize("header", ["non_responder", "no response", "loss of response", "未缓解", "kein Ansprechen"])
def test_yes_under_a_name_that_denies_is_asked(drafter, header):
    rows = [f"P{i},{5 * i % 7},{'yes' if i % 2 else 'no'}" for i in range(8)]
    table = "\n".join([f"id,crp,{header}", *rows]) + "\n"
    (question,) = [q for q in drafter(table)[1].questions if q.key == "endpoint.response.threshold"]
    assert (question.choices, question.suggestion) == (("1", "0"), "")


PEOPLE = ("Ada Birk", "Ben Cole", "Cara Dunn", "Dov Elin", "Eva Frost", "Finn Gale", "Gia Holt", "Hal Ives")


def test_visits_of_people_known_by_name_alone_are_folded(drafter):
    rows = [
        f"{name},{week},{week + 5 * i % 7}.5,{40 + 3 * i % 11},{i % 2 if week else ''}"
        for i, name in enumerate(PEOPLE)
        for week in (0, 12)
    ]
    path, drafted, study = drafter("\n".join(["Name,week,crp,age,response", *rows]) + "\n")
    assert drafted.patients == 8
    assert drafted.later == ("crp_week_12", "age_week_12", "response_week_12")
    scan = scan_cohort(path, study())
    assert scan.cohort.ids == tuple(f"P{i:02d}" for i in range(1, 9))
    assert scan.cohort.traits == ("crp", "age")
    assert not any(name in drafted.text + str(scan.to_json()) for name in PEOPLE)


def test_visits_that_nothing_ties_to_a_person_are_refused(drafter):
    rows = [f"{i},{week},{week + i}.5,{i % 2}" for i in range(8) for week in (0, 12)]
    named = [f"{'Ada Birk' if i else ''},{row}" for i, row in enumerate(rows)]
    with pytest.raises(TableRefusedError):
        drafter("\n".join(["Name,n,week,crp,response", *named]) + "\n")


def test_two_ways_to_write_one_degree_are_one_step(drafter):
    rows = [f"P{i},{('-', 'neg', '1+', '+', '++')[i % 5]},{i % 2}" for i in range(15)]
    path, drafted, study = drafter("\n".join(["id,protein,response", *rows]) + "\n")
    assert drafted.questions == ()
    assert load_cohort(path, study()).values[:5, 0].tolist() == [0, 0, 1, 1, 2]


def test_what_tells_the_outcome_is_asked_by_the_endpoints_own_rule(drafter):
    rows = [f"P{i},{3 * i % 11},{i if i < 12 else i + 20},{0 if i < 12 else 5}" for i in range(24)]
    table = "\n".join(["id,age,marker,score week 12", *rows]) + "\n"
    answers = {"endpoint.response.column": "score_week_12", "endpoint.response.operator": "=="}
    for threshold, asked in (("0", {"trait.marker.timing"}), ("3", set())):
        drafted = drafter(table, {**answers, "endpoint.response.threshold": threshold})[1]
        assert keys(drafted) == asked


SCORES = "\n".join(["编号,RPDAI基线,RPDAI 12周", *(f"P{i},{4 + i},{i % 3}" for i in range(9))]) + "\n"


def test_an_endpoint_knows_its_own_measurement_before_treatment(drafter):
    answers = {"column": "rpdai_12", "operator": "==", "threshold": "0"}
    _, drafted, study = drafter(SCORES, {f"endpoint.response.{key}": answer for key, answer in answers.items()})
    assert drafted.questions == ()
    (endpoint,) = study().endpoints
    assert (endpoint.applies_unless_met_at, endpoint.coupled) == ("rpdai", ("rpdai",))


def test_a_threshold_is_a_number(drafter):
    answers = {"endpoint.response.column": "score_w12", "endpoint.response.operator": "=="}
    for given in ("zero", "0 or 1", "1,5"):
        with pytest.raises(UsageError, match="is not an answer to"):
            drafter(TABLE, {**answers, "endpoint.response.threshold": given})


def rows_of(header, cells, n=12):
    """A table of n patients with a column in question and a response."""
    lines = [f"ID,age,{header},responder"]
    lines += [f"P{i:02d},{30 + 5 * i % 37},{cells(i)},{'yes' if i % 2 else 'no'}" for i in range(n)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("header", "odd", "number"),
    [
        ("disease duration (years)", "6 months", 0.5),
        ("weight (kg)", "154 lb", 69.853),
        ("CRP (mg/L)", "1.25 mg/dL", 12.5),
        ("病程（年）", "6个月", 0.5),
    ],
)
def test_one_cell_in_another_unit_is_converted_and_sets_none_for_the_others(drafter, header, odd, number):
    path, drafted, study = drafter(rows_of(header, lambda i: odd if i == 3 else 50 + i))
    assert not any(question.code == "cell_word" for question in drafted.questions)
    column = load_cohort(path, study()).values[:, 1]
    assert column[3] == pytest.approx(number, rel=1e-3)
    assert column[5] == 55


@pytest.mark.parametrize("odd", ["6 months", "12-15", "5-Jun", "10±2", "3/10", "0x10", "12.5?", "5+", "5.1%"])
def test_what_stands_behind_one_number_is_no_unit_of_the_column(drafter, odd):
    path, drafted, study = drafter(rows_of("marker", lambda i: odd if i == 3 else 50 + i))
    assert keys(drafted) == {f"trait.marker.cells.{odd}"}
    assert 'unit = "' not in drafted.text.replace('# unit = ""', "").replace('unit = "years"', "")
    path, drafted, study = drafter(rows_of("marker", lambda i: odd if i == 3 else 50 + i), {
        f"trait.marker.cells.{odd}": "missing"
    })  # fmt: skip
    column = load_cohort(path, study()).values[:, 1]
    assert str(column[3]) == "nan"
    assert column[5] == 55


@pytest.mark.parametrize("odd", ["1_000", "10 mg bid", "2024-01-05"])
def test_a_remark_behind_a_number_is_refused_and_never_shown(drafter, odd):
    path, drafted, study = drafter(rows_of("marker", lambda i: odd if i == 3 else 50 + i))
    assert odd not in drafted.text
    with pytest.raises(DataRefusedError, match="RSP117"):
        load_cohort(path, study())


@pytest.mark.parametrize("header", ["Response (0=yes, 1=no)", "缓解（0是，1否）", "response (1: no, 0: yes)"])
def test_codes_in_a_header_are_its_own(drafter, header):
    lines = [f'ID,age,"{header}"', *(f"P{i:02d},{30 + 5 * i % 37},{int(i < 5)}" for i in range(12))]
    path, drafted, study = drafter("\n".join(lines) + "\n")
    assert drafted.questions == ()
    assert load_cohort(path, study()).outcome.tolist() == [0] * 5 + [1] * 7


@pytest.mark.parametrize("codes", [("1", "2"), ("1", "0"), ("0", "1")])
def test_labels_say_what_codes_mean(tmp_path, codes):
    import pandas as pd
    import pyreadstat

    yes, no = codes
    frame = pd.DataFrame({
        "ID": [f"P{i:02d}" for i in range(12)],
        "age": [30.0 + 5 * i % 37 for i in range(12)],
        "crp": [4.0 + i % 5 for i in range(12)],
        "resp": [float(yes) if i < 5 else float(no) for i in range(11)] + [9.0],
    })  # fmt: skip
    path = tmp_path / "t.sav"
    labels = {"resp": {float(yes): "Yes", float(no): "No", 9.0: "Unknown"}}
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels, column_labels={"crp": "CRP at week 12"})
    drafted = draft_study(path, WORDS)
    assert drafted.questions == ()
    assert drafted.later == ("crp", "resp")
    target = tmp_path / "study.toml"
    target.write_text(drafted.text, encoding="utf-8")
    assert load_cohort(path, load_study(str(target))).outcome.tolist() == [1] * 5 + [0] * 6


@pytest.mark.parametrize(
    ("one", "other"),
    [("CRP1", "CRP2"), ("1st CRP", "2nd CRP"), ("CRP_I", "CRP_II"), ("B_CRP", "E_CRP"), ("CRP alt", "CRP neu"),
     ("crp", "CRP J+30"), ("crp", "CRP90d"), ("crp", "CRP_new"), ("CRP前", "CRP後"), ("CRP_T0", "CRP_Tx")],
)  # fmt: skip
def test_two_columns_of_one_quantity_are_asked_or_later(drafter, one, other):
    lines = [f"ID,{one},{other},responder"]
    lines += [f"P{i:02d},{4 + 3 * i % 11},{5 + 7 * i % 11},{'yes' if i % 2 else 'no'}" for i in range(12)]
    _, drafted, _ = drafter("\n".join(lines) + "\n")
    asked = sum(question.code == "timing_second" for question in drafted.questions)
    assert asked + sum(header in {one, other} for header in drafted.later) >= 1
    assert len(drafted.baseline) - asked <= 1


@pytest.mark.parametrize(("first", "second"), [("_pre", "_post"), ("-W0", "-W12"), ("治疗前", "治疗后"), (".1", ".2")])
def test_samples_are_not_patients(drafter, first, second):
    rows = [f"P{i:02d}{end},{30 + i},{5 + i % 4},{i % 2}" for i in range(12) for end in (first, second)]
    with pytest.raises(TableRefusedError, match="RSP124"):
        drafter("\n".join(["Sample,age,Treg,responder", *rows]) + "\n")


@pytest.mark.parametrize("ids", [("A-01", "A-02", "B-01", "B-02", "C-01", "C-02"), ("1.1", "1.2", "2.1", "2.2")])
def test_numbers_within_a_centre_are_patients(drafter, ids):
    rows = [f"{patient},{30 + i},{5 + i % 4},{i % 2}" for i, patient in enumerate(ids)]
    assert drafter("\n".join(["id,age,Treg,responder", *rows]) + "\n")[1].patients == len(ids)


def test_points_of_thousands_in_a_file_of_semicolons_are_asked(drafter):
    rows = [f"P{i:02d};{7 + i % 4}.{200 + 10 * i};{i % 2}" for i in range(12)]
    _, drafted, _ = drafter("\n".join(["ID;Leukozyten (/µl);Responder", *rows]) + "\n")
    assert keys(drafted) == {"trait.leukozyten.decimal_mark"}


def test_what_is_kept_of_a_column_is_kept_of_its_cells_and_answers_alone():
    """A text of 1.234 may be a thousand; a number that its file holds as one is not, though both texts are equal."""

    def table(cells):
        rows = tuple((f"P{i}", cell, "yes" if i % 2 else "no") for i, cell in enumerate(cells))
        return RawTable("t.csv", ("id", "crp", "response"), rows, tuple(range(2, 2 + len(rows))))

    texts = ["1.234", "5.678", "950", "2.345", "9.012"]
    asked = [q.code for q in draft_study(table(texts), WORDS).questions]
    typed = [TypedNumber(text) for text in texts]
    assert "decimal_mark" in asked
    assert "decimal_mark" not in [q.code for q in draft_study(table(typed), WORDS).questions]
    answered = draft_study(table(texts), {**WORDS, "trait.crp.decimal_mark": ","})
    assert "decimal_mark" not in [q.code for q in answered.questions]
    assert [q.code for q in draft_study(table(texts), WORDS).questions] == asked
