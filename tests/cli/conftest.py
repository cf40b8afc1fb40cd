"""Run a command in this process, and read what a person and a program would see."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from responder.cli.main import cli


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def envelope(self):
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))

    def error_lines(self):
        """The three lines of an error; any narration comes before them."""
        lines = self.err.splitlines()[-3:]
        assert [line.split(":")[0] for line in lines] == ["error", "  where", "  fix"], self.err
        assert all(line.split(": ", 1)[1].strip() for line in lines), self.err
        assert "Traceback" not in self.err
        return [line.split(": ", 1)[1] for line in lines]


@pytest.fixture
def run():
    def invoke(*arguments: str, group=cli, **settings) -> Ran:
        result = CliRunner().invoke(group, list(arguments), prog_name="responder", **settings)
        return Ran(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture(scope="session")
def environment(root):
    """What a new process needs to find the package, whether it is installed or not."""
    return {**os.environ, "PYTHONPATH": str(root / "src")}
