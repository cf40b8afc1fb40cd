"""Three small runs: one not shown to beat chance, one that does, one of which nothing can be said."""

import csv

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from responder.experiment import resolve_experiment, run_experiment
from responder.report import ReportInput, draw_all, render_report

QUICK = ["bootstrap.draws=60", "permutation.draws=199", "validation.rebalanced_draws=2"]
EXPERIMENT = """
schema = "responder/experiment/1"
name = "{name}"
title = "{title}"
study = "rp-ld-il2"
traits = ["disease_duration_years", "prednisone_mg_per_day", "treg_per_ul", "tcon_per_ul"]
models = ["prevalence", "ridge:1", "logf:2"]
primary = "ridge:1"

[cohort]
path = "{name}.csv"
"""


def run(path, *settings):
    return run_experiment(resolve_experiment(path, settings=[*QUICK, *settings], environment={}))


def write(folder, name, title, n, responders, separation):
    """Write a cohort whose steroid dose goes with response, and its experiment; return the experiment's path."""
    rng = np.random.default_rng(7)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            [
                "patient_id",
                "disease_duration_years",
                "prednisone_mg_per_day",
                "treg_per_ul",
                "tcon_per_ul",
                "rpdai_week12",
            ]
        )
        for i in range(n):
            response = i < responders
            dose = round(float(rng.normal(15 + separation * response, 2)), 1)
            treg = "" if i in {1, n - 2} and n > 8 else round(float(rng.uniform(15, 40)), 1)
            values = [round(float(rng.uniform(0.5, 4)), 1), dose, treg, round(float(rng.uniform(300, 600)), 0)]
            table.writerow([f"{i + 1:03d}", *values, 0 if response else 9])
    path = folder / f"{name}.toml"
    path.write_text(EXPERIMENT.format(name=name, title=title), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def reference_result(root):
    """Of the reference cohort: illustrative, not shown to beat chance."""
    return run(root / "experiments/rp_ld_il2.toml", 'models=["prevalence", "ridge:0.1", "single:organs"]')


@pytest.fixture(scope="session")
def reference(reference_result):
    return ReportInput.from_result(reference_result, {"run_id": "0123abcd", "url": "http://127.0.0.1:5000/#/0123abcd"})


@pytest.fixture(scope="session")
def convincing(tmp_path_factory):
    """Of observed values with a strong signal and gaps."""
    folder = tmp_path_factory.mktemp("convincing")
    return ReportInput.from_result(run(write(folder, "convincing", "A clear signal", 18, 9, 12.0)))


@pytest.fixture(scope="session")
def hopeless(tmp_path_factory):
    """Of a cohort in which nothing can be estimated; its title tries to be markup."""
    folder = tmp_path_factory.mktemp("hopeless")
    return ReportInput.from_result(run(write(folder, "hopeless", "<script>alert(1)</script> | two", 6, 4, 1.0)))


@pytest.fixture(scope="session")
def ranged_result(root):
    """Of the reference cohort as one of those that fit the published scores."""
    return run(root / "experiments/rp_ensemble.toml", "ensemble.draws=8")


@pytest.fixture(scope="session")
def ranged(ranged_result):
    return ReportInput.from_result(ranged_result)


@pytest.fixture(scope="session")
def tuned(tmp_path_factory):
    """Of a model that is tuned below the trusted size, by override, and is not the primary one."""
    folder = tmp_path_factory.mktemp("tuned")
    path = write(folder, "tuned", "Tuned", 12, 6, 2.0)
    settings = ['tuning.models=["logf"]', "tuning.override=true", "tuning.trials=2", "bootstrap.draws=4"]
    return ReportInput.from_result(run(path, *settings))


@pytest.fixture(scope="session")
def figures(reference):
    return draw_all(reference)


@pytest.fixture(scope="session")
def convincing_figures(convincing):
    return draw_all(convincing)


@pytest.fixture(scope="session")
def ranged_figures(ranged):
    return draw_all(ranged)


@pytest.fixture(scope="session")
def hopeless_figures(hopeless):
    return draw_all(hopeless)


@pytest.fixture(scope="session")
def page(reference, figures):
    return render_report(reference, figures=figures)


@pytest.fixture(scope="session")
def ranged_page(ranged, ranged_figures):
    return render_report(ranged, figures=ranged_figures)


@pytest.fixture(scope="session")
def contrast():
    """The contrast ratio of two colours, as WCAG 2.2 defines it."""

    def luminance(colour):
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def ratio(colour, ground="#ffffff"):
        light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    return ratio
