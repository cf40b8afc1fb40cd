"""What the description promises holds for generated requests; answers have the shape it states."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from starlette.testclient import TestClient

import responder
from responder.web import create_app
from responder.web.openapi import openapi
from responder.words import languages, said_in, say


@pytest.fixture(scope="session")
def api(good):
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(good, hosts=("localhost", "testserver")))


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        ("/v1/score", "POST", GenerationMode.POSITIVE),
        ("/v1/score", "POST", GenerationMode.NEGATIVE),
        ("/v1/model", "GET", GenerationMode.POSITIVE),
        ("/healthz", "GET", GenerationMode.POSITIVE),
    ],
)
def test_generated_requests(api, path, method, mode):
    # a number may also be a text with its unit, and null a gap: the service takes more than the schema shows
    lenient = [schemathesis.checks.negative_data_rejection]

    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def holds(case):
        case.call_and_validate(excluded_checks=lenient)

    holds()


@pytest.mark.parametrize("language", languages())
def test_the_description_is_in_the_language_asked(good, language):
    client = TestClient(create_app(good, language=language), base_url="http://localhost")
    wanted = json.loads(json.dumps(said_in(openapi(good, responder.__version__, with_token=False), language)))
    assert client.get("/openapi.json").json() == wanted
    asked = TestClient(create_app(good), base_url="http://localhost").get("/openapi.json", params={"lang": language})
    assert asked.json() == wanted
    assert wanted["components"]["schemas"]["Score"]["properties"]["standing"]["description"] == say(
        "answer.standing", language
    )


def test_a_token_is_part_of_the_description(good):
    assert "security" not in openapi(good, "1", with_token=False)
    document = openapi(good, "1", with_token=True)
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/healthz"]["get"]["security"] == []
