"""Ports, and a server that cannot start."""

import socket

import pytest

from responder.errors import StoreUnavailableError, UsageError
from responder.track.server import HOST, MlflowServer, choose_port


def test_a_taken_port_is_refused_and_a_free_one_found():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} "):
            choose_port(port)
    assert choose_port(port) == port
    assert choose_port() >= 1024


@pytest.mark.slow
def test_a_store_that_cannot_be_opened_says_so(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    running = MlflowServer.running(f"sqlite:///{tmp_path}/mlflow.db", tmp_path, choose_port())
    with pytest.raises(StoreUnavailableError) as caught, running:
        pass
    assert caught.value.hint == "run 'responder doctor'"
    assert "did not start: " in caught.value.message


def test_a_server_that_does_not_answer():
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        MlflowServer(f"http://{HOST}:9").experiment_url()
