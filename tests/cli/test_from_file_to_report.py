"""From the file that a person has to a trained model, without a line of TOML typed by hand."""

from __future__ import annotations

import csv

import pytest

FAST = ["--set", "bootstrap.draws=20", "--set", "permutation.draws=99", "--set", "validation.tournament=false",
        "--models", "ridge:0.1", "--no-track"]  # fmt: skip

# 编号, 姓名, 性别, 年龄, 病程（月）, 耳, 鼻, 气道, 关节, 眼, RPDAI基线, 泼尼松, Treg, Tcon, RPDAI 12周
SHEET = (
    (1, "赵一", "女", 41, 24, "是", "否", "否", "否", "否", 9, 15, 22.4, 560, 0),
    (2, "钱二", "女", 39, 6, "是", "是", "否", "否", "否", 18, 10, 18.1, 610, 0),
    (3, "孙三", "男", 50, 48, "否", "否", "是", "否", "否", 14, 22.5, 30.2, 540, 14),
    (4, "李四", "女", 61, 12, "是", "否", "是", "否", "否", 23, 20, 25.9, 480, 14),
    (5, "周五", "女", 35, 36, "是", "否", "否", "是", "否", 10, 15, 16.3, 700, 0),
    (6, "吴六", "男", 47, 30, "否", "是", "否", "否", "否", 9, 12.5, 27.7, 650, 0),
    (7, "郑七", "女", 58, 60, "否", "否", "是", "否", "是", 19, 20, 33.4, 450, 9),
    (8, "王八一", "女", 29, 18, "是", "否", "否", "否", "否", 9, 10, 14.8, 590, 0),
    (9, "冯九", "女", 44, 20, "是", "否", "否", "否", "否", 9, 15, 19.6, 620, 0),
    (10, "陈十", "男", 66, 72, "否", "否", "是", "否", "否", 14, 20, 28.3, 500, 14),
    (11, "褚一一", "女", 38, 8, "是", "否", "否", "否", "否", 9, 15, 21.2, 580, 3),
    (12, "卫一二", "女", 52, 40, "是", "否", "是", "否", "否", 23, 17.5, 24.6, 530, 0),
    (13, "蒋一三", "女", 33, 10, "是", "是", "否", "否", "否", 18, 10, 17.9, 640, 0),
    (14, "沈一四", "男", 55, 54, "否", "否", "是", "否", "否", 14, 22.5, 31.5, 470, 9),
)
HEADERS = ("编号", "姓名", "性别", "年龄（岁）", "病程（月）", "耳", "鼻", "气道", "关节", "眼", "RPDAI基线",
           "泼尼松（mg/d）",
           "Treg（个/µL）", "Tcon", "RPDAI 12周")  # fmt: skip


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    """A rheumatologist's workbook in a project folder of its own, which is the working directory."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(HEADERS)
    for row in SHEET:
        book.active.append(row)
    book.save(tmp_path / "患者.xlsx")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "responder"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path / "患者.xlsx"


def test_a_chinese_sheet_with_the_shipped_study(run, sheet):
    written = run("study", "init", "患者.xlsx", "--study", "rp-ld-il2", "--out", "my_cohort.toml", "--lang", "zh")
    assert written.code == 0, written.err
    assert "responder train my_cohort.toml" in written.out
    checked = run("check", "患者.xlsx", "--lang", "zh")
    assert checked.code == 0, checked.err
    assert checked.out.splitlines()[0].startswith("14 名患者，8 名")
    trained = run("train", "my_cohort.toml", "--lang", "zh", *FAST)
    assert trained.code == 0, trained.err
    report = sheet.parent / "runs/my_cohort/report.zh.html"
    assert report.is_file()
    everything = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in sheet.parent.rglob("*")
        if path.is_file() and path.suffix in {".toml", ".json", ".csv", ".html", ".md", ".svg"}
    )
    assert not any(row[1] in everything + checked.out + trained.out for row in SHEET)


def test_a_chinese_sheet_drafted_from_nothing(run, sheet):
    drafted = run("study", "init", "患者.xlsx", "--out", "my_study.toml", "--lang", "zh", "--yes")
    assert drafted.code == 0, drafted.err
    assert "姓名" in drafted.out
    checked = run("check", "患者.xlsx", "--study", "my_study.toml", "--lang", "zh")
    assert checked.code == 3  # what counts as response is never suggested
    assert "哪一列说明谁应答" in checked.err
    answers = ["endpoint.response.column=rpdai_12", "endpoint.response.operator===", "endpoint.response.threshold=0"]
    options = [word for answer in answers for word in ("--answer", answer)]
    again = run("study", "init", "患者.xlsx", "--out", "my_study.toml", "--force", "--yes", "--lang", "zh", *options)
    assert again.code == 0, again.err
    checked = run("check", "患者.xlsx", "--study", "my_study.toml", "--json")
    assert checked.code == 0, checked.err + again.out
    assert (checked.envelope["n"], checked.envelope["responders"]) == (14, 8)
    assert "rpdai" in checked.envelope["traits"]
    assert "rpdai_12" not in checked.envelope["traits"]


DICTIONARY = """\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",\
Field Note,Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?,\
Branching Logic (Show field only if...),Required Field?,Custom Alignment,Question Number (surveys only),\
Matrix Group Name,Matrix Ranking?,Field Annotation
record_id,baseline,,text,Record ID,,,,,,,,,,,,,
initials,baseline,,text,Initials,,,,,,y,,,,,,,
age,baseline,,text,Age,,years,integer,18,90,,,y,,,,,
sex,baseline,,radio,Sex,"1, Female | 2, Male",,,,,,,y,,,,,
crp,baseline,,text,CRP,,mg/L,number,0,400,,,,,,,,
organs,baseline,,checkbox,Organs,"1, ear | 2, airway | -9, other",,,,,,,,,,,,
resp,week12,,yesno,Complete response,,,,,,,,y,,,,,
"""


@pytest.fixture
def redcap(tmp_path, monkeypatch):
    """A longitudinal REDCap export of invented people, and its data dictionary."""
    header = ["record_id", "redcap_event_name", "initials", "age", "sex", "crp", "organs___1", "organs___2",
              "organs____9", "baseline_complete", "resp", "week12_complete"]  # fmt: skip
    with (tmp_path / "export.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for i in range(1, 17):
            ear = int(i % 3 != 0)
            writer.writerow(
                [i, "baseline_arm_1", f"X{i}", 30 + 2 * i, 1 + i % 2, 5 + 3 * (i % 7), ear, 1 - ear, 0, 2, "", ""]
            )
            writer.writerow([i, "week_12_arm_1", "", "", "", "", "", "", "", "", int(i % 4 != 0), 2])
    (tmp_path / "dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "responder"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_redcap_export_with_its_dictionary(run, redcap):
    drafted = run("study", "init", "export.csv", "--dictionary", "dictionary.csv", "--out", "study.toml", "--yes")
    assert drafted.code == 0, drafted.err
    text = (redcap / "study.toml").read_text(encoding="utf-8")
    assert "plausible = [18.0, 90.0]" in text or "plausible = [18, 90]" in text
    assert 'unit = "mg/L"' in text
    assert '"initials"' in text.split("ignored = [")[1].split("]")[0]
    checked = run("check", "export.csv", "--study", "study.toml")
    assert checked.code == 0, checked.err + drafted.out
    assert checked.out.splitlines()[0].startswith("16 patients, 12 responders")
    trained = run("train", "export.toml", *FAST)
    assert trained.code == 0, trained.err
    assert (redcap / "runs/export/report.html").is_file()
