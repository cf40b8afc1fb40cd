"""Host, origin, token, size, time and headers: what each kind of visitor gets."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from starlette.testclient import TestClient

from responder.errors import UsageError
from responder.score import write_bundle
from responder.web import Address, create_app
from responder.web import guard as guard_module
from responder.web import server as server_module

LONG = 20.0
"""Seconds that no limit of these tests comes near, nor a busy machine."""
TOKEN = "a-secret-of-forty-characters-or-thereabouts"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:80"])
def test_own_names(client, host):
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:8000", "", "[::2]:8000", ":80"]
)
def test_foreign_hosts_get_nothing(client, host):
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert answer.json()["error"]["kind"] == "foreign_host"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil", "file://"])
def test_foreign_origins_may_not_send(client, profile, origin):
    answer = client.post("/v1/score", json=profile, headers={"origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_own_origin_may(client, profile):
    assert client.post("/v1/score", json=profile, headers={"origin": "http://localhost"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/model", "/static/form.js", "/nowhere"])
def test_every_answer_is_fenced_in(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers
    assert "server" not in headers


def test_too_large_a_body(client):
    headers = {"content-type": "application/json"}
    answer = client.post("/v1/score", content=b" " * 1_000_001, headers=headers)
    assert answer.status_code == 413
    assert "responder score" in answer.json()["error"]["hint"]

    def pieces():
        for _ in range(20):
            yield b" " * 100_000

    assert client.post("/v1/score", content=pieces(), headers=headers).status_code == 413  # without a stated length
    assert client.post("/", content=b"a=" + b"x" * 2_000_000).status_code == 413


@pytest.fixture(scope="module")
def guarded(good):
    return TestClient(create_app(good, hosts=("localhost",), token=TOKEN), base_url="http://localhost")


def test_without_the_token_nothing_is_told(guarded, profile):
    for answer in (
        guarded.get("/"),
        guarded.get("/docs"),
        guarded.get("/v1/model"),
        guarded.post("/v1/score", json=profile),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert guarded.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        ("Basic " + base64.b64encode(f"anyone:{TOKEN}".encode()).decode(), 200),
        ("Bearer wrong", 401),
        (f"Bearer {TOKEN}x", 401),
        (TOKEN, 401),
        ("Bearer", 401),
        ("Basic ???", 401),
        ("Basic " + base64.b64encode(b"anyone").decode(), 401),
        (f"Digest {TOKEN}", 401),
    ],
)
def test_the_token_opens(guarded, header, status):
    assert guarded.get("/v1/model", headers={"authorization": header}).status_code == status


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "0.0.0.0"}, "nothing guards it"),
        ({"host": "192.0.2.7"}, "nothing guards it"),
        ({"host": "::"}, "nothing guards it"),
        ({"host": "some.name"}, "nothing guards it"),
        ({"host": "0.0.0.0", "token": "short"}, "shorter than 16"),
        ({"host": "0.0.0.0", "token": TOKEN}, "the name"),
    ],
)
def test_unsafe_addresses_are_refused(settings, words):
    with pytest.raises(UsageError, match=words) as refused:
        Address(**settings)
    assert refused.value.hint


def test_safe_addresses():
    assert Address().known_as == ("127.0.0.1", "localhost", "[::1]", "127.0.0.1")
    assert Address("::1").is_local
    assert "score.example" in Address("0.0.0.0", names=("score.example",), token=TOKEN).known_as


def test_an_address_in_use_is_told(good):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = Address(port=taken.getsockname()[1])
        with pytest.raises(UsageError, match="cannot listen"):
            server_module.serve(good, address, print)


def ask(url, sent, wait=LONG):
    """Send bytes over a socket of our own and return all that comes back."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def test_slow_clients_are_shown_out(serving, good, monkeypatch):
    monkeypatch.setattr(server_module, "SECONDS_FOR_HEADERS", 0.3)
    monkeypatch.setattr(guard_module, "SECONDS_FOR_A_BODY", 0.3)
    url = serving(good)
    started = time.monotonic()
    assert ask(url, b"") == b""  # says nothing
    assert ask(url, b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\n") == b""  # never ends its headers
    slow = (
        b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    )
    assert ask(url, slow).startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started < LONG
    assert b"400" in ask(url, b"nonsense\r\n\r\n").split(b"\r\n")[0]
    assert ask(url, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nG",  # a next request that never ends
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n{",  # a body that nobody reads
        b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n{",
        b"POST /v1/score HTTP/1.1\r\nHost: foreign\r\nContent-Length: 9999\r\n\r\n{",
    ],
)
def test_bytes_that_drip_in_after_an_answer_keep_no_connection(serving, good, monkeypatch, begun):
    monkeypatch.setattr(server_module, "SECONDS_FOR_HEADERS", 0.3)
    host, port = serving(good).removeprefix("http://").split(":")
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=0.05) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(begun)
        while time.monotonic() - started < LONG:
            try:
                if not connection.recv(65536):
                    break
            except TimeoutError:
                connection.sendall(b"x")
    assert time.monotonic() - started < LONG


def test_a_client_that_asks_again_in_time_keeps_its_connection(serving, good, monkeypatch):
    monkeypatch.setattr(server_module, "SECONDS_FOR_HEADERS", 2.0)
    host, port = serving(good).removeprefix("http://").split(":")
    client = http.client.HTTPConnection(host, int(port), timeout=30)
    with contextlib.closing(client):
        for _ in range(4):
            client.request("GET", "/healthz", headers={"Host": "localhost"})
            assert client.getresponse().read() == b'{"ok":true}'
            time.sleep(0.6)  # four of them outlast the two seconds; each leaves a busy machine time
            assert client.sock is not None


def test_the_command_serves_and_ends(good, tmp_path, environment):
    write_bundle(good, tmp_path / "b")
    command = [sys.executable, "-m", "responder.cli.main", "serve", "--bundle", str(tmp_path / "b"), "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        url = process.stdout.readline().strip()
        request = urllib.request.Request(
            url + "v1/score", json.dumps({"rpdai": 77, "organs": "ear"}).encode(), {"content-type": "application/json"}
        )
        past_any_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with past_any_proxy.open(request) as answer:
            assert json.load(answer)["scores"][0]["decision"] == "abstained"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == ""
    assert "77" not in err  # nothing that was sent is logged
    assert "Traceback" not in err
    assert sorted(os.listdir(tmp_path)) == ["b"]  # noqa: PTH208 - and nothing was stored


def test_the_command_refuses_to_be_open(good, tmp_path, environment):
    command = [sys.executable, "-m", "responder.cli.main", "serve", "--host", "0.0.0.0", "--bundle", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "RESPONDER_TOKEN" in done.stderr
