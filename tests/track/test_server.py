"""Ports, and a server that cannot start."""

import http.server
import socket
import subprocess
import sys
import threading

import pytest

from responder.errors import StoreUnavailableError, UsageError
from responder.track.server import HOST, MlflowServer, choose_port
from responder.track.view import experiments_url


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
def test_a_store_that_cannot_be_opened_says_so(free_port, tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    running = MlflowServer.running(f"sqlite:///{tmp_path}/mlflow.db", tmp_path, free_port())
    with pytest.raises(StoreUnavailableError) as caught, running:
        pass
    assert str(caught.value.hint) == "run 'responder doctor'"
    assert "did not start: " in str(caught.value.message)


def test_a_server_that_does_not_answer():
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        MlflowServer(f"http://{HOST}:9").experiment_url()


def test_a_proxy_of_the_network_is_not_asked_for_a_server_of_this_machine(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://{HOST}:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            """Say nothing."""

    with http.server.HTTPServer((HOST, 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://{HOST}:{server.server_port}"
        own = MlflowServer(url, subprocess.Popen([sys.executable, "-c", ""]))
        try:
            assert own.experiment_url() == experiments_url(url)
        finally:
            server.shutdown()
            thread.join()
            own.wait()


def test_the_server_answers_under_its_own_name_and_port_alone():
    from responder.track.server import _own_door

    assert _own_door(5003) == {
        "MLFLOW_SERVER_ALLOWED_HOSTS": "127.0.0.1:5003,localhost:5003",
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": "http://127.0.0.1:5003,http://localhost:5003",
    }
