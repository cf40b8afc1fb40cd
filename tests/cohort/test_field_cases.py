"""Files as people export them (../shared/field_cases): each trap, and what is right."""

from __future__ import annotations

import re

import numpy as np
import pytest

from responder.cohort import TableRefusedError, load_cohort, read_table, scan_cohort
from responder.cohort.draft import draft_study
from responder.cohort.table import ReadOptions
from responder.study import load_study
from responder.study.questions import OpenQuestionsError

WORDS = {"title": "T", "intervention": "I", "population": "P", "endpoint.response.label": "R"}
PLACEHOLDERS = set(WORDS)
NAMES = re.compile(r"Ada|Birk|Cole|Jon Kerr|赵敏|孙磊|甲|乙")


@pytest.fixture
def case(field_cases, tmp_path):
    """A handed file, drafted: with its answers, its questions, and the study once all are answered."""

    class Case:
        def __init__(self, name, answers=None, **options):
            self.path = next(field_cases.glob(f"{name}*"))
            self.options = ReadOptions(**options)
            self.answers = {**WORDS, **(answers or {})}
            self.draft = draft_study(self.path, self.answers, self.options)
            self.open = {question.key: question for question in self.draft.questions}
            self.ignored = {column.header: column.reason for column in self.draft.ignored}

        @property
        def study(self):
            target = tmp_path / "study.toml"
            target.write_text(self.draft.text, encoding="utf-8")
            return load_study(str(target))

        def scan(self):
            return scan_cohort(self.path, self.study, options=self.options)

        def cohort(self):
            return load_cohort(self.path, self.study, options=self.options)

        def baseline(self):
            return {trait.name: trait.kind for trait in self.study.baseline_traits}

    return Case


def codes(scan):
    return {finding.code for finding in scan.findings}


def said(scan, code):
    return [finding for finding in scan.findings if finding.code == code]


def column(cohort, name):
    return cohort.values[:, cohort.columns.index(name)]


def test_01_missing_data_codes_are_gaps_that_are_named(case):
    one = case("01")
    cohort = one.cohort()
    assert one.baseline() == {"age": "continuous", "prior_biologic": "binary", "crp_mg_l": "continuous"}
    assert np.isnan(column(cohort, "prior_biologic")).sum() == 2
    assert np.isnan(column(cohort, "crp_mg_l")).sum() == 1
    told = " ".join(f"{f.message} {f.where}" for f in said(one.scan(), "RSP180"))
    assert "UNK" in told
    assert "NASK" in told


def test_02_boxes_of_a_form_that_was_never_opened_are_unknown(case):
    one = case("02")
    cohort = one.cohort()
    organs = cohort.values[:, [c.startswith("organs=") for c in cohort.columns]]
    assert [cohort.ids[row] for row in np.flatnonzero(np.isnan(organs).all(axis=1))] == ["4", "11", "12"]
    assert not any("complete" in trait for trait in one.baseline())


def test_04_rows_of_repeating_instruments_are_left_out_and_named(case):
    one = case("04")
    cohort = one.cohort()
    assert cohort.n == len(set(cohort.ids))
    assert not any(name.startswith("med") for name in one.baseline())
    assert "RSP119" in codes(one.scan())


def test_05_events_that_say_no_time_are_asked_and_the_others_are_on_treatment(case):
    asked = case("05")
    assert set(asked.open) == {"baseline_visit"}
    assert set(asked.open["baseline_visit"].choices) == {"dose_1", "visit_1", "dose_2", "visit_2"}
    with pytest.raises(OpenQuestionsError):
        asked.study  # noqa: B018
    one = case("05", {"baseline_visit": "dose_1"})
    assert set(one.baseline()) == {"age", "crp_mg_l_dose_1", "treg_per_ul_dose_1"}
    late = [t.name for t in one.study.traits if t.timing == "on_treatment"]
    assert {"crp_mg_l_visit_1", "treg_per_ul_dose_2"} <= set(late)
    cohort = one.cohort()
    assert cohort.traits == ("age", "crp_mg_l_dose_1", "treg_per_ul_dose_1")
    assert not np.isnan(cohort.values).any()


@pytest.mark.parametrize("name", ["09", "10"])
def test_chinese_hospital_exports(name, case):
    one = case(name)
    assert one.ignored["姓名"] == "personal"
    assert 'id_column = "序号"' in one.draft.text
    assert set(one.open) == {"endpoint.response.levels"}
    assert set(one.open["endpoint.response.levels"].choices) == {"有效", "无效"}
    answered = case(name, {"endpoint.response.levels": "有效"})
    cohort = answered.cohort()
    assert cohort.n == 14
    assert cohort.responders == 7
    labels = {t.label.en: t for t in answered.study.baseline_traits}
    assert set(labels) == {"性别", "年龄", "病程(月)", "超敏C反应蛋白(mg/L)", "铁蛋白", "尿蛋白", "抗核抗体"}
    assert column(cohort, labels["年龄"].name)[0] == 40
    assert labels["尿蛋白"].kind == "ordinal"
    assert "RSP181" in codes(answered.scan())
    shown = answered.draft.text + str(answered.scan().to_json()) + str(answered.draft.to_json())
    assert not NAMES.search(shown)


def test_11_detection_limits_are_the_limit_and_said(case):
    one = case("11")
    cohort = one.cohort()
    assert one.baseline()["il6_pg_ml"] == "continuous"
    assert column(cohort, "il6_pg_ml")[1] == 1.5
    assert column(cohort, "ferritin_ng_ml")[6] == 2000
    assert one.study.trait("il6_pg_ml").limits == "limit"
    assert len(said(one.scan(), "RSP181")) == 2


def test_12_spreadsheet_errors_are_gaps_with_a_finding(case):
    one = case("12")
    cohort = one.cohort()
    assert np.isnan(column(cohort, "treg_tcon_ratio")).sum() >= 1
    assert "#DIV/0!" in " ".join(str(f.message) for f in said(one.scan(), "RSP180"))
    assert set(one.baseline()) == {"age", "treg_per_ul", "treg_tcon_ratio", "crp_mg_l"}


def test_14_european_numbers(case):
    cohort = case("14").cohort()
    assert column(cohort, "ferritin_ng_ml")[:3].tolist() == [418.9, 812.3, 1178.3]
    assert column(cohort, "crp_mg_l")[0] == 35.5


def test_16_codes_of_missing_values(case):
    one = case("16")
    assert {"trait.age.cells.999", "trait.disease_duration_years.cells.-9", "trait.crp_mg_l.cells.99.9"} == set(
        one.open
    )
    answers = {"trait.age.cells.999": "missing", "trait.disease_duration_years.cells.-9": "missing"}
    cohort = case("16", {**answers, "trait.crp_mg_l.cells.99.9": "99.9"}).cohort()
    assert np.isnan(column(cohort, "age")).sum() == 1
    assert np.isnan(column(cohort, "disease_duration_years")).sum() == 2
    assert column(cohort, "crp_mg_l")[1] == 99.9
    kept = {key: question.choices[1] for key, question in one.open.items()}
    refused = case("16", kept).scan()
    assert refused.cohort is None
    assert {str(f.where).rpartition("'")[0].rpartition("'")[2] for f in said(refused, "RSP131")} == {
        "age",
        "disease_duration_years",
    }


@pytest.mark.parametrize(("name", "running"), [("17", "Unnamed: 0"), ("43", "unnamed_1")])
def test_a_running_number_is_no_trait(name, running, case):
    one = case(name)
    assert one.ignored[running] == "running_number"
    assert one.cohort().ids[0] == "P01"
    assert running not in str(one.baseline())


def test_18_names_are_nowhere(case):
    one = case("18")
    assert one.ignored["Name"] == "personal"
    cohort = one.cohort()
    assert cohort.ids[:2] == ("1", "2")
    assert not NAMES.search(one.draft.text + str(one.scan().to_json()))


def test_19_a_dictionary_is_recognised(field_cases):
    with pytest.raises(TableRefusedError) as refused:
        draft_study(next(field_cases.glob("19*")))
    assert "dictionary" in str(refused.value.message)
    assert "--dictionary" in str(refused.value.hint)


def test_20_german(case):
    one = case("20")
    cohort = one.cohort()
    assert one.open == {}
    assert (cohort.n, cohort.responders) == (14, 7)
    assert cohort.outcome[:2].tolist() == [1, 0]
    sex = next(t for t in one.study.baseline_traits if t.label.en == "Geschlecht")
    assert sex.code.encode("w") == sex.code.encode("female") == (0.0,)
    assert column(cohort, "crp_mg_l" if "crp_mg_l" in cohort.columns else "crp")[0] == 28.1


def test_23_hidden_rows_are_read_and_said(case):
    one = case("23")
    cohort = one.cohort()
    assert cohort.n == 18
    assert any("4 hidden rows" in str(f.message) for f in one.draft.findings)
    assert one.study.endpoint.column == "responder"
    assert one.study.trait("crp_w12").timing == "on_treatment"


@pytest.mark.parametrize("name", ["24", "25"])
def test_titles_and_units_rows(name, case):
    one = case(name)
    cohort = one.cohort()
    units = {t.name: t.unit for t in one.study.baseline_traits}
    assert "mg/L" in units.values()
    assert any("cells" in unit for unit in units.values())
    assert cohort.n >= 13
    assert cohort.ids[0] == "P01"


def test_27_dates_are_no_traits(case):
    one = case("27")
    assert set(one.baseline()) == {"crp_mg_l"}
    assert one.ignored["first_dose_serial"] == "serial_date"
    assert set(one.ignored) == {"birth_date", "diagnosis_date", "first_dose_serial"}


def test_29_a_colour_is_no_outcome(case):
    one = case("29")
    question = one.open["endpoint.response.column"]
    assert question.code == "outcome_missing"
    assert question.suggestion == ""


def test_32_long_adam_needs_a_parameter(case, field_cases):
    with pytest.raises(TableRefusedError) as refused:
        draft_study(next(field_cases.glob("32*")))
    message = f"{refused.value.message} {refused.value.hint}"
    assert "PARAMCD" in message
    assert "CRFL" in message
    one = case("32", where={"PARAMCD": "CRFL"})
    assert one.draft.patients > 3


def test_33_bytes_outside_utf8(case):
    assert case("33").draft.patients > 2
    assert any(f.code == "RSP106" for f in case("33").draft.findings)


@pytest.mark.parametrize("name", ["34", "35"])
def test_statistics_programs(name, case, field_cases):
    table = read_table(next(field_cases.glob(f"{name}*")))
    assert table.headers == ("id", "age", "sex", "crp", "resp")
    one = case(name, {"trait.crp.cells.-9": "missing"} if name == "35" else None)
    assert "resp" in {t.name for t in one.study.traits if t.timing == "outcome"} | set(one.open)
    if name == "34":
        assert [level.name for level in one.study.trait("sex").levels] == ["female", "male"]
        assert one.cohort().n > 10


@pytest.mark.parametrize(("name", "program"), [("36", "jamovi"), ("37", "Prism")])
def test_other_programs_files_are_named(name, program, field_cases):
    with pytest.raises(TableRefusedError) as refused:
        read_table(next(field_cases.glob(f"{name}*")))
    assert program in str(refused.value.message)
    assert "CSV" in str(refused.value.hint)


def test_39_a_negative_marker_is_not_the_marker(case):
    one = case("39")
    cohort = one.cohort()
    names = set(one.baseline())
    assert len(names) == 4
    assert "RSP107" in codes(one.scan())
    assert cohort.n == 14
    negative = next(t for t in one.study.baseline_traits if "CD25-" in t.label.en)
    positive = next(t for t in one.study.baseline_traits if "CD25hi" in t.label.en)
    assert column(cohort, positive.name)[0] == 3.74
    assert column(cohort, negative.name)[0] == 1.96


def test_40_the_table_begins_below_the_instruments_lines(case):
    one = case("40")
    assert any("line 6" in f"{f.message} {f.where}" for f in one.draft.findings)
    assert one.cohort().n == 14
    assert len(one.baseline()) == 3


@pytest.mark.parametrize(
    ("name", "header"),
    [("42a", "療效"), ("42b", "効果"), ("42c", "Léčba"), ("42d", "Ответ")],
)
def test_42_encodings(name, header, field_cases):
    path = next(field_cases.glob(f"{name}*"))
    table = read_table(path)
    assert table.headers[-1] == header
    assert any(f.code == "RSP106" and str(f.severity) == "caution" for f in table.findings)


def test_44_titres_and_nd_are_asked(case):
    one = case("44")
    assert set(one.open) == {"trait.ana_titre.kind", "trait.il2_pg_ml.cells.ND"}
    answers = {"trait.ana_titre.kind": "ordinal", "trait.il2_pg_ml.cells.ND": "missing"}
    cohort = case("44", answers).cohort()
    assert np.isnan(column(cohort, "il2_pg_ml")).sum() == 6
    assert column(cohort, "ana_titre")[:3].tolist() == [0, 1, 3]
    numbers = case("44", {**answers, "trait.ana_titre.kind": "continuous", "trait.il2_pg_ml.cells.ND": "0"}).cohort()
    assert (column(numbers, "il2_pg_ml") == 0).sum() == 6


def test_47_columns_of_later_months_are_on_treatment(case):
    one = case("47")
    assert one.open == {}
    assert set(one.baseline()) == {"age", "crp_baseline"}
    late = {t.label.en for t in one.study.traits if t.timing == "on_treatment"}
    assert late == {"CRP 3 months", "CRP 6 mo", "CD4 12wk", "Treg after treatment", "Treg T2"}


def test_49_summary_and_footnote_are_left_out(case):
    one = case("49")
    assert set(one.baseline()) == {"age", "crp_mg_l", "treg_per_ul"}
    assert one.cohort().n == one.draft.patients
    assert "RSP107" in codes(one.scan())
    assert not any("mean" in patient.casefold() for patient in one.cohort().ids)


def test_51_the_first_instance_of_the_baseline_event_is_kept(case):
    one = case("51")
    cohort = one.cohort()
    assert {"age", "crp_mg_l"} <= set(one.baseline())
    assert not np.isnan(column(cohort, "crp_mg_l")).all()
    assert column(cohort, "crp_mg_l")[3] == 11.8


@pytest.mark.parametrize("name", ["61", "65"])
def test_separable_tables_are_read(name, case):
    one = case(name)
    assert one.open == {}
    assert one.cohort().n == {"61": 76, "65": 16}[name]
