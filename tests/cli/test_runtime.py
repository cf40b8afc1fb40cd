"""LightGBM's libgomp: found, linked, or named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from responder.cli import runtime
from responder.errors import ResponderError

SOURCE = Path(__file__).resolve().parents[2] / "src"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems find OpenMP elsewhere")


@pytest.fixture
def missing(monkeypatch, tmp_path):
    """A system without the library, an environment in a temporary folder, and the calls of execv."""
    calls = []
    monkeypatch.setattr(runtime, "_libgomp_is_missing", lambda: True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(os, "execv", lambda program, arguments: calls.append((program, arguments)))
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    return calls


def test_nothing_happens_where_the_system_has_it(monkeypatch):
    monkeypatch.setattr(runtime, "_libgomp_is_missing", lambda: False)
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("started anew"))
    runtime.ensure_libgomp()


def test_process_starts_anew_with_the_link_on_the_loaders_path(missing, monkeypatch, tmp_path):
    monkeypatch.setenv("LD_LIBRARY_PATH", "/other")
    monkeypatch.setattr(sys, "orig_argv", ["python", "-X", "utf8", "responder", "train", "a b.toml"])
    runtime.ensure_libgomp()
    assert missing == [(sys.executable, [sys.executable, "-X", "utf8", "responder", "train", "a b.toml"])]
    assert os.environ["LD_LIBRARY_PATH"] == f"{tmp_path}/libgomp:/other"


def test_it_starts_anew_only_once(missing, monkeypatch, tmp_path):
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "libgomp"))
    with pytest.raises(ResponderError, match="libgomp") as caught:
        runtime.ensure_libgomp()
    assert caught.value.where.code == "place.libgomp_does_not_load"
    assert missing == []


def test_linked_copy_is_a_library_that_loads(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    if runtime._bundled_libgomp() is None:
        pytest.skip("this scikit-learn brings no libgomp")
    folder = runtime.link_libgomp()
    assert runtime.link_libgomp() == folder  # a second call finds the first one's link
    code = "import ctypes; ctypes.CDLL('libgomp.so.1').omp_get_max_threads(); print(*open('/proc/self/maps'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"LD_LIBRARY_PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(runtime._bundled_libgomp().resolve()) in done.stdout


def test_package_is_named_where_there_is_no_copy(missing, monkeypatch):
    monkeypatch.setattr(runtime, "_bundled_libgomp", lambda: None)
    with pytest.raises(ResponderError) as caught:
        runtime.ensure_libgomp()
    assert "sudo apt install libgomp1" in str(caught.value.hint)
    assert missing == []


def test_environment_that_cannot_be_written_is_named(missing, monkeypatch, tmp_path):
    (tmp_path / "libgomp").write_text("a file where the folder should be")
    with pytest.raises(ResponderError) as caught:
        runtime.ensure_libgomp()
    assert caught.value.where.code == "place.folder_not_writable"
