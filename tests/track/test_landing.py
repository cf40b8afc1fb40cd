"""The two doors before MLflow's application: what its page is told, and whose requests it answers."""

import json

import pytest

from responder.track.landing import ALWAYS, OwnOriginOnly, landing_page

OWN = "http://127.0.0.1:5003"


def test_the_page_is_told_before_its_own_scripts_run():
    page = landing_page('<head><script src="main.js"></script></head>', "#/experiments/1/runs?a=b&c=d")
    assert page.index("localStorage.setItem") < page.index("main.js")
    assert json.dumps(ALWAYS) in page
    assert '"#/experiments/1/runs?a=b&c=d"' in page


def test_nothing_that_is_told_ends_the_script():
    assert landing_page("<head></head>", "</script><b>").count("</script>") == 1


async def _do_nothing():
    """Stand for what a server gives to read."""


def status_for(headers):
    """Return the status of a request to a guarded application that says 200 to everybody."""
    told = []

    async def application(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        told.append(message)

    answering = OwnOriginOnly(application, [OWN])({"type": "http", "headers": headers}, _do_nothing, send)
    with pytest.raises(StopIteration):  # it never waits, and a browser's event loop may be running in this thread
        answering.send(None)
    return told[0]["status"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 200),
        ([(b"origin", OWN.encode())], 200),
        ([(b"origin", b"http://127.0.0.1:5004")], 403),
        ([(b"origin", b"http://localhost:8000")], 403),
        ([(b"origin", b"https://evil.example")], 403),
        ([(b"origin", b"null")], 403),
    ],
)
def test_only_its_own_origin_is_answered(headers, status):
    assert status_for(headers) == status
