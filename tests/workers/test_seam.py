"""Results in order and the same whoever works; a worker that is killed changes nothing."""

import multiprocessing
import os
import time

import pytest
from tests.workers.chunk_functions import (
    always_killed,
    killed_once,
    process_and_number,
    refused,
    slow,
    times,
)

from responder.errors import ConfigError, UsageError
from responder.workers import IN_PROCESS, WorkersLostError, in_chunks, open_workers
from responder.workers.local import LocalProcesses

needs_kill = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")


class Kept(dict):
    put = dict.__setitem__


@pytest.mark.parametrize("asked", [0, "1", 2, "3"])
def test_results_come_in_order_whoever_works(asked):
    chunks = in_chunks([0.6] * 9)
    with open_workers(asked) as workers:
        assert list(workers.map(times, 3, chunks)) == [[3 * i for i in chunk] for chunk in chunks]


def test_processes_are_others_and_more_than_one():
    found = list(LocalProcesses(2).map(process_and_number, None, range(8)))
    assert [number for _, number in found] == list(range(8))
    processes = {process for process, _ in found}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_one_chunk_alone_starts_no_process():
    assert list(LocalProcesses(2).map(process_and_number, None, [5])) == [(os.getpid(), 5)]


@needs_kill
def test_a_killed_process_changes_nothing_and_only_what_was_lost_is_repeated(tmp_path):
    assert list(LocalProcesses(2).map(killed_once, str(tmp_path), range(30))) == [i * i for i in range(30)]
    tries = {int(path.name): len(path.read_text()) for path in tmp_path.iterdir()}
    assert tries[2] == 2
    # beside the killed chunk only what was at work then, or waited in its process, is tried again
    assert sum(tries.values()) <= 30 + 8


@needs_kill
def test_a_chunk_that_kills_every_process_is_given_up_in_words():
    with pytest.raises(WorkersLostError, match="killed again and again") as given_up:
        list(LocalProcesses(2).map(always_killed, None, range(3)))
    assert given_up.value.exit_code == 8
    assert "--resume" in str(given_up.value.hint)


def test_an_error_of_the_work_is_raised_as_it_is():
    with pytest.raises(ConfigError, match="no model 'ridg") as error:
        list(LocalProcesses(2).map(refused, None, range(3)))
    assert error.value.where == "models"


def test_whoever_stops_listening_waits_for_nobody():
    """What Ctrl-C does: the generator is closed while chunks of a minute are at work."""
    opened = LocalProcesses(2)._opened(slow, None)
    submit = opened.__enter__()
    chunk = submit(slow, 0)
    while not chunk.running():
        time.sleep(0.01)
    opened.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    for process in multiprocessing.active_children():
        process.join(timeout=20)
    assert not multiprocessing.active_children()


def test_what_is_kept_is_not_computed_again():
    kept = Kept({0: "known", 3: "known"})
    assert list(IN_PROCESS.map(times, 2, [range(1)] * 4, kept=kept)) == ["known", [0], [0], "known"]
    assert set(kept) == {0, 1, 2, 3}


def test_finished_chunks_are_kept_when_a_later_one_fails():
    def fails_at_two(_shared, chunk):
        if chunk == 2:
            raise KeyboardInterrupt
        return chunk

    kept = Kept()
    with pytest.raises(KeyboardInterrupt):
        list(IN_PROCESS.map(fails_at_two, None, range(4), kept=kept))
    assert kept == {0: 0, 1: 1}


@pytest.mark.parametrize("asked", ["-1", "65", "two", "", "http://127.0.0.1:8786", "tcp://127.0.0.1", "tls://:8786"])
def test_what_are_no_workers_is_refused(asked):
    with pytest.raises(UsageError, match="cannot share the work out"), open_workers(asked):
        pass


def test_chunks_hold_every_piece_once_and_reach_their_length():
    chunks = in_chunks([0.3] * 10)
    assert [i for chunk in chunks for i in chunk] == list(range(10))
    assert {len(chunk) for chunk in chunks} == {2}
