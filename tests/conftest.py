"""What all tests share: the environment, fixed before any library loads, and the fixtures."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_TRAINING_SECONDS = 400

os.environ["MPLBACKEND"] = "Agg"
os.environ["RESPONDER_LANG"] = "en"  # whatever the language of this machine
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers share the cores: one thread each
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"

# A job in the background is started deaf to Ctrl-C, and so would be every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.default_int_handler)

# Wall time differs from machine to machine and says nothing about a property. The examples are the same in every run;
# new ones are sought with `make test ARGS=--hypothesis-profile=search`.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def figures_in_this_process():
    """Draw where the training runs: this process has imported all that it takes, and others import it each time."""
    from responder import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "prepared_processes", lambda *_modules: workers.IN_PROCESS)
        yield


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def datasets():
    """The folder of real tables beside the project; they are never part of it."""
    folder = ROOT.parent / "shared" / "datasets"
    if not folder.is_dir():
        pytest.skip("no real tables at ../shared/datasets")
    return folder


@pytest.fixture(scope="session")
def field_cases():
    """The folder of files as they arrive, beside the project; every person in them is invented."""
    folder = ROOT.parent / "shared" / "field_cases"
    if not folder.is_dir():
        pytest.skip("no files at ../shared/field_cases")
    return folder


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium of the system, driven by Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium on PATH (Debian: apt-get install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]  # root has none
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def free_port():
    """A function to a free port of this machine, any of thousands: workers that look for the first one collide."""

    def find():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def make_bundle():
    """A function that builds a bundle as the training command does: ``make_bundle("ridge:1", small=True, ...)``."""
    spec = importlib.util.spec_from_file_location("score_build", ROOT / "tests" / "score" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_bundle


@pytest.fixture
def profile():
    """A profile inside the training cohort of `make_bundle`."""
    return {
        "patient_id": "P77",
        "organs": ["ear_nose"],
        "disease_duration_years": 2,
        "prednisone_mg_per_day": 15,
        "rpdai": 12,
        "treg_per_ul": 22,
        "tcon_per_ul": 550,
    }


@pytest.fixture(scope="session")
def landmark_result(tmp_path_factory):
    """A landmark analysis of 20 patients whose rise of Treg by week 4 is planted to predict response at week 12.

    Two more are in response by week 4 and left out.
    """
    from responder.experiment import resolve_experiment, run_experiment

    rows = ["patient_id,week,rpdai,treg_per_ul,tcon_per_ul"]
    for i in range(22):
        responds, early = i % 2 == 0 or i == 21, i >= 20
        start, tcon = 20 + i % 7, 450 + 10 * (i % 5)
        later = start * (3.0 if responds else 1.5) * (1 + 0.02 * (i % 6))
        visits = ((0, 9, start), (4, 0 if early else 9, later), (12, 0 if responds else 9, start))
        rows += [f"S{i:02d},{week},{rpdai},{treg:.1f},{tcon + week}" for week, rpdai, treg in visits]
    visits_file = tmp_path_factory.mktemp("landmark") / "visits.csv"
    visits_file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    quick = ['models=["prevalence", "ridge:0.1"]', "bootstrap.draws=20", "permutation.draws=99"]
    flags = {"cohort.path": str(visits_file)}
    asked = resolve_experiment(ROOT / "experiments/rp_landmark.toml", flags=flags, settings=quick, environment={})
    return run_experiment(asked)


@dataclass(frozen=True)
class TrainedProject:
    """A project folder in which the reference experiment was trained by the command line.

    `stdout` is what the command printed.
    """

    folder: Path
    stdout: str

    def run(self, *arguments):
        """Run ``responder`` in the project and return the finished process."""
        command = [sys.executable, "-m", "responder.cli.main", *map(str, arguments)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The trained reference project, made once for all workers; tests must not write to it."""
    return _trained_once(tmp_path_factory, "trained")


@pytest.fixture(scope="session")
def trained_in_chinese(tmp_path_factory):
    """The same with ``--lang zh``."""
    return _trained_once(tmp_path_factory, "trained_in_chinese", "--lang", "zh")


def _trained_once(tmp_path_factory, name, *options):
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    project = TrainedProject(shared / name, "")
    printed = project.folder / "stdout.txt"
    try:
        # the worker that makes the folder trains; the others wait for what it printed
        project.folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + MOST_TRAINING_SECONDS
        while not printed.is_file():
            assert time.monotonic() < deadline, "another worker did not finish training"
            time.sleep(0.5)
    else:
        for part in ("experiments", "data"):
            shutil.copytree(ROOT / part, project.folder / part)
        done = project.run("train", "experiments/rp_ld_il2.toml", *options)
        assert done.returncode == 0, done.stderr
        partial = printed.with_suffix(".partial")
        partial.write_text(done.stdout, encoding="utf-8")
        partial.replace(printed)
    return TrainedProject(project.folder, printed.read_text(encoding="utf-8"))
