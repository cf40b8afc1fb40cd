"""A workbench of an empty project, the client of whoever opened its link, and a sheet of invented patients."""

import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from responder.workbench import Door, create_workbench
from responder.workbench.bench import Bench

TABLE = "patient_id,sex,age_years,crp_mg_l,treg_per_ul,responder\n" + "".join(
    f"P{i:02d},{'fm'[i % 2]},{30 + 3 * i},{4 + (i * 7) % 11},{15 + (i * 5) % 13 + 6 * (i % 3 == 0)},"
    f"{'yes' if i % 3 else 'no'}\n"
    for i in range(1, 13)
)
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Person:
    """Somebody at the workbench: looks at pages and sends their forms, with what the page brings along."""

    def __init__(self, client):
        self.client = client

    def look(self, path, status=200):
        page = self.client.get(path)
        assert page.status_code == status, page.text
        return page.text

    def send(self, path, fields=None, files=None, status=303, csrf=None):
        token = CSRF.search(self.look("/"))[1] if csrf is None else csrf
        answer = self.client.post(path, data={**(fields or {}), "csrf": token}, files=files, follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer

    def bring(self, content=TABLE, name="my cohort.csv", **fields):
        answer = self.send("/add", fields, {"table": (name, content.encode())})
        return answer.headers["location"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, which is the working folder."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "responder"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def finished(trained, tmp_path_factory):
    """A project in which the reference cohort was trained, shared by all tests: what a test adds, it takes away."""
    from responder.workbench.choosing import REFERENCE_STUDY, REFERENCE_TABLE
    from responder.workbench.work import Choices, Works

    folder = tmp_path_factory.mktemp("finished")
    for part in ("data", "experiments"):
        shutil.copytree(trained.folder / part, folder / part)
    (folder / "experiments/rp_ld_il2.toml").unlink()  # the work has its name, as its results and model have
    work = Works(folder).open(REFERENCE_TABLE, Choices("", "en", REFERENCE_STUDY), "rp_ld_il2").save()
    for place in (work.run, work.bundle):
        shutil.copytree(trained.folder / place.relative_to(folder), place)
    return folder


@pytest.fixture
def reader(finished, monkeypatch):
    """Somebody who looks at what was trained."""
    monkeypatch.chdir(finished)
    bench = Bench.of_project(Path(), Door("the-key"))
    client = TestClient(create_workbench(bench), base_url="http://localhost", raise_server_exceptions=False)
    assert client.get("/open?key=the-key&lang=en").status_code == 200
    return Person(client)


@pytest.fixture
def bench(project):
    made = Bench.of_project(Path(), Door("the-key"))
    yield made
    for child in made.jobs._children:  # of a test that failed half way
        child.kill()
        child.wait()


@pytest.fixture
def stranger(bench):
    """The client of somebody who has not opened the link."""
    return TestClient(create_workbench(bench), base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture
def person(stranger):
    assert stranger.get("/open?key=the-key&lang=en").status_code == 200
    return Person(stranger)
