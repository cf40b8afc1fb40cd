"""The notebooks' runner: what is kept names no machine, and a copy that shows something else is found."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "notebooks.py"
SOURCE = """# %% [markdown]
# # A cohort
# %%
import os, sys
print(os.getcwd(), sys.prefix, object())
# %%
from IPython.display import Image
Image(data=b"\\x89PNG" * 50_000, format="png")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "notebooks").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    return tmp_path


def run(project, *arguments):
    command = [sys.executable, project / "scripts" / "notebooks.py", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_no_notebooks_are_fine(project):
    assert run(project) == (0, "")
    assert run(project, "--check") == (0, "")


def test_copy_without_a_source_is_named(project):
    (project / "notebooks" / "lost.ipynb").write_text("{}")
    assert run(project, "--check") == (1, "notebooks/lost.py is missing\n")


def test_copy_is_kept_and_compared(project):
    (project / "notebooks" / "cohort.py").write_text(SOURCE)
    copy = project / "notebooks" / "cohort.ipynb"
    assert run(project, "--check") == (
        1,
        "cohort: differs from its committed copy; fix it, or make notebooks\nnotebooks/cohort.ipynb is missing\n",
    )
    assert not copy.exists()

    assert run(project) == (0, "cohort: executed\n")
    kept = json.loads(copy.read_text())
    assert kept["cells"][1]["outputs"][0]["text"] == [". .venv <object object at 0x...>\n"]
    assert str(Path.home()) not in copy.read_text()
    assert sorted(path.name for path in project.iterdir()) == ["notebooks", "scripts"]

    del kept["cells"][2]["outputs"][0]["data"]["text/plain"]  # beside a picture nothing is compared
    copy.write_text(json.dumps(kept))
    assert run(project, "--check") == (0, "cohort: as committed\n")
    copy.write_text(copy.read_text().replace(". .venv", "elsewhere .venv"))
    code, said = run(project, "--check")
    assert code == 1
    assert "-> elsewhere .venv" in said
    assert "+> . .venv" in said
