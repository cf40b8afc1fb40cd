"""What workers are forked from leaves Ctrl-C to the program that hands out work."""

import os
import re
import signal
import sys
from multiprocessing import forkserver
from pathlib import Path

import pytest
from tests.workers.chunk_functions import cycles_after

from responder.process import SELDOM
from responder.workers.local import LocalProcesses, _uninterrupted, prepare


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the signal mask from /proc")
def test_what_workers_are_forked_from_hears_no_interrupt():
    prepare("responder.report.figures")
    status = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text(encoding="ascii")
    blocked = int(re.search(r"^SigBlk:\s*([0-9a-f]+)", status, re.MULTILINE)[1], 16)
    assert blocked & 1 << (signal.SIGINT - 1)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are forked")
def test_workers_look_for_reference_cycles_as_seldom_as_the_program():
    assert list(LocalProcesses(2).map(cycles_after, None, [1, 2])) == [SELDOM, SELDOM]


@pytest.mark.skipif(os.name != "posix", reason="signals wait where POSIX has them")
def test_an_interruption_waits_until_a_process_is_started():
    done = []

    def start():
        with _uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("started")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            start()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["started"]
