"""One path of code: the pages and the commands that they show leave the same files, byte for byte."""

import html
import re
import shlex
import time

import pytest
from click.testing import CliRunner

from responder.cli.main import cli

QUICK = {
    "RESPONDER_BOOTSTRAP__DRAWS": "20",
    "RESPONDER_PERMUTATION__DRAWS": "99",
    "RESPONDER_VALIDATION__TOURNAMENT": "false",
    "RESPONDER_MODELS": '["prevalence", "ridge:0.1"]',
    "RESPONDER_TRACKING__ENABLED": "false",
}
MOST_SECONDS = 300


@pytest.fixture
def quick(monkeypatch, root):
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))


def trained(person, address):
    person.send(f"{address}/start")
    deadline = time.monotonic() + MOST_SECONDS
    while 'data-state="done"' not in (page := person.look(f"{address}/train")):
        assert re.search('data-state="(queued|running)"', page), page
        assert time.monotonic() < deadline, page
        time.sleep(0.2)
    return person.look(f"{address}/read")


@pytest.mark.slow
def test_by_clicks_and_by_commands(person, project, tmp_path_factory, quick, monkeypatch):
    address = person.bring()
    words = {"title": "A study", "intervention": "IL-2", "population": "adults", "endpoint.response.label": "response"}
    person.send(f"{address}/describe", {f"answer.{key}": answer for key, answer in words.items()})
    page = trained(person, address)
    assert f'src="{address}/report"' in page
    report = person.client.get(f"{address}/report")
    assert "sandbox" in report.headers["content-security-policy"]
    assert report.headers["x-frame-options"] == "SAMEORIGIN"
    assert "Nothing was changed since." in page
    assert not re.search(r"\{[a-z_]+\}", page)  # no sentence lacks a value
    kinds = re.findall(rf'href="{address}/files/(\w+)"', page)
    assert len(kinds) == 8
    for kind in set(kinds) - {"paper"}:  # drawn anew, which takes its time
        assert person.client.get(f"{address}/files/{kind}").status_code == 200
    form = person.look(f"{address}/score")
    assert 'name="csrf"' in form
    scored = person.send(f"{address}/score", {"age_years": "40", "treg_per_ul": "20", "crp_mg_l": "5"}, status=200)
    assert 'id="result"' in scored.text

    other = tmp_path_factory.mktemp("commands")
    table = "workbench/my_cohort/table/my cohort.csv"
    (other / table).parent.mkdir(parents=True)
    (other / table).write_bytes((project / table).read_bytes())
    (other / "pyproject.toml").write_bytes((project / "pyproject.toml").read_bytes())
    commands = html.unescape(re.search(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)[1]).strip().splitlines()
    for command in commands[:3]:  # draft, check, train
        name, *arguments = shlex.split(command)
        assert name == "responder"
        with monkeypatch.context() as there:  # in this process, which has everything imported
            there.chdir(other)
            done = CliRunner().invoke(cli, arguments, prog_name="responder")
        assert done.exit_code == 0, done.output
    for file in ("workbench/my_cohort/study.toml", "workbench/my_cohort/my_cohort.toml", "runs/my_cohort/result.json"):
        assert (project / file).read_bytes() == (other / file).read_bytes(), file

    person.send(f"{address}/commit", {"trait": "age_years", "model": "ridge:0.1", "primary": "ridge:0.1", "seed": "9",
                                      "alpha": "0.05"})  # fmt: skip
    assert "3 values were changed after the first look" in person.look(f"{address}/commit")
    assert "--set seed=9" in person.look(f"{address}/read")
