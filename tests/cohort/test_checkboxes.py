"""Checkboxes of REDCap: every way of writing a tick, and the many ways of not knowing."""

import pytest

from responder.cohort import read_table


def read(tmp_path, text):
    path = tmp_path / "redcap.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path)


def codes(table):
    return [f.code for f in table.findings]


@pytest.mark.parametrize(
    ("ticked", "not_ticked"),
    [("1", "0"), ("1.0", "0.0"), ("Checked", "Unchecked"), ("TRUE", "FALSE"), ("yes", "no"), ("ja", "nein"),
     ("oui", "non"), ("sí", "no"), ("是", "否"), ("已选中", "未选中"), ("はい", "いいえ")],
)  # fmt: skip
def test_every_way_of_writing_a_tick(tmp_path, ticked, not_ticked):
    table = read(tmp_path, f"id,organs___ear,organs___eye\n1,{ticked},{not_ticked}\n2,{not_ticked},{not_ticked}\n3,,\n")
    assert table.column("organs") == ("ear", "none", "")
    assert codes(table) == ["RSP108"]


def test_numeric_and_negative_codes(tmp_path):
    table = read(tmp_path, "id,organs___1,organs___2,organs____9\n1,1,1,0\n2,0,0,1\n3,0,0,0\n")
    assert table.column("organs") == ("1;2", "-9", "none")
    assert read(tmp_path, "id,o___1,o___-9\n1,0,1\n").column("o") == ("-9",)


def test_a_label_export_in_another_language_and_levels_with_commas(tmp_path):
    table = read(tmp_path, 'id,"Organe (Auswahl=Ohr, Nase)",Organe (Auswahl=Auge)\n1,Checked,Checked\n')
    assert table.column("Organe") == ("Ohr / Nase;Auge",)
    assert read(tmp_path, "id,器官（选项=耳）,器官（选项=眼）\n1,0,1\n").column("器官") == ("眼",)
    assert read(tmp_path, "id,Organs..choice.ear.,Organs..choice.eye.\n1,0,1\n").column("Organs") == ("eye",)


def test_a_choice_called_none_is_no_level(tmp_path):
    text = "id,Organs (choice=Ear),Organs (choice=None of the above)\n1,1,0\n2,0,1\n3,1,1\n"
    table = read(tmp_path, text)
    assert table.column("Organs") == ("Ear", "none", "Ear;None of the above")  # the contradiction is left to be named
    assert table.facts["Organs"].levels == (("Ear", "Ear"),)


def test_a_cell_that_is_the_choice_itself_is_a_tick(tmp_path):
    assert read(tmp_path, "id,o___ear,o___eye\n1,ear,0\n").column("o") == ("ear",)


def test_a_cell_that_cannot_be_read_is_named_and_the_set_unknown(tmp_path):
    table = read(tmp_path, "id,organs___ear,organs___eye\n1,1,0\n2,7,1\n")
    assert table.column("organs") == ("ear", "")
    (finding,) = [f for f in table.findings if f.code == "RSP160"]
    assert str(finding.where).endswith("redcap.csv:3, column 'organs___ear'")
    assert "7" not in str(finding.message)
    many = read(tmp_path, "id,o___a\n" + "".join(f"{i},7\n" for i in range(11)))
    assert codes(many).count("RSP160") == 9


def test_boxes_of_missing_data_codes_mean_that_the_set_is_unknown(tmp_path):
    table = read(tmp_path, "id,organs___ear,organs___eye,organs___unk,organs___msk\n1,1,0,0,0\n2,0,0,1,0\n3,0,0,0,0\n")
    assert table.column("organs") == ("ear", "", "none")
    alone = read(tmp_path, "id,organs___ear,organs___msk\n1,0,1\n")
    assert alone.column("organs") == ("msk",)  # one such word may be a choice: the musculoskeletal system
    assert read(tmp_path, "id,organs___ear,organs___eye\n1,UNK,UNK\n2,0,NASK\n").column("organs") == ("", "")


STATUS = "id,age,base_complete,organs___ear,organs___eye,organs_complete\n"


@pytest.mark.parametrize("unopened", ["0", "", "0.0"])
def test_boxes_of_a_form_that_nobody_opened_are_unknown(tmp_path, unopened):
    table = read(tmp_path, f"{STATUS}1,40,2,1,0,2\n2,41,2,0,0,{unopened}\n3,42,2,0,0,2\n4,43,2,0,1,0\n")
    assert table.headers == ("id", "age", "organs")
    assert table.column("organs") == ("ear", "", "none", "eye")
    (finding,) = [f for f in table.findings if f.code == "RSP161"]
    assert "in one row" in str(finding.message)
    assert str(finding.where).endswith("line 3")


def test_an_event_without_the_form_is_no_gap_worth_naming(tmp_path):
    text = (
        "record_id,redcap_event_name,organs___ear,organs___eye,organs_complete\n"
        "1,baseline_arm_1,1,0,2\n1,week_4_arm_1,0,0,\n2,baseline_arm_1,0,0,\n2,week_4_arm_1,0,0,\n"
    )
    table = read(tmp_path, text)
    assert table.headers == ("record_id", "redcap_arm", "organs")
    assert table.column("organs") == ("ear", "")
    (finding,) = [f for f in table.findings if f.code == "RSP161"]
    assert str(finding.where).endswith("line 4")


def test_an_incomplete_form_with_another_answer_was_opened(tmp_path):
    text = "id,age,organs___ear,organs___eye,base_complete\n1,40,0,0,0\n2,,0,0,0\n3,42,0,1,2\n"
    assert read(tmp_path, text).column("organs") == ("none", "", "eye")


def test_the_status_of_a_label_export(tmp_path):
    header = "ID,Organs (choice=ear),Organs (choice=eye),Complete?\n"
    table = read(tmp_path, f"{header}1,Unchecked,Unchecked,Incomplete\n2,Checked,Unchecked,Complete\n")
    assert table.headers == ("ID", "Organs")
    assert table.column("Organs") == ("", "ear")
