"""Columns that tell who a patient is, and what only looks like one."""

import pytest

from responder.names.people import personal_columns, valid_cn_id

CHINESE = ["王伟", "李秀英", "张敏", "欧阳娜娜", "刘洋", "陈静怡"]
LATIN = ["Ada Birk", "Max von Lund", "O'Neil, Jane", "Renée Martin", "Jean-Paul Roux", "Mary A. Stone"]
IDS = ["11010519491231002X", "440524188001010014"]


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [("姓名", CHINESE, "name"), ("受试者", CHINESE, "name"), ("who", LATIN, "name"), ("Nachname", ["Birk"], "name"),
     ("PatientName", ["x"], "name"), ("contact", ["13812345678", "15900001111", "18677778888", "13012340000"], "phone"),
     ("x", ["+44 20 7946 0958", "+49 30 901820", "+1 202 555 0143", "+33 1 70 18 99 00"], "phone"),
     ("nr", IDS * 3, "id_card"), ("身份证号", ["1"], "id_card"), ("SSN", ["1"], "id_card"),
     ("MRN", ["88213"], "record"),
     ("住院号", ["0012345"], "record"), ("病案号", ["A1"], "record"), ("DOB", ["1980-01-01"], "birth"),
     ("Date of Birth", ["x"], "birth"), ("出生日期", ["x"], "birth"), ("Geburtsdatum", ["x"], "birth"),
     ("w", ["a@b.org", "c.d@e.co.uk", "f@g.de", "h@i.cn"], "email"), ("Home address", ["12 High Road"], "address"),
     ("telephone_1", ["x"], "phone")],
)  # fmt: skip
def test_a_column_of_people(header, cells, reason):
    assert personal_columns([header], [cells]) == {header: reason}


@pytest.mark.parametrize(
    ("header", "cells"),
    [("patient_id", ["P01", "P02", "P03", "P04"]), ("id", ["site-001", "site-002", "site-003", "site-004"]),
     ("Name", ["P01.fcs", "P02.fcs"]), ("sample name", ["S 1", "S 2", "S 3", "S 4"]),
     ("drug", ["Adalimumab", "Low Dose", "Anti Tnf", "Rituximab"]), ("drug name", ["Ada Birk"] * 4),
     ("诊断", ["白血病", "高血压", "黄疸", "胡萝卜素血症"]), ("dx", ["白血病", "高血压", "糖尿病", "关节炎"]),
     ("dx", ["Crohn Disease", "Multiple Sclerosis", "Giant Cell Arteritis", "Sjögren Syndrome", "Behçet Disease"]),
     ("response", ["Partial Response", "Complete Response", "Stable Disease", "Progressive Disease"]),
     ("疗效", ["完全缓解", "部分缓解", "未缓解", "缓解"] * 3), ("sex", ["男", "女"] * 4),
     ("gene", ["FOXP3", "IL2RA", "CD4"]),
     ("ldh", ["180", "210", "195", "240"]), ("date", ["2021-03-04", "2021-03-05", "2021-03-06", "2021-03-07"]),
     ("long", ["110105194912310021", "110105194912310022", "110105194912310023", "110105194912310024"]),
     ("birth_weight", ["3200"]), ("initials", ["AB", "CD", "EF", "GH"]), ("surgery", ["Left Knee", "Right Hip"] * 3)],
)  # fmt: skip
def test_what_is_nobody(header, cells):
    assert personal_columns([header], [cells]) == {}


def test_initials_beside_a_date_of_birth_are_a_person():
    cells = [["AB", "CD"], ["1980-01-01", "1971-05-06"]]
    assert personal_columns(["initials", "dob"], cells) == {"initials": "initials", "dob": "birth"}


def test_one_wrong_place_breaks_an_identity_number():
    for number in IDS:
        assert valid_cn_id(number)
        wrong = [number[:i] + str((int(c) + 1) % 10) + number[i + 1 :] for i, c in enumerate(number[:17])]
        assert not any(map(valid_cn_id, wrong))


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("id", ["Schmidt A", "Meier B", "Huber C", "Wolf D"], "name"),
        ("id", ["schmidt_anna", "meier_bernd", "huber_clara", "wolf_dora"], "name"),
        ("id", ["1 (Anna Schmidt)", "2 (Bernd Meier)", "3 (Clara Huber)", "4 (Dora Wolf)"], "name"),
        ("GP", ["Dr. Meyer", "Dr. Wolf", "Dr. Meyer", "Dr. Wolf"], "name"),
        ("x", ["ヤマダ タロウ", "スズキ ハナコ", "サトウ ケン", "タカハシ アイ"], "name"),
        ("postcode", ["80331", "80333", "10115", "50667"], "address"),
        ("id", ["group_a", "group_b", "P01", "P02"], None),
        ("subset", ["naive_treg", "memory_treg", "naive_tcon", "eff_tcon"], None),
        ("arm", ["Arm A", "Arm B", "Arm C", "Arm D"], None),
    ],
)
def test_shortened_numbered_and_titled_names_are_people_and_codes_are_not(header, cells, reason):
    assert personal_columns([header], [cells]).get(header) == reason
