"""Pages of the other analyses: the very command is asked for, what it writes is shown and can be taken away."""

import io
import json
import zipfile

import pytest
from click.testing import CliRunner

from responder.cli.main import SECTIONS, cli
from responder.experiment import resolve_experiment
from responder.experiment.jobs import Jobs

WORK = "/w/rp_ld_il2"
FOLDER = "workbench/rp_ld_il2/analyses"
VISITS = "data/rp_ld_il2/visits.csv"


@pytest.fixture
def asked(monkeypatch):
    """The words of every command that is put into the queue; none runs."""
    found = []
    monkeypatch.setattr(Jobs, "submit", lambda self, name, file, language="en", doing=(): found.append(list(doing)))
    return found


def test_a_plan_is_asked_of_the_command_and_shown(reader, finished, asked):
    reader.send(f"{WORK}/do/plan", {"aucs": "0,8", "power": "0.9", "quick": "1"})
    results = f"{FOLDER}/plan/results"
    experiment = "workbench/rp_ld_il2/rp_ld_il2.toml"
    assert asked == [["plan", experiment, "--auc", "0.8", "--power", "0.9", "--no-simulation", "--out", results]]
    for name in ("plan.html", "plan.json", "plan.csv"):  # as the command writes them
        (finished / results / name).write_text(f"<p>{name}</p>", encoding="utf-8")
    page = reader.look(f"{WORK}/do/plan")
    assert f'src="{WORK}/do/plan/result"' in page
    assert "responder plan workbench/rp_ld_il2/rp_ld_il2.toml --auc 0.8" in page
    shown = reader.client.get(f"{WORK}/do/plan/result")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.content == (finished / results / "plan.html").read_bytes()
    with zipfile.ZipFile(io.BytesIO(reader.client.get(f"{WORK}/do/plan/files").content)) as archive:
        assert {"plan.html", "plan.json", "plan.csv"} <= set(archive.namelist())


def test_visits_are_analysed_by_the_command(reader, asked):
    reader.send(f"{WORK}/do/trial", {"table": VISITS, "study": "rp-ld-il2"})
    assert asked == [["trial", VISITS, "--study", "rp-ld-il2", "--out", f"{FOLDER}/trial/results"]]


def test_a_landmark_is_an_experiment_of_its_own(reader, finished, asked):
    fields = {"table": VISITS, "study": "rp-ld-il2", "week": "4", "scale": "log_ratio",
              "rise": ["treg_per_ul", "treg_tcon_ratio"]}  # fmt: skip
    page = reader.look(f"{WORK}/do/landmark")
    assert 'value="treg_tcon_ratio"' in page
    reader.send(f"{WORK}/do/landmark", fields)
    assert asked == [["landmark", f"{FOLDER}/landmark/rp_ld_il2_landmark.toml"]]
    planned = resolve_experiment(asked[0][1]).experiment
    assert (planned.name, planned.landmark.week) == ("rp_ld_il2_landmark", 4)
    assert planned.landmark.rises == ("treg_per_ul", "treg_tcon_ratio")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("trial", {"table": "/etc/passwd", "study": "rp-ld-il2"}),
        ("trial", {"table": VISITS, "study": "../other.toml"}),
        ("plan", {"aucs": "<b>high</b>"}),
        ("plan", {"aucs": "0.8", "power": "--out=/tmp"}),
        ("landmark", {"table": VISITS, "study": "rp-ld-il2", "week": "4"}),
        ("landmark", {"table": VISITS, "study": "rp-ld-il2", "week": "4", "rise": 'a"]\nname = "x'}),
        ("landmark", {"table": VISITS, "study": "rp-ld-il2", "week": "nan", "rise": "treg_per_ul"}),
    ],
)
def test_what_is_not_offered_is_refused(reader, asked, kind, fields):
    page = reader.send(f"{WORK}/do/{kind}", fields, status=422).text
    assert "is not offered here" in page
    assert "<b>high" not in page
    assert asked == []


def test_eligibility_is_that_of_the_command(reader, finished):
    page = reader.look(f"{WORK}/eligible?study=0")
    command = ["eligible", "data/rp_ld_il2/cohort.csv", "--study", "rp-ld-il2", "--json"]
    told = json.loads(CliRunner().invoke(cli, command, prog_name="responder").stdout)
    for one in told["sets"]:
        numbers = "".join(f'<td class="number">{number}</td>' for number in one["counts"].values())
        assert f"<strong>{one['label']['en']}</strong></th>{numbers}" in page or one["label"].get("code"), one
    out = finished / "eligible.csv"
    CliRunner().invoke(cli, [*command[:-1], "--out", str(out)], prog_name="responder")
    try:
        assert reader.client.get(f"{WORK}/eligible/csv?study=0").content == out.read_bytes()
    finally:
        out.unlink()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_has_its_page_or_is_named(reader, language):
    from responder.words import say

    page = reader.look(f"/everything?lang={language}")
    for names in SECTIONS.values():
        for name in names:
            assert f'id="{name}"' in page
            assert say(f"help.{name}.about", language).partition("\n")[0].replace("'", "&#39;") in page
    reader.look("/?lang=en")


def test_what_was_made_goes_with_its_table(person, bench, project, monkeypatch):
    monkeypatch.setattr(Jobs, "_start", lambda self, queue, row: None)  # it waits
    address = person.bring()
    landmark = project / "runs/my_cohort_landmark"
    landmark.mkdir(parents=True)
    job = bench.jobs.submit("my_cohort/trial", project / "x", "en", ["trial", "x"])
    person.send(f"{address}/remove", status=409)
    bench.jobs.cancel(job.id)
    person.send(f"{address}/remove")
    assert not landmark.exists()
    assert bench.jobs.all() == []
