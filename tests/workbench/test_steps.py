"""From a file to a plan by the forms of the pages: what is asked, refused, kept and escaped."""

import json
import re
import stat

import pytest

from responder.cohort.draft import drafting
from responder.workbench import kept as kept_module

EVIL = "<script>alert(1)</script>"
HIDDEN = re.compile(r'name="shown\.([^"]+)" value="([^"]*)"')


def answers(**given):
    return {f"answer.{key.replace('__', '.')}": answer for key, answer in given.items()}


def settle(person, address):
    """Accept what is suggested, as by pressing the button of the page."""
    words = answers(title="A study", intervention="IL-2", population="adults", endpoint__response__label="response")
    person.send(f"{address}/describe", words)


@pytest.fixture
def described(person):
    address = person.bring()
    settle(person, address)
    return address


def test_the_table_is_kept_for_its_owner_alone_and_deleted_on_request(person, project):
    address = person.bring()
    table = project / "workbench/my_cohort/table/my cohort.csv"
    assert stat.S_IMODE(table.stat().st_mode) == 0o600
    assert stat.S_IMODE(table.parent.stat().st_mode) == 0o700
    assert "12 rows, 6 columns" in person.look(address)
    person.look(f"{address}/describe")
    assert any(kept._made for kept in kept_module._EVERYTHING)
    assert drafting._taken.cache_info().currsize
    person.send(f"{address}/remove")
    assert not (project / "workbench/my_cohort").exists()
    assert not any(kept._made for kept in kept_module._EVERYTHING)
    assert not drafting._taken.cache_info().currsize
    person.look(address, status=404)


def test_names_of_people_are_not_shown(person):
    address = person.bring(
        "No.,Name,crp,responder\n" + "".join(f"{i},Ada Birk{'abcdefghi'[i]},{i}.5,{'yn'[i % 2]}\n" for i in range(9))
    )
    page = person.look(address)
    assert "Ada Birk" not in page
    assert "•••" in page


def test_nothing_is_assumed_of_times_and_outcomes(person):
    address = person.bring(
        "patient_id,crp,crp_2,score\n" + "".join(f"P{i},{i}.5,{i * 2}.1,{i % 4}\n" for i in range(12))
    )
    page = person.look(f"{address}/describe")
    assert "questions are open" in page
    assert "Which column says who responded?" in page or "No column is named like an outcome" in page
    asked = re.findall(r'<select id="q-[^"]+" name="answer\.[^"]*column">\s*<option value="">', page)
    assert asked
    shown = dict(HIDDEN.findall(page))
    assert shown["trait.crp_2.timing"] == ""


def test_a_described_table_says_who_responded(person, described, project):
    page = person.look(f"{described}/describe")
    assert "8 of 12" in page
    study = (project / "workbench/my_cohort/study.toml").read_text(encoding="utf-8")
    assert '= { ask = "' not in study
    assert (project / "workbench/my_cohort/my_cohort.toml").is_file()


def test_a_role_is_changed_and_changed_back(person, described, project):
    study = project / "workbench/my_cohort/study.toml"
    before = study.read_text(encoding="utf-8")
    shown = {"shown.trait.crp_mg_l.timing": "baseline"}
    person.send(f"{described}/describe", {**answers(trait__crp_mg_l__timing="ignored"), **shown})
    assert 'timing = "ignored"' in study.read_text(encoding="utf-8")
    shown = {"shown.trait.crp_mg_l.timing": "ignored"}
    person.send(f"{described}/describe", {**answers(trait__crp_mg_l__timing="baseline"), **shown})
    assert study.read_text(encoding="utf-8") == before


def test_an_answer_that_is_none_of_the_choices_is_told_at_its_field(person, described):
    field = answers(trait__crp_mg_l__timing="never")
    page = person.send(f"{described}/describe", field, status=422).text
    assert page.count('class="error"') == 1


def test_an_answer_to_what_nobody_asks_is_forgotten(person, described, project):
    person.send(f"{described}/describe", answers(trait__gone__timing="baseline"))
    kept = json.loads((project / "workbench/my_cohort/choices.json").read_text(encoding="utf-8"))
    assert "trait.gone.timing" not in kept["answers"]


def test_choices_stand_in_the_experiment(person, described, project):
    fields = {"trait": ["age_years", "treg_per_ul"], "model": ["ridge:0.1", "firth"], "primary": "firth", "seed": "7",
              "alpha": "0,1"}  # fmt: skip
    person.send(f"{described}/commit", fields)
    text = (project / "workbench/my_cohort/my_cohort.toml").read_text(encoding="utf-8")
    assert "seed = 7\n" in text
    assert 'models = ["prevalence", "ridge:0.1", "firth"]' in text
    assert 'primary = "firth"' in text
    assert 'traits = ["age_years", "treg_per_ul"]' in text
    assert "alpha = 0.1\n" in text
    page = person.look(f"{described}/commit")
    assert "12, of whom 8 responded" in page
    assert "0.002" in page  # 1 / C(12, 8) = 1 / 495


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"model": "ridge:0.1", "primary": "ridge:0.1", "seed": "1", "alpha": "0.05"}, "no baseline trait is chosen"),
        (
            {"trait": "sex", "model": "firth", "primary": "firth", "seed": "-4", "alpha": "0.05"},
            "not a valid value for this field",
        ),
        (
            {"trait": "sex", "model": "firth", "primary": "firth", "seed": "4", "alpha": "high"},
            "not a valid value for this field",
        ),
    ],
)
def test_choices_that_cannot_be_are_refused(person, described, fields, told):
    assert told in person.send(f"{described}/commit", fields, status=422).text


def test_a_refused_plan_never_waits_in_the_queue(person, described, bench):
    person.send(
        f"{described}/commit", {"trait": "sex", "model": "firth", "primary": "gp", "seed": "1", "alpha": "0.05"}
    )
    assert "primary" in person.send(f"{described}/start", status=422).text
    assert bench.jobs.all() == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_comes_with_a_table_is_escaped(person, language):
    """In the name of the file, in headers, in levels, in answers."""
    level = "<img src=x onerror=alert(2)>"
    rows = "".join(f"P{i:02d},{i % 7}.5,{('a', level)[i % 2]},{'yes' if i % 3 else 'no'}\n" for i in range(12))
    address = person.bring(f"patient_id,{EVIL},organ<b>,responder\n{rows}", name=f"x{EVIL}.csv")
    person.send(
        f"{address}/describe", answers(title=EVIL, intervention=EVIL, population=EVIL, endpoint__response__label=EVIL)
    )
    for path in ("/", address, f"{address}/describe", f"{address}/commit"):
        page = person.look(f"{path}?lang={language}")
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "organ<b>" not in page


def test_a_table_that_cannot_be_read_says_why(person):
    address = person.bring("only one line", name="line.csv")
    page = person.look(address)
    assert 'class="errors"' in page
    assert 'name="encoding"' in page


@pytest.mark.parametrize(
    ("table", "described", "planned"),
    [
        ("only one line", "only one line", "only one line"),
        ("patient_id,event,crp\n" + "".join(f"P{i},{e},{i}.5\n" for i in range(9) for e in ("dose_1", "dose_2")),
         "Which visit is baseline", "open question"),
        ("patient_id,crp,age\n" + "".join(f"P{i},{i}.5,{30 + i}\n" for i in range(9)),
         "No column is named like an outcome", "open question"),
    ],
    ids=["unreadable", "no baseline visit", "no outcome"],
)  # fmt: skip
def test_a_broken_file_never_gets_past_its_questions(person, bench, table, described, planned):
    """What cannot be read is refused at every step with its reason, and nothing of it is ever queued."""
    address = person.bring(table, name="broken.csv")
    is_read = table != described
    page = person.look(f"{address}/describe", status=200 if is_read else 422)
    assert described in page if is_read else "RSP" in page
    for told in (person.look(f"{address}/commit", status=422), person.send(f"{address}/start", status=422).text):
        assert planned in told if is_read else "RSP" in told
    assert bench.jobs.all() == []


def test_no_file_is_no_table(person):
    assert "no file was chosen" in person.send("/add", {}, {"table": ("", b"")}, status=422).text
    assert "no file was chosen" in person.send("/add", {"study": ""}, status=422).text


def test_the_language_stays(person):
    assert 'lang="zh' in person.look("/?lang=zh")
    assert "选择数据表" in person.look("/")
    assert "Choose a table" in person.look("/?lang=en")


def test_a_fault_tells_nothing_of_a_table(person, described, monkeypatch):
    from responder.workbench.work import Work

    def fail(self):
        raise RuntimeError("P07 has CRP 12.5")

    monkeypatch.setattr(Work, "raw", property(fail))
    page = person.look(described, status=500)
    assert "P07" not in page
    assert "RuntimeError" in page


def test_a_plan_is_exported_before_anything_is_trained(person, described, project, bench):
    person.send(f"{described}/describe", answers(trait__treg_per_ul__expected="higher"))
    address = person.send(f"{described}/preregister").headers["location"]
    assert bench.jobs.all() == []
    stamp = json.loads((project / "workbench/my_cohort/plan.json").read_text(encoding="utf-8"))[0]
    text = person.look(f"{address}?lang=en")
    assert stamp["digest"] in text
    assert "treg_per_ul higher in responders" in text
    assert "Nothing was changed since." in text
    assert "{" not in text.partition("```")[0]
    person.send(f"{described}/commit", {"trait": "age_years", "model": "firth", "primary": "firth", "seed": "1",
                                        "alpha": "0.05"})  # fmt: skip
    assert 'traits: - → ["age_years"]' in person.look(f"{address}?lang=en")
    assert "预注册" in person.look(f"{address}?lang=zh")


def test_a_second_table_is_joined_and_taken_away(person, project):
    address = person.bring()
    flow = ("patient_id,cd25\n" + "".join(f"P{i:02d},{i % 5}.5\n" for i in range(1, 13))).encode()
    person.send(f"{address}/bring", {"what": "join"}, {"file": ("flow.csv", flow)})
    assert "12 rows, 7 columns" in person.look(address)
    settle(person, address)
    experiment = (project / "workbench/my_cohort/my_cohort.toml").read_text(encoding="utf-8")
    assert 'join = ["table/joined/flow.csv"]' in experiment
    assert 'name = "cd25"' in (project / "workbench/my_cohort/study.toml").read_text(encoding="utf-8")
    person.send(f"{address}/leave", {"name": "flow.csv"})
    assert "12 rows, 6 columns" in person.look(address)
    assert not (project / "workbench/my_cohort/table/joined/flow.csv").exists()
    assert "cd25" not in (project / "workbench/my_cohort/study.toml").read_text(encoding="utf-8")
    assert "8 of 12" in person.look(f"{address}/describe")  # answers are kept


def test_findings_stand_beside_the_cells_that_they_name(person):
    rows = "".join(f"P{i:02d};{i}0,5;{'yes' if i % 3 else 'no'}\n" for i in range(1, 31))
    address = person.bring(f"Run 7\npatient_id;crp;responder\n{rows}", name="t.csv")
    page = person.look(address)
    assert "semicolons" in page
    assert "comma (1,5)" in page
    assert "line 2" in page
    assert 'id="f1"' in page
    assert "Rows 1 to 20" in page
    assert "Rows 21 to 30" in person.look(f"{address}?row=20")
    assert "Rows 21 to 30" in person.look(f"{address}?row=99999999")


def test_a_column_is_edited_on_its_card(person, described, project):
    study = project / "workbench/my_cohort/study.toml"
    edits = answers(trait__crp_mg_l__unit="mg/dL", trait__crp_mg_l__label="CRP", trait__sex__expected="higher")
    person.send(f"{described}/describe", {**edits, "shown.trait.crp_mg_l.unit": "mg/L"})
    text = study.read_text(encoding="utf-8")
    assert 'unit = "mg/dL"' in text
    assert 'label = { en = "CRP" }' in text
    assert "[[hypothesis]]" in text
    page = person.send(f"{described}/describe", answers(trait__sex__levels="male"), status=422).text
    assert "name every level" in page
    gone = {"shown.trait.crp_mg_l.unit": "mg/dL", "answer.trait.crp_mg_l.unit": ""}
    person.send(f"{described}/describe", gone)
    assert 'unit = "mg' not in study.read_text(encoding="utf-8")


def test_a_changed_card_is_drawn_before_the_check_which_follows(person, described):
    shown = {"shown.trait.crp_mg_l.timing": "baseline", "part": "1"}
    answer = person.send(f"{described}/describe", {**answers(trait__crp_mg_l__timing="ignored"), **shown})
    assert "part=1" in answer.headers["location"]
    page = person.look(answer.headers["location"])
    again = re.search(r'id="check"[^>]* data-again="([^"]+)"', page)
    assert '<option value="ignored" selected>' in page
    assert "8 of 12" in person.look(again[1])
    assert "data-again" not in person.look(answer.headers["location"])  # it is at hand now
