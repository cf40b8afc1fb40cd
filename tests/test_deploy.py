"""The files of deploy/: what they start exists, nobody is root, and every service tells whether it is healthy."""

import re
import shlex
import shutil
import subprocess
from importlib import import_module

import pytest
import yaml


@pytest.fixture
def deploy(root):
    return root / "deploy"


@pytest.fixture
def services(deploy):
    return yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))["services"]


@pytest.fixture(scope="module")
def options_of_serve():
    return {option for parameter in import_module("responder.cli.serve").command.params for option in parameter.opts}


def test_every_service_is_health_checked_and_published_on_this_machine_alone(services):
    assert set(services) == {"app", "mlflow", "db"}
    for service in services.values():
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_no_secret_is_written_down(deploy):
    text = (deploy / "compose.yaml").read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{(\w+)", text))
    example = dict(line.split("=", 1) for line in (deploy / "example.env").read_text().splitlines() if "=" in line)
    assert names == set(example)
    assert example["RESPONDER_TOKEN"] == example["POSTGRES_PASSWORD"] == ""


def test_images_end_as_a_user_without_rights_and_start_a_command_that_exists(deploy, options_of_serve):
    text = (deploy / "Containerfile").read_text(encoding="utf-8")
    stages = text.split("\nFROM ")[1:]
    assert len(stages) == 3
    for stage in stages[1:]:
        assert re.findall(r"^USER (\w+)", stage, re.MULTILINE)[-1] == "responder"
        assert '\nENTRYPOINT ["responder"]\n' in stage
    started = re.search(r'CMD \["serve", (.*)\]', text)[1]
    assert set(re.findall(r"--[a-z-]+", started)) <= options_of_serve


def test_targets_that_compose_builds_are_stages(deploy, services):
    stages = set(
        re.findall(r"^FROM \S+ AS (\w+)", (deploy / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {one["build"]["target"] for one in services.values() if "build" in one} <= stages


def test_unit_starts_a_command_that_exists(deploy, options_of_serve):
    unit = (deploy / "responder.service").read_text(encoding="utf-8")
    _, command, *arguments = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1])
    assert command == "serve"
    assert {word for word in arguments if word.startswith("--")} <= options_of_serve


def test_unit_is_what_systemd_understands(deploy):
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("needs systemd-analyze (package systemd)")
    told = subprocess.run(
        [analyse, "verify", "--man=no", deploy / "responder.service"], capture_output=True, text=True, check=False
    )
    rest = [line for line in told.stderr.splitlines() if "is not executable" not in line]  # /opt/responder is not here
    assert not [line for line in rest if "responder.service" in line]
