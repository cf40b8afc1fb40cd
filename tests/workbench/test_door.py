"""Nobody comes in but the browser that opened the link, and no form is taken that this workbench did not draw."""

import pytest

from responder.workbench.app import MOST_UPLOAD_BYTES, create_workbench

PAGES = ("/", "/w/a", "/w/a/describe", "/w/a/commit", "/w/a/train", "/w/a/read", "/w/a/report", "/w/a/score",
         "/w/a/files/result", "/w/a/power", "/w/a/preregistration")  # fmt: skip
FORMS = ("/add", "/reference", "/w/a", "/w/a/describe", "/w/a/commit", "/w/a/start", "/w/a/cancel", "/w/a/resume",
         "/w/a/remove", "/w/a/score", "/w/a/bring", "/w/a/leave",
         "/w/a/preregister")  # fmt: skip


def routes(app):
    guarded = app.app.__closure__
    inner = next(cell.cell_contents for cell in guarded if hasattr(cell.cell_contents, "routes"))
    return {(route.path, method) for route in inner.routes for method in route.methods if method != "HEAD"}


def test_every_route_is_looked_at_here(bench):
    told = {(path.replace("/w/a", "/w/{name}").replace("/files/result", "/files/{kind}"), "GET") for path in PAGES}
    told |= {(path.replace("/w/a", "/w/{name}"), "POST") for path in FORMS}
    found = {(path, method) for path, method in routes(create_workbench(bench)) if not path.startswith("/static/")}
    assert found - {("/open", "GET")} == told


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_sees_nothing(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "responder workbench" in answer.text
    assert "csrf" not in answer.text


@pytest.mark.parametrize("path", FORMS)
def test_a_stranger_sends_nothing(stranger, path):
    assert stranger.post(path, data={"csrf": "x"}).status_code == 403


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_a_form_of_somebody_else_is_refused(person, path, token):
    assert "not drawn by this workbench" in person.send(path, status=403, csrf=token).text


@pytest.mark.parametrize("path", FORMS)
def test_another_site_is_refused(person, path):
    answer = person.client.post(path, headers={"origin": "http://evil.example"}, follow_redirects=False)
    assert answer.status_code == 403


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


def test_other_hosts_and_too_large_tables_are_refused(person):
    assert person.client.get("/", headers={"host": "evil.example"}).status_code == 400
    stated = {"content-length": str(MOST_UPLOAD_BYTES + 1)}
    assert person.client.post("/add", content=b"x", headers=stated).status_code == 413


def test_every_page_says_what_it_may_load(person):
    answer = person.client.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
