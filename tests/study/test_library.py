"""The shipped study's names: a rheumatologist's own, and none that two traits or two levels share."""

from collections import Counter

import pytest

from responder.names import fold_name
from responder.study import load_study
from responder.study.instruments.rp import RPDAI_WEIGHTS

STUDY = load_study("rp-ld-il2")
NAMES = {fold_name(name): trait.name for trait in STUDY.traits for name in (trait.name, *trait.aliases)}


def test_no_name_is_shared_under_the_rule_of_names():
    folded = [name for t in STUDY.traits for name in {fold_name(n) for n in (t.name, *t.aliases)}]
    folded += {fold_name(name) for name in (STUDY.id_column, *STUDY.id_aliases)}
    assert [name for name, times in Counter(folded).items() if times > 1] == []


@pytest.mark.parametrize(
    ("header", "trait"),
    [
        ("病程", "disease_duration_years"), ("病程（年）", "disease_duration_years"), ("年龄(岁)", "age_years"),
        ("泼尼松", "prednisone_mg_per_day"), ("泼尼松（mg/d）", "prednisone_mg_per_day"),
        ("RPDAI基线", "rpdai"), ("基线RPDAI", "rpdai"), ("RPDAI 12周", "rpdai_week12"), ("RPDAI_12周", "rpdai_week12"),
        ("第12周RPDAI", "rpdai_week12"), ("Treg绝对值", "treg_per_ul"), ("Treg（个/µL）", "treg_per_ul"),
        ("Treg%", "treg_percent_of_cd4"), ("Treg占CD4%", "treg_percent_of_cd4"), ("CD4计数", "cd4_per_ul"),
        ("性别", "sex"), ("Tcon", "tcon_per_ul"), ("受累器官", "organs"),
    ],
)  # fmt: skip
def test_headers_of_a_chinese_sheet(header, trait):
    assert NAMES[fold_name(header)] == trait


def test_months_are_a_unit_and_never_years_by_an_alias():
    assert fold_name("病程（月）") not in NAMES
    assert STUDY.trait("disease_duration_years").code.units["月"] == pytest.approx(1 / 12)


def test_a_number_in_hospital_is_no_id():
    assert "住院号" not in STUDY.id_aliases
    assert {"编号", "患者编号", "病例号", "序号"} <= set(STUDY.id_aliases)


@pytest.mark.parametrize("name", ["organs", "organs_week12"])
def test_every_word_belongs_to_one_level(name):
    words = Counter(
        word for level in STUDY.trait(name).levels for word in {fold_name(w) for w in (level.name, *level.aliases)}
    )
    assert [word for word, times in words.items() if times > 1] == []


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("auricular chondritis", "ear_nose"), ("nasal_chondritis", "ear_nose"), ("耳廓软骨炎", "ear_nose"),
        ("鼻", "ear_nose"), ("respiratory chondritis", "airway"), ("laryngeal", "airway"), ("喉软骨炎", "airway"),
        ("气管", "airway"), ("支气管", "airway"), ("关节", "arthritis"), ("scleritis", "eye"), ("葡萄膜炎", "eye"),
        ("肺", "lung"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["organs", "organs_week12"])
def test_items_are_read_as_their_level(name, words, level):
    code = STUDY.trait(name).code
    assert code.encode(words) == tuple(float(one == level) for one in code.levels)


def test_other_organs_are_no_level():
    spelled = STUDY.trait("organs").code.spellings
    others = ("heart", "心脏", "large vessel", "大血管", "myocarditis", "内耳", "kidney", "skin")
    assert not set(others) & set(spelled)
    not_organs = {item for item in RPDAI_WEIGHTS if item in spelled} - {
        "auricular_chondritis", "nasal_chondritis", "respiratory_chondritis", "arthritis", "episcleritis", "scleritis",
        "respiratory_chondritis_with_acute_failure", "uveitis", "corneal_ulcer", "retinal_vasculitis",
    }  # fmt: skip
    assert not_organs == set()
