"""A data dictionary brought to raw and label exports."""

import pytest

from responder.cohort import TableRefusedError, read_table
from responder.cohort.described import apply_dictionary
from responder.cohort.dictionary import read_dictionary
from responder.cohort.table import ReadOptions

DICTIONARY = """\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\
"Choices, Calculations, OR Slider Labels",Field Note,\
Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?,\
Branching Logic (Show field only if...),Required Field?
record_id,base,,text,Record ID,,,,,,,,
age,base,,text,Age,,years,integer,18,90,,,y
sex,base,,radio,Sex,"1, Female | 2, Male | 9, Unknown",,,,,,,y
crp,base,,text,"<b>CRP</b> (mg/L)",,,number,0,400,,,
organs,organ_form,,checkbox,Organs,"1, Ear, nose | 2, eye | -9, Unknown",,,,,,,
resp,week12,,yesno,Response,,,,,,,"[age] > 18",y
"""
RAW = (
    "record_id,age,sex,crp,base_complete,resp,organs___1,organs___2,organs____9,organ_form_complete,week12_complete\n"
    "1,40,1,3.5,2,1,1,0,0,2,2\n2,50,2.0,4,2,0,0,0,1,2,2\n3,60,9,UNK,2,1,0,0,0,0,2\n4,61,1,4,2,0,0,0,0,2,0\n"
)
LABELS = (
    'Record ID,Age,Sex,CRP (mg/L),Response,"Organs (choice=Ear, nose)",Organs (choice=eye),Organs (choice=Unknown),'
    "Complete?\n"
    "1,40,Female,3.5,Yes,Checked,Unchecked,Unchecked,Complete\n2,50,Male,4,No,Unchecked,Unchecked,Checked,Complete\n"
)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "dictionary.csv").write_text(DICTIONARY)
    (tmp_path / "raw.csv").write_text(RAW)
    (tmp_path / "labels.csv").write_text(LABELS)
    return tmp_path


def read(files, name):
    return read_table(files / name, ReadOptions(dictionary=str(files / "dictionary.csv")))


def test_a_raw_export_gets_labels_and_facts(files):
    table = read(files, "raw.csv")
    assert table.headers == ("record_id", "age", "sex", "crp", "resp", "organs")
    assert table.column("sex") == ("Female", "Male", "Unknown", "Female")
    assert table.column("organs") == ("Ear / nose", "", "", "none")
    assert table.column("crp") == ("3.5", "4", "UNK", "4")
    facts = table.facts
    assert (facts["age"].kind, facts["age"].unit, facts["age"].plausible) == ("count", "years", (18.0, 90.0))
    assert (facts["sex"].kind, facts["sex"].levels) == ("binary", (("1", "Female"), ("2", "Male")))
    assert facts["sex"].missing == ("9", "Unknown")
    assert (facts["crp"].label, facts["crp"].unit) == ("CRP (mg/L)", "mg/L")
    assert (facts["organs"].kind, facts["organs"].levels) == ("set", (("1", "Ear / nose"), ("2", "eye")))
    assert (facts["resp"].kind, facts["resp"].asked_if, facts["resp"].form) == ("binary", "[age] > 18", "week12")


def test_a_label_export_is_the_same(files):
    raw, labels = read(files, "raw.csv"), read(files, "labels.csv")
    assert labels.headers == ("Record ID", "Age", "Sex", "CRP (mg/L)", "Response", "Organs")
    assert labels.column("Sex") == raw.column("sex")[:2]
    assert labels.column("Organs") == raw.column("organs")[:2]
    assert labels.facts["Organs"].levels == raw.facts["organs"].levels
    assert labels.facts["Age"] == raw.facts["age"]


def test_forms_are_those_of_the_dictionary_and_not_the_nearest_status(files):
    # 'resp' stands among the fields of the organs' form, and is of another: it does not show that the form was opened
    table = read(files, "raw.csv")
    (finding,) = [f for f in table.findings if f.code == "RSP161"]
    assert "'organ_form'" in str(finding.message)
    assert str(finding.where).endswith("line 4")


def test_what_one_has_and_the_other_lacks_is_named(files):
    (files / "raw.csv").write_text("record_id,age,sex,extra\n1,40,1,5\n2,50,7,5\n")
    found = {str(f.message) for f in read(files, "raw.csv").findings if f.code == "RSP165"}
    assert found == {
        "one cell of 'sex' holds no choice of the data dictionary",
        "columns that are not in the data dictionary: extra",
        "fields of the data dictionary that are not in the table: crp, organs and resp",
    }


def test_a_dictionary_of_another_project_is_refused(files):
    (files / "raw.csv").write_text("id,x\n1,2\n")
    with pytest.raises(TableRefusedError, match="RSP164"):
        read(files, "raw.csv")


def test_a_dictionary_instead_of_data_is_refused_with_its_use(files):
    with pytest.raises(TableRefusedError, match="RSP163") as refused:
        read_table(files / "dictionary.csv")
    assert "study init DATA --dictionary" in str(refused.value.finding.hint)


def test_folded_columns_keep_what_is_declared(files):
    (files / "raw.csv").write_text(
        "record_id,redcap_event_name,sex,crp\n1,enrolment_arm_1,1,\n1,dose_1_arm_1,,3\n1,dose_2_arm_1,,4\n"
    )
    table = read(files, "raw.csv")
    assert table.headers == ("record_id", "redcap_arm", "sex", "crp_dose_1", "crp_dose_2")
    facts = table.facts["crp_dose_2"]
    assert (facts.visit, facts.measure, facts.unit) == ("dose_2", "crp", "mg/L")
    plain = read_table(files / "raw.csv")
    again = apply_dictionary(plain, read_dictionary(files / "dictionary.csv"))
    assert (again.facts["crp_dose_2"], again.column("sex")) == (facts, ("Female",))


def test_the_genuine_export_and_its_dictionary(datasets):
    folder = datasets / "formats"
    options = ReadOptions(dictionary=str(folder / "redcap_longitudinal_dictionary.csv"))
    table = read_table(folder / "redcap_longitudinal_data.csv", options)
    row = dict(zip(table.headers, table.rows[0], strict=True))
    assert (row["sex"], row["meds"]) == ("Male", "Celexa")
    assert table.facts["race"].missing == ("6", "Unknown / Not Reported")
    assert table.facts["height"].unit == "cm"
    assert {h for h, f in table.facts.items() if f.identifier} >= {"first_name", "last_name", "email", "dob"}
    assert not [f for f in table.findings if f.code == "RSP165"]
