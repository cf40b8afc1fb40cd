"""What is counted and logged of requests, and that no value is; the bundle that is replaced while answering goes on."""

import dataclasses

import pytest
from starlette.testclient import TestClient

from responder.web import create_app

SECRET = "Zephyrine"


@pytest.fixture
def served(good):
    """A service with its log."""
    lines = []
    app = create_app(good, log=lines.append)
    return app, TestClient(app, base_url="http://localhost"), lines


def counted(client):
    lines = client.get("/metrics").text.splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_requests_and_decisions_are_counted(served, profile):
    _, client, _ = served
    client.post("/v1/score", json=[profile, {**profile, "rpdai": "nine"}])
    found = counted(client)
    assert found['responder_requests_total{method="POST",route="/v1/score",status="200"}'] == "1.0"
    assert found['responder_profiles_total{decision="scored"}'] == "1.0"
    assert found['responder_profiles_total{decision="refused"}'] == "1.0"
    assert found['responder_request_seconds_count{route="/v1/score"}'] == "1.0"
    assert any(key.startswith("responder_info{") and 'model="ridge:1"' in key for key in found)


def test_no_value_is_counted_or_logged(served, profile):
    _, client, lines = served
    client.post(f"/v1/score?show_anyway=false&name={SECRET}", json={**profile, "patient_id": SECRET})
    client.get(f"/{SECRET}")
    client.request(SECRET.upper(), "/")
    assert SECRET.casefold() not in client.get("/metrics").text.casefold()
    assert SECRET.casefold() not in "\n".join(lines).casefold()
    assert [line.rsplit(" ", 2)[0] for line in lines[:3]] == ["POST /v1/score 200", "GET other 404", "other / 405"]


def test_metrics_need_the_token_where_one_is_set(good):
    client = TestClient(create_app(good, token="0123456789abcdef"), base_url="http://localhost")
    assert client.get("/metrics").status_code == 401


def test_a_replaced_bundle_answers_from_then_on(served, good, profile):
    app, client, _ = served
    client.post("/v1/score", json=profile)
    app.replace(dataclasses.replace(good, name="another"))
    assert client.post("/v1/score", json=profile).json()["bundle"]["name"] == "another"
    found = counted(client)
    assert found['responder_requests_total{method="POST",route="/v1/score",status="200"}'] == "2.0"
    assert any('bundle="another"' in key for key in found)
    assert client.get("/healthz").status_code == 200
