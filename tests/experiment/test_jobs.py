"""The queue: one job after another, and nothing lost when whoever asked, or the job itself, is killed."""

import json
import os
import signal
import sys
import time

import pytest

from responder.experiment.jobs import Jobs, JobState

# what a training does, in small: it tells a step, waits for a file, and prints its envelope
JOB = """
import json, os, pathlib, signal, sys, time
experiment = pathlib.Path(sys.argv[1])
def ended(*_):
    print(json.dumps({"ok": False, "error": {"kind": "terminated", "message": "ended"}})); sys.exit(143)
signal.signal(signal.SIGTERM, ended)
print(json.dumps({"step": {"code": "step.check", "values": {}}, "done": 1, "total": 3}), file=sys.stderr, flush=True)
print("a warning of a library", file=sys.stderr, flush=True)
experiment.with_suffix(".args").write_text(" ".join(sys.argv[2:]))
while not experiment.with_suffix(".go").exists():
    time.sleep(0.01)
print(experiment.with_suffix(".go").read_text())
"""
DONE = json.dumps({"ok": True, "result": {}})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    return tmp_path


@pytest.fixture
def opened(folder):
    """A function that opens the queue, as a workbench does when it starts; in the end no job is left."""
    every = []

    def open_queue():
        every.append(Jobs(folder / "queue", folder, (sys.executable, str(folder / "job.py"))))
        return every[-1]

    yield open_queue
    for child in (child for jobs in every for child in jobs._children):
        child.kill()
        child.wait()


@pytest.fixture
def jobs(opened):
    return opened()


def until(jobs, number, *states):
    deadline = time.monotonic() + 60
    while jobs.get(number).state not in states:
        assert time.monotonic() < deadline, jobs.get(number)
        time.sleep(0.01)
        jobs.advance()
    return jobs.get(number)


def told(jobs, job):
    deadline = time.monotonic() + 60
    while not (steps := jobs.steps(job)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return steps


def go(folder, name, printed=DONE):
    (folder / f"{name}.part").write_text(printed, encoding="utf-8")
    (folder / f"{name}.part").replace(folder / f"{name}.go")


def test_one_after_another(jobs, folder):
    first, second = jobs.submit("a", folder / "a.toml"), jobs.submit("b", folder / "b.toml", "zh")
    assert (jobs.get(first.id).state, jobs.get(second.id).state) == (JobState.RUNNING, JobState.QUEUED)
    assert jobs.submit("b", folder / "b.toml").id == second.id  # asked for twice, it waits once
    (step,) = told(jobs, first)
    assert (str(step.what), step.done, step.total) == ("check", 1, 3)
    go(folder, "a")
    assert until(jobs, first.id, JobState.DONE).failure == {}
    go(folder, "b")
    until(jobs, second.id, JobState.DONE)
    assert (folder / "b.args").read_text() == "--json --lang zh"
    assert [path.name for path in (folder / "queue").iterdir()] == ["jobs.db"]  # what was printed is not kept


def test_nobody_else_may_read_the_queue(jobs, folder):
    job = jobs.submit("a", folder / "a.toml")
    assert {oct(path.stat().st_mode & 0o777) for path in (folder / "queue").iterdir()} == {"0o600"}
    jobs.cancel(job.id)


def test_cancelled_and_resumed(jobs, folder):
    job = jobs.submit("a", folder / "a.toml")
    told(jobs, job)
    jobs.cancel(job.id)
    assert jobs.get(job.id).can_resume
    jobs.resume(job.id)
    until(jobs, job.id, JobState.RUNNING)
    go(folder, "a")
    until(jobs, job.id, JobState.DONE)
    assert (folder / "a.args").read_text() == "--json --lang en --resume"


def test_a_job_outlives_whoever_asked_for_it(jobs, folder, opened):
    job = jobs.submit("a", folder / "a.toml")
    told(jobs, job)
    later = opened()  # a workbench that was killed and started again
    later.advance()
    assert later.get(job.id).state is JobState.RUNNING
    go(folder, "a")
    until(later, job.id, JobState.DONE)


def test_a_killed_job_can_go_on(jobs, folder):
    job = jobs.submit("a", folder / "a.toml")
    told(jobs, job)
    os.kill(jobs._children[0].pid, signal.SIGKILL)
    assert until(jobs, job.id, JobState.INTERRUPTED).can_resume
    jobs.resume(job.id)
    go(folder, "a")
    until(jobs, job.id, JobState.DONE)


@pytest.mark.parametrize(
    ("kind", "state"),
    [("gate_not_met", JobState.DONE), ("data_refused", JobState.FAILED), ("interrupted", JobState.INTERRUPTED)],
)
def test_what_a_job_said_of_itself(jobs, folder, kind, state):
    failure = {"kind": kind, "message": "what", "where": "here", "hint": "how"}
    job = jobs.submit("a", folder / "a.toml")
    go(folder, "a", json.dumps({"ok": False, "error": failure}))
    ended = until(jobs, job.id, state)
    assert ended.failure == ({} if kind == "interrupted" else failure)


def test_a_waiting_job_is_taken_out_and_forgotten(jobs, folder):
    first, second = jobs.submit("a", folder / "a.toml"), jobs.submit("b", folder / "b.toml")
    jobs.cancel(second.id)
    assert jobs.get(second.id).state is JobState.CANCELLED
    jobs.forget("b")
    assert [job.name for job in jobs.all()] == ["a"]
    assert jobs.last_of("b") is None
    jobs.cancel(first.id)
