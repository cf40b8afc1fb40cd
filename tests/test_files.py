"""A file, or a folder, is written whole or not at all."""

import os
import stat
import tempfile
import threading

import pytest

from responder.errors import UsageError
from responder.files import refuse_overwriting, write_atomically


def test_writes_text_and_bytes_and_makes_the_folder(tmp_path):
    path = tmp_path / "new" / "表.csv"
    write_atomically(path, "评分\n")
    assert path.read_bytes() == "评分\n".encode()
    write_atomically(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    assert [p.name for p in path.parent.iterdir()] == ["表.csv"]


def test_an_interruption_leaves_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "result.json"
    write_atomically(path, "old")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path):
    path, plain = tmp_path / "a", tmp_path / "b"
    write_atomically(path, "")
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o600)
    write_atomically(path, "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_overwriting_is_refused_unless_forced(tmp_path):
    path = tmp_path / "a"
    refuse_overwriting(path, force=False)
    path.touch()
    with pytest.raises(UsageError, match="already exists"):
        refuse_overwriting(path, force=False)
    refuse_overwriting(path, force=True)
    with pytest.raises(UsageError, match="folder"):
        refuse_overwriting(tmp_path, force=True)


def test_a_failure_names_the_file_as_the_user_did(tmp_path, monkeypatch):
    def closed(**named):
        raise PermissionError(13, "Permission denied", str(named["dir"] / f"{named['prefix']}xyz"))

    monkeypatch.setattr(tempfile, "mkstemp", closed)
    with pytest.raises(PermissionError) as caught:
        write_atomically(tmp_path / "a", "")
    assert caught.value.filename == str(tmp_path / "a")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such devices and links")
def test_a_device_is_written_to_and_a_link_stays_a_link(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, "scored\n")
    reader.join(timeout=30)
    assert got == [b"scored\n"]
    assert pipe.is_fifo()
    target, link = tmp_path / "there" / "table.csv", tmp_path / "table.csv"
    link.symlink_to(target)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
