"""Nobody comes in but the browser that opened the link, and no form is taken that this workbench did not draw."""

import asyncio

import pytest
from anyio.from_thread import start_blocking_portal

from responder.web import guard
from responder.workbench import Door
from responder.workbench.app import MOST_UPLOAD_BYTES, create_workbench
from responder.workbench.bench import Bench


@pytest.fixture(scope="module")
def every_route(tmp_path_factory):
    """All routes of a workbench, whoever added them: pages that are looked at, and forms."""
    folder = tmp_path_factory.mktemp("routes")
    found = routes(create_workbench(Bench.of_project(folder, Door("key"))))
    places = {"{name}": "a", "{kind}": "trial", "{number:int}": "1"}
    filled = set()
    for path, method in found:
        for place, value in places.items():
            path = path.replace(place, value)
        assert "{" not in path, path
        if path != "/open" and not path.startswith("/static/"):
            filled.add((path, method))
    pages = sorted(path for path, method in filled if method == "GET")
    forms = sorted(path for path, method in filled if method == "POST")
    assert filled == {*((path, "GET") for path in pages), *((path, "POST") for path in forms)}
    assert len(pages) > 15
    assert len(forms) > 10
    return pages, forms


def routes(app):
    guarded = app.app.__closure__
    inner = next(cell.cell_contents for cell in guarded if hasattr(cell.cell_contents, "routes"))
    return {(route.path, method) for route in inner.routes for method in route.methods if method != "HEAD"}


def test_a_stranger_sees_and_sends_nothing(stranger, every_route):
    pages, forms = every_route
    for path in pages:
        answer = stranger.get(path)
        assert answer.status_code == 403, path
        assert "responder workbench" in answer.text
        assert "csrf" not in answer.text
    for path in forms:
        assert stranger.post(path, data={"csrf": "x"}).status_code == 403, path


def test_a_form_of_somebody_else_is_refused(person, every_route):
    for path in every_route[1]:
        for token in ("", "wrong", "é"):
            assert "does not come from this workbench" in person.send(path, status=403, csrf=token).text


def test_another_site_another_host_and_too_much_are_refused(person, every_route):
    pages, forms = every_route
    stated = {"content-length": str(MOST_UPLOAD_BYTES + 1)}
    for path in forms:
        answer = person.client.post(path, headers={"origin": "http://evil.example"}, follow_redirects=False)
        assert answer.status_code == 403, path
        assert person.client.post(path, content=b"x", headers=stated).status_code == 413, path
    for path in (*pages, *forms):
        assert person.client.get(path, headers={"host": "evil.example"}).status_code == 400, path


def test_a_form_that_drips_in_is_shown_out(person, every_route, monkeypatch):
    monkeypatch.setattr(guard, "SECONDS_FOR_A_BODY", 0.01)

    async def ask(path):
        told = []

        async def receive():
            await asyncio.sleep(60)

        async def send(message):
            told.append(message)

        cookie = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
        headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
        ends = {"server": ("localhost", 80), "client": ("127.0.0.1", 1)}
        asked = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
        scope = {**asked, **ends, "root_path": "", "http_version": "1.1", "scheme": "http"}
        await person.client.app(scope, receive, send)
        return told[0]["status"]

    with start_blocking_portal() as portal:  # in a thread of its own: a browser of other tests has a loop in this one
        assert {portal.call(ask, path) for path in every_route[1]} == {408}


def test_what_is_not_there_is_told_in_a_fenced_page(person, every_route):
    """Nothing of an address comes back as markup, and every answer says what it may load."""
    evil = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    for path in every_route[0]:
        for asked in (path, f"{path}?row={evil}&first={evil}&second={evil}&study={evil}&part={evil}&lang={evil}"):
            answer = person.client.get(asked)
            assert answer.status_code in {200, 404}, asked
            assert "<script>alert" not in answer.text
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["cache-control"] == "no-store"


def test_the_link_opens_once(person, stranger, bench):
    kept = dict(stranger.cookies)
    assert stranger.get("/open?key=the-key").status_code == 200  # the same browser
    stranger.cookies.clear()
    assert "used already" in stranger.get("/open?key=the-key").text
    assert stranger.get("/open?key=another").status_code == 403
    stranger.cookies.update(kept)
    assert stranger.get("/").status_code == 200


def test_the_cookie_stays_here(stranger):
    cookies = stranger.get("/open?key=the-key").headers.get_list("set-cookie")
    assert cookies
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in cookies)
