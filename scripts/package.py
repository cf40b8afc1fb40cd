"""Build wheel and source archive, install the wheel where nothing of this folder is, and use it as its readers will.

    scripts/launch python scripts/package.py             # build, install, try; .ci/run does this
    scripts/launch python scripts/package.py --sizes     # what each extra weighs on disk, for docs/packages.md

Two environments are made in a temporary folder. One holds what the package itself asks for, NumPy and click: it must
score, and name the extra of whatever else is asked of it. The other finds the packages of this project's environment
beside the wheel: it must train, show, serve and score in an empty folder. Every pip call is held to the project's lock.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("serve", "train", "intake", "track", "explain", "postgres", "cluster", "all")
NOBODY = 65534
EXPERIMENT = """\
schema = "responder/experiment/1"
name = "tried"
study = "rp-ld-il2"
seed = 1
models = ["prevalence", "ridge:0.1"]
primary = "ridge:0.1"

[cohort]
path = "cohort.csv"

[permutation]
draws = 199
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="responder-package-") as folder:
        place = Path(folder)
        wheel = build(place / "dist")
        constraints = place / "constraints.txt"
        pinned = re.findall(
            r"^([a-z0-9-]+==\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
        )
        constraints.write_text("\n".join(pinned), encoding="utf-8")
        if arguments.sizes:
            sizes(wheel, constraints, place)
            return
        bundle = try_whole(linked(place / "whole", wheel), place / "empty")
        try_base(installed(place / "base", [str(wheel)], constraints), place / "scores", bundle)
        print("The wheel trains, shows, serves and scores; without extras it scores.")


def build(target: Path) -> Path:
    """Return the wheel, made from the source archive, as an index would."""
    say("build")
    run([sys.executable, "-m", "hatchling", "build", "-d", str(target)], cwd=ROOT)
    assert len(list(target.glob("*.tar.gz"))) == 1
    (wheel,) = target.glob("*.whl")
    return wheel


def installed(folder: Path, wanted: list[str], constraints: Path) -> Path:
    """Return the interpreter of a new environment in which pip installed what is wanted."""
    say(f"install {Path(wanted[0]).name} with pip")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    quiet = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*quiet, "--no-compile", "--only-binary", ":all:", "-c", str(constraints), *wanted], cwd=folder)
    return python


def linked(folder: Path, wheel: Path) -> Path:
    """Return the interpreter of a new environment that finds this one's packages after the wheel's own files."""
    say("install the wheel beside the packages of the lock")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)], cwd=folder)
    (site,) = folder.glob("lib/python3*/site-packages")
    here = Path(json.__file__).parents[0]  # the standard library: never that of a package
    packages = [path for path in sys.path if path.endswith("site-packages") and not here.is_relative_to(path)]
    (site / "packages-of-the-lock.pth").write_text("\n".join(packages), encoding="utf-8")
    where = run([str(python), "-c", "import responder; print(responder.__file__)"], cwd=folder)
    assert Path(where.strip()).is_relative_to(folder), f"not the wheel: {where}"
    return python


def try_whole(python: Path, folder: Path) -> Path:
    """Train, list, show and serve in an empty folder; return the bundle."""
    folder.mkdir()
    respond = [str(python.parent / "responder")]
    run([*respond, "template", "--out", "table.csv"], cwd=folder)
    assert (folder / "table.csv").stat().st_size > 0
    run([*respond, "simulate", "--n", "40", "--seed", "1", "--out", "cohort/cohort.csv"], cwd=folder)
    (folder / "tried.toml").write_text(EXPERIMENT.replace("cohort.csv", "cohort/cohort.csv"), encoding="utf-8")
    trained = run([*respond, "train", "tried.toml"], cwd=folder)
    assert "make " not in trained, "an installed package must not speak of the project's own commands"
    assert (folder / "runs/tried/report.html").is_file()
    assert "tried" in run([*respond, "runs", "ls"], cwd=folder)
    reaches([*respond, "serve", "--bundle", "models/tried", "--port", "8765"], folder, "http://127.0.0.1:8765/healthz")
    reaches([*respond, "ui", "--port", "8766", "--no-browser"], folder, "http://127.0.0.1:8766/health")
    return folder / "models/tried"


def try_base(python: Path, folder: Path, bundle: Path) -> None:
    """Score with NumPy and click alone; what needs more says which extra brings it."""
    folder.mkdir()
    respond = [str(python.parent / "responder")]
    (folder / "profile.json").write_text('{"rpdai": 9}', encoding="utf-8")
    score = [*respond, "score", "profile.json", "--bundle", str(bundle), "--json"]
    scored = run(score, cwd=folder, codes=(0, 5))
    assert json.loads(scored)["schema"].startswith("responder/"), scored
    if os.geteuid() == 0:  # as in a container: whoever runs it may write nowhere
        folder.parent.chmod(0o755)
        assert run(score, cwd=folder, codes=(0, 5), user=NOBODY) == scored
    doctor = run([*respond, "doctor"], cwd=folder, codes=(0, 1))
    assert "responder[all]" in doctor, doctor
    for command, extra in ((["check", "cohort.csv"], "train"), (["serve", "--bundle", str(bundle)], "serve")):
        told = run([*respond, *command], cwd=folder, codes=(2,), stream="stderr").splitlines()
        assert len(told) == 3, told
        assert f"responder[{extra}]" in told[2], told


def reaches(command: list[str], folder: Path, address: str, seconds: float = 180.0) -> None:
    """Start a server, ask for an address until it answers, and end it."""
    say(" ".join(command[1:]))
    server = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), text=True
    )
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until and server.poll() is None:
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - this machine's own address
                    assert answer.status == 200
                    return
            except OSError:
                time.sleep(0.3)
        raise SystemExit(f"{address} did not answer: {server.stderr.read() if server.poll() is not None else ''}")
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def sizes(wheel: Path, constraints: Path, place: Path) -> None:
    """Print what each extra brings: packages, and megabytes on disk without pip's own."""
    print("| extra | packages | MB on disk |\n|---|---:|---:|")
    for extra in ("", *EXTRAS):
        folder = place / (extra or "none")
        python = installed(folder, [f"{wheel}[{extra}]" if extra else str(wheel)], constraints)
        run([str(python), "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools"], cwd=folder)
        listed = run([str(python), "-m", "pip", "list", "--format", "json"], cwd=folder)
        names = {one["name"] for one in json.loads(listed)} - {"pip", "responder", "setuptools"}
        run([str(python), "-m", "pip", "uninstall", "--quiet", "--yes", "pip"], cwd=folder)
        (site,) = folder.glob("lib/python3*/site-packages")
        files = [file for file in site.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
        size = sum(file.lstat().st_size for file in files)
        print(f"| {extra or 'none'} | {len(names)} | {size / 1e6:,.0f} |", flush=True)


def run(
    command: list[str], *, cwd: Path, codes: tuple[int, ...] = (0,), stream: str = "stdout", user: int | None = None
) -> str:
    """Return what a command printed; end the script with all that it said where its exit code is another."""
    ran = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False, user=user)
    if ran.returncode not in codes:
        raise SystemExit(f"{' '.join(command)}\nexit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout if stream == "stdout" else ran.stderr


def environment() -> dict[str, str]:
    """Return an environment with a path and a home, and what pip needs to find packages."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HTTP", "SSL", "LD_"))}
    return kept | {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}


def say(step: str) -> None:
    print(f"package: {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
