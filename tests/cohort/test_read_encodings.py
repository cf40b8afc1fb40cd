"""Texts in the encodings that people's programs write, short as tables of patients are."""

import pytest

from responder.cohort import Severity, TableRefusedError, read_table
from responder.cohort.encoding import encodings, guess_encoding
from responder.cohort.table import ReadOptions
from responder.errors import UsageError

TEXTS = {
    "gb18030": ["编号,性别,年龄\n1,男,40", "id,sex\n1,男\n2,女", "住院号,科室,血沉\n1,风湿科,33", "序号,姓名\n1,王喆"],
    "big5": ["編號,性別,年齡\n1,男,40", "id,sex\n1,男\n2,女", "病歷號,診斷,療效\n1,復發性多軟骨炎,好轉"],
    "shift_jis": ["患者ID,性別,年齢", "id,sex\n1,男\n2,女", "症例番号,プレドニゾロン投与量,有効性\n1,30,あり"],
    "euc_kr": ["환자번호,성별,나이\n1,남,40\n2,여,33", "등록번호,스테로이드용량,치료반응"],
    "cp1250": ["Číslo,Pohlaví,Věk", "Płeć,Wiek\nmężczyzna,33", "Életkor,Nem\n40,férfi\n40,nő", "id,Łączna dawka\nP1,3"],
    "cp1251": ["Номер,Пол,Возраст", "id,Пол\n1,м\n2,ж", "Пациент,Диагноз\n1,рецидивирующий полихондрит"],
    "cp1252": [
        "Größe,Alter\n180,3",
        "Âge,Sexe,Durée\n3,F,2",
        "Años,Sexo\n3,M",
        "id,Treg (cells/µL)\nP1,3",
        "id,T (°C)\nP1,37",
    ],
    "cp1253": ["Ασθενής,Φύλο,Ηλικία\n1,άνδρας,40"],
    "cp1254": ["Yaş,Cinsiyet,Yanıt\n40,Kadın,Hayır"],
    "cp1255": ["מספר,מין,גיל\n1,זכר,40"],
    "cp1256": ["رقم,الجنس,العمر\n1,ذكر,33"],
    "cp1257": ["Amžius,Lytis,Atsakas\n40,vyras,taip"],
    "mac_roman": ["Größe,Alter\n180,3", "Âge,Sexe,Durée\n3,F,2", "id,Treg (cells/µL)\nP1,3"],
    "koi8_r": ["Номер,Пол,Возраст\n1,м,33"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in TEXTS.items() for text in texts])
def test_a_short_text_is_read_as_it_was_written(name, text):
    content = text.encode(name)
    assert content.decode(guess_encoding(content)) == text


@pytest.mark.parametrize(
    ("file", "header"),
    [
        ("09_gbk_hospital_export.csv", "序号"),
        ("42a_big5.csv", "病歷號,性別,年齡,療效"),
        ("42b_shift_jis.csv", "患者ID,性別,年齢,効果"),
        ("42c_cp1250.csv", "Číslo,Pohlaví,Věk,Léčba"),
        ("42d_cp1251.csv", "Номер,Пол,Возраст,Ответ"),
    ],
)
def test_files_as_they_arrive(field_cases, file, header):
    table = read_table(field_cases / file)
    assert ",".join(table.headers).startswith(header)
    guess = next(f for f in table.findings if f.code == "RSP106")
    assert guess.severity is Severity.CAUTION
    assert "--encoding" in str(guess.hint)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_characters_are_read_with_and_without_a_mark(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("编号\t性别\n1\t男\n".encode(encoding))
    table = read_table(path)
    assert (table.headers, table.rows) == (("编号", "性别"), (("1", "男"),))
    assert {f.code for f in table.findings} == {"RSP108"}


def test_a_person_may_name_the_encoding(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("id,été\n1,2\n".encode("cp1252"))
    assert read_table(path, ReadOptions(encoding="cp1250")).headers == ("id", "été")
    assert read_table(path, ReadOptions(encoding="cp1250")).findings == ()
    assert read_table(path, ReadOptions(encoding="koi8_r")).headers != ("id", "été")
    with pytest.raises(TableRefusedError, match="not utf-8"):
        read_table(path, ReadOptions(encoding="utf-8"))


@pytest.mark.parametrize("name", ["cp9999", "hex"])
def test_an_encoding_that_does_not_exist_is_named(tmp_path, name):
    path = tmp_path / "t.csv"
    path.write_text("id,x\n1,2\n")
    with pytest.raises(UsageError, match=name):
        read_table(path, ReadOptions(encoding=name))


def test_utf8_with_a_line_of_something_else_is_refused_and_not_garbled(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("编号,性别,结果\n1,男,好\n".encode() + "2,女,好\n".encode("gbk"))
    with pytest.raises(TableRefusedError, match="this line is not") as refused:
        read_table(path)
    assert str(refused.value.where).endswith(":3")


def test_encodings_are_known_to_python():
    for encoding in encodings():
        assert "x".encode(encoding.name) == b"x"
