"""``--lang zh`` is the whole output: heads, tables, findings, errors; RESPONDER_LANG stands for it."""

import re

import pytest

ENGLISH = re.compile(r"\b(the|of|is|are|in|not|and|for|was|with|every|no|each|than)\b [a-z]+", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HEADER = "patient_id,age,treg_per_ul,organs,rpdai_week12,extra"
ROWS = ("P1,41,22,ear_nose,0,1", "P2,39,18,airway,9,2", "P3,50,30,ear_nose,0,3", "P4,61,25,airway,4,4",
        "P5,35,UNK,ear_nose,0,5", "P6,44,27,airway,3,6")  # fmt: skip


@pytest.fixture
def table(tmp_path):
    def write(*rows):
        path = tmp_path / "cohort.csv"
        path.write_text("\n".join([HEADER, *(rows or ROWS)]), encoding="utf-8")
        return str(path)

    return write


def english(text):
    return [line for line in text.splitlines() if ENGLISH.search(line)]


def test_check_speaks_chinese_alone(run, table, monkeypatch):
    ran = run("check", table(), "--lang", "zh")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == "6 名患者，3 名应答者，3 个可用的基线特征，1 个含数字但被忽略的列：extra"
    assert english(ran.out) == []
    assert "“UNK”" in ran.out or "UNK" in ran.out
    monkeypatch.setenv("RESPONDER_LANG", "zh")
    assert run("check", table()) == ran


def test_a_refused_table_is_refused_in_chinese(run, table):
    ran = run("check", table(*ROWS[:5], "P6,440,27,airway,3,6"), "--lang", "zh")
    assert ran.code == 3
    lines = ran.err.splitlines()
    assert [line.strip().split("：")[0] for line in lines] == ["错误", "位置", "处理"]
    assert english(ran.err + ran.out) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "nowhere.csv"), 3),
        (("check", "cohort.csv", "--nosuch"), 2),
        (("check", "cohort.csv", "--study", "nosuch"), 2),
        (("train", "nowhere.toml"), 2),
        (("validate", "nowhere", "cohort.csv"), 2),
        (("study", "init", "nowhere.csv"), 3),
    ],
)
def test_errors_are_three_lines_of_chinese(run, arguments, code):
    ran = run(*arguments, "--lang", "zh")
    assert ran.code == code, ran.err
    lines = ran.err.splitlines()[-3:]
    assert [line.strip().split("：")[0] for line in lines] == ["错误", "位置", "处理"]
    assert CHINESE.search(lines[0].split("：", 1)[1])
    assert english(ran.err) == []


@pytest.fixture(scope="module")
def spoken(trained):
    """What commands on the reference run print in Chinese."""
    return {
        "plan": trained.run("train", "experiments/rp_ld_il2.toml", "--dry-run", "--lang", "zh"),
        "run": trained.run("explain", "runs/rp_ld_il2", "--lang", "zh"),
        "bundle": trained.run("explain", "models/rp_ld_il2", "--lang", "zh"),
        "itself": trained.run("validate", "models/rp_ld_il2", "data/rp_ld_il2/cohort.csv", "--lang", "zh"),
    }


@pytest.mark.parametrize("name", ["plan", "run", "bundle", "itself"])
def test_commands_on_a_run_speak_chinese_alone(spoken, name):
    done = spoken[name]
    assert done.returncode == (3 if name == "itself" else 0), done.stderr
    assert CHINESE.search(done.stdout + done.stderr)
    assert english(done.stdout + done.stderr) == []


QUICK = ("--auc", "0.8", "--n", "9", "--cohorts", "2", "--workers", "1")
FACTS = """\
schema = "responder/facts/1"
title = "T"
n = 3
variables.answer = {{ lowest = 1, highest = 5 }}
fact = [{{ id = "mean", statistic = "mean", of = "answer", value = "{mean}" }},
        {{ id = "median", statistic = "median", of = "answer", value = 2 }}]
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "experiments/rp_ld_il2.toml", *QUICK),
        ("plan", "--prevalence", "0.05", "--parameters", "1", *QUICK),
        ("plan", "--study", "rp-ld-il2", "--no-simulation"),
        ("simulate", "--n", "5", "--seed", "1", "--out", "{folder}/cohort.csv"),
        ("simulate", "--n", "5", "--seed", "1", "--out", "{folder}/visits.csv", "--visits"),
        ("reconstruct", "{folder}/some.toml"),
        ("reconstruct", "{folder}/none.toml", "--out", "{folder}/none.csv"),
        ("study", "ls"),
        ("template", "--out", "{folder}/empty.csv"),
    ],
)
def test_planning_and_facts_speak_chinese_alone(run, arguments, tmp_path, root, monkeypatch):
    """What stays English: what authors gave in English alone."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("RESPONDER_LANG", "zh")
    for name, mean in (("some", "2.33"), ("none", "4.67")):
        (tmp_path / f"{name}.toml").write_text(FACTS.format(mean=mean), encoding="utf-8")
    ran = run(*(argument.format(folder=tmp_path) for argument in arguments))
    assert ran.code == 0, ran.err
    assert CHINESE.search(ran.out)
    assert english(ran.out + ran.err) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("plan", "--prevalence", "0.4"), 2),
        (("plan", "--prevalence", "0.4", "--parameters", "5", "--r2", "0.9"), 2),
        (("simulate", "--n", "5", "--seed", "1", "--out", "cohort.xlsx"), 2),
        (("reconstruct", "experiments/facts/rp_rpdai.toml", "--out", "cohorts.xlsx"), 2),
        (("template", "--format", "xlsx"), 2),
    ],
)
def test_their_errors_are_chinese(run, arguments, code, monkeypatch):
    monkeypatch.setenv("RESPONDER_LANG", "zh")
    ran = run(*arguments)
    assert ran.code == code
    assert [line.strip().split("：")[0] for line in ran.err.splitlines()] == ["错误", "位置", "处理"]
    assert english(ran.err) == []


def test_json_is_said_in_the_language_asked(run):
    numbers = ("plan", "--prevalence", "0.4", "--parameters", "5", "--no-simulation", "--json")
    assert run(*numbers, "--lang", "zh").envelope["answer"].startswith("若真实 AUC 为")
    assert run(*numbers).envelope["limits"][0].startswith("Without a control arm")


def test_training_speaks_chinese_alone(trained, tmp_path, root):
    import shutil

    for name in ("experiments", "data"):
        shutil.copytree(root / name, tmp_path / name)
    fast = ("--set", "bootstrap.draws=20", "--models", "ridge:0.1", "--no-track", "--lang", "zh")
    done = type(trained)(tmp_path, "").run("train", "experiments/rp_ld_il2.toml", *fast)
    assert done.returncode == 0, done.stderr
    assert english(done.stdout + done.stderr) == []
