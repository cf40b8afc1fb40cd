"""``responder landmark`` at its edges: the wrong command, and too few patients left."""

import json

import pytest
from click.testing import CliRunner

from responder.cli.main import cli

HEADER = "patient_id,week,rpdai,treg_per_ul,tcon_per_ul"
EARLY = [f"P{i},{week},{rpdai},20,500" for i in range(6) for week, rpdai in ((0, 9), (4, 0), (12, 0))]


@pytest.fixture
def run(root):
    def invoke(command, experiment, *arguments):
        path = str(root / f"experiments/{experiment}.toml")
        return CliRunner().invoke(cli, [command, path, "--no-track", "--quiet", *arguments])

    return invoke


@pytest.mark.parametrize(("command", "experiment"), [("train", "rp_landmark"), ("landmark", "rp_ld_il2")])
def test_each_command_names_the_other(run, command, experiment):
    found = run(command, experiment)
    assert found.exit_code == 2
    assert f"responder {'landmark' if command == 'train' else 'train'}" in found.stderr


def test_where_all_respond_early_nothing_can_be_estimated_and_that_is_the_answer(run, tmp_path):
    (tmp_path / "visits.csv").write_text("\n".join([HEADER, *EARLY]) + "\n", encoding="utf-8")
    found = run("landmark", "rp_landmark", "--cohort", str(tmp_path / "visits.csv"), "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["estimable"] is False
    assert told["cohort"]["landmark"]["excluded"] == {"responding": 6}
