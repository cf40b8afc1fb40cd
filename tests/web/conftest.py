"""A service in this process, and one behind a real socket."""

import os
import threading
import time

import pytest
from starlette.testclient import TestClient

from responder.web import create_app


@pytest.fixture(scope="session")
def good(make_bundle):
    return make_bundle("ridge:1")


@pytest.fixture(scope="session")
def silent(make_bundle):
    return make_bundle("ridge:1", small=True, kind="not_shown_to_beat_chance")


@pytest.fixture(scope="session")
def client(good):
    return TestClient(create_app(good), base_url="http://localhost")


@pytest.fixture(scope="session")
def silent_client(silent):
    return TestClient(create_app(silent), base_url="http://localhost")


@pytest.fixture
def serving():
    """A function that serves a bundle on a free port of this machine and returns its address."""
    from responder.web.server import Address, serve

    def start(bundle, **settings):
        told = []
        address = Address(port=0, **settings)
        thread = threading.Thread(target=serve, args=(bundle, address, told.append), daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not told and time.monotonic() < deadline:
            time.sleep(0.01)
        return told[0].rstrip("/")

    return start


@pytest.fixture(scope="session")
def environment(root):
    """What a new process needs to find the package, whether it is installed or not."""
    return {**os.environ, "PYTHONPATH": str(root / "src")}
