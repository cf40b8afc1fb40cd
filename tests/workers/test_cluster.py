"""A Dask cluster on this machine: the same bytes, through the loss of a worker; refusals in words."""

import os
import sys
from concurrent.futures import CancelledError
from types import SimpleNamespace

import numpy as np
import pytest
from tests.validate.test_refit import make_table
from tests.workers.chunk_functions import killed_once, page_faults, process_and_number, scheduler_killed_at_four

from responder.errors import ConfigError, UsageError
from responder.models import build_model
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline
from responder.workers import IN_PROCESS, WorkersLostError, open_workers
from responder.workers.cluster import DaskCluster, _call, _require_same
from responder.workers.identity import identity

needs_kill = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")


class Kept(dict):
    put = dict.__setitem__


def test_chunks_go_to_every_worker_and_come_back_in_order(cluster):
    with open_workers(cluster.address) as workers:
        assert str(workers.about).startswith(f"2 workers at {cluster.address}; dashboard: http://127.0.0.1:")
        found = list(workers.map(process_and_number, None, range(8)))
    assert [number for _, number in found] == list(range(8))
    assert len({process for process, _ in found}) == 2


def test_a_permutation_test_has_the_same_bytes_as_in_process(cluster, monkeypatch):
    table, outcome = make_table(1, n=7)
    pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    monkeypatch.setattr("responder.workers.chunks.CHUNK_SECONDS", 100 * pipeline.seconds_per_fit())
    labelings = draw_labelings(outcome, most_exact=100, draws=10, rng=np.random.default_rng(0))
    here = permutation_test(pipeline, labelings)
    with open_workers(cluster.address) as workers:
        there = permutation_test(pipeline, labelings, workers=workers)
    assert there.auc.tobytes() == here.auc.tobytes()
    assert there.margin.tobytes() == here.margin.tobytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another C library")
def test_a_worker_keeps_the_memory_of_arrays_that_come_and_go(cluster):
    """A hundred arrays of 256 pages: without it each of them is mapped anew, 25,600 in all."""
    with open_workers(cluster.address) as workers:
        faults = list(workers.map(page_faults, None, range(4)))
    assert max(faults) < 2_000


@needs_kill
def test_a_killed_worker_changes_nothing(cluster, tmp_path):
    with open_workers(cluster.address) as workers:
        assert list(workers.map(killed_once, str(tmp_path), range(20))) == [i * i for i in range(20)]
    assert len((tmp_path / "2").read_text()) == 2


@needs_kill
def test_a_lost_scheduler_ends_in_words_and_what_is_finished_is_kept(start_cluster, monkeypatch):
    monkeypatch.setattr("responder.workers.seam.LOOK_AGAIN_SECONDS", 0.2)
    lost, kept = start_cluster(1), Kept()
    with open_workers(lost.address) as workers:
        monkeypatch.setattr("responder.workers.cluster.CONNECT_SECONDS", 2)  # it is gone then; a busy one takes longer
        finished = workers.map(scheduler_killed_at_four, lost.scheduler.pid, range(40), kept=kept)
        with pytest.raises(WorkersLostError, match="connection to the scheduler is lost") as error:
            list(finished)
    assert "--resume" in str(error.value.hint)
    assert 0 < len(kept) < 40
    assert list(IN_PROCESS.map(lambda _, chunk: chunk, None, range(40), kept=kept)) == list(range(40))


@pytest.mark.parametrize("lost", [ConnectionResetError, TimeoutError, CancelledError])
def test_a_scheduler_that_is_lost_between_two_chunks_is_told(lost):
    def nthreads():
        raise lost

    with pytest.raises(WorkersLostError, match="connection to the scheduler is lost"):
        _ = DaskCluster(SimpleNamespace(nthreads=nthreads), "tls://scheduler:8786").count


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("responder.workers.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(WorkersLostError, match="no Dask scheduler answers"), open_workers("tcp://127.0.0.1:9"):
        pass


def test_a_scheduler_without_workers_is_told(start_cluster):
    with pytest.raises(WorkersLostError, match="no worker"), open_workers(start_cluster(0).address):
        pass


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "tcp://scheduler.example:8786", "tcp://[2001:db8::1]:8786"])
def test_another_machine_is_reached_encrypted_or_not_at_all(address):
    with pytest.raises(UsageError, match="unencrypted") as error, open_workers(address):
        pass
    assert address.replace("tcp://", "tls://") in str(error.value.hint)


def test_tls_without_certificates_says_where_they_are_set():
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    with pytest.raises(WorkersLostError, match="TLS is not set up"), open_workers("tls://127.0.0.1:9"):
        pass


def test_a_worker_of_another_version_is_refused():
    other = {**identity(), "numpy": "1.0.0"}
    with pytest.raises(ConfigError, match=r"a worker has numpy 1\.0\.0") as error:
        _require_same("tcp://127.0.0.1:1", other)
    assert error.value.where == "tcp://127.0.0.1:1"
    with pytest.raises(ConfigError, match="does not have this version"):
        _require_same("tcp://127.0.0.1:1", ModuleNotFoundError("responder"))
    with pytest.raises(ConfigError, match="numpy"):
        _call(process_and_number, None, 0, other)
