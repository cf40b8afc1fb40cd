"""Folders replaced together, by a process that is killed before every one of its file operations.

Oracle: after the next start each folder holds all of the old files or all of the new, the same for all folders.
"""

import os
import stat
import sys
from pathlib import Path

import pytest

from responder.process import ProcessId
from responder.staging import fill_folder, finish_swap, replace_folder, replacing

MOST_OPERATIONS = 200
WATCHED = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "os.listdir"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_is_replaced_whole_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "runs" / "one"
    replace_folder(folder, {"old.txt": "旧", "both": b"1"})
    replace_folder(folder, {"both": b"2"})
    assert contents(folder) == {"both": b"2"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert [path.name for path in folder.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_folder_that_cannot_be_replaced_is_restored(tmp_path, monkeypatch, fails_at):
    """The first renaming puts the old folder aside, the second brings the new one."""
    folder, renamed = tmp_path / "one", []
    replace_folder(folder, {"a": "old"})
    rename = Path.rename

    def failing(self, target):
        renamed.append(target)
        if len(renamed) == fails_at:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="no"):
        replace_folder(folder, {"a": "new"})
    assert contents(folder) == {"a": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def write_both(base, version, *, bundle=True):
    with replacing(base / "runs" / "one", base / "models" / "one") as (run, model):
        fill_folder(run, {"result.json": version, "report.html": version})
        if bundle:
            fill_folder(model, {"bundle.json": version})


def versions(base):
    return tuple(
        {path.read_text() for path in folder.iterdir()} if (folder := base / room / "one").is_dir() else None
        for room in ("runs", "models")
    )


def ended_before(operation, base, work):
    """Do the work in a process of its own, killed before its n-th file operation below `base`; say whether it was."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(event, arguments):
            nonlocal seen
            if event in WATCHED and str(base) in str(arguments[0]):
                seen += 1
                if seen == operation:
                    os._exit(9)

        sys.addaudithook(count)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, 9}
    return code == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("bundle", [True, False])
def test_a_kill_before_any_operation_leaves_both_old_or_both_new(tmp_path, bundle):
    old = ({"old"}, {"old"})
    new = ({"new"}, {"new"} if bundle else None)
    outcomes = []
    for operation in range(1, MOST_OPERATIONS):
        base = tmp_path / str(operation)
        write_both(base, "old")
        killed = ended_before(operation, base, lambda base=base: write_both(base, "new", bundle=bundle))
        finish_swap(base / "runs" / "one")
        finish_swap(base / "models" / "one")
        found = versions(base)
        outcomes.append(found)
        assert found in (old, new), operation
        assert not [path for room in ("runs", "models") for path in (base / room).iterdir() if path.name[0] == "."]
        write_both(base, "next")
        assert versions(base) == ({"next"}, {"next"})
        if not killed:
            break
    assert found == new
    assert outcomes == sorted(outcomes, key=[old, new].index), "the old up to one moment, the new from there on"
    assert old in outcomes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_kill_while_a_swap_is_finished_changes_nothing(tmp_path):
    for first in range(1, MOST_OPERATIONS, 5):
        for second in (1, 3, 5, 8):
            base = tmp_path / f"{first}-{second}"
            write_both(base, "old")
            killed = ended_before(first, base, lambda base=base: write_both(base, "new"))
            ended_before(second, base, lambda base=base: finish_swap(base / "runs" / "one"))
            finish_swap(base / "runs" / "one")
            assert versions(base) in (({"old"}, {"old"}), ({"new"}, {"new"}))
        if not killed:
            break


def test_what_fails_in_the_block_changes_nothing(tmp_path):
    write_both(tmp_path, "old")
    with pytest.raises(TypeError):
        write_both(tmp_path, 1)
    assert versions(tmp_path) == ({"old"}, {"old"})
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["one"]


def test_a_process_is_told_from_a_later_one_of_its_number():
    own = ProcessId.own()
    assert not own.is_gone()
    assert ProcessId(own.pid, own.host, "another time").is_gone()
    assert not ProcessId(own.pid, "another host", "another time").is_gone()
