"""One slow score keeps nobody else waiting, and too many are told so."""

import threading
import time

import pytest
from starlette.testclient import TestClient

import responder.web.app as web_app
import responder.web.pages as web_pages
from responder.web import create_app
from responder.web.desk import Desk


@pytest.fixture
def slow(good, monkeypatch):
    """A service whose scores end when they are let go, and what lets them."""
    started, go = threading.Semaphore(0), threading.Event()

    def wait(of):
        def scored(*args, **kwargs):
            started.release()
            assert go.wait(60)
            return of(*args, **kwargs)

        return scored

    for module, name in ((web_app, "answer_profile"), (web_app, "answer_many"), (web_pages, "_scored")):
        monkeypatch.setattr(module, name, wait(getattr(module, name)))
    desk = Desk(at_once=1, most_waiting=1)
    with TestClient(create_app(good, desk=desk), base_url="http://localhost") as client:
        yield client, started, go, desk
        go.set()


def in_background(answers, ask):
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    return thread


def forms(profile):
    return {key: str(value) for key, value in profile.items() if not isinstance(value, list)}


@pytest.mark.parametrize("kind", ["one", "many", "form"])
def test_others_are_answered_while_a_score_takes_its_time(kind, slow, profile):
    client, started, go, _ = slow
    asks = {
        "one": lambda: client.post("/v1/score", json=profile),
        "many": lambda: client.post("/v1/score", json=[profile]),
        "form": lambda: client.post("/", data={**forms(profile), "organs": profile["organs"], "go": "1"}),
    }
    answers = []
    thread = in_background(answers, asks[kind])
    assert started.acquire(timeout=60)
    assert client.get("/healthz").json() == {"ok": True}
    assert answers == []
    go.set()
    thread.join(60)
    assert answers[0].status_code == 200


def test_overload_is_told_and_says_when_to_ask_again(slow, profile):
    client, started, go, desk = slow
    answers = []
    first = in_background(answers, lambda: client.post("/v1/score", json=profile))
    assert started.acquire(timeout=60)
    second = in_background(answers, lambda: client.post("/v1/score", json=profile))
    while desk.inside < 2:
        time.sleep(0.01)
    refused = client.post("/v1/score", json=profile)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["kind"] == "busy"
    go.set()
    first.join(60)
    second.join(60)
    assert [answer.status_code for answer in answers] == [200, 200]
