"""What a killed training had begun to replace is finished by the next command that reads it."""

from __future__ import annotations

import os

import pytest

from responder import staging
from responder.process import ProcessId
from responder.staging import fill_folder, replacing


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def killed_in_the_swap(project):
    """Leave a run and a bundle as a training leaves them that is killed when both of the old ones are put aside."""
    places = project / "runs" / "one", project / "models" / "one"

    def write(version):
        with replacing(*places) as folders:
            fill_folder(folders[0], {"result.json": version})
            fill_folder(folders[1], {"bundle.json": version})

    write("old")
    child = os.fork()
    if child == 0:

        def end(moves):
            for place, _, old in moves:
                place.rename(old)
            os._exit(9)

        staging._swap = end
        write("new")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not any(place.exists() for place in places)
    return places


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize(
    "command",
    [
        ("report", "one"),
        ("card", "one"),
        ("explain", "one"),
        ("explain", "models/one"),
        ("score", "--bundle", "models/one", "--set", "a=1"),
        ("validate", "models/one", "cohort.csv"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_readers_finish_the_swap(run, project, command):
    places = killed_in_the_swap(project)
    ran = run(*command)  # what it then says of these files, which are neither a run nor a bundle, is not the matter
    assert ran.code in {0, 1, 2, 3}
    assert [next(place.iterdir()).read_text() for place in places] == ["new", "new"]
    assert not [path.name for room in ("runs", "models") for path in (project / room).iterdir() if path.name != "one"]


def test_a_swap_that_another_machine_does_not_end_is_told(run, project, monkeypatch):
    monkeypatch.setattr(staging, "_LONGEST_WAIT_SECONDS", 0.0)
    journal = project / "runs" / ".one.swap"
    journal.mkdir(parents=True)
    elsewhere = ProcessId(7, "another-machine", "before")
    fill_folder(journal, {"plan.json": staging.json.dumps({"process": elsewhere.to_json(), "moves": []})})
    ran = run("report", "one")
    assert ran.code == 2
    assert "another-machine, process 7" in ran.error_lines()[0]
    assert journal.is_dir()
