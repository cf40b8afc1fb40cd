"""The REST service: the same answers as everywhere else, and a reason for every refusal."""

import json

import pytest

from responder.cli.main import cli
from responder.score import answer_profile, score_table, write_bundle
from responder.web.openapi import example_profile
from responder.words import languages, say


def refusal(response, status, words):
    assert response.status_code == status
    error = response.json()["error"]
    assert response.json()["ok"] is False
    assert words in error["message"]
    assert set(error) == {"kind", "message", "where", "hint"}
    assert error["hint"]
    return error


def test_one_profile(client, good, profile):
    response = client.post("/v1/score", json=profile)
    assert response.status_code == 200
    body = response.json()
    assert body["schema"] == "responder/score/1"
    assert body["counts"] == {"profiles": 1, "abstained": 0, "refused": 0}
    assert body["scores"] == [json.loads(json.dumps(answer_profile(good, profile)))]


def test_many_profiles_of_which_one_is_wrong(client, profile):
    body = client.post("/v1/score", json=[profile, {**profile, "rpdai": "nine"}, {}]).json()
    assert body["counts"] == {"profiles": 3, "abstained": 0, "refused": 2}
    assert [score["decision"] for score in body["scores"]] == ["scored", "refused", "refused"]
    assert body["scores"][1]["error"]["where"] == "profile 2, rpdai"
    assert "nine" not in json.dumps(body)


def test_abstaining_is_an_answer(silent_client, profile):
    body = silent_client.post("/v1/score", json=profile).json()
    score = body["scores"][0]
    assert (score["decision"], score["probability"]) == ("abstained", None)
    assert score["prevalence"]["estimate"] == pytest.approx(6 / 9)
    shown = silent_client.post("/v1/score?show_anyway=true", json=profile).json()["scores"][0]
    assert shown["shown_anyway"]
    assert 0 < shown["probability"] < 1


def test_the_same_numbers_everywhere(client, good, profile, tmp_path):
    """Command line, REST service and batch file of one profile; the form is compared in the browser's tests."""
    from click.testing import CliRunner

    write_bundle(good, tmp_path / "b")
    (tmp_path / "p.json").write_text(json.dumps(profile))
    run = CliRunner().invoke(cli, ["score", str(tmp_path / "p.json"), "--bundle", str(tmp_path / "b"), "--json"])
    by_command = json.loads(run.stdout)["scores"][0]
    by_rest = client.post("/v1/score", json=profile).json()["scores"][0]
    assert by_rest == by_command
    batch = score_table(good, {key: [value] for key, value in profile.items()}).columns
    assert batch["probability"][0] == by_rest["probability"]
    assert batch["interval_lower"][0] == by_rest["interval"]["lower"]
    assert batch["interval_upper"][0] == by_rest["interval"]["upper"]
    assert batch["stability_lower"][0] == by_rest["stability"]["lower"]
    assert batch["venn_abers_p1"][0] == by_rest["venn_abers"]["p1"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"\xff", 400, "UTF-8"),
        (b'{"rpdai": 9, "rpdai": 9}', 400, "twice"),
        (b"[" * 100_000, 400, "not valid JSON"),
        (b'{"rpdai": ' + b"9" * 5000 + b"}", 400, "not valid JSON"),
        (b"[]", 422, "no profile"),
        (b"{}", 422, "none of the model's traits"),
        (b"7", 422, "object"),
        (b"null", 422, "object"),
        (b'{"rpdia": 9}', 422, "rpdia"),
        (b'{"rpdai": 1e999}', 422, "finite"),
        (b'{"rpdai": NaN}', 422, "none of the model's traits"),
        (b'{"rpdai": 9, "\\ud800": 1}', 422, "no trait"),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", 413, "1000 profiles"),
    ],
)
def test_bodies_that_cannot_be_scored(client, body, status, words):
    refusal(client.post("/v1/score", content=body, headers={"content-type": "application/json"}), status, words)


def test_the_wrong_way_to_ask(client, profile):
    refusal(client.post("/v1/score", data={"rpdai": 9}), 415, "application/json")
    refusal(client.get("/v1/score"), 405, "not allowed")
    refusal(client.delete("/"), 405, "not allowed")
    refusal(client.get("/v2/score"), 404, "not found")
    refusal(client.get("/static/../app.py"), 404, "not found")
    refusal(client.get("/static/%2e%2e/app.py"), 404, "not found")
    refusal(client.get("/../../etc/passwd"), 404, "not found")
    refusal(client.post("/v1/score?show_anyway=perhaps", json=profile), 422, "neither true nor false")


def test_model_and_health(client, good):
    body = client.get("/v1/model").json()
    assert body["standing"] == good.standing.told("en")
    assert [trait["name"] for trait in body["traits"]] == [sheet.name for sheet in good.traits]
    assert "row_digests" not in json.dumps(body)
    assert client.get("/healthz").json() == {"ok": True}


@pytest.mark.parametrize("language", languages())
def test_everything_is_said_in_the_language_asked(client, good, profile, language):
    """By the address, and by what a browser prefers; no member is there once a language."""
    doubtful = {**profile, "rpdai": 200}
    wanted = json.loads(json.dumps(answer_profile(good, doubtful, language=language)))
    for asked in ({"params": {"lang": language}}, {"headers": {"accept-language": f"{language}-XX, de"}}):
        assert client.post("/v1/score", json=doubtful, **asked).json()["scores"] == [wanted]
        assert client.get("/v1/model", **asked).json()["standing"] == good.standing.told(language)
        missing = client.get("/v2", **asked).json()["error"]
        assert missing["message"] == say("error.rest_not_found.what", language)
        assert missing["hint"] == say("error.rest.fix", language)
        wrong = client.post("/v1/score", json=[{**profile, "rpdai": 900}], **asked).json()["scores"][0]["error"]
        assert say("error.profile_outside.fix", language) == wrong["hint"]
    assert "_zh" not in json.dumps(wanted)


def test_the_example_of_the_documentation_works(client, good):
    body = client.post("/v1/score", json=example_profile(good)).json()
    assert body["scores"][0]["decision"] == "scored"


def test_documentation_needs_nothing_from_elsewhere(client, good):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    assert "//cdn" not in page.text
    for words in ("/v1/score", "treg_per_ul", "10^9/L", "curl", "venn_abers", "422"):
        assert words in page.text


def test_an_internal_fault_tells_nothing(good, profile, monkeypatch):
    from starlette.testclient import TestClient

    import responder.web.app as app

    def break_down(*arguments, **settings):
        raise RuntimeError("patient 7781 has a secret")

    monkeypatch.setattr(app, "answer_profile", break_down)
    client = TestClient(app.create_app(good), base_url="http://localhost")
    error = refusal(client.post("/v1/score", json=profile), 500, "internal fault: RuntimeError")
    assert "7781" not in json.dumps(error)
